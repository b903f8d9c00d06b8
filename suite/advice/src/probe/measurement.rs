//! One measurement: its value, the evidence, and where the declaration differs.

use serde::Serialize;

use super::unmeasured::{NOT_MEASURED, Unmeasured};
use jwtspec_types::timing::Timing;

/// One measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measurement {
    /// The name, such as `cache age`.
    pub name: &'static str,
    /// The value.
    pub value: String,
    /// The evidence.
    pub seen: String,
    /// The differences from what the target declares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
    /// The consequences for people of what was measured, where it has bad ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consequences: Vec<String>,
    /// Notes that contradict nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// True if it, or a part of it, could not be measured, though that shows nothing of the target.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

impl Measurement {
    pub(super) fn new(
        name: &'static str,
        value: impl Into<String>,
        seen: impl Into<String>,
    ) -> Self {
        Self {
            name,
            value: value.into(),
            seen: seen.into(),
            differences: Vec::new(),
            consequences: Vec::new(),
            remarks: Vec::new(),
            incomplete: false,
        }
    }

    /// A measurement that came to nothing.
    pub(super) fn unmeasured(
        name: &'static str,
        seen: impl Into<String>,
        why: &Unmeasured,
    ) -> Self {
        Self::new(name, NOT_MEASURED, seen).lacking([why])
    }

    /// Records the reasons why parts of it are missing.
    pub(super) fn lacking<'w>(mut self, why: impl IntoIterator<Item = &'w Unmeasured>) -> Self {
        self.incomplete |= why.into_iter().any(Unmeasured::shows_nothing);
        self
    }

    pub(super) fn means(mut self, consequence: impl Into<String>) -> Self {
        self.consequences.push(consequence.into());
        self
    }

    pub(super) fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remarks.push(remark.into());
        self
    }

    /// Compares what is declared of `member` with what was measured.
    pub(super) fn against(mut self, member: &str, declared: &str, measured: &str) -> Self {
        if declared != measured {
            self.differences.push(format!("declares {member} {declared}, measured {measured}"));
        }
        self
    }

    pub(super) fn against_bool(self, member: &str, declared: bool, measured: bool) -> Self {
        self.against(member, &declared.to_string(), &measured.to_string())
    }

    /// Compares lists without regard to order.
    pub(super) fn against_list(
        mut self,
        member: &str,
        declared: &[&str],
        measured: &[&str],
    ) -> Self {
        let missing = |of: &[&str], from: &[&str]| {
            let names: Vec<&str> = of.iter().copied().filter(|name| !from.contains(name)).collect();
            (!names.is_empty()).then(|| names.join(", "))
        };
        if let Some(names) = missing(declared, measured) {
            self.differences.push(format!("declares {member} {names}, which did not work"));
        }
        if let Some(names) = missing(measured, declared) {
            self.differences.push(format!("does not declare {member} {names}, which worked"));
        }
        self
    }

    /// Compares spans. `unseen` is the wait in seconds, if the span was not seen to end.
    pub(super) fn against_timing(
        self,
        member: &str,
        declared: Option<Timing>,
        measured: Option<Timing>,
        unseen: Option<u64>,
    ) -> Self {
        let Some(declared) = declared else {
            let remark = measured.map(|_| format!("{member} is not declared"));
            return remark.into_iter().fold(self, Self::remark);
        };
        let found = match (declared, measured, unseen) {
            (Timing::Fixed(span), None, Some(waited)) if span >= waited => {
                let remark = format!("declares {member} {span}s, which was not waited for");
                return self.remark(remark);
            }
            (_, Some(measured), _) => measured.to_string(),
            (_, None, Some(waited)) => format!("more than {waited}s"),
            (_, None, None) => "otherwise".to_owned(),
        };
        self.against(member, &declared.to_string(), &found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank() -> Measurement {
        Measurement::new("x", "y", "z")
    }

    fn timing(
        declared: Option<Timing>,
        measured: Option<Timing>,
        unseen: Option<u64>,
    ) -> (Vec<String>, Vec<String>) {
        let measurement = blank().against_timing("cache-age", declared, measured, unseen);
        (measurement.differences, measurement.remarks)
    }

    #[test]
    fn differences_are_named_and_agreement_is_silent() {
        let silent = (Vec::new(), Vec::new());
        assert_eq!(timing(Some(Timing::From(0)), Some(Timing::From(0)), None), silent);
        assert_eq!(
            timing(Some(Timing::Fixed(60)), Some(Timing::Fixed(30)), None).0,
            ["declares cache-age 60s, measured 30s"]
        );
        assert_eq!(
            timing(None, Some(Timing::From(1)), None),
            (Vec::new(), vec!["cache-age is not declared".to_owned()])
        );
        assert_eq!(timing(None, None, Some(10)), silent);
        assert!(timing(Some(Timing::Fixed(300)), None, Some(10)).0.is_empty());
        assert_eq!(
            timing(Some(Timing::From(0)), None, Some(10)).0,
            ["declares cache-age configurable, measured more than 10s"]
        );
        let lists = blank().against_list("keys", &["a", "b"], &["b", "c"]);
        assert_eq!(
            lists.differences,
            ["declares keys a, which did not work", "does not declare keys c, which worked"]
        );
        assert!(blank().against_list("keys", &["a", "b"], &["b", "a"]).differences.is_empty());
    }
}
