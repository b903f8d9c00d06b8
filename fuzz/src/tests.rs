//! Seeds, corpora and regressions, replayed on stable; and departures that cost more than a line, by hand.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwtspec_fixtures::Key;
use jwtspec_mint::mint;
use jwtspec_mint::recipe::Difference;
use jwtspec_mint::recipe::Recipe;
use jwtspec_search::fuzz::seeds::{SeedTarget, seeds};
use jwtspec_search::fuzz::{Campaign, LinkedVerifier, Parser, is_well_formed, mint_context, trust};

use super::{Josekit, JosekitVerifier, JwtSimple, JwtSimpleVerifier, differential, parse_jwt};

/// Every input that is kept or generated for a target.
fn inputs(target: SeedTarget) -> Vec<Vec<u8>> {
    let mut inputs: Vec<_> =
        seeds(target).expect("seeds").into_iter().map(|seed| seed.bytes).collect();
    for folder in ["corpus", "regressions"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(target.as_str());
        let files = std::fs::read_dir(folder).into_iter().flatten();
        inputs.extend(
            files.map(|file| std::fs::read(file.expect("an entry").path()).expect("a file")),
        );
    }
    inputs
}

#[test]
fn parse_jwt_finds_nothing() {
    inputs(SeedTarget::ParseJwt).iter().for_each(|input| parse_jwt(input));
}

#[test]
fn differential_finds_nothing() {
    inputs(SeedTarget::Differential).iter().for_each(|input| differential(input));
}

#[test]
fn mutants_find_nothing() {
    let tokens = inputs(SeedTarget::ParseJwt);
    assert_eq!(Campaign::new(7, 5_000, &tokens).run(parse_jwt), None);
    let tokens = inputs(SeedTarget::Differential);
    assert_eq!(Campaign::new(7, 2_000, &tokens).run(differential), None);
}

#[test]
fn known_differences_have_names_and_reasons() {
    let trust = trust();
    for known in [
        Josekit.known(),
        JwtSimple.known(),
        JosekitVerifier::new(&trust).unwrap().known(),
        JwtSimpleVerifier::new(&trust).unwrap().known(),
    ] {
        assert!(is_well_formed(known));
    }
}

#[test]
fn each_algorithm_of_the_trust_is_accepted_by_all() {
    let trust = trust();
    let (josekit, simple) =
        (JosekitVerifier::new(&trust).unwrap(), JwtSimpleVerifier::new(&trust).unwrap());
    for key in jwtspec_search::fuzz::KEYS {
        let token = token([Difference::Key(Key::named(key).unwrap())]);
        assert_eq!(josekit.accepts(&token), Ok(()), "{key}");
        assert_eq!(simple.accepts(&token), Ok(()), "{key}");
        differential(token.as_bytes());
    }
}

fn token(differences: impl IntoIterator<Item = Difference>) -> String {
    mint(&Recipe::of(differences), &mint_context()).expect("a token").token
}

fn unsigned(header: &[u8]) -> String {
    format!("{}.e30.", URL_SAFE_NO_PAD.encode(header))
}

/// A signed token that takes josekit's caller down: a server that does not catch panics.
#[test]
fn large_times_make_josekit_panic() {
    let time = std::time::SystemTime::now();
    for exp in ["1e300", "18446744073709551615", "99999999999999"] {
        let claims = format!(r#"{{"iat":{exp}}}"#);
        let members = serde_json::from_str::<serde_json::Value>(&claims).unwrap();
        let members = members.as_object().unwrap().clone();
        let payload = josekit::jwt::JwtPayload::from_map(members).unwrap();
        let mut validator = josekit::jwt::JwtPayloadValidator::new();
        validator.set_base_time(time);
        let verdict = catch_unwind(AssertUnwindSafe(|| validator.validate(&payload).is_ok()));
        assert!(verdict.is_err(), "{exp}: it no longer panics, so the departure can go");
    }
}

#[test]
fn jwt_simple_keeps_times_in_32_bits() {
    let claims = URL_SAFE_NO_PAD.encode(br#"{"exp":4294967297,"nbf":1.5}"#);
    let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256"}"#);
    let parsed = JwtSimple.parse(&format!("{header}.{claims}.")).unwrap();
    assert_eq!((&parsed.claims["exp"], &parsed.claims["nbf"]), (&u32::MAX.into(), &1.into()));
}

#[test]
fn jwt_simple_takes_an_array_for_a_header() {
    assert!(JwtSimple.parse(&unsigned(br#"["HS256"]"#)).is_ok());
}

#[test]
fn jwt_simple_does_not_read_members_that_are_not_its_own() {
    assert!(JwtSimple.parse(&unsigned(b"{\"alg\":\"HS256\",\"a\":\"\xff\"}")).is_ok());
    assert!(Josekit.parse(&unsigned(b"{\"alg\":\"HS256\",\"a\":\"\xff\"}")).is_err());
}
