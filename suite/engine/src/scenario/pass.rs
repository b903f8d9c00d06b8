//! The time that a step lets pass: `"cache-age+1s"`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jwtspec_types::advised::Advised;
use jwtspec_types::members::string_format;
#[cfg(feature = "schema")]
use jwtspec_types::timing::PATTERN;
use jwtspec_types::timing::span;
use jwtspec_types::trust::CachePolicy;

/// A sum of a verifier's own spans and a fixed one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// The number of times the age up to which the verifier keeps key sets.
    pub cache_ages: u32,
    /// The number of times the time for which an unknown `kid` causes no further fetch.
    pub cooldowns: u32,
    /// The number of times the leeway.
    pub leeways: u32,
    /// A fixed time besides.
    pub fixed: Duration,
}

impl Pass {
    /// The length for a verifier with this cache policy, and this leeway in seconds.
    pub fn length(&self, cache: CachePolicy, leeway: u64) -> Duration {
        let times = |count: u32, seconds: u64| {
            Duration::from_secs(u64::from(count).saturating_mul(seconds))
        };
        self.fixed
            .saturating_add(times(self.cache_ages, cache.max_age_seconds))
            .saturating_add(times(self.cooldowns, cache.cooldown_seconds))
            .saturating_add(times(self.leeways, leeway))
    }
}

impl FromStr for Pass {
    type Err = Advised;

    fn from_str(text: &str) -> Result<Self, Advised> {
        let wrong = || {
            Advised::new(format!("`{text}` is not a span of time")).advise(
                "write a sum of `cache-age`, `cooldown`, `leeway` and seconds: \"cache-age+1s\"",
            )
        };
        let mut pass = Self::default();
        for term in text.split('+') {
            match term {
                "cache-age" => pass.cache_ages += 1,
                "cooldown" => pass.cooldowns += 1,
                "leeway" => pass.leeways += 1,
                _ => pass.fixed += span(term).ok_or_else(wrong)?,
            }
        }
        Ok(pass)
    }
}

impl fmt::Display for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut terms = Vec::new();
        for (name, count) in
            [("cache-age", self.cache_ages), ("cooldown", self.cooldowns), ("leeway", self.leeways)]
        {
            terms.extend(std::iter::repeat_n(name.to_owned(), count as usize));
        }
        if self.fixed > Duration::ZERO || terms.is_empty() {
            terms.push(format!("{}s", self.fixed.as_secs_f64()));
        }
        f.write_str(&terms.join("+"))
    }
}

string_format!(Pass, {
    "type": "string",
    "pattern": format!("^{TERM}(\\+{TERM})*$", TERM = format!("(cache-age|cooldown|leeway|{PATTERN})")),
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_added_up() {
        let pass: Pass = "cache-age+cooldown+1s+500ms".parse().unwrap();
        let cache = CachePolicy { max_age_seconds: 300, cooldown_seconds: 30 };
        assert_eq!(pass.length(cache, 7), Duration::from_millis(331_500));
        assert_eq!(pass.to_string(), "cache-age+cooldown+1.5s");
        let pass: Pass = "leeway+1m30s".parse().unwrap();
        assert_eq!(pass.length(cache, 7), Duration::from_secs(97));
        for wrong in ["", "1", "age", "cache-age-1s", "cache-age+", "-1s"] {
            assert!(wrong.parse::<Pass>().is_err(), "{wrong}");
        }
    }
}
