//! Issuers that serve their documents wrongly, down to what the suite's own cannot do.

use std::time::Duration;

use jwtspec_advice::lint::{Options, lint};
use jwtspec_engine::issuer::Certificate;
use jwtspec_engine::issuer::Documents;
use jwtspec_engine::issuer::EndpointSpec;
use jwtspec_engine::issuer::WireFault;
use jwtspec_mint::context::IssuerFacts;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::case::{Case, Row, beyond_honest};
use super::check;
use crate::support::{now, server};

pub(crate) const CASES: &[Row] = &[
    (&["cache-short"], |case| case.issuer.set_key_set_header("cache-control", "max-age=30")),
    (&["cache-short"], |case| case.issuer.set_key_set_header("cache-control", "no-store")),
    (&["cache-long"], |case| case.issuer.set_key_set_header("cache-control", "max-age=604800")),
    (&["cache-stale"], |case| {
        case.issuer.set_key_set_header("cache-control", "max-age=300");
        case.issuer.set_key_set_header("age", "400");
    }),
    (&[], |case| {
        case.issuer.set_key_set_header("cache-control", "public, max-age=300");
        case.issuer.set_key_set_header("vary", "Accept-Encoding");
        case.issuer.documents.jwks.etag = true;
    }),
    (&["vary"], |case| case.issuer.set_key_set_header("vary", "Cookie")),
    (&["content-coding", "discovery-json"], |case| {
        case.issuer.set_discovery_header("content-encoding", "gzip");
        case.issuer.documents.discovery.body = vec![0x1f, 0x8b, 8, 0].into();
    }),
    (&["clock-skew"], |case| {
        case.options.clock = std::sync::Arc::new(|| Duration::from_secs(now() + 3600));
    }),
];

/// Broken by the tests below, and by what every honest issuer leaves out.
pub(crate) const ALONE: &[&str] = &[
    "cache-unstated",
    "etag-absent",
    "jwks-single-key",
    "certificate",
    "certificate-expiry",
    "date-absent",
    "discovery-appended",
    "discovery-inserted",
    "discovery-places-differ",
    "discovery-unreachable",
    "etag-ignored",
    "http-version",
    "jwks-unreachable",
];

#[tokio::test]
async fn what_is_served_wrongly_is_found() {
    check(CASES).await;
}

#[tokio::test]
async fn faults_on_the_wire_are_found() {
    let raw = EndpointSpec { raw: true, ..EndpointSpec::default() };
    let honest = Case::on(&server().await, raw);
    for fault in [WireFault::Reset, WireFault::Cut(20), WireFault::NotHttp, WireFault::EndlessHead]
    {
        let mut case = honest.clone();
        case.issuer.documents.jwks.wire = Some(fault);
        let report = case.lint().await.unwrap();
        assert_eq!(beyond_honest(&report), ["jwks-unreachable"], "{report}");

        let mut case = honest.clone();
        case.issuer.documents.discovery.wire = Some(fault);
        let report = case.lint().await.unwrap();
        assert_eq!(beyond_honest(&report), ["discovery-unreachable"], "{report}");
    }
    let mut case = honest.clone();
    case.issuer.documents.jwks.wire = Some(WireFault::Drip(0));
    let report = case.lint().await.unwrap();
    assert_eq!(beyond_honest(&report), ["date-absent"], "{report}");
    let mut case = honest.clone();
    case.issuer.documents.jwks.wire = Some(WireFault::Endless);
    let report = case.lint().await.unwrap();
    assert!(beyond_honest(&report).contains(&"jwks-size".to_owned()), "{report}");
}

#[tokio::test]
async fn a_certificate_that_nobody_believes_is_found_and_the_rest_judged() {
    let server = server().await;
    let judged = async |kind| {
        let endpoint_spec = EndpointSpec { certificate: Some(kind), ..EndpointSpec::default() };
        Case::on(&server, endpoint_spec).lint().await.unwrap()
    };
    for kind in [Certificate::Untrusted, Certificate::NotYetValid, Certificate::WrongHost] {
        let report = judged(kind).await;
        assert_eq!(beyond_honest(&report), ["certificate"], "{report}");
    }
    let report = judged(Certificate::Expired).await;
    assert_eq!(beyond_honest(&report), ["certificate", "certificate-expiry"], "{report}");
}

/// Serves an issuer below `/t`; a path not known here is answered with 404.
async fn serve(
    answer: impl Fn(&IssuerFacts, &str) -> Option<ResponseTemplate> + Send + Sync + 'static,
) -> (MockServer, Options) {
    let server = MockServer::start().await;
    let mut facts = IssuerFacts::on(&server.uri(), 0, "");
    facts.identifier = format!("{}/t", server.uri());
    facts.jwks_uri = format!("{}/t/keys", server.uri());
    let options = Options::new(&facts.identifier);
    let respond = move |request: &Request| {
        answer(&facts, request.url.path()).unwrap_or(ResponseTemplate::new(404))
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    (server, options)
}

fn json(body: &bytes::Bytes) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.to_vec(), "application/json")
}

async fn found(options: &Options) -> Vec<String> {
    beyond_honest(&lint(options).await.unwrap())
}

#[tokio::test]
async fn places_of_the_discovery_document_are_told_apart() {
    let places = |wanted: &'static [&'static str]| {
        serve(move |facts, path| {
            let honest = Documents::honest(facts);
            match path {
                "/t/keys" => Some(json(&honest.jwks.body)),
                path if wanted.contains(&path) => Some(json(&honest.discovery.body)),
                _ => None,
            }
        })
    };
    let (_server, options) = places(&["/t/.well-known/openid-configuration"]).await;
    assert_eq!(found(&options).await, ["discovery-inserted"]);
    for other in
        ["/.well-known/openid-configuration/t", "/.well-known/oauth-authorization-server/t"]
    {
        let (_server, options) = places(vec![other].leak()).await;
        assert_eq!(found(&options).await, ["discovery-appended"], "{other}");
    }
    let (_server, options) = serve(|facts, path| {
        let honest = Documents::honest(facts);
        let moved = IssuerFacts { identifier: "https://other.example".to_owned(), ..facts.clone() };
        match path {
            "/t/keys" => Some(json(&honest.jwks.body)),
            "/t/.well-known/openid-configuration" => Some(json(&honest.discovery.body)),
            "/.well-known/oauth-authorization-server/t" => {
                Some(json(&Documents::honest(&moved).discovery.body))
            }
            _ => None,
        }
    })
    .await;
    assert_eq!(found(&options).await, ["discovery-places-differ"]);
}

#[tokio::test]
async fn an_etag_that_is_not_heeded_is_found() {
    let (_server, options) = serve(|facts, path| {
        let honest = Documents::honest(facts);
        match path {
            "/t/keys" => Some(json(&honest.jwks.body).insert_header("etag", "\"1\"")),
            _ => path.contains("well-known").then(|| json(&honest.discovery.body)),
        }
    })
    .await;
    assert_eq!(found(&options).await, ["etag-ignored"]);
}

#[tokio::test]
async fn old_http_is_found() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let facts = IssuerFacts::on(&origin, 0, "");
    let options = Options::new(&facts.identifier);
    tokio::spawn(async move {
        let honest = Documents::honest(&facts);
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            let body =
                if head.contains("jwks") { &honest.jwks.body } else { &honest.discovery.body };
            let start = "HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n";
            let _ = stream.write_all(&[start.as_bytes(), body].concat()).await;
        }
    });
    assert_eq!(found(&options).await, ["http-version", "date-absent"]);
}
