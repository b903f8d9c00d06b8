//! The speed that the README promises: `cargo bench`.
//!
//! Besides criterion's figures it prints three lines of its own: how long the whole run against the
//! reference takes, the harness's requests a second as a share of a plain reqwest loop's, both
//! against the same bare responder in the same process, and those of property tests, minting
//! included, as a share of a plain loop's, both against the reference verifier.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use futures::future::join_all;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jwtspec_driver::{Served, serve};
use jwtspec_engine::plan::{Conditions, Plan, Selection};
use jwtspec_engine::run::{Options, run};
use jwtspec_engine::scenario::Catalogue;
use jwtspec_engine::target::Target;
use jwtspec_format::Source;
use jwtspec_mint::context::MintContext;
use jwtspec_mint::mint;
use jwtspec_mint::recipe::Recipe;
use jwtspec_reference::Reference;
use jwtspec_search::property::{self, Limits, Property};
use jwtspec_types::capabilities::{Capabilities, Channel};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const LANES: usize = 8;
const REQUESTS_A_LANE: usize = 1000;

fn minting(criterion: &mut Criterion) {
    let mint_context = MintContext::example();
    for (name, key) in
        [("RS256", "rs256-a"), ("ES256", "es256-a"), ("EdDSA", "eddsa-a"), ("HS256", "hs256-a")]
    {
        let recipe = Recipe { key: jwtspec_fixtures::Key::named(key).ok(), ..Recipe::default() };
        criterion.bench_function(&format!("mint {name}"), |bencher| {
            bencher.iter(|| mint(black_box(&recipe), &mint_context));
        });
    }
}

fn planning(criterion: &mut Criterion) {
    let catalogue = Catalogue::embedded().expect("the embedded scenarios are sound");
    criterion
        .bench_function("read the embedded scenarios", |bencher| bencher.iter(Catalogue::embedded));
    criterion.bench_function("plan", |bencher| {
        bencher.iter(|| {
            Plan::new(
                &catalogue,
                &Conditions::default(),
                &Selection::all(),
                &Capabilities::all(),
                Channel::ALL,
            )
        });
    });
}

fn whole_run(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let catalogue = Catalogue::embedded().expect("the embedded scenarios are sound");
    let once = || {
        let target = Target::Rust(Arc::new(Reference::default()));
        let (events, _receiver) = tokio::sync::mpsc::unbounded_channel();
        runtime.block_on(run(&catalogue, target, &Options::default(), &events)).expect("a run")
    };
    let started = Instant::now();
    let summary = once();
    println!(
        "whole run against the reference: {} scenarios in {:.2} s, keys parsed for the first time",
        summary.total(),
        started.elapsed().as_secs_f64()
    );
    let mut group = criterion.benchmark_group("run");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("all scenarios against the reference", |bencher| bencher.iter(once));
    group.finish();
}

/// Answers everything as a driver would that accepts every token.
async fn bare_responder() -> String {
    const DESCRIPTION: &str = r#"{"contract":1,"name":"bare","version":"0","capabilities":{"keys":["inline"],"algorithms":["HS256"]}}"#;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let service = service_fn(|request: hyper::Request<Incoming>| async move {
                let (status, body) = match (request.method().as_str(), request.uri().path()) {
                    ("GET", "/") => (200, DESCRIPTION),
                    ("POST", _) => (201, r#"{"path":"/v"}"#),
                    _ => (200, "{}"),
                };
                hyper::Response::builder()
                    .status(status)
                    .body(Full::new(Bytes::from_static(body.as_bytes())))
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    url
}

/// Requests a second of a loop that only sends a fixed token.
async fn plain_loop(url: &str) -> f64 {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let started = Instant::now();
    join_all((0..LANES).map(|_| async {
        for _ in 0..REQUESTS_A_LANE {
            let request = client.get(format!("{url}/v")).header("authorization", "Bearer a.b.c");
            let answer = request.send().await.expect("an answer").text().await;
            black_box(answer.expect("a body"));
        }
    }))
    .await;
    (LANES * REQUESTS_A_LANE) as f64 / started.elapsed().as_secs_f64()
}

/// Requests a second of the harness: minted, sent, read and judged.
async fn harness(url: &str, catalogue: &Catalogue) -> f64 {
    let options = Options { jobs: LANES, preflight: false, ..Options::default() };
    let (events, _receiver) = tokio::sync::mpsc::unbounded_channel();
    let started = Instant::now();
    let summary =
        run(catalogue, Target::Url(url.to_owned()), &options, &events).await.expect("a run");
    assert_eq!(summary.pass, LANES);
    (LANES * REQUESTS_A_LANE) as f64 / started.elapsed().as_secs_f64()
}

fn requests(_: &mut Criterion) {
    let mut toml = String::from("about = \"many requests\"\n");
    for lane in 0..LANES {
        toml.push_str(&format!(
            "[lane-{lane}]\ntitle = \"many\"\ncovers = [\"rfc7519-4.1.3-aud-array\"]\n\
             issuer.keys = [\"hs256-a\"]\n\
             steps = [{{ present = {{}}, expect = \"accept\", times = {REQUESTS_A_LANE} }}]\n"
        ));
    }
    let catalogue =
        Catalogue::from_text("bench", &Source::new("bench.toml", toml)).expect("a scenario");
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let url = bare_responder().await;
        plain_loop(&url).await;
        let mut best = (0.0_f64, 0.0_f64);
        for _ in 0..5 {
            best.0 = best.0.max(plain_loop(&url).await);
            best.1 = best.1.max(harness(&url, &catalogue).await);
        }
        println!(
            "requests a second: plain reqwest loop {:.0}, harness {:.0}, ratio {:.2}",
            best.0,
            best.1,
            best.1 / best.0
        );
    });
}

/// Requests a second of a loop that presents one valid token to a verifier again and again.
async fn plain_loop_with_token(url: &str, token: &str) -> f64 {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let field = format!("Bearer {token}");
    let started = Instant::now();
    join_all((0..LANES).map(|_| async {
        for _ in 0..REQUESTS_A_LANE {
            let request = client.get(url).header("authorization", &field);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 200);
            black_box(answer.text().await.expect("a body"));
        }
    }))
    .await;
    (LANES * REQUESTS_A_LANE) as f64 / started.elapsed().as_secs_f64()
}

/// The reference verifier told an issuer whose key it is given, and a token of that issuer.
async fn reference_with_token() -> (Served, String, String) {
    let served = serve(Reference::default()).await.expect("a port");
    let key = jwtspec_fixtures::Key::named("eddsa-a").expect("a fixture");
    let mut mint_context = MintContext::example();
    mint_context.now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("a time").as_secs();
    let trust = serde_json::json!({ "providers": [{
        "issuer": mint_context.issuers["main"].identifier,
        "audiences": [MintContext::AUDIENCE],
        "keys": { "jwks": { "keys": [key.public_jwk()] } },
        "algorithms": ["EdDSA"],
    }] });
    let post = reqwest::Client::new().post(format!("{}/verifiers", served.url()));
    let answer = post.body(trust.to_string()).send().await.expect("an answer");
    let told: serde_json::Value =
        serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
    let url = format!("{}{}", served.url(), told["path"].as_str().expect("a path"));
    let recipe = Recipe { key: Some(key), ..Recipe::default() };
    let token = mint(&recipe, &mint_context).expect("a token").token;
    (served, url, token)
}

/// Cases a second of the property engine, each with a token of its own, as a share of the plain
/// loop's requests; both against the reference verifier.
fn properties(_: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let chosen = Property::choose(&["unknown-members".to_owned()]).expect("a property");
    runtime.block_on(async {
        let (_served, url, token) = reference_with_token().await;
        plain_loop_with_token(&url, &token).await;
        let mut best = (0.0_f64, 0.0_f64);
        for seed in 0..5 {
            best.0 = best.0.max(plain_loop_with_token(&url, &token).await);
            let limits = Limits { cases: LANES * REQUESTS_A_LANE, time: None, seed, jobs: LANES };
            let target = Target::Rust(Arc::new(Reference::default()));
            let options = Options::default();
            let tried = property::run(target, &chosen, limits, &options, &mut |_| {}).await;
            let row = tried.expect("a run").rows.remove(0);
            best.1 = best.1.max((row.cases - row.void) as f64 / row.duration.as_secs_f64());
        }
        println!(
            "reference, requests a second: plain reqwest loop with one token {:.0}, property tests {:.0}, ratio {:.2}",
            best.0,
            best.1,
            best.1 / best.0
        );
    });
}

criterion_group!(benches, minting, planning, whole_run, requests, properties);
criterion_main!(benches);
