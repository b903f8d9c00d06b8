//! Public keys as texts that are not JOSE: PEM (RFC 7468), certificates, lines of OpenSSH.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::base64url::encode;
use super::curve::Curve;
use jwtspec_types::trust::KeyText;
use jwtspec_types::words::KeyForm;

/// Object identifiers, as DER has them.
const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const EC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
const ED25519: &[u8] = b"\x2b\x65\x70";

/// Returns the JWK Set that holds the key of a text.
///
/// # Errors
///
/// If the text is not a key in the form that it is said to have: a clause that reads after "the
/// key".
pub fn read_key_text(key: &KeyText) -> Result<Map<String, Value>, String> {
    let text = key.text.as_str();
    let jwk = match key.form {
        KeyForm::SpkiPem => pem(text, "PUBLIC KEY").and_then(|der| spki(&der)),
        KeyForm::Pkcs1Pem => pem(text, "RSA PUBLIC KEY").and_then(|der| pkcs1(&der)),
        KeyForm::CertificatePem => pem(text, "CERTIFICATE").and_then(|der| certificate(&der)),
        KeyForm::Openssh => openssh(text),
        KeyForm::JwkJson | KeyForm::JwksJson => serde_json::from_str(text).ok(),
        KeyForm::SpkiDer => spki(&key_bytes(key)),
        KeyForm::Pkcs1Der => pkcs1(&key_bytes(key)),
        KeyForm::Modulus | KeyForm::Raw => None,
    };
    let set = match jwk {
        Some(set) if key.form == KeyForm::JwksJson => set,
        Some(jwk) => json!({ "keys": [jwk] }),
        None => Value::Null,
    };
    match set {
        Value::Object(set) => Ok(set),
        _ => Err(format!("is not {}", key.form.about())),
    }
}

/// Returns the bytes of a text as a library is given them.
pub fn key_bytes(key: &KeyText) -> Vec<u8> {
    match key.form.is_binary() {
        true => STANDARD.decode(&key.text).unwrap_or_default(),
        false => key.text.clone().into_bytes(),
    }
}

/// The bytes in a PEM of this label, whatever white space is around it.
fn pem(text: &str, label: &str) -> Option<Vec<u8>> {
    let body = text.trim().strip_prefix(&format!("-----BEGIN {label}-----"))?;
    let body = body.strip_suffix(&format!("-----END {label}-----"))?;
    STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()
}

/// The content of a DER value, and what is behind it.
fn value(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match bytes.strip_prefix(&[tag])? {
        [0x81, length, rest @ ..] => (usize::from(*length), rest),
        [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        [length @ ..=0x7f, rest @ ..] => (usize::from(*length), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// What is behind a DER value of any tag.
fn skipped(bytes: &[u8]) -> Option<&[u8]> {
    value(*bytes.first()?, bytes).map(|(_, rest)| rest)
}

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1).
fn spki(der: &[u8]) -> Option<Value> {
    let (info, _) = value(0x30, der)?;
    let (algorithm, rest) = value(0x30, info)?;
    let (identifier, parameters) = value(6, algorithm)?;
    let key = value(3, rest)?.0.strip_prefix(&[0])?;
    match identifier {
        RSA => pkcs1(key),
        EC => {
            let (named, _) = value(6, parameters)?;
            let curve = Curve::ALL.into_iter().find(|curve| curve.identifier() == named)?;
            ec(curve, key)
        }
        ED25519 => Some(ed25519(key)),
        _ => None,
    }
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn pkcs1(der: &[u8]) -> Option<Value> {
    let (numbers, _) = value(0x30, der)?;
    let (n, rest) = value(2, numbers)?;
    let (e, _) = value(2, rest)?;
    Some(rsa(n, e))
}

/// The key of a certificate (RFC 5280 section 4.1). Nothing else in it is looked at.
fn certificate(der: &[u8]) -> Option<Value> {
    let (signed, _) = value(0x30, der)?;
    let (mut rest, _) = value(0x30, signed)?;
    if rest.first() == Some(&0xa0) {
        rest = skipped(rest)?;
    }
    // Serial number, signature, issuer, validity, subject.
    for _ in 0..5 {
        rest = skipped(rest)?;
    }
    spki(rest)
}

/// A line of `authorized_keys` (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4).
fn openssh(line: &str) -> Option<Value> {
    let mut words = line.split_ascii_whitespace();
    let (name, blob) = (words.next()?, STANDARD.decode(words.next()?).ok()?);
    let mut parts = Vec::new();
    let mut rest = blob.as_slice();
    while let Some((length, behind)) = rest.split_first_chunk() {
        let (part, behind) =
            behind.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        parts.push(part);
        rest = behind;
    }
    match (name, parts.as_slice()) {
        ("ssh-rsa", [_, e, n]) => Some(rsa(n, e)),
        ("ssh-ed25519", [_, point]) => Some(ed25519(point)),
        ("ecdsa-sha2-nistp256", [.., point]) => ec(Curve::P256, point),
        ("ecdsa-sha2-nistp384", [.., point]) => ec(Curve::P384, point),
        ("ecdsa-sha2-nistp521", [.., point]) => ec(Curve::P521, point),
        _ => None,
    }
}

fn rsa(n: &[u8], e: &[u8]) -> Value {
    let number =
        |bytes: &[u8]| encode(&bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]);
    json!({ "kty": "RSA", "n": number(n), "e": number(e) })
}

fn ec(curve: Curve, point: &[u8]) -> Option<Value> {
    let (x, y) = point.strip_prefix(&[4])?.split_at_checked(curve.bytes())?;
    Some(json!({ "kty": "EC", "crv": curve.name(), "x": encode(x), "y": encode(y) }))
}

fn ed25519(point: &[u8]) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(point) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwtspec_fixtures::Key;

    #[test]
    fn every_form_of_a_fixture_holds_its_key() {
        let forms = [
            (KeyForm::SpkiPem, "spki.pem"),
            (KeyForm::Pkcs1Pem, "pkcs1.pem"),
            (KeyForm::CertificatePem, "cert.pem"),
            (KeyForm::Openssh, "ssh.pub"),
            (KeyForm::JwkJson, "public.jwk.json"),
        ];
        let mut read = 0;
        for key in Key::all() {
            for (form, file) in forms {
                let Some(bytes) = key.file(file) else { continue };
                let text = format!("\n {}", std::str::from_utf8(bytes).unwrap());
                let set = read_key_text(&KeyText { form, text }).unwrap();
                holds(&set, key);
                read += 1;
            }
            for (form, file) in [(KeyForm::SpkiDer, "spki.pem"), (KeyForm::Pkcs1Der, "pkcs1.pem")] {
                let Some(der) = key.der(file) else { continue };
                holds(&read_key_text(&KeyText { form, text: STANDARD.encode(der) }).unwrap(), key);
                read += 1;
            }
        }
        assert!(read > 80, "only {read} texts");
    }

    fn holds(set: &Map<String, Value>, key: Key) {
        for member in ["kty", "crv", "n", "e", "x", "y"] {
            let has = set["keys"][0].get(member).and_then(Value::as_str);
            assert_eq!(has, key.text(member), "{} {member}", key.name());
        }
    }

    #[test]
    fn another_text_is_none() {
        for form in KeyForm::ALL {
            for text in ["", "-----BEGIN PUBLIC KEY-----", "ssh-rsa AAAA", "ssh-rsa /////w==", "[]"]
            {
                let text = text.to_owned();
                let read = read_key_text(&KeyText { form: *form, text: text.clone() });
                let is_json = *form == KeyForm::JwkJson && text == "[]";
                assert_eq!(read.is_ok(), is_json, "{form} {text}");
            }
        }
    }
}
