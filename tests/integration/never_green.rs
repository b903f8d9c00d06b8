//! Never green by accident, never red for what is ours: each test is a way in which a suite can be
//! wrong about a verifier.

mod reports;
mod silence;
mod trusts;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use indexmap::IndexMap;
use jwtspec_driver::{Description, Driver, Refusal, Unsupported, Verifier};
use jwtspec_engine::event::{CaseResult, Ending, Summary};
use jwtspec_engine::plan::Selection;
use jwtspec_engine::report::why;
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::Catalogue;
use jwtspec_engine::target::{Deviation, Deviations, HttpClient, PreparedRequest, Target};
use jwtspec_jose::{Compact, Part, Tolerance};
use jwtspec_reference::Reference;
use jwtspec_types::capabilities::{Capabilities, KeyDelivery};
use jwtspec_types::trust::Trust;
use jwtspec_types::words::{Finding, Level, Outcome};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support;

type Verdict = Result<Value, Refusal>;
type Twist = Arc<dyn Fn(&str, Verdict) -> BoxFuture<'static, Verdict> + Send + Sync>;

/// The reference verifier, its verdicts twisted.
#[derive(Clone)]
struct Twisted {
    inner: Reference,
    capabilities: Option<Capabilities>,
    twist: Twist,
}

struct TwistedVerifier(Arc<dyn Verifier>, Twist);

impl Twisted {
    fn new(twist: impl Fn(&str, Verdict) -> Verdict + Send + Sync + 'static) -> Self {
        let twist: Twist = Arc::new(move |token, verdict| {
            let twisted = twist(token, verdict);
            std::future::ready(twisted).boxed()
        });
        Self { inner: Reference::default(), capabilities: None, twist }
    }

    async fn run(self, options: &Options) -> (Summary, Vec<CaseResult>) {
        let catalogue = Catalogue::embedded().unwrap();
        support::results(&catalogue, Target::Rust(Arc::new(self)), options).await.unwrap()
    }
}

impl Driver for Twisted {
    fn describe(&self) -> Description {
        let mut description = self.inner.describe();
        if let Some(capabilities) = &self.capabilities {
            description.capabilities = capabilities.clone();
        }
        description
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        Ok(Arc::new(TwistedVerifier(self.inner.configure(trust)?, Arc::clone(&self.twist))))
    }
}

impl Verifier for TwistedVerifier {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Verdict> {
        async move { (self.1)(token, self.0.verify(token).await).await }.boxed()
    }

    fn verify_at<'a>(&'a self, token: &'a str, now: Duration) -> BoxFuture<'a, Verdict> {
        async move { (self.1)(token, self.0.verify_at(token, now).await).await }.boxed()
    }
}

fn filtered(filters: &[&str]) -> Options {
    let filters: Vec<String> = filters.iter().map(ToString::to_string).collect();
    let selection = Selection::new(&filters, Level::May, None).unwrap();
    Options { selection, ..Options::default() }
}

fn algorithm(token: &str) -> String {
    let header = Compact::new(token).bytes(Part::Header, Tolerance::NONE).unwrap_or_default();
    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
    header["alg"].as_str().unwrap_or_default().to_owned()
}

fn named<'r>(results: &'r [CaseResult], id: &str) -> &'r CaseResult {
    results.iter().find(|result| result.id == id).unwrap_or_else(|| panic!("no {id}"))
}

/// A library that takes a key that it does not recognise for a secret: it refuses every honest token
/// and accepts those that anyone can make.
fn takes_keys_for_secrets() -> Twisted {
    Twisted::new(|token, _| match algorithm(token).as_str() {
        "HS256" => Ok(Value::Null),
        _ => Err(Refusal::saying("invalid algorithm")),
    })
}

#[tokio::test]
async fn a_refused_control_hides_no_accepted_forgery() {
    let id = "key-confusion/rsa-pem";
    let without = Options { preflight: false, ..filtered(&[id]) };
    let (summary, results) = takes_keys_for_secrets().run(&without).await;
    assert_eq!(summary.fail, 1);
    let result = named(&results, id);
    assert_eq!(result.finding, Some(Finding::ForgeryAccepted));
    let evidence = result.evidence.as_ref().unwrap();
    assert!(evidence.decoded.header.iter().any(|line| line.text.contains("HS256")));
}

#[tokio::test]
async fn a_failed_preflight_hides_no_accepted_forgery() {
    let options = filtered(&["key-confusion/*", "audience/*"]);
    let (summary, results) = takes_keys_for_secrets().run(&options).await;
    assert_eq!(summary.ending, Ending::PreflightFailed);
    assert!(!summary.is_clean(false) && !summary.is_void());
    assert_eq!(named(&results, "key-confusion/rsa-pem").finding, Some(Finding::ForgeryAccepted));
    let others = results.iter().filter(|result| result.id.starts_with("audience/"));
    for other in others {
        assert_eq!(other.outcome, Outcome::Skip, "{}", other.id);
    }
}

#[tokio::test]
async fn a_verifier_that_refuses_everything_is_void_and_not_clean() {
    let refuses = Twisted::new(|_, _| Err(Refusal::saying("no")));
    let (summary, _) = refuses.run(&filtered(&["expiry/*"])).await;
    assert_eq!((summary.ending, summary.fail), (Ending::PreflightFailed, 0));
    assert!(summary.is_void() && !summary.is_clean(false));
}

#[tokio::test]
async fn a_message_that_holds_the_token_fails_no_preflight() {
    let tells = Twisted::new(|token, verdict| {
        verdict.map_err(|refusal| Refusal::saying(format!("{}: {token}", refusal.message)))
    });
    let (summary, results) = tells.run(&filtered(&["expiry/past"])).await;
    assert_eq!(summary.ending, Ending::Whole);
    assert_eq!(named(&results, "expiry/past").finding, Some(Finding::SecretLeaked));
}

fn known(id: &str, deviation: Deviation) -> Deviations {
    let mut deviations = Deviations::default();
    let entries: IndexMap<String, Deviation> = [(id.to_owned(), deviation)].into_iter().collect();
    deviations.add(&entries, &Catalogue::embedded().unwrap()).unwrap();
    deviations
}

#[tokio::test]
async fn a_deviation_hides_neither_another_finding_nor_a_higher_level() {
    let accepts = || Twisted::new(|_, _| Ok(Value::Null));
    let outcome = async |findings: &[Finding], level| {
        let deviation = Deviation {
            why: "known".to_owned(),
            findings: findings.to_vec(),
            level,
            ..Deviation::default()
        };
        let options = Options {
            deviations: known("expiry/past", deviation),
            preflight: false,
            ..filtered(&["expiry/past"])
        };
        let (summary, results) = accepts().run(&options).await;
        (results[0].outcome, results[0].finding, summary)
    };
    let same = outcome(&[Finding::InvalidAccepted], Some(Level::Must)).await;
    assert_eq!((same.0, same.1), (Outcome::Deviation, Some(Finding::InvalidAccepted)));
    assert!(same.2.is_clean(true));
    for (findings, level) in [
        (&[Finding::SecretLeaked][..], None),
        (&[Finding::InvalidAccepted], Some(Level::Should)),
        (&[Finding::SecretLeaked], Some(Level::May)),
    ] {
        let (outcome, finding, _) = outcome(findings, level).await;
        assert_eq!((outcome, finding), (Outcome::Fail, Some(Finding::DeviationChanged)));
    }
    let (_, _, summary) = outcome(&[], None).await;
    assert_eq!(summary.vague_deviations, ["expiry/past"]);
    assert!(summary.is_clean(false) && !summary.is_clean(true));
}

#[tokio::test]
async fn a_deviation_at_a_level_that_is_not_judged_is_not_stale() {
    let may = Deviation {
        why: "known".to_owned(),
        findings: vec![Finding::SecretLeaked],
        level: Some(Level::May),
        ..Deviation::default()
    };
    let options = |limit| Options {
        deviations: known("expiry/past", may.clone()),
        limit,
        ..filtered(&["expiry/past"])
    };
    let honest = || Twisted::new(|_, verdict| verdict);
    let (summary, _) = honest().run(&options(Level::Must)).await;
    assert!(summary.is_clean(false));
    let (summary, results) = honest().run(&options(Level::May)).await;
    assert!(!summary.is_clean(false));
    assert_eq!(results[0].finding, Some(Finding::StaleDeviation));
}

#[tokio::test]
async fn a_target_that_declares_nothing_tests_nothing() {
    for capabilities in [
        Capabilities::default().algorithms(["RS256".to_owned()]),
        Capabilities::default().keys([KeyDelivery::JwksUri]),
        Capabilities::default().keys([KeyDelivery::JwksUri]).algorithms(["RS255".to_owned()]),
    ] {
        let honest = Twisted::new(|_, verdict| verdict);
        let target = Twisted { capabilities: Some(capabilities), ..honest };
        let (summary, _) = target.run(&filtered(&["expiry/*"])).await;
        assert_eq!(summary.ending, Ending::NothingRun);
        assert!(summary.is_void() && !summary.is_clean(false));
    }
}

#[tokio::test]
async fn a_challenge_that_the_driver_makes_is_not_judged() {
    let mut capabilities = Reference::default().describe().capabilities;
    let options = filtered(&["bearer/*"]);
    let run = async |capabilities: Capabilities| {
        let as_it_is = Twisted::new(|_, verdict| verdict);
        let driver = Twisted { capabilities: Some(capabilities), ..as_it_is };
        driver.run(&options).await.0
    };
    let judged = run(capabilities.clone()).await;
    capabilities.driver_answers = true;
    let not_judged = run(capabilities).await;
    assert_eq!(judged.skip, 0);
    assert!(not_judged.skip > 10 && not_judged.pass > 10, "{not_judged:?}");
    assert_eq!(not_judged.skip + not_judged.pass, judged.pass);
}

#[tokio::test]
async fn what_is_wrong_once_among_others_is_flaky_and_no_finding() {
    let calls = AtomicUsize::new(0);
    let refuses_once = Twisted::new(move |_, verdict| match verdict {
        // Behind the preflight.
        Ok(_) if calls.fetch_add(1, Ordering::Relaxed) == 5 => Err(Refusal::saying("busy")),
        verdict => verdict,
    });
    let (summary, results) = refuses_once.run(&filtered(&["audience/*"])).await;
    assert_eq!((summary.fail, summary.inconclusive, summary.flaky), (0, 0, 1));
    assert_eq!(results.iter().filter(|result| result.flaky.is_some()).count(), 1);
    assert!(summary.is_clean(false) && !summary.is_clean(true));
}

#[tokio::test]
async fn a_target_that_no_longer_answers_is_given_up() {
    let calls = AtomicUsize::new(0);
    let hangs: Twist = Arc::new(move |_, verdict| match calls.fetch_add(1, Ordering::Relaxed) {
        0..10 => std::future::ready(verdict).boxed(),
        _ => std::future::pending().boxed(),
    });
    let target = Twisted { twist: hangs, ..Twisted::new(|_, verdict| verdict) };
    let answer_within = Some(Duration::from_millis(200));
    let options = Options { answer_within, ..filtered(&["expiry/*", "audience/*"]) };
    let (summary, results) = target.run(&options).await;
    assert_eq!(summary.ending, Ending::GivenUp);
    assert!(!summary.is_clean(false));
    let skipped = results.iter().filter(|result| result.outcome == Outcome::Skip);
    assert!(skipped.count() > results.len() / 2);
}

#[tokio::test]
async fn choices_are_told() {
    let honest = Twisted::new(|_, verdict| verdict);
    let (_, results) = honest.run(&filtered(&["expiry/missing"])).await;
    assert_eq!(results[0].choices.len(), 1, "{:?}", results[0].choices);
}

/// An undeclared cool-down is assumed, not a reason to test nothing.
#[tokio::test]
async fn key_rotation_is_tested_though_no_cooldown_is_declared() {
    let mut capabilities = Reference::default().describe().capabilities;
    capabilities.cooldown = None;
    let never_again = Twisted::new(|token, verdict| match verdict {
        Ok(_) if !token_has_kid(token, "rs256-a") => Err(Refusal::saying("unknown kid")),
        verdict => verdict,
    });
    let target = Twisted { capabilities: Some(capabilities), ..never_again };
    let (summary, results) = target.run(&filtered(&["rotation/key-added"])).await;
    assert_eq!(summary.fail, 1, "{:?}", results[0].why);
    assert!(why(&results[0]).unwrap().contains("declares no `cooldown`"));
}

fn token_has_kid(token: &str, kid: &str) -> bool {
    let header = Compact::new(token).bytes(Part::Header, Tolerance::NONE).unwrap_or_default();
    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
    header["kid"] == kid
}

/// A server that closes a connection right behind its answer, without saying so, is no fault.
#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_not_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            let _ = stream.write_all(answer).await;
        }
    });
    let client = HttpClient::new(Duration::from_secs(10));
    let request = PreparedRequest::new("GET", url);
    for _ in 0..50 {
        let observation = client.send(&request).await;
        assert_eq!(observation.answer().map(|answer| answer.status), Some(200));
    }
}
