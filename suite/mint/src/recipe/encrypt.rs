//! Encryption of a finished token (RFC 7516), and what is wrong with it.

use indexmap::IndexMap;

use super::ValueTemplate;
use jwtspec_fixtures::Key;
use jwtspec_types::members::sparse;
use jwtspec_types::words::{KeyEncryption, words};

sparse! {
    /// The encryption of a token.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Encrypt {
        /// The algorithm (default: RSA-OAEP-256).
        pub alg: Option<KeyEncryption>,
        /// True if the claims are encrypted as they are, and not as a signed token.
        pub claims: bool,
        /// Header members to set.
        pub header: IndexMap<String, ValueTemplate>,
        /// Header members to leave out.
        pub header_without: Vec<String>,
        /// True if it is compressed (RFC 7516 section 4.1.3).
        pub compress: bool,
        /// The part that is changed after encryption.
        pub change: Option<EncryptedPart>,
    }
}

impl Encrypt {
    /// The algorithm.
    pub fn algorithm(&self) -> KeyEncryption {
        self.alg.unwrap_or(KeyEncryption::RsaOaep256)
    }
}

/// The fixture that is the verifier's own key pair for an algorithm.
pub fn own_key(algorithm: KeyEncryption) -> Option<Key> {
    let name = match algorithm {
        KeyEncryption::RsaOaep256 | KeyEncryption::RsaOaep => "rs256-c",
        KeyEncryption::EcdhEs => "es256-b",
    };
    Key::named(name).ok()
}

words! {
    /// A part of an encrypted token.
    EncryptedPart {
        /// The header.
        Header = "header",
        /// The encrypted key; ECDH-ES, which has none, gets one.
        Key = "key",
        /// The initialisation vector.
        Iv = "iv",
        /// The ciphertext.
        Ciphertext = "ciphertext",
        /// The authentication tag.
        Tag = "tag",
        /// ECDH: the public key of the sender, which becomes no point of the curve.
        Epk = "epk",
    }
}
