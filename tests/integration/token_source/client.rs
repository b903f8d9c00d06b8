//! The simulated client: what a user would see, with sources and targets of every kind.

use std::sync::Arc;
use std::time::Duration;

use jwtspec_advice::token_source::{
    ClientError, ClientOptions, Report, ServerSpec, SourceError, UserView, judge_source,
};
use jwtspec_engine::target::Target;
use jwtspec_reference::Reference;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::server::{Answering, RIGHT, broken, options, plain, resource, serve, trusted_issuer};
use crate::support::Issuer;

/// Broken by the tests below.
pub(crate) const ALONE: &[&str] = &["client-refused", "client-looped", "client-signed-out"];

const SOUND: &str = "claims.exp = \"@now+300s\"";

fn client(place: ServerSpec) -> Option<ClientOptions> {
    Some(ClientOptions { max_wait: Duration::ZERO, ..ClientOptions::new(place) })
}

/// A client with this source and a resource that runs already.
async fn with_resource(answering: Answering, refusal: Option<&'static str>) -> Report {
    let (source, resource) = tokio::join!(serve(Issuer::offline(), answering), resource(refusal));
    let mut options = options(&source);
    options.client = client(ServerSpec::Resource(resource.uri()));
    judge_source(&options).await.unwrap()
}

/// A client with this source and the reference verifier, which is told to trust its issuer.
async fn with_reference(answering: Answering) -> Report {
    let (issuer, trust) = trusted_issuer().await;
    let source = serve(issuer, answering).await;
    let mut options = options(&source);
    let target = Target::Rust(Arc::new(Reference::default()));
    options.client = client(ServerSpec::Target(target, Box::new(trust)));
    judge_source(&options).await.unwrap()
}

/// Two clients at the same time, one with each kind of target; most of their time is waiting.
async fn with_both(answering: Answering) -> [Report; 2] {
    let one = tokio::spawn(with_reference(answering));
    let other = tokio::spawn(with_resource(answering, None));
    [one.await.unwrap(), other.await.unwrap()]
}

/// Clients of three sources at the same time, with the reference verifier.
async fn with_each(sources: [Answering; 3]) -> [Report; 3] {
    let [one, two, three] = sources.map(|answering| tokio::spawn(with_reference(answering)));
    [one.await.unwrap(), two.await.unwrap(), three.await.unwrap()]
}

fn outcome(report: &Report) -> (Option<UserView>, &str) {
    let client = report.client.as_ref().unwrap();
    (client.outcome, client.because.as_deref().unwrap_or_default())
}

fn lines(report: &Report) -> Vec<&str> {
    report.client.as_ref().unwrap().lines.iter().map(|line| line.what.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_source_keeps_the_user_signed_in() {
    for report in with_both(RIGHT).await {
        assert_eq!(broken(&report), [""; 0], "{report}");
        assert_eq!(outcome(&report), (Some(UserView::Refreshed), ""), "{report}");
        let client = report.client.as_ref().unwrap();
        assert_eq!(client.refreshes, 3);
        // 300 s of life, less 10 s, each time.
        let planned = lines(&report).iter().filter(|it| it.contains("again in 290 s")).count();
        assert_eq!(planned, 2, "{report}");
        assert!(client.lines.last().is_some_and(|it| it.at >= 580.0), "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn set_auth_loops_where_the_source_ignores_the_flag() {
    let deaf: Answering = |call| {
        let first = call.token(SOUND);
        plain(call.kept.token.get_or_insert(first))
    };
    for report in with_both(deaf).await {
        assert_eq!(broken(&report), ["forced-same"], "{report}");
        let why = "`setAuth` loops because the source ignores `forceRefreshToken`";
        assert_eq!(outcome(&report), (Some(UserView::Looped), why), "{report}");
        let sees: Vec<&str> = report
            .client
            .as_ref()
            .unwrap()
            .lines
            .iter()
            .filter_map(|line| line.sees.as_deref())
            .collect();
        assert_eq!(sees, ["is signed in", "is signed out", "is signed out"], "{report}");
    }
    // Where the target refuses the kept token, it comes to that at once.
    let report = with_resource(deaf, Some("key not found")).await;
    assert_eq!(outcome(&report).0, Some(UserView::Looped), "{report}");
    assert_eq!(broken(&report), ["forced-same"], "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_refuses_every_token_is_told_from_a_wrong_source() {
    let report = with_resource(RIGHT, Some("No auth provider found")).await;
    assert_eq!(broken(&report), ["client-refused"], "{report}");
    let (sight, why) = outcome(&report);
    assert_eq!(sight, Some(UserView::SignedOut));
    assert_eq!(
        why,
        "Failed to authenticate: \"No auth provider found\", check your server auth config"
    );
    let refusals = lines(&report).iter().filter(|it| it.starts_with("the target refuses")).count();
    assert_eq!(refusals, 4, "a kept token and three fresh ones\n{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_client_sees_is_named_there() {
    // The checks make five forced refreshes.
    let later_deaf: Answering = |call| match call.kept.forced {
        0..=5 => call.kept(SOUND),
        _ => plain(call.kept.token.as_deref().unwrap()),
    };
    let ended: Answering =
        |call| if call.kept.forced > 6 { plain("null") } else { call.kept(SOUND) };
    let failing: Answering = |call| match call.kept.forced {
        0..=6 => call.kept(SOUND),
        _ => ResponseTemplate::new(500),
    };
    let [looped, ended, failed] = with_each([later_deaf, ended, failing]).await;
    assert_eq!(broken(&looped), ["client-looped"], "{looped}");
    assert_eq!(broken(&ended), ["client-signed-out"], "{ended}");
    assert_eq!(outcome(&ended).0, Some(UserView::SignedOut));
    assert_eq!(broken(&failed), ["client-signed-out"], "{failed}");
    assert_eq!(outcome(&failed).0, Some(UserView::Stuck), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_check_has_named_is_not_named_twice() {
    let short: Answering = |call| plain(&call.token("claims.exp = \"@now+5s\""));
    let without_iat: Answering =
        |call| call.kept("claims.exp = \"@now+300s\"\nwithout = [\"iat\"]");
    let expired: Answering = |call| match call.kept.forced {
        0 => plain(&call.token("claims.iat = \"@now-400s\"\nclaims.exp = \"@now-100s\"")),
        1..=5 => call.kept(SOUND),
        _ => plain(&call.token("claims.iat = \"@now-400s\"\nclaims.exp = \"@now-100s\"")),
    };
    let [short, without_iat, expired] = with_each([short, without_iat, expired]).await;

    assert_eq!(broken(&short), ["lifetime-short"], "{short}");
    let (sight, why) = outcome(&short);
    assert_eq!(sight, Some(UserView::Looped));
    assert!(why.contains("refreshes without a pause") && why.contains("5 s"), "{why}");

    let report = without_iat;
    assert_eq!(broken(&report), ["token-iat"], "{report}");
    assert_eq!(outcome(&report).0, Some(UserView::Refreshed), "{report}");
    let lost = lines(&report).iter().filter(|it| it.contains("takes it no longer")).count();
    assert_eq!(lost, 2, "each time only when the old token has expired\n{report}");

    let report = expired;
    assert_eq!(broken(&report), ["given-expired"], "{report}");
    let withheld = lines(&report).iter().any(|it| it.contains("so it is not presented"));
    assert!(withheld && outcome(&report).0 == Some(UserView::SignedOut), "{report}");
}

#[tokio::test]
async fn a_target_that_proves_nothing_is_not_used() {
    let open = MockServer::builder().start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&open).await;
    let source = serve(Issuer::offline(), RIGHT).await;
    let mut options = options(&source);
    options.client = client(ServerSpec::Resource(open.uri()));
    let error = judge_source(&options).await.unwrap_err();
    assert!(matches!(error, SourceError::Target(ClientError::LetsIn)), "{error}");
    options.client = client(ServerSpec::Resource("http://127.0.0.1:1/".to_owned()));
    let error = judge_source(&options).await.unwrap_err();
    assert!(matches!(error, SourceError::Target(ClientError::Fault(_))), "{error}");
    assert!(source.received_requests().await.unwrap().is_empty(), "nothing was asked for nothing");
}
