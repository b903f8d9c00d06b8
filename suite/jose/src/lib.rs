//! Token text: segments, base64url, JSON, keys, and the one table of what an algorithm needs.
//!
//! Strict reading ([`Token::read`], [`object`], [`PublishedKey::fit`]) says exactly what is wrong:
//! each error is a clause or sentence that a refusal can quote. Lenient reading ([`Compact`] with a
//! [`Tolerance`]) takes what is there. Nothing here verifies a signature.

mod base64url;
mod compact;
mod curve;
mod fit;
mod grammar;
mod json;
mod jwk;
mod key_text;
pub mod located;
mod text;
mod token;

pub use base64url::{EncodingFault, Tolerance, decode, decode_with, encode};
pub use compact::{Compact, Part, SegmentsFault};
pub use curve::Curve;
pub use fit::{KeyType, Material, signature_bytes, type_fits};
pub use grammar::{Excess, Limit, Place, excess, read_leniently};
pub use json::{Duplicates, ObjectFault, object, repeated_names};
pub use jwk::{Origin, PRIVATE_MEMBERS, PublishedKey, is_weak, read_set};
pub use key_text::{key_bytes, read_key_text};
pub use text::{kind, quoted, quoted_list};
pub use token::{Token, TokenFault, decode_part, parse_part};
