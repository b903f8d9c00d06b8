//! Services that authenticate on a socket: right ones pass, wrong ones are caught.

mod commands;
mod server;
use std::time::Duration;

use crate::support::{self, CATALOGUE, in_repository};
use jwtspec_engine::event::CaseResult;
use jwtspec_engine::plan::Selection;
use jwtspec_engine::report::{expected, observed, why};
use jwtspec_engine::run::Options;
use jwtspec_engine::target::{Target, TargetFile};
use jwtspec_format::Source;
use jwtspec_types::words::Finding;
use jwtspec_types::words::Level;
use jwtspec_types::words::Outcome;

use server::SocketServer;

const CONVEX: &str = r#"
[present]
kind = "websocket"
open = ['{"type":"Connect","sessionId":"{{ session }}","connectionCount":0,"lastCloseReason":"InitialConnect","clientTs":0}']
send = ['{"type":"Authenticate","tokenType":"User","value":{{ token | tojson }},"baseVersion":{{ version }}}']
sign-out = ['{"type":"Authenticate","tokenType":"None","baseVersion":{{ version }}}']

[verdict]
accept = { message = ['/"type":"Transition"/'] }
reject = { message = ['/"type":"AuthError"/'] }
message = { json = "/error" }
version = '/"baseVersion":{{ version }}[,}]/'
identity = '"user":{{ subject | tojson }}'
"#;

const GRAPHQL: &str = r#"
[present]
kind = "websocket"
subprotocol = "graphql-transport-ws"
send = ['{"type":"connection_init","payload":{"authorization":{{ ("Bearer " ~ token) | tojson }}}}']

[verdict]
accept = { message = ['"type":"connection_ack"'] }
reject = { message = ['"type":"connection_error"'], close = [4401, 4403] }
message = { json = "/payload/message" }
"#;

fn present(manner: &str) -> &'static str {
    if manner == "convex" { CONVEX } else { GRAPHQL }
}

/// A service, and how a run presents tokens to it and reads its refusals.
pub(crate) struct Setup {
    manner: &'static str,
    fault: &'static str,
    present: String,
    reasons: &'static str,
    answer_within: Duration,
}

impl Setup {
    /// `fault` is wrong with the service; nothing is if it is empty.
    pub(crate) fn of(manner: &'static str, fault: &'static str) -> Self {
        let (present, answer_within) = (present(manner).to_owned(), Duration::from_secs(10));
        Self { manner, fault, present, reasons: "", answer_within }
    }

    pub(crate) async fn results(&self, filters: &[&str]) -> Vec<CaseResult> {
        let server = SocketServer::start(self.manner, self.fault);
        let text = server.target_file(&self.present, self.reasons);
        let source = Source::new("target.toml", text);
        let file = TargetFile::parse(&source, &in_repository(""));
        let file = file.unwrap_or_else(|error| panic!("{error:?}"));
        let filters: Vec<String> = filters.iter().map(ToString::to_string).collect();
        let selection = Selection::new(&filters, Level::May, None).unwrap();
        let answer_within = Some(self.answer_within);
        let options = Options { selection, answer_within, preflight: false, ..Options::default() };
        let target = Target::File(Box::new(file));
        support::results(&CATALOGUE, target, &options).await.unwrap().1
    }

    /// The result of one scenario.
    async fn result(&self, id: &str) -> CaseResult {
        let mut all = self.results(&[id]).await;
        assert_eq!(all.len(), 1);
        all.remove(0)
    }
}

fn assert_no_failure(results: &[CaseResult]) {
    let failed: Vec<String> = results
        .iter()
        .filter(|result| !matches!(result.outcome, Outcome::Pass | Outcome::Skip))
        .map(|result| {
            format!(
                "{}: {} / {} {:?}",
                result.id,
                expected(result),
                observed(result),
                result.evidence
            )
        })
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let unexplained = results.iter().filter(|it| it.outcome == Outcome::Skip && it.why.is_none());
    assert_eq!(unexplained.count(), 0);
    let passed = results.iter().filter(|result| result.outcome == Outcome::Pass).count();
    assert!(passed > results.len() / 4, "only {passed} passed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_convex_like_service_passes() {
    assert_no_failure(&Setup::of("convex", "").results(&[]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_graphql_like_service_passes() {
    assert_no_failure(&Setup::of("graphql", "").results(&[]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_of_sessions_runs_on_a_right_service() {
    for result in Setup::of("convex", "").results(&["session/*"]).await {
        let told = format!("{}: {:?} {}", result.id, why(&result), observed(&result));
        assert_eq!(result.outcome, Outcome::Pass, "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_does_wrong_in_a_session_is_caught_by_the_scenario_for_it() {
    let found = async |fault, id: &str| {
        let result = Setup::of("convex", fault).result(id).await;
        assert_eq!(result.outcome, Outcome::Fail, "{fault}, {id}: {}", observed(&result));
        result.finding.unwrap()
    };
    for (fault, id, finding) in [
        ("later-tokens-unverified", "session/forged-after-accepted", Finding::ForgeryAccepted),
        ("later-tokens-unverified", "session/expired-after-accepted", Finding::InvalidAccepted),
        (
            "later-tokens-unverified",
            "session/other-audience-after-accepted",
            Finding::InvalidAccepted,
        ),
        ("later-tokens-unverified", "session/stranger-after-accepted", Finding::ForgeryAccepted),
        ("keeps-first-identity", "session/second-identity", Finding::IdentityKept),
        ("keeps-first-identity", "session/back-to-first-identity", Finding::IdentityKept),
        ("keeps-first-identity", "session/signs-out", Finding::IdentityKept),
        ("never-notices-expiry", "session/expires", Finding::SessionOutlivesToken),
        ("expires-by-first-token", "session/refreshed-in-time", Finding::ValidRejected),
        ("wrong-version", "session/refusal-names-version", Finding::WrongAnswer),
        ("one-token-only", "session/second-token", Finding::ValidRejected),
        ("one-token-only", "session/same-token-again", Finding::ValidRejected),
        ("locked-by-refusal", "session/accepted-after-refused", Finding::ValidRejected),
    ] {
        assert_eq!(found(fault, id).await, finding, "{fault}, {id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_answer_in_no_orderly_way_are_faults() {
    for (fault, finding, told) in [
        // Asked alone it says nothing either, so it is given up.
        ("silent", None, "no message that the target file knows within 0.7 s"),
        ("floods", Some(Finding::Fault), "more messages than are read"),
        ("closes-without-code", Some(Finding::Fault), "closed without a code"),
        ("drops", Some(Finding::Fault), "ended without a closing handshake"),
    ] {
        let setup =
            Setup { answer_within: Duration::from_millis(700), ..Setup::of("convex", fault) };
        let result = setup.result("audience/string").await;
        assert_eq!(result.finding, finding, "{fault}: {}", observed(&result));
        assert!(observed(&result).contains(told), "{fault}: {}", observed(&result));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn binary_messages_are_passed_over() {
    let result = Setup::of("convex", "sends-octets").result("audience/string").await;
    assert_eq!(result.outcome, Outcome::Pass, "{}", observed(&result));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_handshake_is_a_refusal_if_its_status_is_listed() {
    let mut setup = Setup::of("graphql", "refuses-handshakes");
    let result = setup.result("audience/string").await;
    assert_eq!((result.outcome, result.finding), (Outcome::Inconclusive, None));
    assert!(observed(&result).contains("status 401"), "{}", observed(&result));
    setup.present = GRAPHQL.replace("close = [", "status = [401], close = [");
    let result = setup.result("audience/string").await;
    assert_eq!(result.finding, Some(Finding::ValidRejected), "{}", observed(&result));
    assert_eq!(result.message.as_deref(), Some("no token in the handshake"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reason_of_a_closing_is_a_message() {
    let reasons = "\"expired\" = \"expired\"\n\"signature-invalid\" = \"malformed\"";
    let setup = Setup { reasons, ..Setup::of("graphql", "closes-only") };
    let all = setup.results(&["expiry/past", "signature/other-key"]).await;
    assert_eq!(
        all[1].finding,
        Some(Finding::WrongReason),
        "the file says so: {}",
        observed(&all[1])
    );
    assert!(all[0].reason == Some(jwtspec_types::words::Reason::Expired), "{all:#?}");
    let closed = |it: &CaseResult| observed(it).contains("closed with 4403");
    assert!(all.iter().all(closed), "{all:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_without_a_socket_skip_sessions_and_say_why() {
    let selection = Selection::new(&["session/*".to_owned()], Level::May, None).unwrap();
    let options = Options { selection, ..Options::default() };
    let reference = jwtspec_reference::Reference::default();
    let target = Target::Rust(std::sync::Arc::new(reference));
    let (summary, results) = support::results(&CATALOGUE, target, &options).await.unwrap();
    assert_eq!(summary.skip, results.len());
    for result in results {
        assert!(why(&result).unwrap().contains("session on a socket"), "{}", result.id);
    }
    let all = Setup::of("graphql", "").results(&["session/*"]).await;
    let (skipped, run): (Vec<_>, Vec<_>) =
        all.iter().partition(|result| result.outcome == Outcome::Skip);
    assert_eq!(run.len(), 1, "its connections take one token: {run:#?}");
    assert!(skipped.iter().all(|it| why(it).unwrap().contains("present.tokens")));
}
