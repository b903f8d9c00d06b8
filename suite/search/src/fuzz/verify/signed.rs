//! The key that signed a token: found with ring itself, whatever a verifier under test says.

use std::collections::HashMap;
use std::sync::LazyLock;

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use jwtspec_fixtures::Key;
use jwtspec_jose::{Compact, KeyType, Material, decode, signature_bytes};
use jwtspec_reference::parts;
use jwtspec_types::words::{Algorithm, Family};

/// The public half of each key as ring takes it, or the shared secret.
static KEY_BYTES: LazyLock<HashMap<&'static str, Vec<u8>>> = LazyLock::new(|| {
    Key::all().filter_map(|key| Some((key.static_name(), public_bytes(key)?))).collect()
});

fn public_bytes(key: Key) -> Option<Vec<u8>> {
    match key.text("kty")? {
        "RSA" => key.der("pkcs1.pem"),
        "EC" => Some([vec![4], key.bytes("x")?, key.bytes("y")?].concat()),
        "OKP" => key.bytes("x"),
        _ => key.bytes("k"),
    }
}

/// A token's signing input and the bytes of its signature, if it has three segments of which
/// the last is base64url.
pub(crate) fn signed_parts(token: &str) -> Option<(&str, Vec<u8>)> {
    let token = Compact::new(token);
    let [_, _, signature] = token.three()?;
    Some((token.signing_input()?.0, decode(signature).ok()?))
}

/// True if this is a signature of the message under this key and algorithm.
pub(crate) fn verifies(key: Key, algorithm: Algorithm, message: &[u8], bytes: &[u8]) -> bool {
    let Some(known) = KEY_BYTES.get(key.name()) else { return false };
    let modulus_bytes = key.bytes("n").map_or(0, |modulus| modulus.len());
    if bytes.len() != signature_bytes(algorithm, modulus_bytes) {
        return false;
    }
    match algorithm.family() {
        Family::Hmac => {
            let secret = Material::Secret(known.clone());
            key.is_symmetric() && parts::verifies(algorithm, &secret, message, bytes)
        }
        Family::None => false,
        _ if KeyType::stated(key.private_jwk()) != KeyType::for_algorithm(algorithm) => false,
        _ => match KeyType::for_algorithm(algorithm) {
            Some(KeyType::Ec(curve)) => parts::verifies_on(curve, known, message, bytes),
            _ => verification(algorithm).is_some_and(|verification| {
                UnparsedPublicKey::new(verification, known).verify(message, bytes).is_ok()
            }),
        },
    }
}

/// RSA keys of 1024 bits included: whether a key is too short is for the model to say.
fn verification(algorithm: Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        Algorithm::Rs512 => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        Algorithm::EdDsa => &signature::ED25519,
        _ => return None,
    })
}

/// The first of these keys and algorithms under which this is a signature of the message.
pub(crate) fn signer(
    message: &[u8],
    bytes: &[u8],
    mut candidates: impl Iterator<Item = (Key, Algorithm)>,
) -> Option<(Key, Algorithm)> {
    candidates.find(|(key, algorithm)| verifies(*key, *algorithm, message, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::fixed;
    use jwtspec_mint::mint;
    use jwtspec_mint::recipe::Recipe;

    #[test]
    fn what_any_fixture_signs_verifies_under_it_alone() {
        let mut tokens = Vec::new();
        for key in Key::all() {
            let recipe = Recipe { key: Some(key), ..Recipe::default() };
            tokens.push((key, mint(&recipe, fixed::mint_context()).unwrap().token));
        }
        for (signer, token) in &tokens {
            let (message, bytes) = signed_parts(token).unwrap();
            for key in Key::all().filter(|key| key.algorithm() == signer.algorithm()) {
                // The library takes RSA-PSS only from 2048 bits on.
                let known = signer.name() != "ps256-1024" && key == *signer;
                let found = verifies(key, key.algorithm(), message.as_bytes(), &bytes);
                assert_eq!(found, known, "{token} under {}", key.name());
            }
        }
    }
}
