//! Encrypting to a public key: RSAES-OAEP (RFC 7518 section 4.3) or ECDH-ES on P-256 (section 4.6),
//! and A128GCM.
//!
//! Anyone who has read the key can do this. Keys and nonces follow from what is encrypted, so that
//! the same token is minted every time.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use num_bigint::BigUint;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde_json::{Map, Value, json};

use super::sign::mgf1;
use super::{MintError, big, claims};
use crate::context::MintContext;
use crate::recipe::{Encrypt, EncryptedPart, Hash, own_key};
use jwtspec_fixtures::Key;
use jwtspec_jose::encode;
use jwtspec_types::words::KeyEncryption;

const CONTENT: &str = "A128GCM";
const CONTENT_KEY_BYTES: usize = 16;

/// The compact JWE of these claims under this header; nothing if the key cannot be encrypted to.
pub(super) fn jwe(header: &Map<String, Value>, claims: &str, key: Key) -> Option<String> {
    let mut header = header.clone();
    header.insert("alg".to_owned(), usual(key).as_str().into());
    header.insert("enc".to_owned(), CONTENT.into());
    sealed(header, claims.as_bytes().to_vec(), key, usual(key), None)
}

/// The compact JWE that a recipe makes of a token or its claims; nothing if there is no key for it.
pub(super) fn encrypted(
    terms: &Encrypt,
    token: &str,
    claims_text: &str,
    mint_context: &MintContext,
) -> Result<Option<String>, MintError> {
    let algorithm = terms.algorithm();
    let Some(key) = own_key(algorithm) else { return Ok(None) };
    let mut header = Map::new();
    header.insert("alg".to_owned(), algorithm.as_str().into());
    header.insert("enc".to_owned(), CONTENT.into());
    header.insert("kid".to_owned(), key.name().into());
    if !terms.claims {
        header.insert("cty".to_owned(), "JWT".into());
    }
    if terms.compress {
        header.insert("zip".to_owned(), "DEF".into());
    }
    claims::change(&mut header, &terms.header, &terms.header_without, mint_context)?;
    let text = if terms.claims { claims_text } else { token };
    let text = if terms.compress { deflated(text) } else { Some(text.as_bytes().to_vec()) };
    Ok(text.and_then(|text| sealed(header, text, key, algorithm, terms.change)))
}

/// The usual algorithm for a key.
fn usual(key: Key) -> KeyEncryption {
    if key.text("kty") == Some("EC") { KeyEncryption::EcdhEs } else { KeyEncryption::RsaOaep256 }
}

fn deflated(text: &str) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).ok()?;
    encoder.finish().ok()
}

fn sealed(
    mut header: Map<String, Value>,
    mut text: Vec<u8>,
    key: Key,
    algorithm: KeyEncryption,
    change: Option<EncryptedPart>,
) -> Option<String> {
    let start = encode(Value::Object(header.clone()).to_string());
    let context = [start.as_bytes(), &Hash::Sha256.digest(&text)].concat();
    let chosen = |use_of_it: &str, length| {
        mgf1(Hash::Sha256, &[use_of_it.as_bytes(), &context].concat(), length)
    };
    let mut content_key = chosen("key", CONTENT_KEY_BYTES);
    let mut encrypted_key = Vec::new();
    match algorithm {
        KeyEncryption::RsaOaep256 => {
            encrypted_key = oaep(Hash::Sha256, &content_key, &chosen("seed", 32), key)?;
        }
        KeyEncryption::RsaOaep => {
            encrypted_key = oaep(Hash::Sha1, &content_key, &chosen("seed", 20), key)?;
        }
        KeyEncryption::EcdhEs => {
            let mut epk;
            (epk, content_key) = agreed(&chosen("ephemeral", 32), key)?;
            if change == Some(EncryptedPart::Epk) {
                epk.insert("y".to_owned(), epk.get("x")?.clone());
            }
            header.insert("epk".to_owned(), Value::Object(epk));
        }
    }
    let mut nonce = chosen("nonce", NONCE_LEN);
    let mut protected = encode(Value::Object(header.clone()).to_string());
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content_key).ok()?);
    let aad = Aad::from(protected.as_bytes());
    let unique = Nonce::try_assume_unique_for_key(&nonce).ok()?;
    let tag = cipher.seal_in_place_separate_tag(unique, aad, &mut text).ok()?;
    let mut tag = tag.as_ref().to_vec();
    let changed = match change {
        Some(EncryptedPart::Header) => {
            header.insert("x".to_owned(), json!(1));
            protected = encode(Value::Object(header).to_string());
            None
        }
        // There is none where it is agreed on, nor may there be.
        Some(EncryptedPart::Key) if encrypted_key.is_empty() => {
            encrypted_key.push(1);
            None
        }
        Some(EncryptedPart::Key) => encrypted_key.last_mut(),
        Some(EncryptedPart::Iv) => nonce.last_mut(),
        Some(EncryptedPart::Ciphertext) => text.last_mut(),
        Some(EncryptedPart::Tag) => tag.last_mut(),
        Some(EncryptedPart::Epk) | None => None,
    };
    if let Some(byte) = changed {
        *byte ^= 1;
    }
    let segments = [encrypted_key, nonce, text, tag].map(encode);
    Some(format!("{protected}.{}", segments.join(".")))
}

/// RSAES-OAEP of RFC 8017 section 7.1.1 with an empty label.
fn oaep(hash: Hash, message: &[u8], seed: &[u8], key: Key) -> Option<Vec<u8>> {
    let length = key.bytes("n")?.len();
    let label = hash.digest(b"");
    let padding = length.checked_sub(message.len() + 2 * label.len() + 2)?;
    let block = [label.as_slice(), &vec![0; padding], &[1], message].concat();
    let xor = |bytes: &[u8], mask: Vec<u8>| -> Vec<u8> {
        bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
    };
    let masked_block = xor(&block, mgf1(hash, seed, block.len()));
    let masked_seed = xor(seed, mgf1(hash, &masked_block, seed.len()));
    let encoded = [&[0], masked_seed.as_slice(), &masked_block].concat();
    let number = BigUint::from_bytes_be(&encoded).modpow(&big(key, "e"), &big(key, "n"));
    let bytes = number.to_bytes_be();
    Some([vec![0; length.checked_sub(bytes.len())?], bytes].concat())
}

/// The public key of a sender with this scalar, and the content key that it agrees on with the
/// owner of a P-256 key.
fn agreed(scalar: &[u8], key: Key) -> Option<(Map<String, Value>, Vec<u8>)> {
    let sender = p256::SecretKey::from_slice(scalar).ok()?;
    let point = [vec![4], key.bytes("x")?, key.bytes("y")?].concat();
    let receiver = p256::PublicKey::from_sec1_bytes(&point).ok()?;
    let shared = receiver.to_projective() * *sender.to_nonzero_scalar();
    let shared = p256::PublicKey::from_affine(shared.to_affine()).ok()?.to_sec1_point(false);
    let own = sender.public_key().to_sec1_point(false);
    let (x, y) = own.as_bytes().get(1..)?.split_at_checked(32)?;
    let epk = json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) });
    let content_key = derived(shared.as_bytes().get(1..33)?);
    Some((epk.as_object()?.clone(), content_key))
}

/// The Concat KDF of RFC 7518 section 4.6.2 for a content key that is agreed on directly.
fn derived(shared: &[u8]) -> Vec<u8> {
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
    let mut input = [&length(1), shared, &length(CONTENT.len()), CONTENT.as_bytes()].concat();
    input.extend([length(0), length(0), length(8 * CONTENT_KEY_BYTES)].concat());
    let mut hash = Hash::Sha256.digest(&input);
    hash.truncate(CONTENT_KEY_BYTES);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwtspec_jose::decode;

    fn opened(token: &str, content_key: &[u8]) -> Vec<u8> {
        let parts: Vec<&str> = token.split('.').collect();
        let bytes = |part: &str| decode(part).unwrap();
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, content_key).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&bytes(parts[2])).unwrap();
        let mut text = [bytes(parts[3]), bytes(parts[4])].concat();
        cipher.open_in_place(nonce, Aad::from(parts[0].as_bytes()), &mut text).unwrap().to_vec()
    }

    #[test]
    fn who_has_the_private_key_reads_the_claims() {
        let key = Key::named("rs256-a").unwrap();
        let header = Map::from_iter([("kid".to_owned(), "rs256-a".into())]);
        let token = jwe(&header, r#"{"sub":"a"}"#, key).unwrap();
        let encrypted = BigUint::from_bytes_be(&decode(token.split('.').nth(1).unwrap()).unwrap());
        let encoded = encrypted.modpow(&big(key, "d"), &big(key, "n")).to_bytes_be();
        let (seed, block) = encoded.split_at(32);
        let xor = |bytes: &[u8], mask: Vec<u8>| -> Vec<u8> {
            bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
        };
        let seed = xor(seed, mgf1(Hash::Sha256, block, 32));
        let block = xor(block, mgf1(Hash::Sha256, &seed, block.len()));
        assert_eq!(opened(&token, &block[block.len() - 16..]), br#"{"sub":"a"}"#);
        assert!(jwe(&header, "{}", Key::named("es384-a").unwrap()).is_none());
    }

    #[test]
    fn the_owner_of_an_ec_key_reads_the_claims() {
        let key = Key::named("es256-a").unwrap();
        let token = jwe(&Map::new(), "{}", key).unwrap();
        let header = decode(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        let member = |name: &str| decode(header["epk"][name].as_str().unwrap()).unwrap();
        let sender = [vec![4], member("x"), member("y")].concat();
        let sender = p256::PublicKey::from_sec1_bytes(&sender).unwrap();
        let owner = p256::SecretKey::from_slice(&key.bytes("d").unwrap()).unwrap();
        let shared = sender.to_projective() * *owner.to_nonzero_scalar();
        let shared = p256::PublicKey::from_affine(shared.to_affine()).unwrap();
        let content_key = derived(&shared.to_sec1_point(false).as_bytes()[1..33]);
        assert_eq!(opened(&token, &content_key), b"{}");
    }
}
