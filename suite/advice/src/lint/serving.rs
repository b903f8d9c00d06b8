//! Rules for serving documents: caching, validation, clock, certificate.

use std::time::Duration;

use reqwest::Version;
use reqwest::header::AGE;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::exchange::{Answer, Exchange};
use super::findings::Findings;
use super::rule::rules;
use jwtspec_jose::quoted;
use jwtspec_reference::parts::{date, lifetime};

rules! { Serving:
    MAX_AGE = "cache-unstated" Note "RFC 9111 §4.2":
        "the key set says how long it may be kept",
        "each verifier guesses: some ask for every token, some keep keys for a day",
        "send `Cache-Control: max-age=` with the time in which a new key is to be known, such as 300 to 3600";
    SHORT = "cache-short" Note "RFC 9111 §4.2":
        "the key set may be kept for a minute or more",
        "verifiers that heed it ask all the time, and each outage of the issuer is theirs at once",
        "allow to keep it for 5 minutes or more";
    LONG = "cache-long" Note "RFC 9111 §4.2":
        "the key set may be kept for a day at most",
        "a new key is unknown, and a removed one trusted, for as long",
        "allow to keep it for an hour or so";
    STALE = "cache-stale" Should "RFC 9111 §4.2.4":
        "the key set is fresh when it comes",
        "a cache in between serves keys that have been replaced",
        "let the cache fetch anew what has gone stale";
    ETAG = "etag-absent" Note "RFC 9110 §8.8.3":
        "the key set has an `ETag`",
        "verifiers fetch the whole set each time, also when nothing changed",
        "send an `ETag` that follows from the content";
    CONFIRMED = "etag-ignored" Should "RFC 9110 §13.1.2":
        "who knows the `ETag` is answered with 304",
        "verifiers that ask whether their copy still holds are sent it once more",
        "answer 304 to `If-None-Match` with the current `ETag`, and let the `ETag` change with the content only";
    VARY = "vary" Note "RFC 9111 §4.1":
        "caches can serve one copy to everyone",
        "no cache helps when an answer depends on who asks",
        "let the key set depend on nothing but its URL";
    CODING = "content-coding" Should "RFC 9110 §12.5.3":
        "documents come as they are",
        "verifiers that asked for plain text cannot read a packed answer",
        "pack an answer only for who accepts it";
    HTTP = "http-version" Note "RFC 9110 §2.5":
        "HTTP/1.1 is spoken",
        "HTTP/1.0 has neither caching rules nor kept connections",
        "speak HTTP/1.1 or later";
    DATE = "date-absent" Note "RFC 9110 §6.6.1":
        "answers carry a `Date`",
        "no client can see whether the issuer's clock is right, and ages are guessed",
        "send `Date`, as servers with a clock do";
    CLOCK = "clock-skew" Should "RFC 7519 §4.1.4":
        "the issuer's clock and this one agree",
        "tokens are born expired, or from the future; verifiers allow for a few seconds or minutes only",
        "set the clock by NTP, here or there";
    CERTIFICATE = "certificate" Must "RFC 9110 §4.3.4":
        "the certificate is valid and trusted",
        "verifiers end the connection and have no keys",
        "use a certificate for this host, of an authority that verifiers trust, in its time, with the whole chain; --ca-file names a private authority";
    EXPIRY = "certificate-expiry" Note "practice":
        "the certificate is valid for two weeks or more",
        "when it expires every verifier loses the keys at once",
        "renew it, and see that renewal is automatic";
}

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The time for which an answer may be kept from when it was made.
pub(super) fn permitted(answer: &Answer) -> Option<Duration> {
    let mut headers = answer.headers.clone();
    headers.remove(AGE);
    lifetime(&headers, answer.at)
}

/// Judges the header fields of a key set.
pub(super) fn judge_caching(found: &mut Findings, answer: &Answer) {
    match permitted(answer) {
        None => found.broken(MAX_AGE, "the key set does not say how long it may be kept"),
        Some(time) => {
            let kept = format!("the key set may be kept for {} s", time.as_secs());
            found.met_by(MAX_AGE, kept.as_str());
            found.broken_if(SHORT, time < MINUTE, format!("{kept} only"));
            found.broken_if(LONG, time > DAY, kept);
            let left = lifetime(&answer.headers, answer.at).unwrap_or(time);
            let stale = !time.is_zero() && left.is_zero();
            let age = answer.header("age").unwrap_or_default();
            let seen = format!("the key set came {} s old, and stale", quoted(age));
            found.broken_if(STALE, stale, seen);
        }
    }
    found.broken_if(ETAG, answer.header("etag").is_none(), "the key set has no `ETag`");
    let vary = answer.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok());
    let apart = vary.flat_map(|value| value.split(',')).map(str::trim).find(|name| {
        let harmless = ["accept", "accept-encoding", "origin"];
        !name.is_empty() && !harmless.iter().any(|it| it.eq_ignore_ascii_case(name))
    });
    found.check(VARY, apart.map(|name| format!("the key set varies by {}", quoted(name))));
}

/// Judges the second answer for a key set, to a request that states its `ETag`.
pub(super) fn judge_confirmation(found: &mut Findings, second: &Exchange) {
    let Ok(answer) = &second.answer else { return };
    let status = answer.status;
    let seen = format!("who knows the `ETag` is answered with status {status}, not 304");
    found.broken_if(CONFIRMED, status != 304, seen);
}

/// Judges an answer by the rules for every answer.
pub(super) fn judge_answer(found: &mut Findings, what: &str, answer: &Answer) {
    let coding =
        answer.header("content-encoding").filter(|it| !it.eq_ignore_ascii_case("identity"));
    let fault =
        coding.map(|it| format!("the {what} is packed as {} without being asked", quoted(it)));
    found.check(CODING, fault);
    let old = answer.version < Version::HTTP_11;
    found.broken_if(HTTP, old, format!("the {what} comes by {:?}", answer.version));
    match answer.header("date").map(date) {
        None => found.broken(DATE, format!("the {what} has no `Date`")),
        Some(None) => found.broken(DATE, format!("the {what} has a `Date` that is none")),
        // What a cache kept was dated by then.
        Some(Some(_)) if answer.header("age").is_some_and(|age| age != "0") => {}
        Some(Some(made)) => {
            found.met(DATE);
            let (skew, direction) = match made.checked_sub(answer.at) {
                Some(ahead) => (ahead, "ahead of"),
                None => (answer.at.saturating_sub(made), "behind"),
            };
            let seconds = skew.as_secs();
            let seen = match skew > MINUTE {
                true => format!("the issuer's clock is {seconds} s {direction} this one"),
                false => format!("the issuer's clock is within {} s", seconds + 1),
            };
            found.tell(CLOCK, skew <= MINUTE, seen);
        }
    }
}

/// Judges the certificate that the server of a document showed.
pub(super) fn judge_certificate(found: &mut Findings, exchange: &Exchange) {
    if exchange.url.scheme() != "https" {
        return;
    }
    match (&exchange.certificate, &exchange.answer) {
        (Some(fault), _) => found.broken(CERTIFICATE, fault.clone()),
        (None, Ok(_)) => found.met(CERTIFICATE),
        (None, Err(_)) => return,
    }
    let Ok(answer) = &exchange.answer else { return };
    let Some(until) = answer.shown.as_deref().and_then(until) else { return };
    match until.checked_sub(answer.at) {
        None => found.broken(EXPIRY, "the certificate has expired"),
        Some(left) => {
            let days = left.as_secs() / DAY.as_secs();
            found.tell(EXPIRY, days >= 14, format!("the certificate expires in {days} days"));
        }
    }
}

/// The time when a certificate expires, since 1970.
fn until(der: &[u8]) -> Option<Duration> {
    let certificate = Certificate::from_der(der).ok()?;
    Some(certificate.tbs_certificate().validity().not_after.to_unix_duration())
}
