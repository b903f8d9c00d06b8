//! Faults in decryption show with a verifier that has a key pair of its own.

use jwtspec_mint::recipe::own_key;
use jwtspec_types::words::KeyEncryption;

use super::*;

/// A fault, and the token that it takes in place of refusing it.
pub(super) const CASES: &[(&str, &str)] = &[
    ("decrypted-claims-believed", "encrypt = { claims = true }"),
    ("decrypted-claims-believed", "encrypt = { alg = 'ECDH-ES', claims = true }"),
    ("authentication-tag-ignored", "encrypt = { change = 'tag' }"),
    ("authentication-tag-ignored", "encrypt = { change = 'header' }"),
    ("nested-token-believed", "claims.exp = '@now-1h'\nencrypt = {}"),
    ("nested-token-believed", "key = 'rs256-x'\nheader.kid = '@kid'\nencrypt = {}"),
    ("nested-token-believed", "alg = 'none'\nencrypt = {}"),
    ("any-key-encryption", "encrypt = { alg = 'RSA-OAEP' }"),
    ("content-encryption-assumed", "encrypt = { header-without = ['enc'] }"),
    ("content-encryption-assumed", "encrypt = { header = { enc = 'A129GCM' } }"),
    ("unknown-zip-ignored", "encrypt = { header = { zip = 'XYZ' } }"),
    ("unknown-zip-ignored", "encrypt = { header = { zip = 1 } }"),
    ("inflates-without-limit", "claims.note = '@filler(600000)'\nencrypt = { compress = true }"),
    ("encrypted-key-ignored", "encrypt = { alg = 'ECDH-ES', change = 'key' }"),
    ("epk-curve-unchecked", "encrypt = { alg = 'ECDH-ES', change = 'epk' }"),
];

/// The fault that refuses what is right.
pub(super) const REFUSING: &str = "decrypts-nothing";

/// Tokens that a verifier with a key pair accepts.
const RIGHT: [&str; 3] = ["", "encrypt = {}", "encrypt = { alg = 'ECDH-ES' }"];

async fn accepts(driver: impl Driver, toml: &str) -> bool {
    let source = Source::new("test", toml);
    let (recipe, problems) = Document::parse(&source).read::<Recipe>();
    let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
    let agreed = matches!(&recipe.encrypt, Some(it) if it.algorithm() == KeyEncryption::EcdhEs);
    let algorithm = if agreed { KeyEncryption::EcdhEs } else { KeyEncryption::RsaOaep256 };
    let mut key = own_key(algorithm).unwrap().private_jwk().clone();
    key.insert("alg".to_owned(), algorithm.as_str().into());
    let trust = Trust { decryption_keys: vec![key], ..trust() };
    let token = mint(&recipe, &mint_context()).unwrap().token;
    driver.configure(&trust).unwrap().verify(&token).await.is_ok()
}

#[tokio::test]
async fn each_fault_shows_to_a_key_pair() {
    for &(name, toml) in CASES {
        assert!(!accepts(reference(), toml).await, "the reference accepts {toml}");
        let fault = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        assert!(accepts(fault.changing(reference()), toml).await, "{name} refuses {toml}");
    }
    for toml in RIGHT {
        assert!(accepts(reference(), toml).await, "the reference refuses {toml}");
        let encrypts = toml.starts_with("encrypt");
        let refusing = Fault::named(REFUSING).unwrap();
        assert_eq!(!accepts(refusing.changing(reference()), toml).await, encrypts, "{toml}");
    }
}
