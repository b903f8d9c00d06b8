//! The fault of a signature, as data.

use jwtspec_types::words::Algorithm;

/// The fault of a signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFault {
    /// It is empty.
    #[error(
        "the signature is empty, though the header's `alg` is `{0}`; send the token with its \
         signature"
    )]
    Empty(Algorithm),
    /// It has another length than signatures of the only key.
    #[error(
        "the signature has {bytes} bytes, but `{algorithm}` with this key makes {expected}{}",
        if *.is_der { "; it looks like DER, where a JWT takes R and S as they are" } else { "" }
    )]
    Length {
        /// Its length.
        bytes: usize,
        /// The length of a signature by the key.
        expected: usize,
        /// The algorithm of the token.
        algorithm: Algorithm,
        /// True if it looks like DER, the form of ECDSA signatures outside of JWTs.
        is_der: bool,
    },
    /// No fitting key made it over these segments.
    #[error(
        "the signature is not that of header and payload under {key}; the token was changed, or \
         signed with another key or in another way than `{algorithm}`; get it anew from its \
         issuer, and check that it is sent whole"
    )]
    Differs {
        /// The keys that were tried, as a phrase.
        key: String,
        /// The algorithm of the token.
        algorithm: Algorithm,
    },
}
