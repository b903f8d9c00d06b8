//! Services that authenticate on a socket: right ones pass, wrong ones are caught.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;
#[path = "websocket/server.rs"]
mod server;

use std::path::Path;
use std::time::Duration;

use jwtspec::event::CaseResult;
use jwtspec::format::Source;
use jwtspec::plan::Selection;
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

/// A target that is this very program.
fn target(manner: &str, fault: &str, how: &str, reasons: &str) -> Target {
    let program = std::env::current_exe().unwrap();
    let text = format!(
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
    );
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
            format!("{}: {} / {} {:?}", result.id, result.expected, result.observed, result.evidence)
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
