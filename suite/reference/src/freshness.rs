//! The freshness of a response: the time for which it may be kept (RFC 9111 section 4.2).

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName, RETRY_AFTER};

/// The longest `Retry-After` that is heeded: an issuer's typing mistake must not lock users out
/// for a day.
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// The time for which the issuer lets a response be kept that came at this time since 1970; none
/// if the response does not say.
///
/// A `Date` counts for `Expires` only. With `max-age` it could do nothing but harm: where two
/// clocks disagree, every answer would be stale on arrival.
pub fn lifetime(headers: &HeaderMap, now: Duration) -> Option<Duration> {
    let directives = directives(headers);
    if directives.iter().any(|it| it == "no-store" || it.starts_with("no-cache")) {
        return Some(Duration::ZERO);
    }
    let age = text(headers, AGE).map_or(Duration::ZERO, |age| seconds(age).unwrap_or_default());
    if let Some(max_age) = directives.iter().find_map(|it| it.strip_prefix("max-age=")) {
        // Freshness that cannot be read counts as none (section 4.2.1).
        return Some(seconds(max_age.trim_matches('"')).unwrap_or_default().saturating_sub(age));
    }
    let expires = date(text(headers, EXPIRES)?).unwrap_or_default();
    let made = text(headers, DATE).and_then(date).unwrap_or(now);
    let age = age.max(now.saturating_sub(made));
    Some(expires.saturating_sub(made).saturating_sub(age))
}

/// True if a response may be kept at all, be it only to have it confirmed (section 3).
pub(super) fn may_be_stored(headers: &HeaderMap) -> bool {
    !directives(headers).iter().any(|directive| directive == "no-store")
}

fn directives(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(CACHE_CONTROL)
        .iter()
        .flat_map(|line| line.to_str().unwrap_or_default().split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect()
}

/// The time for which the issuer asks, at this time since 1970, not to be asked again (RFC 9110
/// section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: Duration) -> Duration {
    let wait = text(headers, RETRY_AFTER).and_then(|value| {
        seconds(value).or_else(|| date(value).map(|date| date.saturating_sub(now)))
    });
    wait.unwrap_or_default().min(LONGEST_RETRY)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Delta-seconds; what is too large to represent is as good as 2^31 (section 1.2.2).
fn seconds(text: &str) -> Option<Duration> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Duration::from_secs(text.parse().unwrap_or(1 << 31).min(1 << 31)))
}

/// An HTTP date, as the time since 1970.
pub fn date(text: &str) -> Option<Duration> {
    let seconds = DateTimeParser::new().parse_timestamp(text).ok()?.as_second();
    u64::try_from(seconds).ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Line = (&'static str, &'static str);

    fn headers(lines: &[Line]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn freshness_follows_the_headers() {
        // Wed, 21 Oct 2015 07:28:00 GMT
        let now = Duration::from_secs(1_445_412_480);
        let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
        let earlier = ("date", "Wed, 21 Oct 2015 07:27:00 GMT");
        let ahead = ("date", "Wed, 21 Oct 2015 07:28:30 GMT");
        let expires = ("expires", "Wed, 21 Oct 2015 07:29:00 GMT");
        let cases: [(&[Line], Option<u64>); 16] = [
            (&[], None),
            (&[("cache-control", "public, Max-Age=60")], Some(60)),
            (&[("cache-control", "max-age=60"), ("age", "59")], Some(1)),
            (&[("cache-control", "max-age=60"), ("age", "90")], Some(0)),
            (&[("cache-control", "max-age=60"), earlier, expires], Some(60)),
            (&[("cache-control", "max-age=60, no-store")], Some(0)),
            (&[("cache-control", "no-cache")], Some(0)),
            (&[("cache-control", "max-age=abc")], Some(0)),
            (&[("cache-control", "max-age=-1")], Some(0)),
            (&[("cache-control", "max-age=99999999999999999999")], Some(1 << 31)),
            (&[date, expires], Some(60)),
            (&[expires], Some(60)),
            (&[earlier, expires], Some(60)),
            (&[ahead, expires], Some(30)),
            (&[date, expires, ("age", "50")], Some(10)),
            (&[("expires", "0")], Some(0)),
        ];
        for (lines, expected) in cases {
            let found = lifetime(&headers(lines), now);
            assert_eq!(found, expected.map(Duration::from_secs), "{lines:?}");
        }
        assert!(may_be_stored(&headers(&[("cache-control", "no-cache")])));
        assert!(!may_be_stored(&headers(&[("cache-control", "max-age=9, No-Store")])));

        let wait = |value| retry_after(&headers(&[("retry-after", value)]), now).as_secs();
        assert_eq!(wait("5"), 5);
        assert_eq!(wait("86400"), LONGEST_RETRY.as_secs());
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:07 GMT"), 7);
        assert_eq!(wait("Wed, 21 Oct 2015 07:27:07 GMT"), 0);
        assert_eq!(retry_after(&headers(&[]), now), Duration::ZERO);
    }
}
