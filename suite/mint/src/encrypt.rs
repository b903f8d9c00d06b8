//! Encrypting claims to a public RSA key: RSA-OAEP-256 (RFC 7518 section 4.3) and A128GCM.
//!
//! Anyone who has read the key can do this. Key and nonces follow from the claims, so that the same
//! token is minted every time.

use num_bigint::BigUint;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde_json::{Map, Value};

use super::big;
use super::sign::mgf1;
use crate::recipe::Hash;
use jwtspec_fixtures::Key;
use jwtspec_jose::encode;

/// The compact JWE of these claims under this header, with `alg` and `enc` set; nothing if the key
/// is no RSA key, or too short.
pub(super) fn jwe(header: &Map<String, Value>, claims: &str, key: Key) -> Option<String> {
    let mut header = header.clone();
    header.insert("alg".to_owned(), "RSA-OAEP-256".into());
    header.insert("enc".to_owned(), "A128GCM".into());
    let header = encode(Value::Object(header).to_string());
    let chosen = |use_of_it: &str, length| {
        mgf1(Hash::Sha256, format!("{use_of_it}{header}{claims}").as_bytes(), length)
    };
    let content_key = chosen("key", 16);
    let encrypted_key = oaep(&content_key, &chosen("seed", 32), key)?;

    let nonce: [u8; NONCE_LEN] = chosen("nonce", NONCE_LEN).try_into().ok()?;
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content_key).ok()?);
    let mut text = claims.as_bytes().to_vec();
    let aad = Aad::from(header.as_bytes());
    let tag = cipher
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text)
        .ok()?;
    let segments = [encode(encrypted_key), encode(nonce), encode(text), encode(tag)];
    Some(format!("{header}.{}", segments.join(".")))
}

/// RSAES-OAEP of RFC 8017 section 7.1.1 with SHA-256 and an empty label.
fn oaep(message: &[u8], seed: &[u8], key: Key) -> Option<Vec<u8>> {
    let length = key.bytes("n")?.len();
    let label = Hash::Sha256.digest(b"");
    let padding = length.checked_sub(message.len() + 2 * label.len() + 2)?;
    let block = [label.as_slice(), &vec![0; padding], &[1], message].concat();
    let xor = |bytes: &[u8], mask: Vec<u8>| -> Vec<u8> {
        bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
    };
    let masked_block = xor(&block, mgf1(Hash::Sha256, seed, block.len()));
    let masked_seed = xor(seed, mgf1(Hash::Sha256, &masked_block, seed.len()));
    let encoded = [&[0], masked_seed.as_slice(), &masked_block].concat();
    let number = BigUint::from_bytes_be(&encoded).modpow(&big(key, "e"), &big(key, "n"));
    let bytes = number.to_bytes_be();
    Some([vec![0; length.checked_sub(bytes.len())?], bytes].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwtspec_jose::decode;

    #[test]
    fn who_has_the_private_key_reads_the_claims() {
        let key = Key::named("rs256-a").unwrap();
        let header = Map::from_iter([("kid".to_owned(), "rs256-a".into())]);
        let token = jwe(&header, r#"{"sub":"a"}"#, key).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let bytes = |part: &str| decode(part).unwrap();
        let encrypted = BigUint::from_bytes_be(&bytes(parts[1]));
        let encoded = encrypted.modpow(&big(key, "d"), &big(key, "n")).to_bytes_be();
        let (seed, block) = encoded.split_at(32);
        let xor = |bytes: &[u8], mask: Vec<u8>| -> Vec<u8> {
            bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
        };
        let seed = xor(seed, mgf1(Hash::Sha256, block, 32));
        let block = xor(block, mgf1(Hash::Sha256, &seed, block.len()));
        let content_key = &block[block.len() - 16..];
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, content_key).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&bytes(parts[2])).unwrap();
        let mut text = [bytes(parts[3]), bytes(parts[4])].concat();
        let claims =
            cipher.open_in_place(nonce, Aad::from(parts[0].as_bytes()), &mut text).unwrap();
        assert_eq!(claims, br#"{"sub":"a"}"#);
        assert!(jwe(&header, "{}", Key::named("es256-a").unwrap()).is_none());
    }
}
