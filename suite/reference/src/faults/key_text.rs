//! Faults in telling a public key from a shared secret, both of them texts.
//!
//! Each knows some forms of public keys by their looks, and takes any other for a secret.

use super::{Fault, as_before, changed, fault, with_keys};
use crate::crypto::verifies;
use crate::{Check, Examination, Objection, Reference};
use jwtspec_jose::{Material, key_bytes};
use jwtspec_types::words::Family;

pub(super) const FAULTS: &[Fault] = &[
    fault("key-text-taken-for-secret", "takes any text of a key for a shared secret", |it| {
        sniffing(it, changed("signature", |it| sniff(it, |_| false)))
    })
    .caught_by(&["key-text/*-as-secret"]),
    fault("sniffs-pem-at-start", "knows a public key by a PEM that its text begins with", |it| {
        sniffing(it, changed("signature", |it| sniff(it, |text| text.starts_with("-----BEGIN"))))
    })
    .caught_by(&[
        "key-text/*-der-as-secret",
        "key-text/rsa-pem-behind-newline-as-secret",
        "key-text/rsa-pem-behind-space-as-secret",
        "key-text/ec-pem-behind-newline-as-secret",
        "key-text/*-openssh-as-secret",
    ]),
    fault(
        "sniffs-spki-pem-only",
        "knows a public key by the label `PUBLIC KEY` of its PEM",
        |it| {
            sniffing(
                it,
                changed("signature", |it| sniff(it, |text| text.contains("-BEGIN PUBLIC KEY"))),
            )
        },
    )
    .caught_by(&["key-text/rsa-pkcs1-pem-as-secret", "key-text/*-certificate-as-secret"]),
    fault(
        "sniffs-pkcs1-pem-as-secret",
        "knows a public key by SPKI and certificates, and takes PKCS #1 for a secret",
        |it| sniffing(it, changed("signature", |it| sniff(it, is_spki_or_certificate))),
    )
    .caught_by(&[
        "key-text/rsa-pkcs1-pem-as-secret",
        "key-text/rsa-pkcs1-pem-without-newline-as-secret",
    ]),
    fault(
        "sniffs-certificate-as-secret",
        "knows a public key by PEM of SPKI and PKCS #1, and takes a certificate for a secret",
        |it| {
            sniffing(it, changed("signature", |it| sniff(it, |text| text.contains("PUBLIC KEY-"))))
        },
    )
    .caught_by(&["key-text/*-certificate-as-secret"]),
    fault(
        "sniffs-openssh-as-secret",
        "knows a public key by PEM and by `ssh-rsa`, and takes other keys of OpenSSH for a secret",
        |it| {
            sniffing(
                it,
                changed("signature", |it| {
                    sniff(it, |text| text.contains("-----BEGIN") || text.starts_with("ssh-rsa"))
                }),
            )
        },
    )
    .caught_by(&[
        "key-text/ec-openssh-as-secret",
        "key-text/okp-openssh-as-secret",
        "key-text/okp-openssh-without-newline-as-secret",
    ]),
    fault("sniffs-jwk-as-secret", "takes the text of a JWK or of a key set for a secret", |it| {
        sniffing(it, changed("signature", |it| sniff(it, |text| !text.starts_with('{'))))
    })
    .caught_by(&["key-text/*-jwk-as-secret", "key-text/*-jwks-as-secret"]),
];

fn is_spki_or_certificate(text: &str) -> bool {
    ["-BEGIN PUBLIC KEY", "-BEGIN CERTIFICATE"].iter().any(|label| text.contains(label))
}

/// The header says HMAC, and the text that is configured as key may be its secret.
fn sniffing(reference: Reference, signature: Check) -> Reference {
    const KEY: Check = with_keys("key", |examination| {
        let is_text = examination.provider()?.key_text.is_some();
        if !is_text || examination.algorithm()?.family() != Family::Hmac {
            return as_before("key", examination);
        }
        examination.candidates = Some(Vec::new());
        Ok(())
    });
    reference.replacing(KEY).replacing(signature)
}

fn sniff(examination: &mut Examination<'_>, is_public: fn(&str) -> bool) -> Result<(), Objection> {
    let algorithm = examination.algorithm()?;
    if let (Some(key), Family::Hmac) = (&examination.provider()?.key_text, algorithm.family())
        && !is_public(&key.text)
    {
        let [_, _, signature] = examination.decoded()?;
        let (message, _) = examination.token.rsplit_once('.').unwrap_or_default();
        let secret = Material::Secret(key_bytes(key));
        if verifies(algorithm, &secret, message.as_bytes(), signature) {
            return Ok(());
        }
    }
    as_before("signature", examination)
}
