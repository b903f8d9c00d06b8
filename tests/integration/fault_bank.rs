//! The tester is tested: every deliberately wrong verifier is caught, each by its own fault.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::support;
use crate::websocket::Setup;
use futures::stream::{self, StreamExt};
use jwtspec_driver::Driver;
use jwtspec_engine::diagnosis::{Diagnosability, Diagnosis};
use jwtspec_engine::event::{CaseResult, KnownBy, Observed};
use jwtspec_engine::plan::{Conditions, Globs, Selection};
use jwtspec_engine::power::{Matrix, by_profile};
use jwtspec_engine::report::observed;
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::{Catalogue, Expect, Presentation, Scenario};
use jwtspec_engine::target::Target;
use jwtspec_reference::Reference;
use jwtspec_reference::faults::{self, Fault};
use jwtspec_types::profile::Profile;
use jwtspec_types::words::Finding;
use jwtspec_types::words::Level;
use jwtspec_types::words::Outcome;
use jwtspec_types::words::Reason;

/// Read once: reading takes longer than many a run.
static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::embedded().unwrap_or_else(|error| panic!("{error}")));

/// Topics whose issuers change during a case. Their scenarios take time and catch faults in fetching
/// and caching keys.
const CHANGING: [&str; 8] =
    ["cache/", "discovery/", "isolation/", "network/", "outage/", "rotation/", "time/", "tls/"];

async fn results_of(verifier: impl Driver) -> Vec<CaseResult> {
    results_within(verifier, &[]).await
}

async fn results_within(verifier: impl Driver, filters: &[String]) -> Vec<CaseResult> {
    results_down_to(Level::May, verifier, filters).await
}

async fn results_down_to(
    limit: Level,
    verifier: impl Driver,
    filters: &[String],
) -> Vec<CaseResult> {
    results_under(Profile::default(), limit, verifier, filters).await
}

async fn results_under(
    profile: Profile,
    limit: Level,
    verifier: impl Driver,
    filters: &[String],
) -> Vec<CaseResult> {
    let selection = Selection::new(filters, limit, None).unwrap();
    // Some never answer; the right one is done within two seconds.
    let answer_within = Some(Duration::from_secs(8));
    let options = Options {
        conditions: Conditions { profile, ..Conditions::default() },
        preflight: false,
        retry: false,
        selection,
        limit,
        answer_within,
        ..Options::default()
    };
    let target = Target::Rust(Arc::new(verifier));
    support::results(&CATALOGUE, target, &options).await.unwrap().1
}

async fn results_of_faulty(name: &str) -> Vec<CaseResult> {
    results_of(Fault::named(name).unwrap().driver()).await
}

/// The ids of the scenarios that fail with such a finding.
fn caught(results: &[CaseResult], is_such: impl Fn(Finding) -> bool) -> Vec<&str> {
    results
        .iter()
        .filter(|result| result.outcome == Outcome::Fail && result.finding.is_some_and(&is_such))
        .map(|result| result.id.as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_accepts_everything_is_caught_wherever_a_rejection_is_due() {
    let accepted = results_of_faulty("accepts-all").await;
    let accepted = caught(&accepted, Finding::is_acceptance);
    assert!(accepted.len() > 300, "only {} acceptances noticed", accepted.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_rejects_everything_passes_no_rejection() {
    for result in results_of_faulty("rejects-all").await {
        // What is refused before a token is looked at is the server's work, not the verifier's.
        let of_the_server = match result.decisive.as_ref().map(|decisive| &decisive.observed) {
            Some(Observed::Refused { reason: Some(Reason::TokenMissing), .. }) => true,
            Some(Observed::Refused { reason: Some(Reason::Malformed), by }) => {
                *by == KnownBy::Status(400)
            }
            _ => false,
        };
        assert!(
            result.outcome != Outcome::Pass || of_the_server,
            "{} passes: {}",
            result.id,
            observed(&result)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_classical_faults_are_caught_by_their_own_topic() {
    for (name, topic) in [
        ("ignores-audience", "audience/"),
        ("ignores-expiry", "expiry/"),
        ("ignores-signature", "signature/"),
        ("prefix-matches-issuer", "issuer/"),
        ("accepts-none", "algorithm/"),
        ("hmac-with-public-key", "key-confusion/"),
        ("trusts-embedded-jwk", "header-keys/"),
        ("ignores-crit", "critical/"),
    ] {
        let driver = Fault::named(name).unwrap().driver();
        let results = results_within(driver, &[format!("{topic}*")]).await;
        let accepted = caught(&results, Finding::is_acceptance);
        assert!(!accepted.is_empty(), "{name}");
        assert!(accepted.iter().all(|id| id.starts_with(topic)), "{name}: {accepted:?}");
    }
}

/// The number of faulty verifiers that are tested at the same time: some scenarios wait for timeouts.
const AT_THE_SAME_TIME: usize = 8;

/// Runs each fault within the filters that go with it.
async fn run_faults(
    runs: Vec<(&'static Fault, Vec<String>)>,
) -> Vec<(&'static Fault, Vec<CaseResult>)> {
    let run = async |(fault, filters): (&'static Fault, Vec<String>)| {
        // A task each: planning takes time, in which the others' answers must be read.
        let results = tokio::spawn(async move { results_of_fault(fault, &filters).await });
        (fault, results.await.unwrap())
    };
    stream::iter(runs).map(run).buffered(AT_THE_SAME_TIME).collect().await
}

/// The results of scenarios, each under the first profile under which it runs. A fault of sessions
/// shows on a socket only.
async fn results_of_fault(fault: &'static Fault, filters: &[String]) -> Vec<CaseResult> {
    if fault.is_of_sessions() {
        let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
        return Setup::of("convex", fault.name).results(&filters).await;
    }
    let chosen = Globs::new(filters).unwrap();
    let mut results = Vec::new();
    for (profile, ids) in by_profile(&CATALOGUE, |id| chosen.is_match(id)) {
        results.extend(results_under(profile, Level::May, fault.driver(), &ids).await);
    }
    results
}

/// The ids of the scenarios that fail. An inconclusive one shows nothing.
fn failed(results: &[CaseResult]) -> Vec<&str> {
    let failed = results.iter().filter(|result| result.outcome == Outcome::Fail);
    failed.map(|result| result.id.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_caught_by_the_scenarios_that_name_it() {
    let filters = |fault: &Fault| fault.caught_by.iter().map(ToString::to_string).collect();
    let named = faults::all().filter(|fault| !fault.caught_by.is_empty());
    let all = run_faults(named.map(|fault| (fault, filters(fault))).collect()).await;
    let mut wrong = Vec::new();
    for (fault, results) in &all {
        let failed = failed(results);
        let leaks = fault.caught_by.iter().any(|id| id.starts_with("message/"));
        if leaks && caught(results, |it| it == Finding::SecretLeaked).is_empty() {
            wrong.push(format!("{}: nothing is reported as leaked", fault.name));
        }
        for named in fault.caught_by {
            let fails = match named.split_once('*') {
                Some((start, end)) => {
                    failed.iter().any(|id| id.starts_with(start) && id.ends_with(end))
                }
                None => failed.contains(named),
            };
            if !fails {
                wrong.push(format!("{}: {named} does not fail", fault.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_no_scenario_catches_says_why() {
    for fault in faults::all().chain(faults::PLANTED) {
        let caught = !fault.caught_by.is_empty();
        assert_eq!(caught, fault.why_uncaught.is_empty(), "{}", fault.name);
    }
    // Where one does catch it after all, the fault should name it.
    let still: BTreeSet<String> = CATALOGUE
        .iter()
        .filter_map(|scenario| scenario.id.split_once('/'))
        .map(|(topic, _)| format!("{topic}/*"))
        .filter(|topic| !CHANGING.iter().any(|changing| topic.starts_with(changing)))
        .collect();
    let still: Vec<String> = still.into_iter().collect();
    let uncaught = faults::all().filter(|fault| fault.caught_by.is_empty());
    for (fault, results) in run_faults(uncaught.map(|it| (it, still.clone())).collect()).await {
        let failed = results.iter().filter(|result| result.outcome == Outcome::Fail);
        let failed: Vec<_> = failed.map(|result| (&result.id, observed(result))).collect();
        assert!(failed.is_empty(), "{}: {failed:?}", fault.name);
    }
}

/// The certain causes of the refusals that the scenarios of a topic expect.
fn stated_causes(topic: &str) -> BTreeSet<Reason> {
    let scenarios = CATALOGUE.iter().filter(|scenario| scenario.id.starts_with(topic));
    let presented = scenarios.flat_map(Scenario::presentations);
    let cause = |presentation: &Presentation| match (presentation.cause, &presentation.expect) {
        (None, Expect::Reject(reasons)) => <[Reason; 1]>::try_from(reasons.as_slice()).ok(),
        (cause, _) => cause.map(|cause| [cause]),
    };
    presented.filter_map(|(_, presentation)| cause(presentation)).flatten().collect()
}

/// The figures of a verifier, over the topic of clear causes.
async fn figures(verifier: impl Driver) -> Diagnosability {
    let mut diagnosis = Diagnosis::default();
    for result in results_within(verifier, &["message/*".to_owned()]).await {
        diagnosis.add(&result.refusals);
    }
    diagnosis.figures()
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_tell_a_verifier_that_explains_itself_from_one_that_does_not() {
    let right = figures(Reference::default()).await;
    assert_eq!((right.told_apart, right.named), (Some(1.0), Some(1.0)), "{right:?}");
    assert_eq!(right.expired_from_forged, Some(true));
    let causes: BTreeSet<Reason> = right.causes.iter().map(|row| row.cause).collect();
    assert_eq!(causes, stated_causes("message/"), "{right:?}");

    let silent = figures(Fault::named("one-message").unwrap().driver()).await;
    // What HTTP itself refuses is told apart all the same: no token, and one that is none.
    assert!(silent.told_apart.unwrap() < 0.3, "{silent:?}");
    let vague = figures(Fault::named("expired-like-forged").unwrap().driver()).await;
    assert_eq!(vague.expired_from_forged, Some(false));
    assert!(vague.told_apart.unwrap() < 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn advice_is_no_finding_where_only_duties_are_asked_for() {
    for (name, topic, finding) in [
        ("leaks-path", "message/*", Finding::SecretLeaked),
        ("lists-issuers", "message/*", Finding::SecretLeaked),
        ("server-error-on-outage", "network/refused", Finding::Fault),
    ] {
        let fault = || Fault::named(name).unwrap().driver();
        let topic = [topic.to_owned()];
        let all = results_down_to(Level::May, fault(), &topic).await;
        let found = caught(&all, |it| it == finding);
        assert!(!found.is_empty(), "{name}");
        assert!(all.iter().all(|it| it.finding.is_none() || it.level >= Level::Should), "{name}");
        let duties = results_down_to(Level::Must, fault(), &topic).await;
        assert!(
            caught(&duties, |it| it == finding).is_empty(),
            "{name}: {:?}",
            caught(&duties, |it| it == finding)
        );
    }
}

/// The faults that prove a scenario, as the matrix says; first those that fail the fewest others.
fn proofs(matrix: &Matrix, scenario: &str) -> Vec<&'static Fault> {
    let named = faults::all().filter(|fault| fault.caught_by.contains(&scenario));
    let mut faults: Vec<&'static Fault> = matrix
        .catches(scenario)
        .filter_map(Fault::named)
        .chain(named)
        .filter(|fault| fault.proves(scenario))
        .collect();
    faults.sort_by_key(|fault| matrix.failing(fault.name).map(BTreeSet::len));
    faults
}

#[test]
fn the_matrix_is_about_faults_and_scenarios_that_there_are() {
    let matrix = Matrix::embedded().unwrap();
    let names: BTreeSet<&str> = faults::all().map(|fault| fault.name).collect();
    assert_eq!(
        matrix.faults().collect::<BTreeSet<_>>(),
        names,
        "measure it: jwtspec power --fault NAME --write scenarios/power/matrix.toml"
    );
    for fault in faults::all() {
        let name = fault.name;
        let failing = matrix.failing(name).unwrap();
        let gone: Vec<_> = failing.iter().filter(|id| CATALOGUE.find(id).is_none()).collect();
        assert!(gone.is_empty(), "{name}: no scenarios are {gone:?}");
        assert_eq!(failing.is_empty(), fault.caught_by.is_empty(), "{name}");
    }
}

#[test]
fn the_page_names_every_fault_and_every_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("power.md");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_jwtspec"));
    command.args(["power", "--known", "--page"]).arg(&file);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let page = std::fs::read_to_string(&file).unwrap();
    let row = |first: &str| page.lines().find(|line| line.starts_with(&format!("| `{first}` |")));
    for fault in faults::all() {
        assert!(row(fault.name).is_some_and(|it| it.contains(fault.about)), "{}", fault.name);
    }
    for scenario in CATALOGUE.iter() {
        assert!(row(&scenario.id).is_some(), "{}", scenario.id);
    }
    assert!(row("audience/missing").is_some_and(|it| it.contains("`missing-audience-accepted`")));
}

#[test]
fn a_matrix_that_is_written_again_keeps_what_was_not_measured() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("matrix.toml");
    let known = "[missing-audience-accepted]\naudience = [\"missing\"]\n\
                 [ignores-expiry]\nexpiry = [\"past\"]\nkid = [\"told-elsewhere\"]\n";
    std::fs::write(&file, known).unwrap();
    let measure = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_jwtspec"));
        command.args(["power", "--fault", "ignores-expiry", "--filter", "expiry/long-past"]);
        command.arg("--write").arg(&file).output().unwrap()
    };
    assert_eq!(measure().status.code(), Some(0));
    let written = Matrix::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let failing = |fault: &str| written.failing(fault).unwrap().iter().collect::<Vec<_>>();
    assert_eq!(written.faults().count(), 2);
    assert_eq!(failing("missing-audience-accepted"), ["audience/missing"]);
    let told = ["expiry/long-past", "expiry/past", "kid/told-elsewhere"];
    assert_eq!(failing("ignores-expiry"), told);

    std::fs::write(&file, "[ignores-expiry]\nexpiry = 5\n").unwrap();
    let output = measure();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("matrix.toml"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "[ignores-expiry]\nexpiry = 5\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_fails_for_a_fault_or_says_why_none_shows_it() {
    let matrix = Matrix::embedded().unwrap();
    let mut wrong = Vec::new();
    let mut runs: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut new = Vec::new();
    for scenario in CATALOGUE.iter() {
        let proofs = proofs(&matrix, &scenario.id);
        match (proofs.first(), &scenario.unproven_because) {
            (Some(fault), None) => runs.entry(fault.name).or_default().push(scenario.id.clone()),
            (None, None) => new.push(scenario.id.clone()),
            (Some(fault), Some(_)) => wrong.push(format!(
                "{} fails for {}, though it says `unproven-because`",
                scenario.id, fault.name
            )),
            (None, Some(_)) => {}
        }
    }
    let run = |(fault, ids): (&str, Vec<String>)| (Fault::named(fault).unwrap(), ids);
    for (fault, results) in run_faults(runs.clone().into_iter().map(run).collect()).await {
        let failed = failed(&results);
        let passing = runs[fault.name].iter().filter(|id| !failed.contains(&id.as_str()));
        wrong.extend(passing.map(|id| format!("{id} does not fail for {}", fault.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A scenario that was added needs no new matrix, if only a fault fails it.
    let mut unproven: BTreeSet<&str> = new.iter().map(String::as_str).collect();
    let is_known = |id: &String| matrix.catches(id).next().is_some();
    let fresh: Vec<String> = new.iter().filter(|id| !is_known(id)).cloned().collect();
    if !new.is_empty() {
        let verifiers = faults::all().filter(|fault| !fault.is_of_sessions());
        let runs = verifiers.map(|fault| (fault, fresh.clone())).collect();
        for (fault, results) in run_faults(runs).await {
            unproven.retain(|id| !fault.proves(id) || !failed(&results).contains(id));
        }
    }
    assert!(
        unproven.is_empty(),
        "no fault shows these to test what they are about: add one, or say `unproven-because`:\n{}",
        unproven.iter().copied().collect::<Vec<_>>().join("\n")
    );
}
