//! Time spans as people write them, and what can be done about a verifier's.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SpanRelativeTo;
use jiff::fmt::friendly::SpanParser;
use serde::{Serialize, Serializer};

use crate::advised::Advised;
use crate::read_from_str;

/// No span in a file is longer: ten years.
const LONGEST: Duration = Duration::from_secs(315_360_000);

/// The durations that [`parse_duration`] reads, as a regular expression for JSON Schemas.
pub const PATTERN: &str = "[0-9][0-9a-zµ., ]*[a-zµ]";

/// Parses a duration as people write it: `10s`, `300ms`, `1.5m`, `1h30m`, `2d`, `5 minutes`.
///
/// A day has 24 hours, a week seven days; months and years have no fixed length and are refused.
/// Every duration in a file or on the command line is read here.
pub fn parse_duration(text: &str) -> Option<Duration> {
    // The parser also reads signs, which are not part of a length.
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let span = SpanParser::new().parse_span(text).ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?.try_into().ok()
}

/// Parses a [`Span`], which is a duration of ten years at most.
pub fn span(text: &str) -> Option<Duration> {
    parse_duration(text).filter(|span| *span <= LONGEST)
}

/// A time span, written `"10s"`, `"300ms"` or `"1h30m"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = Advised;

    fn from_str(text: &str) -> Result<Self, Advised> {
        span(text).map(Self).ok_or_else(|| {
            Advised::new(format!("`{text}` is not a time"))
                .advise("write it as \"10s\" or \"300ms\"")
        })
    }
}

read_from_str!(Span, inline: true, { "type": "string", "pattern": format!("^{PATTERN}$") });

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}s", self.0.as_secs_f64()))
    }
}

/// The possibilities of a time span of a verifier, such as its leeway. Seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// It can be told any, from this one on.
    From(u64),
    /// It has this one.
    Fixed(u64),
}

impl Timing {
    /// The span that holds when the verifier is asked for this one; nothing if it cannot.
    pub fn settle(self, wanted: u64) -> Option<u64> {
        match self {
            Self::From(least) => (wanted >= least).then_some(wanted),
            Self::Fixed(fixed) => (wanted == fixed).then_some(wanted),
        }
    }

    /// The span that holds when the verifier is asked for this one or as near as it can come.
    pub fn nearest(self, wanted: u64) -> u64 {
        match self {
            Self::From(least) => wanted.max(least),
            Self::Fixed(fixed) => fixed,
        }
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(0) => f.write_str("configurable"),
            Self::From(least) => write!(f, "from {least}s"),
            Self::Fixed(fixed) => write!(f, "{fixed}s"),
        }
    }
}

impl FromStr for Timing {
    type Err = Advised;

    fn from_str(text: &str) -> Result<Self, Advised> {
        let timing = match text.strip_prefix("from ") {
            Some(least) => span(least).map(|least| Self::From(least.as_secs())),
            None if text == "configurable" => Some(Self::From(0)),
            None => span(text).map(|fixed| Self::Fixed(fixed.as_secs())),
        };
        timing.ok_or_else(|| {
            Advised::new(format!("`{text}` is not a time span"))
                .advise("write \"60s\", \"configurable\" or \"from 1s\"")
        })
    }
}

read_from_str!(Timing, inline: true, {
    "type": "string",
    "pattern": format!("^(configurable|(from )?{PATTERN})$"),
});

impl Serialize for Timing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timings_are_read_and_written_alike() {
        for (text, timing) in [
            ("configurable", Timing::From(0)),
            ("from 1s", Timing::From(1)),
            ("60s", Timing::Fixed(60)),
        ] {
            assert_eq!(text.parse(), Ok(timing));
            assert_eq!(timing.to_string(), text);
        }
        assert_eq!("from 5m".parse(), Ok(Timing::From(300)));
        for wrong in ["", "60", "from", "-1s", "infs", "1e300s", "s"] {
            assert!(wrong.parse::<Timing>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_are_read_in_every_unit() {
        for (text, milliseconds) in [
            ("0s", 0),
            ("300ms", 300),
            ("1.5s", 1_500),
            ("60s", 60_000),
            ("5m", 300_000),
            ("1.5m", 90_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("2 hours", 7_200_000),
            ("2d", 172_800_000),
            ("1w", 604_800_000),
        ] {
            assert_eq!(span(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for wrong in ["+5m", "5m ago", "5", "1 month", "1y", "m", "5 m m", "5min utes", "522w"] {
            assert_eq!(span(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_fixed_span_stays_and_a_least_one_is_kept() {
        assert_eq!(Timing::From(1).settle(0), None);
        assert_eq!(Timing::From(1).settle(5), Some(5));
        assert_eq!(Timing::Fixed(60).settle(60), Some(60));
        assert_eq!(Timing::Fixed(60).nearest(2), 60);
        assert_eq!(Timing::From(3).nearest(2), 3);
    }
}
