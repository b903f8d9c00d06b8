//! Ways in which the key of an encrypted token is encrypted or agreed on.

use super::words;

words! {
    /// The `alg` of an encrypted token (RFC 7518 section 4).
    KeyEncryption {
        /// RSAES-OAEP with SHA-256.
        RsaOaep256 = "RSA-OAEP-256",
        /// RSAES-OAEP with SHA-1.
        RsaOaep = "RSA-OAEP",
        /// Elliptic Curve Diffie-Hellman, agreed on directly.
        EcdhEs = "ECDH-ES",
    }
}
