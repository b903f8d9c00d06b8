//! Faults of the service around the verifier: in taking the token out of a request, and in how a
//! refusal is answered (RFC 6750).

use reqwest::header::{
    AUTHORIZATION, CACHE_CONTROL, COOKIE, HeaderMap, HeaderValue, SET_COOKIE, WWW_AUTHENTICATE,
};
use reqwest::{Method, StatusCode};

use super::{Fault, serving};
use jwtspec_driver::{Asked, ServiceFault};

pub(super) const FAULTS: &[Fault] = &[
    misreading("second-word-is-token", "takes the second word of `Authorization`, if any", second)
        .caught_by(&[
            "bearer/basic-scheme-with-token",
            "bearer/colon-behind-scheme",
            "bearer/cookie",
            "bearer/longer-scheme",
            "bearer/no-credentials-no-error",
            "bearer/query",
            "bearer/scheme-alone",
            "bearer/tab-behind-scheme",
            "bearer/two-spaces",
            "bearer/word-behind-token",
        ]),
    misreading("last-word-is-token", "takes the last word of `Authorization`", last).caught_by(&[
        "bearer/comma-list",
        "bearer/token-without-scheme",
        "bearer/two-tokens",
    ]),
    misreading("scheme-case-compared", "compares the scheme with regard to case", exact_scheme)
        .caught_by(&["bearer/scheme-in-capitals", "bearer/scheme-in-small-letters"]),
    misreading("scheme-removed", "removes the word Bearer wherever it is", without_scheme)
        .caught_by(&["bearer/no-space", "bearer/token-without-scheme"]),
    misreading("quotes-removed", "takes quotation marks off a token", without_quotes)
        .caught_by(&["bearer/quoted-token"]),
    misreading(
        "first-authorization-line",
        "reads the first of several `Authorization`",
        first_line,
    )
    .caught_by(&["bearer/two-headers-good-first"]),
    misreading("last-authorization-line", "reads the last of several `Authorization`", last_line)
        .caught_by(&["bearer/two-headers-good-last"]),
    misreading("cookie-before-header", "takes a cookie for the token, before the header", cookie)
        .caught_by(&["bearer/rubbish-in-cookie"]),
    misreading("form-of-any-method", "takes the token from a form, whatever the method", form)
        .caught_by(&["bearer/form-body-of-get"]),
    misreading("fails-on-two-ways", "fails on a token in header and query", only_one_way)
        .caught_by(&["bearer/header-and-query"]),
    serving(
        "query-token-cached",
        "takes the token from the query, and lets caches keep the answer",
        ServiceFault::Head { request: query, answer: public },
    )
    .caught_by(&["bearer/query-answer-is-private"]),
    misanswering("no-challenge", "sends no `WWW-Authenticate`", without_challenge).caught_by(&[
        "bearer/basic-scheme",
        "bearer/empty-value",
        "bearer/head-without-credentials",
        "bearer/no-credentials",
    ]),
    misanswering("error-without-token", "names an error though no token came", with_error)
        .caught_by(&["bearer/no-credentials-no-error"]),
    misanswering("always-401", "refuses bad requests as if the token were bad", unauthorized)
        .caught_by(&["bearer/two-tokens-are-a-bad-request"]),
    misanswering("token-in-clear-cookie", "hands the token back in a cookie", with_cookie)
        .caught_by(&["bearer/accepted-token-in-no-clear-cookie"]),
    misanswering("head-unguarded", "asks for no token where the method is HEAD", open_head)
        .caught_by(&["bearer/head-with-expired-token", "bearer/head-without-credentials"]),
];

/// A fault in taking the token out of a request.
const fn misreading(name: &'static str, about: &'static str, request: fn(&mut Asked)) -> Fault {
    serving(name, about, ServiceFault::Head { request, answer: |_, _, _| {} })
}

/// A fault in the head of the answer.
const fn misanswering(name: &'static str, about: &'static str, answer: Misanswer) -> Fault {
    serving(name, about, ServiceFault::Head { request: |_| {}, answer })
}

type Misanswer = fn(&Asked, &mut StatusCode, &mut HeaderMap);

/// The value of a header field, if it is there and text.
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn authorization(asked: &Asked) -> Option<&str> {
    value(&asked.headers, AUTHORIZATION.as_str())
}

/// Lets the request come with this token, the usual way.
fn present(asked: &mut Asked, token: &str) {
    if let Ok(value) = HeaderValue::try_from(format!("Bearer {token}")) {
        asked.headers.insert(AUTHORIZATION, value);
    }
    asked.query.clear();
}

/// What `name=` leads to in a list of pairs.
fn member(list: &str, separators: &[char], name: &str) -> Option<String> {
    let pair = |pair: &str| Some(pair.trim().strip_prefix(name)?.strip_prefix('=')?.to_owned());
    list.split(separators).find_map(pair)
}

fn second(asked: &mut Asked) {
    let words = authorization(asked).map(|value| value.split(' '));
    let word = words.and_then(|mut words| words.nth(1));
    let word = word.unwrap_or_else(|| panic!("no second word, as this fault wants it")).to_owned();
    present(asked, &word);
}

fn last(asked: &mut Asked) {
    let word = authorization(asked).and_then(|value| value.split(' ').next_back());
    if let Some(word) = word.map(str::to_owned) {
        present(asked, &word);
    }
}

fn exact_scheme(asked: &mut Asked) {
    if authorization(asked).is_some_and(|value| !value.starts_with("Bearer ")) {
        asked.headers.remove(AUTHORIZATION);
    }
}

fn without_scheme(asked: &mut Asked) {
    if let Some(value) = authorization(asked) {
        let token = value.replace("Bearer", "");
        present(asked, token.trim());
    }
}

fn without_quotes(asked: &mut Asked) {
    if let Some(token) = authorization(asked).and_then(|value| value.strip_prefix("Bearer \"")) {
        present(asked, &token.replace('"', ""));
    }
}

fn first_line(asked: &mut Asked) {
    keep_line(asked, |lines| lines.first().cloned());
}

fn last_line(asked: &mut Asked) {
    keep_line(asked, |lines| lines.last().cloned());
}

fn keep_line(asked: &mut Asked, keep: fn(&[HeaderValue]) -> Option<HeaderValue>) {
    let lines: Vec<HeaderValue> = asked.headers.get_all(AUTHORIZATION).iter().cloned().collect();
    if let Some(line) = keep(&lines) {
        asked.headers.insert(AUTHORIZATION, line);
    }
}

fn cookie(asked: &mut Asked) {
    let token = value(&asked.headers, COOKIE.as_str());
    if let Some(token) = token.and_then(|list| member(list, &[';'], "access_token")) {
        present(asked, &token);
    }
}

fn form(asked: &mut Asked) {
    if let Some(token) = member(&asked.form, &['&'], "access_token") {
        present(asked, &token);
    }
}

fn query(asked: &mut Asked) {
    if let Some(token) = member(&asked.query, &['&'], "access_token") {
        present(asked, &token);
    }
}

fn public(asked: &Asked, status: &mut StatusCode, headers: &mut HeaderMap) {
    if status.is_success() && asked.query.contains("access_token=") {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    }
}

fn only_one_way(asked: &mut Asked) {
    let in_query = asked.query.contains("access_token=");
    assert!(
        !in_query || authorization(asked).is_none(),
        "a token in two ways, as this fault wants it"
    );
}

fn without_challenge(_: &Asked, _: &mut StatusCode, headers: &mut HeaderMap) {
    headers.remove(WWW_AUTHENTICATE);
}

fn with_error(asked: &Asked, _: &mut StatusCode, headers: &mut HeaderMap) {
    if authorization(asked).is_none() {
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
}

fn unauthorized(_: &Asked, status: &mut StatusCode, _: &mut HeaderMap) {
    if *status == StatusCode::BAD_REQUEST {
        *status = StatusCode::UNAUTHORIZED;
    }
}

fn with_cookie(asked: &Asked, status: &mut StatusCode, headers: &mut HeaderMap) {
    let token = authorization(asked).and_then(|value| value.strip_prefix("Bearer "));
    if let Some(token) = token.filter(|_| status.is_success()) {
        let cookie = HeaderValue::try_from(format!("access_token={token}; Path=/; HttpOnly"));
        headers.extend(cookie.ok().map(|cookie| (SET_COOKIE, cookie)));
    }
}

fn open_head(asked: &Asked, status: &mut StatusCode, headers: &mut HeaderMap) {
    if asked.method == Method::HEAD {
        *status = StatusCode::OK;
        headers.remove(WWW_AUTHENTICATE);
    }
}
