//! How long an answer may be kept (RFC 9111 section 4.2).

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName, RETRY_AFTER};

/// The longest `Retry-After` that is heeded: an issuer's typing mistake must not lock users out
/// for a day.
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// How long the issuer lets an answer be kept; nothing if it does not say.
pub(super) fn lifetime(headers: &HeaderMap) -> Option<Duration> {
    let directives: Vec<String> = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .flat_map(|line| line.to_str().unwrap_or_default().split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect();
    if directives.iter().any(|it| it == "no-store" || it.starts_with("no-cache")) {
        return Some(Duration::ZERO);
    }
    let age = text(headers, AGE).map_or(Duration::ZERO, |age| seconds(age).unwrap_or_default());
    if let Some(max_age) = directives.iter().find_map(|it| it.strip_prefix("max-age=")) {
        // Freshness that cannot be read counts as none (section 4.2.1).
        return Some(seconds(max_age.trim_matches('"')).unwrap_or_default().saturating_sub(age));
    }
    let expires = text(headers, EXPIRES)?;
    Some(until(expires, text(headers, DATE)).unwrap_or_default().saturating_sub(age))
}

/// How long the issuer asks not to be asked again (RFC 9110 section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap) -> Duration {
    let wait =
        text(headers, RETRY_AFTER).and_then(|value| seconds(value).or_else(|| until(value, None)));
    wait.unwrap_or_default().min(LONGEST_RETRY)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Delta-seconds; what is too large to represent is as good as 2^31 (section 1.2.2).
fn seconds(text: &str) -> Option<Duration> {
    if text.is_empty() || !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    Some(Duration::from_secs(text.parse().unwrap_or(1 << 31).min(1 << 31)))
}

/// From the answer's `Date`, or else from now, to an HTTP date; nothing if that has passed.
fn until(date: &str, from: Option<&str>) -> Option<Duration> {
    let parser = DateTimeParser::new();
    let instant = |text: &str| parser.parse_timestamp(text).ok();
    let start = from.and_then(instant).unwrap_or_else(jiff::Timestamp::now);
    let left = instant(date)?.as_second().checked_sub(start.as_second())?;
    u64::try_from(left).ok().map(Duration::from_secs)
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
        let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
        let later = ("expires", "Wed, 21 Oct 2015 07:29:00 GMT");
        let cases: [(&[Line], Option<u64>); 11] = [
            (&[], None),
            (&[("cache-control", "public, Max-Age=60")], Some(60)),
            (&[("cache-control", "max-age=60"), ("age", "59")], Some(1)),
            (&[("cache-control", "max-age=60"), ("age", "90")], Some(0)),
            (&[("cache-control", "max-age=60, no-store")], Some(0)),
            (&[("cache-control", "no-cache")], Some(0)),
            (&[("cache-control", "max-age=abc")], Some(0)),
            (&[("cache-control", "max-age=-1")], Some(0)),
            (&[("cache-control", "max-age=99999999999999999999")], Some(1 << 31)),
            (&[date, later], Some(60)),
            (&[("expires", "0")], Some(0)),
        ];
        for (lines, expected) in cases {
            assert_eq!(lifetime(&headers(lines)), expected.map(Duration::from_secs), "{lines:?}");
        }
        assert_eq!(retry_after(&headers(&[("retry-after", "5")])), Duration::from_secs(5));
        assert_eq!(retry_after(&headers(&[("retry-after", "86400")])), LONGEST_RETRY);
        assert_eq!(retry_after(&headers(&[])), Duration::ZERO);
    }
}
