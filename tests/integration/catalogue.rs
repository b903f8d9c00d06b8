//! The embedded scenarios are sound, and what is generated from the code is up to date.

use std::collections::HashSet;

use crate::support::{CATALOGUE, assert_generated};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwtspec_advice::explain::Explanation;
use jwtspec_engine::plan::{Case, Conditions, Plan, Selection, check_scenario, dry_run};
use jwtspec_engine::report::Report;
use jwtspec_engine::scenario::{Expect, FileSchema, Step};
use jwtspec_engine::target::TargetFile;
use jwtspec_engine::vectors::VectorFile;
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::profile::Profile;
use jwtspec_types::trust::Trust;
use jwtspec_types::words::Level;
use serde_json::{Map, Value};

/// The header members that RFC 7515 section 4.1 registers.
const REGISTERED: [&str; 13] = [
    "alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc", "epk",
];

/// The time at which tokens are minted, in seconds since 1970.
const NOW: u64 = 1_800_000_000;

/// Every scenario that runs under a profile, for a target that can do everything.
fn cases(profile: Profile) -> Vec<Case> {
    let conditions = Conditions { profile, ..Conditions::default() };
    let (all, channel) = (Capabilities::all(), Channel::ALL);
    Plan::new(&CATALOGUE, &conditions, &Selection::all(), &all, channel).unwrap().cases
}

#[test]
fn every_embedded_scenario_can_be_carried_out() {
    let mistakes: Vec<String> = CATALOGUE
        .iter()
        .filter_map(|scenario| {
            check_scenario(scenario).err().map(|error| format!("{}: {error}", scenario.id))
        })
        .collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn each_scenario_has_an_id_of_its_own() {
    let ids: HashSet<&str> = CATALOGUE.iter().map(|scenario| scenario.id.as_str()).collect();
    assert_eq!(ids.len(), CATALOGUE.iter().count());
}

/// True if a case passes whether its tokens are accepted or refused, and judges nothing else.
fn passes_with_both_verdicts(case: &Case) -> bool {
    case.scenario.steps.iter().enumerate().all(|(index, step)| match step {
        Step::Present(presentation) => {
            matches!(case.expect(index, presentation), Expect::Either(_))
                && presentation.answer.is_empty()
        }
        Step::Fetched(_) | Step::Hears(_) | Step::SignOut => false,
        Step::Issuer(..) | Step::Pass(_) => true,
    })
}

#[test]
fn no_must_passes_with_both_verdicts_in_every_step() {
    let mut found = Vec::new();
    for profile in Profile::all() {
        let cases = cases(profile);
        let musts = cases.iter().filter(|case| case.level == Level::Must);
        found.extend(
            musts
                .filter(|case| passes_with_both_verdicts(case))
                .map(|case| format!("{} under {profile}", case.scenario.id)),
        );
    }
    assert!(found.is_empty(), "nothing binding is asked by\n{}", found.join("\n"));
}

/// The header of a token; empty where it cannot be read.
fn header(token: &str) -> Map<String, Value> {
    let segment = token.split('.').next().unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(segment).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

#[test]
fn only_scenarios_of_unknown_header_members_want_one_accepted() {
    let mut found = Vec::new();
    for case in cases(Profile::default()) {
        let id = &case.scenario.id;
        let dry = dry_run(&case, NOW).unwrap();
        for step in &dry.steps {
            let is_wanted = case.expect(step.index, step.presentation) == Expect::Accept;
            let header = header(&step.minted.token);
            let unknown = header.keys().find(|name| !REGISTERED.contains(&name.as_str()));
            if let Some(name) = unknown.filter(|_| is_wanted && !id.starts_with("header/unknown-"))
            {
                found.push(format!("{id}: `{name}`"));
            }
        }
    }
    assert!(found.is_empty(), "fails where unknown members are refused:\n{}", found.join("\n"));
}

/// Members that other documents register: RFC 7516, RFC 7518, RFC 7797, and RFC 7519 section 5.3.
const ELSEWHERE: [&str; 6] = ["enc", "zip", "p2s", "p2c", "b64", "aud"];

/// Scenarios that are about a member that verifiers do not read: one that was added after signing, or
/// one of other octets.
const UNREAD: [&str; 7] = [
    "encoding/lone-ff-in-header",
    "encrypted/header-changed",
    "signature/ecdsa-header-changed",
    "signature/eddsa-header-changed",
    "signature/header-changed",
    "signature/hmac-header-changed",
    "signature/pss-header-changed",
];

/// A refusal for another reason than the scenario's shows nothing.
#[test]
fn no_scenario_is_refused_for_an_unknown_header_member_alone() {
    let mut found = Vec::new();
    for case in cases(Profile::default()) {
        let dry = dry_run(&case, NOW).unwrap();
        for step in &dry.steps {
            let header = header(&step.minted.token);
            let is_meant = |name: &str| {
                let critical = header.get("crit").and_then(Value::as_array);
                REGISTERED.iter().chain(&ELSEWHERE).any(|known| known.eq_ignore_ascii_case(name))
                    || critical.is_some_and(|names| names.iter().any(|it| it == name))
            };
            let is_refused =
                matches!(case.expect(step.index, step.presentation), Expect::Reject(_));
            let is_about = is_refused && !UNREAD.contains(&case.scenario.id.as_str());
            if let Some(name) = header.keys().find(|name| is_about && !is_meant(name)) {
                found.push(format!("{}: `{name}`", case.scenario.id));
            }
        }
    }
    assert!(found.is_empty(), "refused where unknown members are refused:\n{}", found.join("\n"));
}

/// What the documents say of these is no more.
#[test]
fn levels_are_no_higher_than_what_documents_say() {
    for (id, level) in [
        ("cache/retry-after-beyond-the-cooldown", Level::May),
        ("network/retry-after", Level::May),
        ("jwks/kid-of-a-thousand-letters", Level::May),
        ("json/claims-of-8-kb", Level::Should),
        ("header/capital-crit", Level::Should),
    ] {
        assert_eq!(CATALOGUE.find(id).map(|scenario| scenario.level), Some(level), "{id}");
    }
    let covers: Vec<&str> =
        CATALOGUE.find("header/cty-jwt").unwrap().covers.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(covers, ["rfc7519-7.2-cty-jwt-means-nested"]);
}

fn check_schema(name: &str, schema: &schemars::Schema) {
    let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
    assert_generated(&format!("docs/schema/{name}.json"), &text);
}

#[test]
fn committed_schemas_are_those_of_the_code() {
    check_schema("scenario", &schemars::schema_for!(FileSchema));
    check_schema("target", &schemars::schema_for!(TargetFile));
    check_schema("report", &schemars::schema_for!(Report));
    check_schema("lint-issuer", &schemars::schema_for!(jwtspec_advice::lint::Report));
    check_schema("token-source", &schemars::schema_for!(jwtspec_advice::token_source::Report));
    check_schema("trust", &schemars::schema_for!(Trust));
    check_schema("explanation", &schemars::schema_for!(Explanation));
    check_schema("vectors", &schemars::schema_for!(VectorFile));
}
