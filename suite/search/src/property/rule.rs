//! The rule that a find breaks: its title, its requirements and its meaning, true of the find and
//! not only of the property that was tried.

use super::TestCase;
use super::presented::Presented;
use super::table::{PROPERTIES, Property};
use super::verdict::Suspicion;
use crate::generate::SetupSpec;
use crate::oracle_input::requirements;
use jwtspec_engine::event::{CaseResult, Meaning};
use jwtspec_engine::judge::{meaning, sample::Kind};
use jwtspec_engine::scenario::{Expect, Scenario};
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::words::{Finding, Level};

/// The requirement that a fault breaks, whatever was presented.
const SURVIVES: &str = "rfc4648-12-decoder-survives-invalid";
/// The requirement that the refusal of a valid token breaks, whatever is special about it.
const VALID_ACCEPTED: &str = "rfc8259-9-conforming-texts-accepted";

impl Property {
    /// The property that a suspicion breaks which turned up while this one was tried: one token by
    /// itself with the wrong verdict breaks none that compares several, or reads the claims.
    pub(crate) fn broken_by(&'static self, suspicion: &Suspicion) -> &'static Self {
        let compares = matches!(self.kind, Kind::Same | Kind::Monotone | Kind::Claims);
        let id = match suspicion.finding {
            Finding::ValidRejected if compares && suspicion.remark.is_none() => "valid",
            finding if compares && finding.is_acceptance() => "any",
            _ => return self,
        };
        PROPERTIES.iter().find(|property| property.id == id).unwrap_or(self)
    }

    /// The rule that a finding breaks, in one line.
    pub(super) fn rule(&self, finding: Finding) -> &str {
        match finding {
            Finding::Poisoned => "a valid token is accepted, whatever was presented before it",
            Finding::SecretLeaked => "no refusal holds what must stay secret",
            Finding::Fault => "whatever is presented, the answer is an orderly one",
            _ => &self.about,
        }
    }

    /// The requirements that a suspicion breaks: for an acceptance those that the model names, and
    /// where there was no orderly refusal, too; for a valid token that is refused in a special setup
    /// those that the setup rests on; otherwise those of the property.
    pub(super) fn broken_requirements(
        &self,
        suspicion: &Suspicion,
        setup: &SetupSpec,
        shown: Option<&Presented>,
    ) -> Vec<RequirementId> {
        let broken = match (suspicion.finding, shown) {
            _ if !suspicion.broken.is_empty() => suspicion.broken.clone(),
            (Finding::Poisoned, _) => requirements(&[VALID_ACCEPTED]),
            (Finding::ValidRejected, _) => match setup.rests_on() {
                Some(special) => requirements(&[special]),
                None => self.refused.clone().unwrap_or_default(),
            },
            (Finding::Fault, Some(shown)) if self.kind != Kind::Orderly => unanswered(shown),
            _ => Vec::new(),
        };
        if broken.is_empty() { self.covers.clone() } else { broken }
    }
}

/// The requirements that a fault breaks in place of a verdict.
fn unanswered(shown: &Presented) -> Vec<RequirementId> {
    let expected = &shown.prepared.expected;
    let mut broken = match expected.expect {
        Expect::Accept => requirements(&[VALID_ACCEPTED]),
        Expect::Reject(_) => requirements(&expected.broken()),
        Expect::Either(_) => Vec::new(),
    };
    broken.retain(|requirement| requirement.level == Level::Must);
    if broken.is_empty() { requirements(&[SURVIVES]) } else { broken }
}

/// Returns what a find means for people.
///
/// A token that the verifier must accept is in the hands of its user only.
pub(super) fn meaning_of(
    (scenario, result): (&Scenario, &CaseResult),
    test_case: &TestCase,
    suspicion: &Suspicion,
    shown: Option<&Presented>,
) -> Meaning {
    let is_valid = shown.is_some_and(|shown| shown.prepared.expected.expect == Expect::Accept)
        && !test_case.steps.iter().any(super::TestStep::is_bytes);
    let own = match suspicion.finding {
        Finding::Poisoned if is_valid => "one user with a valid token locks out the others",
        Finding::Fault if is_valid => "a user with a valid token is locked out by a fault",
        finding => return meaning(scenario, result, finding),
    };
    Meaning::Scenario(own.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwtspec_engine::event::Remark;

    fn named(id: &str) -> &'static Property {
        PROPERTIES.iter().find(|property| property.id == id).expect("a property")
    }

    #[test]
    fn a_single_wrong_verdict_breaks_no_property_that_compares_tokens() {
        let refused = Suspicion::of(Finding::ValidRejected, Expect::Accept);
        let forged = Suspicion::of(Finding::ForgeryAccepted, Expect::Reject(Vec::new()));
        for property in ["repeated", "at-once", "later-expiry", "earlier-start", "claims"] {
            assert_eq!(named(property).broken_by(&refused).id, "valid", "{property}");
            assert_eq!(named(property).broken_by(&forged).id, "any", "{property}");
        }
        let remark = Some(Box::new(Remark::AlikeAccepted));
        let unlike = Suspicion { remark, ..refused.clone() };
        assert_eq!(named("repeated").broken_by(&unlike).id, "repeated");
        assert_eq!(named("audience").broken_by(&refused).id, "audience");
    }

    #[test]
    fn a_refused_valid_token_breaks_no_requirement_to_refuse() {
        let plain = SetupSpec::plain(&jwtspec_types::capabilities::Capabilities::all());
        let plain = plain.expect("a plain setup");
        let refused = Suspicion::of(Finding::ValidRejected, Expect::Accept);
        let kinds = [Kind::Accepted, Kind::Expected, Kind::Same, Kind::Monotone, Kind::Claims];
        for property in PROPERTIES.iter().filter(|it| kinds.contains(&it.kind)) {
            let property = property.broken_by(&refused);
            for id in property.broken_requirements(&refused, &plain, None) {
                assert!(!id.id.ends_with("-reject"), "{}: {}", property.id, id.id);
                assert_ne!(id.id, "rfc8725-3.8-keys-belong-to-issuer", "{}", property.id);
            }
        }
    }
}
