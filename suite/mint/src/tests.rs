//! Minted tokens verify, or fail to, with a foreign library.

use jsonwebtoken::{Algorithm as JwtAlgorithm, DecodingKey, Validation};

use super::*;
use jwtspec_format::Source;

fn recipe(toml: &str) -> Recipe {
    let source = Source::new("test", toml);
    let document = jwtspec_format::Document::parse(&source);
    let (recipe, problems) = document.read();
    recipe.unwrap_or_else(|| panic!("{problems:?}"))
}

fn token(toml: &str) -> String {
    mint(&recipe(toml), &MintContext::example()).unwrap().token
}

/// Verifies the signature with `jsonwebtoken`, which shares no code with the signer here.
fn verifies(token: &str, key: &str) -> bool {
    let key = Key::named(key).unwrap();
    let jwk = serde_json::from_value(Value::Object(key.public_jwk())).unwrap();
    let algorithm: JwtAlgorithm = key.algorithm().as_str().parse().unwrap();
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(&jwk).unwrap(), &validation).is_ok()
}

#[test]
fn every_usual_key_signs_what_a_library_verifies() {
    for name in [
        "rs256-a",
        "rs384-a",
        "rs512-a",
        "ps256-a",
        "ps384-a",
        "ps512-a",
        "es256-a",
        "es384-a",
        "eddsa-a",
        "hs256-a",
        "hs384-a",
        "hs512-a",
        "rs256-3072",
        "rs256-4096",
    ] {
        assert!(verifies(&token(&format!("key = '{name}'")), name), "{name}");
    }
}

#[test]
fn every_key_signs() {
    for key in Key::all() {
        token(&format!("key = '{}'", key.name()));
    }
}

#[test]
fn minting_is_deterministic() {
    for toml in
        ["", "key = 'es256-a'", "key = 'ps256-a'", "key = 'es512-a'\nsignature = 'leading-zero'"]
    {
        assert_eq!(token(toml), token(toml));
    }
}

#[test]
fn valid_variations_verify() {
    for (toml, key) in [
        ("key = 'es256-a'\nsignature = 'negate-s'", "es256-a"),
        ("key = 'es384-a'\nsignature = 'negate-s'", "es384-a"),
        ("key = 'es256-a'\nsignature = 'leading-zero'", "es256-a"),
        ("claims-json = ' {@claims , \"x\":1e3 }'", "rs256-a"),
    ] {
        assert!(verifies(&token(toml), key), "{toml}");
    }
}

#[test]
fn faults_do_not_verify() {
    let faults = [
        ("rs256-a", "strip"),
        ("rs256-a", "flip(0)"),
        ("rs256-a", "flip(-1)"),
        ("rs256-a", "zeros"),
        ("rs256-a", "truncate(255)"),
        ("rs256-a", "append(00)"),
        ("rs256-a", "prepend(00)"),
        ("rs256-a", "bytes(00ff)"),
        ("rs256-a", "of-another-token"),
        ("rs256-a", "over-raw-claims"),
        ("rs256-a", "add-modulus"),
        ("rs256-a", "one"),
        ("rs256-a", "modulus-minus-one"),
        ("rs256-a", "encoded-message"),
        ("rs256-e3", "cube-root(garbage-behind)"),
        ("rs256-e3", "cube-root(garbage-in-parameters)"),
        ("es256-a", "der"),
        ("es256-a", "swap"),
        ("es256-a", "r-one"),
        ("es256-a", "s-one"),
        ("es256-a", "r-order-minus-one"),
        ("es256-a", "s-order-minus-one"),
        ("es256-a", "r-zero"),
        ("es256-a", "s-zero"),
        ("es256-a", "r-order"),
        ("es256-a", "s-order"),
        ("es256-a", "leading-zero-removed"),
        ("es256-a", "leading-zeros-added"),
        ("es256-a", "high-octets-added"),
        ("es256-a", "of-another-header"),
        ("rs256-a", "modulus"),
        ("eddsa-a", "add-order"),
    ];
    for (key, fault) in faults {
        let token = token(&format!("key = '{key}'\nsignature = '{fault}'"));
        assert!(!verifies(&token, key), "{key} {fault}");
    }
    for (key, parameter) in [
        ("rs256-a", "digest = 'SHA-1'"),
        ("rs256-a", "digest = 'SHA-512'"),
        ("ps256-a", "pss.salt = 0"),
        ("ps256-a", "pss.salt = 'max'"),
        ("ps256-a", "pss.mgf1 = 'SHA-1'"),
    ] {
        assert!(
            !verifies(&token(&format!("key = '{key}'\n{parameter}")), key),
            "{key} {parameter}"
        );
    }
}

/// The bytes of a token's signature.
fn signature(toml: &str) -> Vec<u8> {
    let token = token(toml);
    jwtspec_jose::decode(token.rsplit_once('.').unwrap().1).unwrap()
}

#[test]
fn every_wrong_encoded_message_can_be_signed_and_does_not_verify() {
    use crate::recipe::PaddingFault;

    let mut seen = std::collections::HashSet::new();
    for fault in PaddingFault::ALL {
        let key = if fault.as_str().starts_with("pss-") { "ps256-a" } else { "rs256-a" };
        let toml = format!("key = '{key}'\nsignature = 'padding({fault})'");
        assert!(!verifies(&token(&toml), key), "{fault}");
        let block = padding::encoded(&signature(&toml), Key::named(key).unwrap()).unwrap();
        assert!(seen.insert(block), "{fault} is as another");
    }
}

#[test]
fn a_cube_root_comes_out_where_it_is_read() {
    let key = Key::named("rs256-e3").unwrap();
    for (fault, start) in [("garbage-behind", "003031"), ("garbage-in-parameters", "003081")] {
        let toml = |kind| format!("key = 'rs256-e3'\nsignature = '{kind}({fault})'");
        let number = signature(&toml("cube-root"));
        assert!(number[..128].iter().all(|byte| *byte == 0), "its cube is below the modulus");
        let block = padding::encoded(&number, key).unwrap();
        let hexadecimal = hex::HexBytes(block[..18].to_vec()).to_string();
        assert!(hexadecimal.starts_with("0001ffffffffffffffff"), "{hexadecimal}");
        assert!(hexadecimal[20..].starts_with(start), "{hexadecimal} {fault}");
    }
}

#[test]
fn der_is_der() {
    let token = token("key = 'es256-a'\nsignature = 'der'");
    let (message, signature) = token.rsplit_once('.').unwrap();
    use base64::Engine;
    let der = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap();
    let key = Key::named("es256-a").unwrap();
    let point = [vec![4], key.bytes("x").unwrap(), key.bytes("y").unwrap()].concat();
    ring::signature::UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_ASN1, point)
        .verify(message.as_bytes(), &der)
        .unwrap();
}

#[test]
fn forged_json_has_the_true_token_and_splits_into_another() {
    for edit in ["json-forged", "json-general-forged"] {
        let minted = mint(&recipe(&format!("text = '{edit}'")), &MintContext::example()).unwrap();
        let json: Value = serde_json::from_str(&minted.token).unwrap();
        let signed = json.get("signatures").map_or(&json, |all| &all[0]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let [header, payload, signature] =
            [&signed["protected"], &json["payload"], &signed["signature"]].map(text);
        assert!(verifies(&format!("{header}.{payload}.{signature}"), "rs256-a"), "{edit}");
        let parts: Vec<&str> = minted.token.split('.').collect();
        assert_eq!(parts.len(), 3, "{edit}");
        assert_eq!(parts[0], format!("{{\"~~{header}"), "lenient readers find the header");
        let claims: Value =
            serde_json::from_slice(&jwtspec_jose::decode(parts[1]).unwrap()).unwrap();
        assert_eq!(claims["sub"], "another-user");
        assert_eq!((minted.signed, minted.made_with), (Signed::Invalid, None), "{edit}");
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let error = |toml| mint(&recipe(toml), &MintContext::example()).unwrap_err().to_string();
    assert!(
        error("key = 'es256-a'\nalg = 'RS256'")
            .starts_with("the key `es256-a` cannot sign with RS256")
    );
    assert!(error("signature = 'der'").starts_with("a signature under RS256 cannot be"));
    assert!(error("secret = { text = 'x' }\nalg = 'RS256'").starts_with("`secret` keys an HMAC"));
    assert!(error("pss.salt = 0").starts_with("`pss` does not apply to RS256"));
    assert!(error("from = 'second'").starts_with("no issuer is called `second`"));
    assert!(error("encoding.claims = 'latin-1'\nclaims.sub = '€'").starts_with("`latin-1` has no"));
}

#[test]
fn differences_are_marked() {
    let minted = mint(
        &recipe("claims.aud = 'x'\nwithout = ['sub']\nheader.kid = '@kid'\nkey = 'rs256-x'"),
        &MintContext::example(),
    )
    .unwrap();
    let marked: Vec<_> = minted
        .decoded
        .claims
        .iter()
        .filter(|line| line.mark != Mark::Same)
        .map(|line| (line.mark, line.text.as_str()))
        .collect();
    assert_eq!(
        marked,
        [(Mark::Different, "\"aud\": \"x\""), (Mark::Missing, "\"sub\": \"user-1\"")]
    );
    assert!(minted.decoded.header.iter().all(|line| line.mark == Mark::Same));
    assert_eq!(
        minted.decoded.notes,
        ["signed with the key `rs256-x`, which is not the issuer's own"]
    );
    assert!(mint(&Recipe::default(), &MintContext::example()).unwrap().decoded.is_plain());
}

#[test]
fn what_a_signature_is_worth_is_what_a_library_finds() {
    let worth = |toml: &str| mint(&recipe(toml), &MintContext::example()).unwrap().signed;
    let by = |toml: &str| match worth(toml) {
        Signed::By { key, algorithm } => {
            Some((key["kid"].as_str().unwrap_or_default().to_owned(), algorithm))
        }
        Signed::Invalid => None,
    };
    for (toml, key, algorithm) in [
        ("", "rs256-a", Algorithm::Rs256),
        ("key = 'es256-a'\nsignature = 'negate-s'", "es256-a", Algorithm::Es256),
        ("key = 'es256-a'\nsignature = ['negate-s', 'negate-s']", "es256-a", Algorithm::Es256),
        ("key = 'es256-a'\nsignature = 'leading-zero'", "es256-a", Algorithm::Es256),
        ("signature = ['flip(3)', 'flip(3)']", "rs256-a", Algorithm::Rs256),
        ("header.alg = 'PS256'", "rs256-a", Algorithm::Rs256),
        ("alg = 'RS512'\ndigest = 'SHA-256'", "rs256-a", Algorithm::Rs256),
        ("key = 'ps256-a'\npss.salt = 32", "ps256-a", Algorithm::Ps256),
        ("base64.claims = 'padded'", "rs256-a", Algorithm::Rs256),
        ("base64.signature = 'space'", "rs256-a", Algorithm::Rs256),
        ("text = 'append( )'", "rs256-a", Algorithm::Rs256),
        ("claims-json = 'no JSON'", "rs256-a", Algorithm::Rs256),
    ] {
        assert_eq!(by(toml), Some((key.to_owned(), algorithm)), "{toml}");
    }
    for toml in [
        "literal = 'a.b.c'",
        "alg = 'none'",
        "signature = 'of-another-token'",
        "signature = 'over-raw-claims'",
        "signature = 'flip(-1)'",
        "key = 'es256-a'\nsignature = 's-order'",
        "key = 'es256-a'\nsignature = 'der'",
        "key = 'eddsa-a'\nsignature = 'add-order'",
        "digest = 'SHA-1'",
        "key = 'ps256-a'\npss.salt = 'max'",
        "key = 'ps256-a'\npss.mgf1 = 'SHA-1'",
        "text = 'flip-claims(0)'",
        "text = 'flip-header(-1)'",
        "text = 'append(A)'",
        "text = 'two-segments'",
        "text = 'json-flattened'",
    ] {
        assert_eq!(by(toml), None, "{toml}");
    }
    let Signed::By { key, algorithm } = worth("secret = { text = 'abc' }") else { panic!() };
    assert_eq!((key["k"].as_str(), algorithm), (Some("YWJj"), Algorithm::Hs256));
}

#[test]
fn the_token_that_is_shown_is_the_one_that_is_presented() {
    let context = MintContext::example();
    let flips = (-24..200).flat_map(|bit| {
        [format!("text = 'flip-header({bit})'"), format!("text = 'flip-claims({bit})'")]
    });
    let others = [
        "",
        "signature = 'leading-zero'\nkey = 'es256-a'",
        "base64.claims = 'padded'",
        "base64.header = 'trailing-bits'",
        "header-json = '{@header,\"x\":1}'\ntext = 'flip-header(3)'",
        "text = ['flip-header(20)', 'flip-claims(20)']",
        "text = ['flip-header(20)', 'append(x)']",
    ];
    for toml in flips.chain(others.map(str::to_owned)) {
        let minted = mint(&recipe(&toml), &context).unwrap();
        let token = jwtspec_jose::Compact::new(&minted.token);
        for (part, lines) in [
            (jwtspec_jose::Part::Header, &minted.decoded.header),
            (jwtspec_jose::Part::Claims, &minted.decoded.claims),
        ] {
            let bytes = token.bytes(part, jwtspec_jose::Tolerance::ALL).unwrap();
            let presented = lines.iter().filter(|line| line.mark != Mark::Missing);
            let presented: Vec<&str> = presented.map(|line| line.text.as_str()).collect();
            let members = jwtspec_jose::object(&bytes, jwtspec_jose::Duplicates::Refuse);
            let is_raw = part == jwtspec_jose::Part::Header && toml.starts_with("header-json");
            match members {
                Ok(members) if !is_raw => {
                    let lines: Vec<String> = members
                        .iter()
                        .map(|(name, value)| {
                            shorten(&format!("{}: {value}", Value::from(name.as_str())))
                        })
                        .collect();
                    assert_eq!(presented, lines, "{toml}");
                }
                _ => {
                    let [text] = presented[..] else { panic!("{toml}: {presented:?}") };
                    let utf8 = std::str::from_utf8(&bytes).map(|text| shorten_to(text, 600));
                    assert!(
                        utf8.map_or(text.contains("\\x"), |utf8| utf8 == text),
                        "{toml}: {text}"
                    );
                }
            }
        }
    }
    let shown = |toml: &str| mint(&recipe(toml), &context).unwrap().decoded;
    let empty = shown("text = 'empty-header'");
    assert!(empty.header.iter().all(|line| line.mark == Mark::Missing), "{empty:?}");
    let twice = shown("text = ['flip-header(20)', 'flip-claims(20)']");
    assert_eq!(twice.notes.len(), 1, "{twice:?}");
}
