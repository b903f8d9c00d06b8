//! Trusts that a target did not take, though it said nothing against them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::event::Mistake;
use crate::judge::mistake_of_target;
use crate::target::TargetError;

/// Trusts that a target did not take, by its mistake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UntoldTrusts(BTreeMap<Mistake, Untold>);

/// The trusts of one mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Untold {
    /// The name of each, for people.
    pub trusts: Vec<String>,
    /// What the target did when it was told the first.
    pub example: String,
}

impl UntoldTrusts {
    /// Adds a trust, by a name for people; returns the mistake.
    pub fn add(&mut self, trust: String, error: &TargetError) -> Mistake {
        let mistake = mistake_of_target(error);
        let untold = self
            .0
            .entry(mistake.clone())
            .or_insert_with(|| Untold { trusts: Vec::new(), example: error.to_string() });
        untold.trusts.push(trust);
        mistake
    }

    /// Returns true if there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The trusts of each mistake.
    pub fn iter(&self) -> impl Iterator<Item = (&Mistake, &Untold)> {
        self.0.iter()
    }
}

impl Serialize for UntoldTrusts {
    /// A list, each mistake in words.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Entry<'a> {
            what: String,
            #[serde(flatten)]
            untold: &'a Untold,
        }
        let entries =
            self.iter().map(|(mistake, untold)| Entry { what: mistake.to_string(), untold });
        serializer.collect_seq(entries)
    }
}

impl fmt::Display for UntoldTrusts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Not the verifier's: to be mended first")?;
        for (mistake, Untold { trusts, example }) in &self.0 {
            let first = trusts.first().map(String::as_str).unwrap_or_default();
            let example = example.replace('\n', "\n      ");
            write!(f, "\n  {mistake}\n      ")?;
            match trusts.len() {
                1 => write!(f, "1 trust: {first}: {example}")?,
                count => write!(f, "{count} trusts, such as {first}: {example}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{ConnectionFault, DriverError, TrustFault};

    #[test]
    fn each_mistake_is_told_once() {
        let failing = |body: &str| {
            let body = body.to_owned();
            TargetError::from(DriverError::Trust { fault: TrustFault::Status(500), body })
        };
        let mut untold = UntoldTrusts::default();
        assert!(untold.is_empty());
        untold.add("two providers".to_owned(), &failing("oh no, 1"));
        untold.add("no audience".to_owned(), &failing("oh no, 2"));
        let (url, fault) = ("http://x".to_owned(), ConnectionFault::Reset("reset".to_owned()));
        untold.add("a `typ`".to_owned(), &DriverError::Unreachable { url, fault }.into());
        let text = untold.to_string();
        assert_eq!(untold.iter().count(), 2);
        assert!(text.contains("2 trusts, such as two providers: "), "{text}");
        assert!(text.contains("oh no, 1\n      see docs/drivers.md\n"), "{text}");
        assert!(!text.contains("oh no, 2"), "{text}");
        assert!(text.contains("1 trust: a `typ`: failed to reach"), "{text}");
    }
}
