//! One published key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use x509_cert::Certificate;
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{Decode, Reader, SliceReader};

use super::findings::Findings;
use super::metadata::is_registered;
use super::rule::rules;
use jwtspec_jose::{Material, Origin, PRIVATE_MEMBERS, PublishedKey, decode, quoted, type_fits};
use jwtspec_types::words::Algorithm;

rules! { Keys:
    TYPE = "key-type" Must "RFC 7517 §4.1":
        "every key has a `kty`",
        "without it no verifier knows what the other members mean",
        "state `kty`: RSA, EC or OKP";
    TYPE_UNKNOWN = "key-type-unknown" Note "RFC 7517 §5":
        "every `kty` is a known one",
        "verifiers pass over keys of unknown types; some refuse the whole set",
        "write `kty` as it is registered, in the same case";
    PRIVATE = "key-private" Must "RFC 7517 §9.2":
        "no private member is published",
        "anyone can sign tokens with this key",
        "take the key out of use now: make a new one, and publish public members only";
    SYMMETRIC = "key-symmetric" Must "OpenID Connect Discovery 1.0 §3":
        "no shared secret is published",
        "anyone can sign tokens with this secret",
        "take the secret out of use now, and publish public keys only";
    SIZE = "key-rsa-size" Must "RFC 7518 §3.3":
        "every RSA key has 2048 bits or more",
        "verifiers refuse smaller keys, which can be broken",
        "make a new key of 2048 or 3072 bits";
    LARGE = "key-rsa-large" Note "RFC 7518 §8.6":
        "no RSA key is larger than 4096 bits",
        "verification takes long, and verifiers limit the size",
        "use 2048 to 4096 bits, or an EC key";
    EXPONENT = "key-rsa-exponent" Must "RFC 8017 §3.1":
        "every RSA exponent is odd and 3 or more",
        "with such an exponent signatures prove nothing, or cannot be verified",
        "make a new key with the exponent 65537";
    UNUSUAL = "key-rsa-exponent-unusual" Note "practice":
        "every RSA exponent is 65537",
        "some verifiers take no other exponent",
        "make the next key with the exponent 65537";
    SHORTEST = "key-rsa-leading-zeros" Must "RFC 7518 §6.3.1.1":
        "RSA numbers are written without leading zero bytes",
        "some verifiers count the zero octet as part of the key's size, or refuse it",
        "leave out the zero octet that signed big-integer encodings put in front";
    MATERIAL = "key-material" Must "RFC 7518 §6":
        "the numbers of every key can be used",
        "verifiers cannot load the key; some then refuse the whole set",
        "publish the key's numbers as RFC 7518 section 6 writes them: base64url without padding, EC coordinates at full width";
    KID_STRING = "key-kid-string" Must "RFC 7517 §4.5":
        "every `kid` is a string",
        "tokens cannot name the key, and typed parsers refuse the whole set",
        "write `kid` as a string";
    KID_FORM = "key-kid-form" Note "practice":
        "every `kid` is short and plain",
        "a `kid` is copied into headers, logs and look-ups; odd characters and lengths break there",
        "use letters, digits, dash and underscore, such as the thumbprint of RFC 7638";
    USE_ABSENT = "key-use-absent" Note "RFC 7517 §4.2":
        "every key states its `use`",
        "several backends take keys with `use` of sig only",
        "state `\"use\": \"sig\"`";
    OPERATIONS = "key-ops" Should "RFC 7517 §4.3":
        "`key_ops`, where stated, allow to verify",
        "verifiers leave out keys whose `key_ops` lack verify",
        "state `\"key_ops\": [\"verify\"]`, or leave it out";
    CONFLICT = "key-use-conflict" Must "RFC 7517 §4.3":
        "`use` and `key_ops` do not contradict each other",
        "verifiers leave out keys that contradict themselves",
        "state one of the two";
    ALG_ABSENT = "key-alg-absent" Note "RFC 7517 §4.4":
        "every key states its `alg`",
        "several backends need it, and a key should serve one algorithm only (RFC 8725 section 3.1)",
        "state the one algorithm that this key signs with";
    ALG_UNKNOWN = "key-alg-unknown" Should "RFC 7517 §4.4":
        "every `alg` is registered",
        "verifiers leave out keys for algorithms that they do not know",
        "write the algorithm as it is registered, in the same case";
    ALG_MISMATCH = "key-alg-mismatch" Must "RFC 7518 §3.1":
        "every `alg` fits its key",
        "no token can be verified with this key",
        "state an algorithm that fits the type and curve of the key";
    CERTIFICATE = "key-x5c" Must "RFC 7517 §4.7":
        "certificates in `x5c`, where there are any, hold the same key",
        "verifiers that take the certificate use another key than those that take the numbers",
        "publish the certificate of this very key as standard base64 of its DER, or leave `x5c` out";
}

const LONGEST_KID: usize = 128;

/// A key as it was published, read without its private members.
pub(super) fn read_key(jwk: &Map<String, Value>) -> PublishedKey {
    let mut public = jwk.clone();
    public.retain(|name, _| !PRIVATE_MEMBERS.contains(&name.as_str()));
    PublishedKey::parse(&public, Origin::Published)
}

/// Judges one key, which is called this.
pub(super) fn judge_key(found: &mut Findings, name: &str, jwk: &Map<String, Value>) {
    identity(found, name, jwk);
    let encrypts = jwk.get("use").is_some_and(|purpose| purpose == "enc");
    if !encrypts {
        purpose(found, name, jwk);
    }
    let private = PRIVATE_MEMBERS.into_iter().filter(|member| jwk.contains_key(*member)).collect();
    found.broken_by(PRIVATE, private, |it| format!("{name} is published with its private {it}"));
    let kty = match jwk.get("kty") {
        Some(Value::String(kty)) => kty.as_str(),
        Some(_) => return found.broken(TYPE, format!("{name} has a `kty` that is not a string")),
        None => return found.broken(TYPE, format!("{name} has no `kty`")),
    };
    found.met(TYPE);
    match kty {
        "RSA" | "EC" | "OKP" => found.met(TYPE_UNKNOWN),
        "oct" => return found.broken(SYMMETRIC, format!("{name} is a shared secret")),
        _ => {
            return found
                .broken(TYPE_UNKNOWN, format!("{name} has the unknown `kty` {}", quoted(kty)));
        }
    }
    found.met(SYMMETRIC);
    if kty == "RSA" && !rsa(found, name, jwk) {
        return;
    }
    // Encryption has curves of its own, which are not for signatures.
    if encrypts && kty == "OKP" {
        return;
    }
    match read_key(jwk).material {
        Err(why) => found.broken(MATERIAL, format!("{name} {why}")),
        Ok(material) => {
            found.met(MATERIAL);
            if !encrypts {
                algorithm(found, name, jwk, &material);
            }
            let fault = certificate_fault(jwk, &material);
            found.check(CERTIFICATE, fault.map(|fault| format!("{name} {fault}")));
        }
    }
}

fn identity(found: &mut Findings, name: &str, jwk: &Map<String, Value>) {
    match jwk.get("kid") {
        None => {}
        Some(Value::String(kid)) => {
            found.met(KID_STRING);
            let plain = |c: char| c.is_ascii_graphic() && !"<>\"'`\\".contains(c);
            let fault = if kid.is_empty() {
                Some("is empty".to_owned())
            } else if !kid.chars().all(plain) {
                Some("has odd characters".to_owned())
            } else {
                let length = kid.len();
                (length > LONGEST_KID).then(|| format!("has {length} bytes"))
            };
            found.check(KID_FORM, fault.map(|fault| format!("the `kid` of {name} {fault}")));
        }
        Some(_) => found.broken(KID_STRING, format!("{name} has a `kid` that is not a string")),
    }
}

/// `use` and `key_ops` of a key that is not for encryption.
fn purpose(found: &mut Findings, name: &str, jwk: &Map<String, Value>) {
    let absent = !jwk.contains_key("use");
    found.broken_if(USE_ABSENT, absent, format!("{name} has no `use`"));
    let Some(stated) = jwk.get("key_ops") else {
        found.met(OPERATIONS);
        return found.met(CONFLICT);
    };
    let list = stated.as_array().map(Vec::as_slice).unwrap_or_default();
    let signs = |operation: &Value| operation == "verify" || operation == "sign";
    let conflict = jwk.get("use").is_some_and(|it| it == "sig") && !list.iter().all(signs);
    let conflict = conflict || (!absent && !stated.is_array());
    if conflict {
        let fault = format!("{name} has `use` of sig, and `key_ops` for something else");
        return found.broken(CONFLICT, fault);
    }
    found.met(CONFLICT);
    let lacks = !list.iter().any(|operation| operation == "verify");
    found.broken_if(OPERATIONS, lacks, format!("{name} has `key_ops` without verify"));
}

/// Judges an RSA key's numbers, and returns whether they are worth further questions.
fn rsa(found: &mut Findings, name: &str, jwk: &Map<String, Value>) -> bool {
    let bytes = |member: &str| decode(jwk.get(member)?.as_str()?).ok();
    let (Some(modulus), Some(exponent)) = (bytes("n"), bytes("e")) else { return true };
    let padded = [("n", &modulus), ("e", &exponent)];
    let padded = padded.into_iter().find(|(_, bytes)| bytes.first() == Some(&0));
    let fault = padded.map(|(member, _)| format!("{name} has a zero octet in front of `{member}`"));
    found.check(SHORTEST, fault);
    let shortest =
        |bytes: Vec<u8>| -> Vec<u8> { bytes.into_iter().skip_while(|byte| *byte == 0).collect() };
    let (modulus, exponent) = (shortest(modulus), shortest(exponent));
    let bits =
        modulus.first().map_or(0, |first| 8 * modulus.len() - first.leading_zeros() as usize);
    let small = bits < 2048;
    found.broken_if(SIZE, small, format!("{name} is an RSA key of {bits} bits"));
    found.broken_if(LARGE, bits > 4096, format!("{name} is an RSA key of {bits} bits"));
    let odd = exponent.last().is_some_and(|last| last % 2 == 1);
    let sound = odd && exponent != [1];
    found
        .check(EXPONENT, (!sound).then(|| format!("{name} has an RSA exponent that is even or 1")));
    if sound {
        let usual = exponent == [1, 0, 1];
        found.broken_if(UNUSUAL, !usual, format!("{name} has an RSA exponent other than 65537"));
    }
    !small && sound && bits <= 8192
}

fn algorithm(found: &mut Findings, name: &str, jwk: &Map<String, Value>, material: &Material) {
    let alg = match jwk.get("alg") {
        None => return found.broken(ALG_ABSENT, format!("{name} has no `alg`")),
        Some(Value::String(alg)) => alg.as_str(),
        Some(_) => {
            return found.broken(ALG_UNKNOWN, format!("{name} has an `alg` that is not a string"));
        }
    };
    found.met(ALG_ABSENT);
    if !is_registered(alg) {
        let fault = format!("{name} has the unknown `alg` {}", quoted(alg));
        return found.broken(ALG_UNKNOWN, fault);
    }
    found.met(ALG_UNKNOWN);
    let fault = match (alg.parse::<Algorithm>(), material) {
        (Ok(algorithm), _) => type_fits(material, algorithm).err(),
        (Err(_), Material::Ed25519(_)) if alg == "Ed25519" => None,
        (Err(_), _) => Some(format!("does not fit its `alg` {}", quoted(alg))),
    };
    found.check(ALG_MISMATCH, fault.map(|why| format!("{name} {why}")));
}

/// The fault of the certificate of a key, if it has one.
fn certificate_fault(jwk: &Map<String, Value>, material: &Material) -> Option<String> {
    let chain = jwk.get("x5c")?;
    let Some(first) = chain.as_array().and_then(|chain| chain.first()?.as_str()) else {
        return Some("has an `x5c` that is not an array of strings".to_owned());
    };
    let Ok(der) = STANDARD.decode(first) else {
        return Some("has an `x5c` that is not standard base64".to_owned());
    };
    let Ok(certificate) = Certificate::from_der(&der) else {
        return Some("has an `x5c` that holds no certificate".to_owned());
    };
    let info = certificate.tbs_certificate().subject_public_key_info();
    (!is_same(info.subject_public_key.raw_bytes(), material))
        .then(|| "has the certificate of another key in `x5c`".to_owned())
}

/// True if the bytes of a certificate's key are those of this one (RFC 5480 section 2.2,
/// RFC 8017 appendix A.1.1, RFC 8410 section 4).
fn is_same(bytes: &[u8], material: &Material) -> bool {
    match material {
        Material::Ec { point, .. } | Material::Ed25519(point) => point == bytes,
        Material::Rsa { modulus, exponent } => {
            rsa_numbers(bytes).is_ok_and(|(n, e)| n == *modulus && e == *exponent)
        }
        Material::Secret(_) => false,
    }
}

fn rsa_numbers(bytes: &[u8]) -> x509_cert::der::Result<(Vec<u8>, Vec<u8>)> {
    let mut reader = SliceReader::new(bytes)?;
    reader.sequence(|inner| {
        let (n, e) = (UintRef::decode(inner)?, UintRef::decode(inner)?);
        Ok((n.as_bytes().to_vec(), e.as_bytes().to_vec()))
    })
}
