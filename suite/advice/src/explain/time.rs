//! Times as people read and write them.

use std::time::Duration;

use jiff::Timestamp;

use jwtspec_types::advised::Advised;
use jwtspec_types::timing::parse_duration;

/// Parses a time: RFC 3339, seconds since 1970, or a difference from `now` such as `-5m`.
///
/// # Errors
///
/// If it is none of these, or before 1970.
pub fn parse_time(text: &str, now: Duration) -> Result<Duration, Advised> {
    let wrong = || {
        Advised::new(format!("`{text}` is not a time")).advise(
            "write 2027-01-15T08:00:00Z, seconds since 1970, or a difference from now: +1h, -5m, \
             +30s, -2d",
        )
    };
    let text = text.trim();
    if let Some(ahead) = text.strip_prefix('+') {
        return now.checked_add(parse_duration(ahead).ok_or_else(wrong)?).ok_or_else(wrong);
    }
    if let Some(back) = text.strip_prefix('-') {
        return now.checked_sub(parse_duration(back).ok_or_else(wrong)?).ok_or_else(wrong);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        let within = seconds.is_finite() && (0.0..1e12).contains(&seconds);
        return if within { Ok(Duration::from_secs_f64(seconds)) } else { Err(wrong()) };
    }
    let stamp: Timestamp = text.parse().map_err(|_| wrong())?;
    Duration::try_from(stamp.as_duration()).map_err(|_| wrong())
}

/// A NumericDate as an absolute time, if the calendar reaches that far.
pub(super) fn absolute(seconds: f64) -> Option<String> {
    if seconds.abs() >= 1e11 {
        return None;
    }
    let stamp = Timestamp::from_second(seconds.floor() as i64).ok()?;
    Some(stamp.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// The time of the explanation, as RFC 3339.
pub(super) fn rfc3339(now: Duration) -> String {
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |stamp| stamp.to_string())
}

/// A time relative to now, such as "3 minutes ago" or "in 1 hour".
pub(super) fn relative(seconds: f64, now: f64) -> String {
    let difference = seconds - now;
    if difference.abs() < 1.0 {
        return "just now".to_owned();
    }
    let length = length(difference.abs());
    if difference > 0.0 { format!("in {length}") } else { format!("{length} ago") }
}

/// A length of time in one or two units.
pub(super) fn length(seconds: f64) -> String {
    const UNITS: [(f64, &str); 5] = [
        (31_557_600.0, "year"),
        (86_400.0, "day"),
        (3600.0, "hour"),
        (60.0, "minute"),
        (1.0, "second"),
    ];
    let whole = seconds.floor();
    let Some(place) = UNITS.iter().position(|(unit, _)| whole >= *unit) else {
        return "less than a second".to_owned();
    };
    let (unit, name) = UNITS[place];
    let count = (whole / unit).floor();
    let first = counted(count, name);
    match UNITS.get(place + 1) {
        Some((smaller, name)) if count < 10.0 => {
            let rest = ((whole - count * unit) / smaller).floor();
            if rest < 1.0 { first } else { format!("{first} {}", counted(rest, name)) }
        }
        _ => first,
    }
}

fn counted(count: f64, name: &str) -> String {
    let plural = if count >= 2.0 { "s" } else { "" };
    format!("{count:.0} {name}{plural}")
}

/// A NumericDate as the number, the absolute time, and the distance from now.
pub(super) fn described(seconds: f64, now: f64) -> String {
    let number = if seconds.abs() < 1e15 { format!("{seconds}") } else { format!("{seconds:e}") };
    let absolute = absolute(seconds).map(|it| format!(", {it}")).unwrap_or_default();
    format!("{number}: {}{absolute}", relative(seconds, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_800_000_000);

    #[test]
    fn times_are_read_in_every_form() {
        let read = |text: &str| parse_time(text, NOW).map(|time| time.as_secs());
        assert_eq!(read("1800000000"), Ok(1_800_000_000));
        assert_eq!(read("2027-01-15T08:00:00Z"), Ok(1_800_000_000));
        assert_eq!(read("2027-01-15T09:00:00+01:00"), Ok(1_800_000_000));
        assert_eq!(read("+1h"), Ok(1_800_003_600));
        assert_eq!(read("-5m"), Ok(1_799_999_700));
        assert_eq!(read("+1h30m"), Ok(1_800_005_400));
        for wrong in ["", "tomorrow", "+", "+1", "+h", "-99999999999d", "1e400", "NaN", "+1é"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_told_as_people_would() {
        assert_eq!(relative(100.0, 280.0), "3 minutes ago");
        assert_eq!(relative(3700.0, 0.0), "in 1 hour 1 minute");
        assert_eq!(relative(5.2, 5.0), "just now");
        assert_eq!(length(86_400.0 * 800.0), "2 years 69 days");
        assert_eq!(absolute(1_800_000_000.0).as_deref(), Some("2027-01-15 08:00:00 UTC"));
        assert_eq!(absolute(1.8e12), None);
        assert!(described(1.8e12, 1.8e9).contains("in "));
        assert!(described(f64::MAX, 0.0).contains("e308"));
    }
}
