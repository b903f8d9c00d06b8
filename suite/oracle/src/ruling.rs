//! Objections to a token, collected rule by rule, and the verdict that follows.

use jwtspec_types::expect::Expect;
use jwtspec_types::profile::Profile;

use jwtspec_types::words::{Level, Reason};

/// A verdict that the specifications expect, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The verdict. Its reasons are all that are true of the token, the plainest first.
    pub expect: Expect,
    /// The objections to the token; none if it is to be accepted.
    pub because: Vec<Because>,
}

/// An objection to a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// The reason in the plainest word.
    pub reason: Reason,
    /// Other words for the same: a verifier that looks at it from another side may say these.
    pub also: &'static [Reason],
    /// The obligation to refuse; `may` where specifications leave a choice.
    pub level: Level,
    /// The id of the requirement behind it.
    pub requirement: &'static str,
    /// The objection, in a clause.
    pub what: String,
}

impl Expected {
    /// The obligation to refuse: that of the strongest objection; none without objections.
    pub fn level(&self) -> Option<Level> {
        self.because.iter().map(|because| because.level).min()
    }

    /// The ids of the requirements that an accepting verifier would break, the most binding
    /// first; empty where it may accept.
    pub fn broken(&self) -> Vec<&'static str> {
        let mut binding: Vec<&Because> =
            self.because.iter().filter(|because| because.level != Level::May).collect();
        binding.sort_by_key(|because| because.level);
        binding.iter().map(|because| because.requirement).collect()
    }
}

/// Collects objections to a token.
#[derive(Clone, Debug, Default)]
pub(super) struct Ruling(pub(super) Vec<Because>);

/// A reason and other words for it.
pub(super) type Names = &'static [Reason];

impl Ruling {
    pub(super) fn must(
        &mut self,
        names: Names,
        requirement: &'static str,
        what: impl Into<String>,
    ) {
        self.add(Level::Must, names, requirement, what.into());
    }

    pub(super) fn should(
        &mut self,
        names: Names,
        requirement: &'static str,
        what: impl Into<String>,
    ) {
        self.add(Level::Should, names, requirement, what.into());
    }

    pub(super) fn may(&mut self, names: Names, requirement: &'static str, what: impl Into<String>) {
        self.add(Level::May, names, requirement, what.into());
    }

    pub(super) fn add(
        &mut self,
        level: Level,
        names: Names,
        requirement: &'static str,
        what: String,
    ) {
        if let [reason, also @ ..] = names {
            self.0.push(Because { reason: *reason, also, level, requirement, what });
        }
    }

    /// True if an objection obliges a verifier to refuse.
    pub(super) fn is_binding(&self) -> bool {
        self.0.iter().any(|because| because.level != Level::May)
    }

    /// The same where the backend of a profile has one message for several reasons.
    pub(super) fn expected_under(self, profile: Profile) -> Expected {
        let Expected { expect, because } = self.expected();
        Expected { expect: expect.under(profile), because }
    }

    /// The verdict: refusal if anything asks for it, a choice if anything allows it.
    pub(super) fn expected(self) -> Expected {
        let mut reasons: Vec<Reason> = Vec::new();
        let plain = self.0.iter().map(|because| because.reason);
        for reason in plain.chain(self.0.iter().flat_map(|because| because.also.iter().copied())) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        // A verifier that looks for a key anew may find that it must not ask for it just now.
        if reasons.contains(&Reason::KeyNotFound) && !reasons.contains(&Reason::KeysUnavailable) {
            reasons.push(Reason::KeysUnavailable);
        }
        let expect = match (self.0.is_empty(), self.is_binding()) {
            (true, _) => Expect::Accept,
            (_, true) => Expect::Reject(reasons),
            (_, false) => Expect::Either(reasons),
        };
        Expected { expect, because: self.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_objection_decides_and_every_reason_counts() {
        let mut ruling = Ruling::default();
        assert_eq!(ruling.clone().expected().expect, Expect::Accept);
        ruling.may(&[Reason::Expired], "rfc7519-4.1.4-exp-leeway-small", "within leeway");
        assert_eq!(ruling.clone().expected().expect, Expect::Either(vec![Reason::Expired]));
        ruling.should(
            &[Reason::ClaimInvalid, Reason::Malformed],
            "rfc7519-4.1.2-sub-not-string-reject",
            "`sub` is a number",
        );
        let expected = ruling.expected();
        let reasons = vec![Reason::Expired, Reason::ClaimInvalid, Reason::Malformed];
        assert_eq!(expected.expect, Expect::Reject(reasons));
        assert_eq!(expected.level(), Some(Level::Should));
        assert_eq!(expected.broken(), ["rfc7519-4.1.2-sub-not-string-reject"]);
    }
}
