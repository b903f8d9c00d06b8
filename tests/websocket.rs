//! Services that authenticate on a socket: right ones pass, wrong ones are caught.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

#[path = "websocket/commands.rs"]
mod commands;
#[path = "websocket/server.rs"]
mod server;
mod support;

use std::path::Path;
use std::time::Duration;

use jwtspec::event::CaseResult;
use jwtspec::format::Source;
use jwtspec::plan::Selection;
use jwtspec::report::{expected, observed, why};
use jwtspec::run::Options;
use jwtspec::scenario::Catalogue;
use jwtspec::target::{Target, TargetFile};
use jwtspec::{Finding, Level, Outcome};

/// Not a test: the process that the others start as their target.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "is the target of the others"]
async fn serve() {
    let said = server::from_environment();
    let Some(port) = said.get("JWTSPEC_PORT") else { return };
    std::thread::spawn(|| {
        // It is closed when whoever started this process ends.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    let (manner, fault) = (said[server::MANNER].clone(), said[server::FAULT].clone());
    server::serve(port.parse().unwrap(), manner, fault).await;
}

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

/// The target file of a service that is this very program.
fn file(manner: &str, fault: &str, how: &str, reasons: &str) -> String {
    let program = std::env::current_exe().unwrap();
    format!(
        r#"
name = "socket"
about = "A service that authenticates on a socket"
[start]
command = ['{}', "--exact", "serve", "--ignored", "--nocapture"]
env = {{ {} = "{manner}", {} = "{fault}" }}
{how}
[reasons]
{reasons}
"#,
        program.display(),
        server::MANNER,
        server::FAULT,
    )
}

fn target(manner: &str, fault: &str, how: &str, reasons: &str) -> Target {
    let text = file(manner, fault, how, reasons);
    let source = Source::new("target.toml", text);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = TargetFile::parse(&source, folder).unwrap_or_else(|error| panic!("{error:?}"));
    Target::File(Box::new(file))
}

async fn results(target: Target, filters: &[&str], within: u64) -> Vec<CaseResult> {
    let catalogue = Catalogue::embedded().unwrap_or_else(|error| panic!("{error}"));
    let filters: Vec<String> = filters.iter().map(ToString::to_string).collect();
    let selection = Selection::new(&filters, Level::May, None).unwrap();
    let answer_within = Some(Duration::from_millis(within));
    let options = Options { selection, answer_within, preflight: false, ..Options::default() };
    support::results(&catalogue, target, &options).await.unwrap().1
}

fn assert_no_failure(results: &[CaseResult], least: usize) {
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
    assert!(passed >= least, "only {passed} passed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_convex_like_service_passes() {
    let all = results(target("convex", "", CONVEX, ""), &[], 10_000).await;
    assert_no_failure(&all, 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_graphql_like_service_passes() {
    let all = results(target("graphql", "", GRAPHQL, ""), &[], 10_000).await;
    assert_no_failure(&all, 300);
}

/// The result of one scenario, for a service with this fault.
async fn one(manner: &str, fault: &str, id: &str, within: u64) -> CaseResult {
    let how = if manner == "convex" { CONVEX } else { GRAPHQL };
    let mut all = results(target(manner, fault, how, ""), &[id], within).await;
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_of_sessions_runs_on_a_right_service() {
    let all = results(target("convex", "", CONVEX, ""), &["session/*"], 10_000).await;
    for result in &all {
        let told = format!("{}: {:?} {}", result.id, why(result), observed(result));
        assert_eq!(result.outcome, Outcome::Pass, "{told}");
    }
    assert!(all.len() >= 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_does_wrong_in_a_session_is_caught_by_the_scenario_for_it() {
    let found = async |fault, id: &str| {
        let result = one("convex", fault, id, 10_000).await;
        assert_eq!(result.outcome, Outcome::Fail, "{fault}, {id}: {}", observed(&result));
        result.finding.unwrap()
    };
    for (fault, id, finding) in [
        ("accepts-all", "session/forged-after-accepted", Finding::ForgeryAccepted),
        ("accepts-all", "session/expired-after-accepted", Finding::ForgeryAccepted),
        ("accepts-all", "session/other-audience-after-accepted", Finding::ForgeryAccepted),
        ("accepts-all", "session/stranger-after-accepted", Finding::ForgeryAccepted),
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
    for (fault, told) in [
        ("silent", "no message that the target file knows within 0.7 s"),
        ("floods", "more messages than are read"),
        ("closes-without-code", "closed without a code"),
        ("drops", "ended without a closing handshake"),
    ] {
        let result = one("convex", fault, "audience/string", 700).await;
        assert_eq!(result.finding, Some(Finding::Fault), "{fault}: {}", observed(&result));
        assert!(observed(&result).contains(told), "{fault}: {}", observed(&result));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn octets_are_passed_over() {
    let result = one("convex", "sends-octets", "audience/string", 10_000).await;
    assert_eq!(result.outcome, Outcome::Pass, "{}", observed(&result));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_handshake_is_a_refusal_if_its_status_is_listed() {
    let refused = async |how: &str| {
        let target = target("graphql", "refuses-handshakes", how, "");
        results(target, &["audience/string"], 5000).await.remove(0)
    };
    let result = refused(GRAPHQL).await;
    assert_eq!(result.finding, Some(Finding::Fault), "{}", observed(&result));
    assert!(observed(&result).contains("status 401"), "{}", observed(&result));
    let listed = GRAPHQL.replace("close = [", "status = [401], close = [");
    let result = refused(&listed).await;
    assert_eq!(result.finding, Some(Finding::ValidRejected), "{}", observed(&result));
    assert_eq!(result.message.as_deref(), Some("no token in the handshake"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reason_of_a_closing_is_a_message() {
    let reasons = "\"expired\" = \"expired\"\n\"signature-invalid\" = \"malformed\"";
    let target = target("graphql", "closes-only", GRAPHQL, reasons);
    let all = results(target, &["expiry/past", "signature/other-key"], 5000).await;
    assert_eq!(
        all[1].finding,
        Some(Finding::WrongReason),
        "the file says so: {}",
        observed(&all[1])
    );
    assert!(all[0].reason == Some(jwtspec::Reason::Expired), "{all:#?}");
    let closed = |it: &CaseResult| observed(it).contains("closed with 4403");
    assert!(all.iter().all(closed), "{all:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_without_a_socket_skip_sessions_and_say_why() {
    let catalogue = Catalogue::embedded().unwrap();
    let selection = Selection::new(&["session/*".to_owned()], Level::May, None).unwrap();
    let options = Options { selection, ..Options::default() };
    let reference = jwtspec::reference::Reference::default();
    let target = Target::Rust(std::sync::Arc::new(reference));
    let (summary, results) = support::results(&catalogue, target, &options).await.unwrap();
    assert_eq!(summary.skip, results.len());
    for result in results {
        assert!(why(&result).unwrap().contains("session on a socket"), "{}", result.id);
    }
    let all = self::results(self::target("graphql", "", GRAPHQL, ""), &["session/*"], 5000).await;
    let (skipped, run): (Vec<_>, Vec<_>) =
        all.iter().partition(|result| result.outcome == Outcome::Skip);
    assert_eq!(run.len(), 1, "its connections take one token: {run:#?}");
    assert!(skipped.iter().all(|it| why(it).unwrap().contains("present.tokens")));
}
