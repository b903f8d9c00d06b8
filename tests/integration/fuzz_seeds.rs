//! Generated seeds, the committed corpus and regressions go through the bodies of the fuzz targets that
//! need no foreign library, and planted faults are found by mutation.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use jwtspec_mint::mint;
use jwtspec_mint::recipe::Recipe;
use jwtspec_search::fuzz::planted::Planted;
use jwtspec_search::fuzz::seeds::{SeedTarget, seeds};
use jwtspec_search::fuzz::{
    Campaign, JsonWebToken, JsonWebTokenVerifier, LinkedReference, LinkedVerifier, Parser,
    differential, is_well_formed, mint_context, parse_discovery, parse_jwks, parse_jwt, recipe,
    scenario_file, trust, www_authenticate,
};

/// Every input that is kept or generated for a target.
fn inputs(target: SeedTarget) -> Vec<Vec<u8>> {
    let mut inputs: Vec<_> =
        seeds(target).expect("seeds").into_iter().map(|seed| seed.bytes).collect();
    assert!(inputs.len() > 1, "{} has no seeds", target.as_str());
    for folder in ["corpus", "regressions"] {
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder).join(target.as_str());
        let files = std::fs::read_dir(folder).into_iter().flatten();
        inputs.extend(
            files.map(|file| std::fs::read(file.expect("an entry").path()).expect("a file")),
        );
    }
    inputs
}

fn replay(target: SeedTarget, body: impl Fn(&[u8])) {
    inputs(target).iter().for_each(|input| body(input));
}

#[test]
fn parse_jwt_finds_nothing() {
    replay(SeedTarget::ParseJwt, |data| parse_jwt(data, &[&JsonWebToken]));
}

#[test]
fn parse_jwks_finds_nothing() {
    replay(SeedTarget::ParseJwks, parse_jwks);
}

#[test]
fn parse_discovery_finds_nothing() {
    replay(SeedTarget::ParseDiscovery, parse_discovery);
}

#[test]
fn recipe_finds_nothing() {
    replay(SeedTarget::Recipe, recipe);
}

#[test]
fn scenario_file_finds_nothing() {
    replay(SeedTarget::ScenarioFile, scenario_file);
}

#[test]
fn www_authenticate_finds_nothing() {
    replay(SeedTarget::WwwAuthenticate, www_authenticate);
}

#[test]
fn differential_finds_nothing() {
    let trust = trust();
    let reference = LinkedReference::new(&trust).unwrap();
    let jsonwebtoken = JsonWebTokenVerifier::new(&trust).unwrap();
    let valid = mint(&Recipe::default(), &mint_context()).unwrap().token;
    assert_eq!(reference.accepts(&valid), Ok(()));
    assert_eq!(jsonwebtoken.accepts(&valid), Ok(()));
    replay(SeedTarget::Differential, |data| differential(data, &reference, &[&jsonwebtoken]));
}

#[test]
fn a_verifier_that_departs_is_told() {
    struct Credulous;
    impl LinkedVerifier for Credulous {
        fn name(&self) -> &str {
            "credulous"
        }
        fn accepts(&self, _: &str) -> Result<(), String> {
            Ok(())
        }
    }
    let reference = LinkedReference::new(&trust()).unwrap();
    let body = AssertUnwindSafe(|| differential(b"a.b.c", &reference, &[&Credulous]));
    let message = *catch_unwind(body).unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("credulous      accepts"), "{message}");
    assert!(message.contains("reference      refuses: the header segment"), "{message}");
}

#[test]
fn known_differences_have_names_and_reasons() {
    assert!(is_well_formed(JsonWebToken.known()));
    assert!(is_well_formed(JsonWebTokenVerifier::new(&trust()).unwrap().known()));
}

/// Without libFuzzer's feedback, from one valid token. `docs/fuzzing.md` says what libFuzzer
/// needs for the same.
#[test]
fn planted_faults_are_found() {
    let seeds = [mint(&Recipe::default(), &mint_context()).unwrap().token.into_bytes()];
    for fault in Planted::ALL {
        parse_jwt(&seeds[0], &[&fault]);
        let caught = Campaign::new(1, 60_000, &seeds).run(|data| parse_jwt(data, &[&fault]));
        let caught = caught.unwrap_or_else(|| panic!("{fault:?} was not found"));
        let named = caught.message.contains(fault.name()) || caught.message.contains("deeper than");
        assert!(named, "{fault:?} was found otherwise: {}", caught.message);
    }
    let none = Campaign::new(1, 5_000, &seeds).run(|data| parse_jwt(data, &[&JsonWebToken]));
    assert_eq!(none, None, "an alarm without a fault");
}
