//! The contract, asked over a real connection.

use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

use super::*;
use crate::{CONTRACT, Capabilities, Description, Refusal, ServiceFault, TIME_HEADER, Unsupported};
use jwtspec_types::capabilities::KeyDelivery;
use jwtspec_types::words::Reason;

/// Accepts the token `good`, panics at `panic`, refuses the rest with an ugly message.
struct Sample;

impl Driver for Sample {
    fn describe(&self) -> Description {
        Description {
            contract: CONTRACT,
            name: "sample".to_owned(),
            version: "1".to_owned(),
            capabilities: Capabilities::default().keys([KeyDelivery::Inline]),
        }
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        if trust.leeway_seconds > 0 {
            return Err(Unsupported("no leeway".to_owned()));
        }
        Ok(Arc::new(|token: &str| match token {
            "good" => Ok(json!({ "sub": "user-1" })),
            "panic" => panic!("as asked"),
            "plain" => Err(Refusal::saying("no")),
            _ => Err(Refusal::because(Reason::Expired, "\"quoted\" \\ é \n\u{202e}end")),
        }))
    }
}

/// Tells the time that a request stated.
struct Watch {
    clock: bool,
}

impl Driver for Watch {
    fn describe(&self) -> Description {
        let mut description = Sample.describe();
        description.capabilities.clock = self.clock;
        description
    }

    fn configure(&self, _: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        struct Tells;

        impl Verifier for Tells {
            fn verify<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
                std::future::ready(Ok(json!("none"))).boxed()
            }

            fn verify_at<'a>(
                &'a self,
                _: &'a str,
                now: Duration,
            ) -> BoxFuture<'a, Result<Value, Refusal>> {
                std::future::ready(Ok(json!(now.as_millis()))).boxed()
            }
        }

        Ok(Arc::new(Tells))
    }
}

/// Accepts any credentials, and hands them back.
struct Echo;

impl Driver for Echo {
    fn describe(&self) -> Description {
        Sample.describe()
    }

    fn configure(&self, _: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        Ok(Arc::new(|token: &str| Ok(json!(token))))
    }

    fn takes_any_credentials(&self) -> bool {
        true
    }
}

struct Service {
    served: Served,
    path: String,
}

impl Service {
    async fn start() -> Self {
        Self::of(Sample).await
    }

    async fn of(driver: impl Driver) -> Self {
        let served = serve(driver).await.unwrap();
        let answer = client()
            .post(format!("{}/verifiers", served.url()))
            .body(r#"{"providers":[]}"#)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
        let path = body(answer).await["path"].as_str().unwrap().to_owned();
        Self { served, path }
    }

    fn request(&self, method: Method, suffix: &str) -> RequestBuilder {
        client().request(method, format!("{}{}{suffix}", self.served.url(), self.path))
    }

    async fn get(&self, authorization: &str) -> Response {
        self.request(Method::GET, "").header("authorization", authorization).send().await.unwrap()
    }
}

fn client() -> Client {
    // Other members of the workspace may have compiled TLS into the client.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

async fn body(answer: Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

fn challenge(answer: &Response) -> &str {
    answer.headers()["www-authenticate"].to_str().unwrap()
}

#[tokio::test]
async fn describes_makes_and_unmakes_verifiers() {
    let service = Service::start().await;
    let url = service.served.url();
    let description = body(client().get(&url).send().await.unwrap()).await;
    assert_eq!(description["name"], "sample");

    let post = |text: &'static str| client().post(format!("{url}/verifiers")).body(text).send();
    let answer = post(r#"{"providers":[],"leeway_seconds":5}"#).await.unwrap();
    assert_eq!(answer.status(), 422);
    assert_eq!(body(answer).await["unsupported"], "no leeway");
    assert_eq!(post("{").await.unwrap().status(), 400);

    assert_eq!(client().put(&url).send().await.unwrap().status(), 405);
    assert_eq!(client().get(format!("{url}/elsewhere")).send().await.unwrap().status(), 404);
    let delete = || service.request(Method::DELETE, "").send();
    assert_eq!(delete().await.unwrap().status(), 204);
    assert_eq!(delete().await.unwrap().status(), 404);
    assert_eq!(service.get("Bearer good").await.status(), 404);
}

#[tokio::test]
async fn accepts_every_spelling_of_the_header() {
    let service = Service::start().await;
    for line in ["Bearer good", "bearer good", "BEARER    good", "  Bearer good \t"] {
        let answer = service.get(line).await;
        assert_eq!(answer.status(), 200, "{line:?}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(body(answer).await["sub"], "user-1");
    }
    let big = format!("Bearer {}", "a".repeat(1_200_000));
    assert_eq!(service.get(&big).await.status(), 401);
}

#[tokio::test]
async fn malformed_requests_are_400() {
    let service = Service::start().await;
    for line in [
        "Bearer",
        "Bearer ",
        "Bearer \"good\"",
        "Bearer good,good",
        "Bearer good good",
        "Bearer\tgood",
        "Bearer =",
        "Bearer go=od",
        "Bearer gööd",
    ] {
        let answer = service.get(line).await;
        assert_eq!(answer.status(), 400, "{line:?}");
        assert!(challenge(&answer).contains("error=\"invalid_request\""));
    }
    let twice = service.request(Method::GET, "").header("authorization", "Bearer good");
    let answer = twice.header("authorization", "Bearer bad").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let both = service.request(Method::GET, "?access_token=good");
    let answer = both.header("authorization", "Bearer good").send().await.unwrap();
    assert_eq!(answer.status(), 400);
}

#[tokio::test]
async fn a_verifier_can_be_handed_any_credentials() {
    let service = Service::of(Echo).await;
    for credentials in ["go od", "go=od", "{\"a\":1}.x", "g\u{f6}\u{f6}d", "good"] {
        let answer = service.get(&format!("Bearer {credentials}")).await;
        assert_eq!(body(answer).await, credentials);
    }
    assert_eq!(service.get("Bearer").await.status(), 400);
}

#[tokio::test]
async fn no_credentials_get_a_bare_challenge() {
    let service = Service::start().await;
    let requests = [
        service.request(Method::GET, ""),
        service.request(Method::GET, "?access_token=good"),
        service.request(Method::POST, "").body("access_token=good"),
        service.request(Method::GET, "").header("authorization", "Basic Z29vZA=="),
        service.request(Method::GET, "").header("authorization", ""),
        service.request(Method::GET, "").header("authorization", "Bearergood"),
    ];
    for request in requests {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert_eq!(challenge(&answer), "Bearer realm=\"jwtspec\"");
        assert_eq!(body(answer).await["reason"], "token-missing");
    }
}

#[tokio::test]
async fn refusals_stay_within_the_permitted_characters() {
    let service = Service::start().await;
    let answer = service.get("Bearer bad").await;
    assert_eq!(answer.status(), 401);
    assert_eq!(
        challenge(&answer),
        "Bearer realm=\"jwtspec\", error=\"invalid_token\", \
         error_description=\"?quoted? ? ? ??end\""
    );
    let body_of = body(answer).await;
    assert_eq!(body_of["reason"], "expired");
    assert_eq!(body_of["error_description"], "\"quoted\" \\ é \\u{a}\\u{202e}end");
    assert!(body(service.get("Bearer plain").await).await.get("reason").is_none());

    let head = service.request(Method::HEAD, "").header("authorization", "Bearer bad");
    let head = head.send().await.unwrap();
    assert_eq!(head.status(), 401);
    assert!(challenge(&head).contains("invalid_token"));
}

/// The sample with a mistake in handling requests.
struct Mistaken(ServiceFault);

impl Driver for Mistaken {
    fn describe(&self) -> Description {
        Sample.describe()
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        Sample.configure(trust)
    }

    fn service_fault(&self) -> Option<ServiceFault> {
        Some(self.0)
    }
}

#[tokio::test]
async fn each_mistake_in_handling_requests_shows() {
    let right = Service::start().await;
    let wrong = Service::of(Mistaken(ServiceFault::CookieNext)).await;
    for (service, status) in [(&right, 401), (&wrong, 200)] {
        let request = service.request(Method::GET, "").header("authorization", "Bearer bad");
        let answer = request.header("cookie", "access_token=good").send().await.unwrap();
        assert_eq!(answer.status(), status);
    }
    for (fault, method, suffix, status) in [
        (ServiceFault::OtherMethodsOpen, Method::PUT, "", 405),
        (ServiceFault::OtherPathsOpen, Method::GET, "/", 404),
    ] {
        let wrong = Service::of(Mistaken(fault)).await;
        let asked = async |service: &Service| {
            service.request(method.clone(), suffix).send().await.unwrap().status().as_u16()
        };
        assert_eq!((asked(&right).await, asked(&wrong).await), (status, 200), "{fault:?}");
    }
}

#[tokio::test]
async fn a_panic_costs_one_request() {
    let service = Service::start().await;
    assert_eq!(service.get("Bearer panic").await.status(), 500);
    assert_eq!(service.get("Bearer good").await.status(), 200);
}

#[tokio::test]
async fn a_verifier_with_a_clock_goes_by_the_stated_time() {
    let service = Service::of(Watch { clock: true }).await;
    let told = async |times: &[&str]| {
        let request = service.request(Method::GET, "").header("authorization", "Bearer good");
        let request =
            times.iter().fold(request, |request, time| request.header(TIME_HEADER, *time));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), body(answer).await)
    };
    assert_eq!(told(&[]).await, (200, json!("none")));
    assert_eq!(told(&["1800000000.5"]).await, (200, json!(1_800_000_000_500_u64)));
    for wrong in [&["soon"][..], &[""], &["1", "1"], &["é"]] {
        let (status, body) = told(wrong).await;
        assert_eq!(status, 400, "{wrong:?}");
        assert!(body["error_description"].as_str().unwrap().contains("Jwtspec-Time"), "{body}");
    }
}

#[tokio::test]
async fn a_verifier_without_a_clock_is_not_told_the_time() {
    let service = Service::of(Watch { clock: false }).await;
    let request = service.request(Method::GET, "").header("authorization", "Bearer good");
    let answer = request.header(TIME_HEADER, "soon").send().await.unwrap();
    assert_eq!(body(answer).await, json!("none"));
}
