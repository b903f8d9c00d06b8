//! The time that a request states, for verifiers with the capability `clock`.

use std::time::Duration;

use http::{HeaderMap, HeaderName};

use crate::TIME_HEADER;

/// The time since 1970 that a request states; the error says what is wrong with it.
pub(super) fn stated_time(headers: &HeaderMap) -> Result<Option<Duration>, &'static str> {
    let mut lines = headers.get_all(HeaderName::from_static(TIME_HEADER)).iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err("send one Jwtspec-Time line; there are several");
    }
    line.to_str().ok().and_then(parse_seconds).map(Some).ok_or(
        "Jwtspec-Time takes decimal seconds since 1970, perhaps with a fraction, such as \
         1800000000.5",
    )
}

/// Parses decimal seconds. Digits beyond nanoseconds are cut off.
fn parse_seconds(text: &str) -> Option<Duration> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if !is_number(seconds) || !is_number(fraction) {
        return None;
    }
    let nanoseconds = format!("{fraction:0<9.9}").parse().ok()?;
    Some(Duration::new(seconds.parse().ok()?, nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_exactly() {
        let seconds = Duration::from_secs(1_800_000_000);
        assert_eq!(parse_seconds("1800000000"), Some(seconds));
        assert_eq!(parse_seconds("1800000000.0"), Some(seconds));
        assert_eq!(parse_seconds("1800000000.25"), Some(seconds + Duration::from_millis(250)));
        assert_eq!(parse_seconds("0.000000001"), Some(Duration::from_nanos(1)));
        assert_eq!(parse_seconds("0.0000000019"), Some(Duration::from_nanos(1)));
        assert_eq!(
            parse_seconds("18446744073709551615.999"),
            Some(Duration::new(u64::MAX, 999_000_000))
        );
        for wrong in ["", ".", "1.", ".5", "-1", "+1", "1e9", "1 ", "0x1", "1.2.3", "1_0", "now"] {
            assert_eq!(parse_seconds(wrong), None, "{wrong}");
        }
        assert_eq!(parse_seconds("18446744073709551616"), None);
    }
}
