//! Expectations: which verdicts a step passes with.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::advised::Advised;
use crate::json_schema_of;
use crate::profile::Profile;
use crate::words::Reason;

/// The verdicts with which a step passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Accept.
    Accept,
    /// Reject, for one of these reasons; empty means any.
    Reject(Vec<Reason>),
    /// Accept, or reject for one of these reasons (empty: any), but no fault.
    Either(Vec<Reason>),
}

impl Expect {
    /// Returns true if every verdict that this allows is allowed by the other as well.
    pub fn is_within(&self, other: &Self) -> bool {
        let accepts = |it: &Self| !matches!(it, Self::Reject(_));
        let refuses_as_well = match (self.refusals(), other.refusals()) {
            (None, _) | (Some(_), Some([])) => true,
            (Some(_), None) | (Some([]), Some(_)) => false,
            (Some(own), Some(others)) => own.iter().all(|reason| others.contains(reason)),
        };
        (!accepts(self) || accepts(other)) && refuses_as_well
    }

    /// The expectation that allows everything that this or the other allows.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let reasons = match (self.refusals(), other.refusals()) {
            (None, None) => return Self::Accept,
            (Some(one), None) | (None, Some(one)) => one.to_vec(),
            (Some([]), _) | (_, Some([])) => Vec::new(),
            (Some(one), Some(more)) => {
                let more = more.iter().copied().filter(|reason| !one.contains(reason));
                one.iter().copied().chain(more).collect()
            }
        };
        match (self, other) {
            (Self::Reject(_), Self::Reject(_)) => Self::Reject(reasons),
            _ => Self::Either(reasons),
        }
    }

    /// The same with the reasons that the backend of a profile does not tell from these.
    #[must_use]
    pub fn under(&self, profile: Profile) -> Self {
        match self {
            Self::Accept => Self::Accept,
            Self::Reject(reasons) => Self::Reject(profile.with_indistinguishable(reasons)),
            Self::Either(reasons) => Self::Either(profile.with_indistinguishable(reasons)),
        }
    }

    /// The reasons for which it allows a rejection, if it allows one; empty means any.
    fn refusals(&self) -> Option<&[Reason]> {
        match self {
            Self::Accept => None,
            Self::Reject(reasons) | Self::Either(reasons) => Some(reasons),
        }
    }

    /// The reasons that count as right; empty means any.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Accept => &[],
            Self::Reject(reasons) | Self::Either(reasons) => reasons,
        }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons = |reasons: &[Reason]| {
            reasons.iter().map(|reason| reason.as_str()).collect::<Vec<_>>().join(" or ")
        };
        match self {
            Self::Accept => f.write_str("accept"),
            Self::Reject(any) if any.is_empty() => f.write_str("reject"),
            Self::Reject(list) => write!(f, "reject ({})", reasons(list)),
            Self::Either(any) if any.is_empty() => f.write_str("accept or reject"),
            Self::Either(list) => write!(f, "accept, or reject ({})", reasons(list)),
        }
    }
}

impl<'de> Deserialize<'de> for Expect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExpectVisitor)
    }
}

impl Serialize for Expect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (word, reasons) = match self {
            Self::Accept => ("accept", &[][..]),
            Self::Reject(reasons) => ("reject", reasons.as_slice()),
            Self::Either(reasons) => ("either", reasons.as_slice()),
        };
        if reasons.is_empty() {
            return serializer.serialize_str(word);
        }
        let mut table = serializer.serialize_map(Some(1))?;
        match reasons {
            [one] => table.serialize_entry(word, one)?,
            many => table.serialize_entry(word, many)?,
        }
        table.end()
    }
}

struct ExpectVisitor;

impl<'de> Visitor<'de> for ExpectVisitor {
    type Value = Expect;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"accept\", \"reject\", \"either\" or { reject = \"expired\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Expect, E> {
        match text {
            "accept" => Ok(Expect::Accept),
            "reject" => Ok(Expect::Reject(Vec::new())),
            "either" => Ok(Expect::Either(Vec::new())),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Expect, A::Error> {
        let Some(word) = map.next_key::<String>()? else {
            return Err(A::Error::custom(
                Advised::new("an empty table says nothing")
                    .advise("write { reject = \"expired\" }"),
            ));
        };
        let reasons = map.next_value::<Reasons>()?.0;
        if map.next_key::<String>()?.is_some() {
            return Err(A::Error::custom("a verdict is one of `reject` and `either`, not both"));
        }
        match word.as_str() {
            "reject" => Ok(Expect::Reject(reasons)),
            "either" => Ok(Expect::Either(reasons)),
            _ => Err(A::Error::unknown_field(&word, &["reject", "either"])),
        }
    }
}

struct Reasons(Vec<Reason>);

impl<'de> Deserialize<'de> for Reasons {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::members::one_or_many(deserializer).map(Self)
    }
}

json_schema_of!(Expect, |generator| {
    let reasons = crate::members::one_or_many_schema::<Reason>(generator);
    let one = |word: &str| {
        schemars::json_schema!({
            "type": "object",
            "properties": { word: reasons.clone() },
            "required": [word],
            "additionalProperties": false,
        })
    };
    schemars::json_schema!({
        "anyOf": [{ "enum": ["accept", "reject", "either"] }, one("reject"), one("either")]
    })
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_compared_and_joined_as_sets() {
        let reject = |reasons: &[Reason]| Expect::Reject(reasons.to_vec());
        let either = |reasons: &[Reason]| Expect::Either(reasons.to_vec());
        let (one, two) = ([Reason::Expired], [Reason::Expired, Reason::Malformed]);
        for (a, b, within, joined) in [
            (Expect::Accept, Expect::Accept, true, Expect::Accept),
            (Expect::Accept, reject(&one), false, either(&one)),
            (reject(&one), Expect::Accept, false, either(&one)),
            (reject(&one), reject(&two), true, reject(&two)),
            (reject(&two), reject(&one), false, reject(&two)),
            (reject(&[]), reject(&one), false, reject(&[])),
            (reject(&one), reject(&[]), true, reject(&[])),
            (reject(&one), either(&one), true, either(&one)),
            (either(&one), reject(&one), false, either(&one)),
            (Expect::Accept, either(&[]), true, either(&[])),
        ] {
            assert_eq!(a.is_within(&b), within, "{a} within {b}");
            assert_eq!(a.or(&b), joined, "{a} or {b}");
            assert!(a.is_within(&joined) && b.is_within(&joined));
        }
    }

    #[test]
    fn one_message_for_several_reasons_makes_each_of_them_right() {
        let mismatch = Expect::Reject(vec![Reason::AudienceMismatch]);
        assert_eq!(mismatch.under(Profile::default()), mismatch);
        let profile = Profile::named("convex").unwrap();
        let told = mismatch.under(profile);
        assert!(told.reasons().contains(&Reason::IssuerUnknown));
        assert!(!told.reasons().contains(&Reason::Expired));
        let any = Expect::Reject(Vec::new());
        assert_eq!(any.under(profile), any);
    }
}
