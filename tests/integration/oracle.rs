//! The oracle agrees with the scenarios, or a list says why not.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::CATALOGUE;
use jwtspec_engine::issuer::Certificate;
use jwtspec_engine::plan::{Case, Conditions, DryStep, Plan, Selection, dry_run};
use jwtspec_engine::scenario::{Expect, Method, RequestSpec, TlsSpec};
use jwtspec_oracle::{Expected, Oracle};
use jwtspec_search::oracle_input;
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::profile::Profile;
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::words::Reason;

/// Where the oracle and a scenario differ: scenario, step (counted from 1), and why.
const EXCEPTIONS: &[(&str, usize, &str)] = &[
    (
        "claim-types/jti-twice",
        2,
        "may be refused by verifiers that remember tokens; the oracle does not",
    ),
    (
        "memory/two-issuers-one-jti",
        2,
        "may be refused by verifiers that remember tokens; the oracle does not",
    ),
    (
        "memory/two-users-one-jti",
        2,
        "may be refused by verifiers that remember tokens; the oracle does not",
    ),
    ("claim-types/nul-in-name", 1, "allows `malformed` to parsers that refuse NUL everywhere"),
    (
        "jwks/ed25519-neutral-point-not-canonical",
        1,
        "under such a key a verifier may take any signature; the oracle does no cryptography",
    ),
    (
        "jwks/ed25519-neutral-point-with-sign",
        1,
        "under such a key a verifier may take any signature; the oracle does no cryptography",
    ),
    (
        "algorithm/rs256-key-of-2047-bits",
        1,
        "the backend of a profile counts the octets of a modulus, not its bits",
    ),
    ("header/cty-json", 1, "the backend of a profile knows no `cty`; the oracle ignores it"),
    ("header/capital-crit", 1, "allows `malformed` to verifiers that refuse unknown members"),
    (
        "header/capital-kid-beside-kid",
        1,
        "allows `malformed` to verifiers that refuse unknown members",
    ),
    ("issuer/no-scheme", 1, "differs where issuers have HTTPS; the dry run has them on HTTP"),
    ("jwks/letters-behind", 1, "allows lax JSON in key sets, as the backend of a profile has it"),
    (
        "json/exp-not-a-number",
        1,
        "allows `expired` to parsers that read NaN; no JSON, nothing past",
    ),
    ("jwks/comma-behind-last-key", 1, "allows lax JSON in key sets, which harms no user"),
    ("key-confusion/mac-called-es256", 1, "allows `malformed`, which is true of most MACs so used"),
    (
        "rsa-padding/parameters-absent",
        1,
        "the key signed this, though not as it should; the oracle does no cryptography",
    ),
    ("network/utf-16", 1, "allows key sets in UTF-16 to readers that guess the encoding"),
    (
        "jwks/roca-modulus",
        1,
        "may be refused by those who see that the modulus can be factored; the oracle does not look",
    ),
];

/// Scenarios of which the oracle knows a more binding refusal: one step, and why. A scenario says
/// how binding its own point is; more may be wrong with its token.
const STRONGER: &[(&str, &str)] = &[
    ("bearer/rubbish-beside-token-in-cookie", "no text speaks of tokens in cookies"),
    ("compact/enc-and-key-management-alg", "its `enc` is a should, its unknown `alg` a must"),
    (
        "compact/pbes2-with-huge-count",
        "how often to iterate is a draft's affair, its five segments a must",
    ),
    ("ecdsa/es256k-der", "a must once its row is compared with RFC 8812"),
    ("ecdsa/es256k-high-octets-added", "a must once its row is compared with RFC 8812"),
    ("ecdsa/es256k-last-octet-missing", "a must once its row is compared with RFC 8812"),
    ("ecdsa/es256k-leading-zeros-added", "a must once its row is compared with RFC 8812"),
    ("ecdsa/es256k-two-octets-behind", "a must once its row is compared with RFC 8812"),
    ("header/kid-of-4-kb", "its long `kid` is a draft's affair; no key made its signature"),
    ("json/deep-claims-unsigned", "its depth is a should, its broken signature a must"),
    (
        "jwks/ec-as-rsa",
        "that a key without its members is passed over is a should, what follows a must",
    ),
    (
        "jwks/rsa-as-ec",
        "that a key without its members is passed over is a should, what follows a must",
    ),
    ("jwks/keys-in-an-array", "some read on into the inner array, which harms no user"),
    ("jwks/keys-in-capitals", "some JSON libraries are lax about case, which harms no user"),
    ("jwks/modulus-of-16384-bits", "its size is a should; that key did not make its signature"),
    (
        "message/issuer-refuses-connections",
        "how an outage is told is a should, that it is refused a must",
    ),
    ("message/other-type", "RFC 9068 binds more than the RFC 8725 that it cites"),
    ("jwks/use-against-key-ops", "an application may go by `use` alone (RFC 7517 section 4.3)"),
];

/// Seconds since 1970 at which everything is minted and judged.
const NOW: u64 = 1_800_000_000;

#[test]
fn every_scenario_agrees_with_the_oracle() {
    let mut differing = BTreeMap::new();
    let mut stronger = BTreeMap::new();
    let (mut judged, mut presented) = (0, 0);
    for profile in Profile::all() {
        for case in cases(profile) {
            let dry = dry_run(&case, NOW).unwrap();
            presented += dry.steps.len();
            let oracles: Vec<Option<Oracle>> =
                dry.setups.iter().map(oracle_input::oracle).collect();
            for step in dry.steps.iter().filter(|step| is_asked_plainly(&case, step)) {
                let Some(expected) = expected(&oracles[..step.setups], step) else { continue };
                judged += 1;
                assert_cited_rightly(&expected);
                let wanted = case.tolerated(step.index, step.presentation);
                let id = case.scenario.id.clone();
                if let Err(why) = compare(&wanted, &expected) {
                    differing.insert((id, step.index + 1), format!("under {profile}: {why}"));
                } else if is_about_the_refusal(&case, step)
                    && expected.level().is_some_and(|level| level < case.level)
                {
                    let why = format!("under {profile}: {} by {}", case.level, told(&expected));
                    stronger.insert(id, why);
                }
            }
        }
    }
    let listed = EXCEPTIONS.iter().map(|(id, step, _)| ((*id).to_owned(), *step)).collect();
    assert_listed("expectation", differing, &listed);
    let listed = STRONGER.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert_listed("level", stronger, &listed);
    assert!(judged * 100 >= presented * 80, "only {judged} of {presented} steps are judged");
}

/// Each requirement exists, and binds no less than what is said to follow from it.
fn assert_cited_rightly(expected: &Expected) {
    for because in &expected.because {
        let requirement = RequirementId::named(because.requirement).unwrap();
        assert!(because.level >= requirement.level, "{because:?}");
    }
}

/// Every difference is listed, and every listed one is a difference.
fn assert_listed<K: Ord + std::fmt::Debug>(
    what: &str,
    found: BTreeMap<K, String>,
    listed: &BTreeSet<K>,
) {
    let stale: Vec<_> = listed.iter().filter(|id| !found.contains_key(id)).collect();
    assert!(stale.is_empty(), "no longer another {what}: {stale:?}");
    let unlisted: Vec<_> = found.into_iter().filter(|(id, _)| !listed.contains(id)).collect();
    assert!(unlisted.is_empty(), "another {what}: {unlisted:#?}");
}

/// True if a scenario's level is about the refusal, and not about a response's form or the requests
/// to an issuer.
fn is_about_the_refusal(case: &Case, step: &DryStep<'_>) -> bool {
    case.scenario.one_step
        && step.presentation.answer.is_empty()
        && matches!(case.expect(step.index, step.presentation), Expect::Reject(_))
}

fn cases(profile: Profile) -> Vec<Case> {
    let conditions = Conditions { profile, ..Conditions::default() };
    Plan::new(&CATALOGUE, &conditions, &Selection::all(), &Capabilities::all(), Channel::ALL)
        .unwrap()
        .cases
}

/// True if the oracle has all that the verdict depends on: it knows one verifier, which has no key of
/// its own, and one resource.
fn is_asked_plainly(case: &Case, step: &DryStep<'_>) -> bool {
    let is_usual = |request: &RequestSpec| {
        request.path.is_none() && matches!(request.method, None | Some(Method::Get | Method::Head))
    };
    is_served_plainly(case)
        && case.scenario.trust.decrypts.is_none()
        && !step.presentation.beside
        && step.presentation.request.as_ref().is_none_or(is_usual)
}

/// True if no certificate is at fault.
fn is_served_plainly(case: &Case) -> bool {
    let is_good = |tls: &TlsSpec| matches!(tls.0, None | Some(Certificate::Valid));
    case.scenario.issuers.values().filter_map(|terms| terms.tls.as_ref()).all(is_good)
}

/// The verdict on a step, whichever of the key sets so far the verifier knows; none if that is not
/// settled: by what is served, or because the verdict depends on what has been kept.
fn expected(oracles: &[Option<Oracle>], step: &DryStep<'_>) -> Option<Expected> {
    let (token, signed, now) = (&step.minted.token, &step.minted.signed, step.mint_context.now);
    let verdict = |oracle: &Oracle| {
        let oracle = oracle.clone().with_still_clock();
        match &step.presentation.request {
            None => oracle.expected(token, signed, now),
            Some(terms) => {
                let request = oracle_input::request(terms, token, &step.mint_context).unwrap();
                oracle.expected_for(&request, token, signed, now)
            }
        }
    };
    let each: Vec<Expected> =
        oracles.iter().map(|oracle| oracle.as_ref().map(verdict)).collect::<Option<_>>()?;
    each.into_iter().map(Some).reduce(|one, other| both(one?, other?))?
}

/// The common verdict of two oracles, for any reason that is true in one of them.
fn both(one: Expected, other: Expected) -> Option<Expected> {
    let because = [one.because, other.because].concat();
    let expect = match (one.expect, other.expect) {
        (Expect::Accept, Expect::Accept) => Expect::Accept,
        (Expect::Reject(one), Expect::Reject(other)) => Expect::Reject([one, other].concat()),
        (Expect::Either(one), Expect::Either(other)) => Expect::Either([one, other].concat()),
        _ => return None,
    };
    Some(Expected { expect, because })
}

/// True if both expect the same, and the scenario allows no reason that is untrue.
fn compare(wanted: &Expect, expected: &Expected) -> Result<(), String> {
    let untrue = |wanted: &[Reason], found: &[Reason]| -> Vec<Reason> {
        wanted.iter().copied().filter(|reason| !found.contains(reason)).collect()
    };
    match (wanted, &expected.expect) {
        (Expect::Accept, Expect::Accept) => Ok(()),
        (Expect::Reject(wanted), Expect::Reject(found))
        | (Expect::Either(wanted), Expect::Either(found)) => match untrue(wanted, found) {
            untrue if untrue.is_empty() => Ok(()),
            untrue => Err(format!("{untrue:?} untrue of {}", told(expected))),
        },
        _ => Err(format!("{wanted}, but {}", told(expected))),
    }
}

fn told(expected: &Expected) -> String {
    let because = expected
        .because
        .iter()
        .map(|because| format!("{} {} ({})", because.level, because.what, because.requirement));
    format!("{} [{}]", expected.expect, because.collect::<Vec<_>>().join("; "))
}

/// The rule that tells steps apart: where a change could matter, nothing is expected.
#[test]
fn a_verdict_that_depends_on_what_is_kept_is_not_expected() {
    let scenario = "rotation/key-added";
    let case =
        cases(Profile::default()).into_iter().find(|case| case.scenario.id == scenario).unwrap();
    let dry = dry_run(&case, NOW).unwrap();
    let oracles: Vec<Option<Oracle>> = dry.setups.iter().map(oracle_input::oracle).collect();
    let settled: Vec<bool> =
        dry.steps.iter().map(|step| expected(&oracles[..step.setups], step).is_some()).collect();
    assert!(settled[0], "nothing has changed before the first step");
    assert!(settled.contains(&false), "a token under the added key");
}
