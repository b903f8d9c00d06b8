//! Forms in which people hand a public key to a library.

use super::words;

words! {
    /// A form in which people hand a public key to a library.
    KeyForm {
        /// SubjectPublicKeyInfo, PEM.
        SpkiPem = "spki-pem",
        /// PKCS #1 `RSAPublicKey`, PEM.
        Pkcs1Pem = "pkcs1-pem",
        /// A certificate, PEM.
        CertificatePem = "certificate-pem",
        /// SubjectPublicKeyInfo, DER.
        SpkiDer = "spki-der",
        /// PKCS #1 `RSAPublicKey`, DER.
        Pkcs1Der = "pkcs1-der",
        /// A line of OpenSSH's `authorized_keys`.
        Openssh = "openssh",
        /// The JWK as the issuer publishes it.
        JwkJson = "jwk-json",
        /// The JWK Set as the issuer publishes it.
        JwksJson = "jwks-json",
        /// The bytes of the RSA modulus.
        Modulus = "modulus",
        /// The bytes of the key: `x` for OKP, the uncompressed point for EC.
        Raw = "raw",
    }
}

impl KeyForm {
    /// The forms in which a verifier can be told a key.
    pub const TOLD: [Self; 8] = [
        Self::SpkiPem,
        Self::Pkcs1Pem,
        Self::CertificatePem,
        Self::SpkiDer,
        Self::Pkcs1Der,
        Self::Openssh,
        Self::JwkJson,
        Self::JwksJson,
    ];

    /// Returns true if it is bytes that need not be text.
    pub const fn is_binary(self) -> bool {
        matches!(self, Self::SpkiDer | Self::Pkcs1Der | Self::Modulus | Self::Raw)
    }

    /// Its name for people.
    pub const fn about(self) -> &'static str {
        match self {
            Self::SpkiPem => "a PEM file (SPKI)",
            Self::Pkcs1Pem => "a PEM file (PKCS #1)",
            Self::CertificatePem => "a certificate in PEM",
            Self::SpkiDer => "DER (SPKI)",
            Self::Pkcs1Der => "DER (PKCS #1)",
            Self::Openssh => "an OpenSSH line",
            Self::JwkJson => "the text of its JWK",
            Self::JwksJson => "the text of its key set",
            Self::Modulus => "the bytes of its modulus",
            Self::Raw => "its raw bytes",
        }
    }
}
