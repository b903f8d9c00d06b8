//! Time spans as people write them, and what can be done about a verifier's.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// No span in a file is longer: ten years, in seconds.
const LONGEST: f64 = 315_360_000.0;

/// Reads `"10s"`, `"1.5s"` or `"300ms"`.
pub(crate) fn span(text: &str) -> Option<Duration> {
    let (number, scale) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s')?, 1.0),
    };
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let seconds = number.parse::<f64>().ok()? * scale;
    (seconds <= LONGEST).then(|| Duration::try_from_secs_f64(seconds).ok())?
}

/// A time span, written `"10s"` or `"300ms"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

/// Not a [`Span`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time\nwrite it as \"10s\" or \"300ms\"")]
pub struct NotASpan(String);

impl FromStr for Span {
    type Err = NotASpan;

    fn from_str(text: &str) -> Result<Self, NotASpan> {
        span(text).map(Self).ok_or_else(|| NotASpan(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}s", self.0.as_secs_f64()))
    }
}

impl JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9][0-9.]*m?s$" })
    }
}

/// What can be done about a time span of a verifier, such as its leeway. Seconds.
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

/// Not a [`Timing`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time span\nwrite \"60s\", \"configurable\" or \"from 1s\"")]
pub struct NotATiming(String);

impl FromStr for Timing {
    type Err = NotATiming;

    fn from_str(text: &str) -> Result<Self, NotATiming> {
        let timing = match text.strip_prefix("from ") {
            Some(least) => span(least).map(|least| Self::From(least.as_secs())),
            None if text == "configurable" => Some(Self::From(0)),
            None => span(text).map(|fixed| Self::Fixed(fixed.as_secs())),
        };
        timing.ok_or_else(|| NotATiming(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Timing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for Timing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Timing {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timing".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(configurable|(from )?[0-9][0-9.]*m?s)$",
        })
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
        for wrong in ["", "60", "from", "-1s", "infs", "1e300s", "s"] {
            assert!(wrong.parse::<Timing>().is_err(), "{wrong}");
        }
        assert_eq!(span("300ms"), Some(Duration::from_millis(300)));
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
