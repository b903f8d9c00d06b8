//! Faults of the service around the verifier show in its answers.

use super::*;
use jwtspec_driver::{Served, TIME_HEADER, serve_on};
use reqwest::header::{
    AUTHORIZATION, CACHE_CONTROL, COOKIE, HeaderMap, HeaderName, SET_COOKIE, WWW_AUTHENTICATE,
};

/// A fault, and a request that it answers otherwise than the reference: its method, its query, its
/// header fields and its body. `@` is a valid token.
type Case = (&'static str, &'static str, &'static str, Fields, &'static str);
type Fields = &'static [(HeaderName, &'static str)];

pub(super) const CASES: &[Case] = &[
    ("second-word-is-token", "GET", "", &[], ""),
    ("second-word-is-token", "GET", "", &[(AUTHORIZATION, "Basic @")], ""),
    ("last-word-is-token", "GET", "", &[(AUTHORIZATION, "@")], ""),
    ("scheme-case-compared", "GET", "", &[(AUTHORIZATION, "bearer @")], ""),
    ("scheme-removed", "GET", "", &[(AUTHORIZATION, "Bearer@")], ""),
    ("quotes-removed", "GET", "", &[(AUTHORIZATION, "Bearer \"@\"")], ""),
    (
        "first-authorization-line",
        "GET",
        "",
        &[(AUTHORIZATION, "Bearer @"), (AUTHORIZATION, "x")],
        "",
    ),
    (
        "last-authorization-line",
        "GET",
        "",
        &[(AUTHORIZATION, "x"), (AUTHORIZATION, "Bearer @")],
        "",
    ),
    (
        "cookie-before-header",
        "GET",
        "",
        &[(AUTHORIZATION, "Bearer @"), (COOKIE, "a=b; access_token=x")],
        "",
    ),
    ("form-of-any-method", "GET", "", &[], "access_token=@"),
    ("fails-on-two-ways", "GET", "?access_token=@", &[(AUTHORIZATION, "Bearer @")], ""),
    ("query-token-cached", "GET", "?access_token=@", &[], ""),
    ("no-challenge", "GET", "", &[], ""),
    ("error-without-token", "GET", "", &[], ""),
    ("always-401", "GET", "", &[(AUTHORIZATION, "Bearer @ @")], ""),
    ("token-in-clear-cookie", "GET", "", &[(AUTHORIZATION, "Bearer @")], ""),
    ("head-unguarded", "HEAD", "", &[], ""),
];

/// A driver that is served, with the path of a verifier.
async fn served(driver: impl Driver) -> (Served, String) {
    let served = serve_on(([127, 0, 0, 1], 0).into(), Arc::new(driver)).await.unwrap();
    let trust = serde_json::to_string(&trust()).unwrap();
    let made = client().post(format!("{}/verifiers", served.url())).body(trust).send().await;
    assert_eq!(made.unwrap().status(), 201);
    let url = format!("{}/verifiers/1", served.url());
    (served, url)
}

fn client() -> reqwest::Client {
    crate::client::choose_cryptography();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// The status of the answer to a request, and the fields that faults change.
async fn answer(
    driver: impl Driver,
    (method, query, headers, body): (&str, &str, &[(HeaderName, &str)], &str),
) -> (u16, Vec<Option<String>>) {
    let (_served, url) = served(driver).await;
    let source = Source::new("test", "");
    let recipe = Document::parse(&source).read::<Recipe>().0.unwrap();
    let token = mint(&recipe, &mint_context()).unwrap().token;
    let filled = |text: &str| text.replace('@', &token);
    let fields = headers.iter().map(|(name, text)| (name.clone(), filled(text).parse().unwrap()));
    let request = client()
        .request(method.parse().unwrap(), url + &filled(query))
        .headers(HeaderMap::from_iter(fields.clone().take(1)))
        .header(TIME_HEADER, mint_context().now)
        .body(filled(body));
    let request = fields.skip(1).fold(request, |it, (name, value)| it.header(name, value));
    let answer = request.send().await.unwrap();
    let field = |name| answer.headers().get(name).map(|it| it.to_str().unwrap().to_owned());
    let fields = [CACHE_CONTROL, SET_COOKIE, WWW_AUTHENTICATE].map(field);
    (answer.status().as_u16(), fields.to_vec())
}

#[tokio::test]
async fn each_fault_answers_otherwise() {
    for &(name, method, query, headers, body) in CASES {
        let fault = Fault::named(name).unwrap_or_else(|| panic!("no fault {name}"));
        let request = (method, query, headers, body);
        let right = answer(reference(), request).await;
        let wrong = answer(fault.changing(reference()), request).await;
        assert_ne!(right, wrong, "{name} does as the reference does");
    }
}

#[tokio::test]
async fn the_usual_request_passes_all_the_same() {
    for (name, ..) in CASES {
        let fault = Fault::named(name).unwrap();
        let request = ("GET", "", &[(AUTHORIZATION, "Bearer @")][..], "");
        assert_eq!(answer(fault.changing(reference()), request).await.0, 200, "{name}");
    }
}
