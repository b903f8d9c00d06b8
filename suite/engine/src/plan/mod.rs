//! The plan: the cases that will run and the scenarios that are skipped. Pure.

mod dry_run;
mod limit;
mod profile_limits;
mod select;
mod serve;
mod setup;
mod skip;
mod time;

use std::sync::Arc;
use std::time::Duration;

use crate::scenario::{Catalogue, Expect, KnownDifference, Presentation, Scenario, Step};
use jwtspec_types::capabilities::{Capabilities, Channel, KeyDelivery, Number};
use jwtspec_types::profile::Profile;
use jwtspec_types::words::{Algorithm, Family, Level, Reason};

pub use dry_run::{DryRun, DryStep, check_scenario, dry_run};
pub use limit::ProfileLimit;
pub use profile_limits::within_limits;
pub use select::{Globs, Selection, SelectionError, Shard};
pub use setup::{
    Extra, Setup, change, endpoint_specs, imagined_endpoints, is_slow, needs_live_issuer, setup,
};
pub use skip::{SessionPart, SkipReason, SpanOf, Unlock};
pub use time::Timetable;

/// Under which conditions scenarios run.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// The profile.
    pub profile: Profile,
    /// True if issuers are served over HTTPS where a scenario does not say.
    pub https: bool,
    /// The time that the steps of one scenario may wait in all, where time must really pass.
    pub max_wait: Duration,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { profile: Profile::default(), https: false, max_wait: MAX_WAIT }
    }
}

/// The time that one scenario may wait unless the user says otherwise.
pub const MAX_WAIT: Duration = Duration::from_secs(60);

/// The cases that will run, and the scenarios that are skipped.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The cases that will run, in order.
    pub cases: Vec<Case>,
    /// The scenarios that are skipped.
    pub skipped: Vec<Skipped>,
}

/// A scenario under a profile, against a target with certain capabilities.
#[derive(Clone, Debug)]
pub struct Case {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// The profile.
    pub profile: Profile,
    /// Its level under that profile.
    pub level: Level,
    /// The way in which the verifier gets keys.
    pub delivery: KeyDelivery,
    /// Time in it.
    pub time: Timetable,
    /// True if its issuers are served over HTTPS where it does not say.
    pub https: bool,
    /// The parts of the profile that the verifier is told.
    pub tells: Tells,
}

/// The parts of a profile that a verifier can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tells {
    /// The expected `typ`.
    pub typ: bool,
    /// The required claims.
    pub required_claims: bool,
}

/// A scenario that is not run.
#[derive(Clone, Debug)]
pub struct Skipped {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// Its level.
    pub level: Level,
    /// The reason.
    pub why: SkipReason,
}

impl Plan {
    /// Resolves scenarios against conditions, selection and what the target can do.
    ///
    /// # Errors
    ///
    /// If nothing is selected.
    pub fn new(
        catalogue: &Catalogue,
        conditions: &Conditions,
        selection: &Selection,
        capabilities: &Capabilities,
        channel: Channel,
    ) -> Result<Self, SelectionError> {
        let mut plan = Self::default();
        let profile = conditions.profile;
        for scenario in selection.select(catalogue, profile)? {
            let scenario = Arc::new(scenario.clone());
            let case = match scenario.under(profile).skip {
                Some(why) => Err(SkipReason::Scenario(why)),
                None => plan_case(Arc::clone(&scenario), conditions, capabilities, channel),
            };
            match case {
                Ok(case) => plan.cases.push(case),
                Err(why) => {
                    let level = scenario.level_under(profile);
                    plan.skipped.push(Skipped { scenario, level, why });
                }
            }
        }
        Ok(plan)
    }
}

/// The case of a scenario, or why the target cannot be told what the scenario needs.
pub fn plan_case(
    scenario: impl Into<Arc<Scenario>>,
    conditions: &Conditions,
    capabilities: &Capabilities,
    channel: Channel,
) -> Result<Case, SkipReason> {
    let scenario = &scenario.into();
    let profile = conditions.profile;
    profile_limits::check(scenario, profile)?;
    let capabilities = &within_limits(capabilities, profile);
    let providers = setup::provider_specs(scenario, profile);
    if providers.len() > 1 && !capabilities.has_many_providers() {
        return Err(SkipReason::Providers(providers.len()));
    }
    let beside = scenario.beside.iter();
    let beside = beside.flat_map(|it| setup::providers_of(scenario, Some(it), profile));
    for (_, spec, algorithms) in &providers.into_iter().chain(beside).collect::<Vec<_>>() {
        let audiences = spec.audiences.as_ref().map_or(1, Vec::len);
        if audiences > 1 && capabilities.audiences == Number::One {
            return Err(SkipReason::Audiences(audiences));
        }
        // Any target may be asked about `none`.
        let mut needed = algorithms.iter().filter(|it| **it != Algorithm::None);
        if let Some(algorithm) = needed.find(|it| !capabilities.verifies(**it)) {
            return Err(SkipReason::Algorithm(*algorithm));
        }
        if spec.typ.is_some() && !capabilities.typ {
            return Err(SkipReason::Typ);
        }
        if let Some(text) = &spec.key_text
            && !capabilities.key_forms.contains(&text.form)
        {
            return Err(SkipReason::KeyForm(text.form));
        }
        if spec.required_claims.is_some() && !capabilities.required_claims {
            return Err(SkipReason::RequiredClaims);
        }
    }
    if let Some(algorithm) = scenario.trust.decrypts
        && !capabilities.decrypts.iter().any(|name| name == algorithm.as_str())
    {
        return Err(SkipReason::Decrypts(algorithm));
    }
    let case = Case {
        scenario: Arc::clone(scenario),
        profile,
        level: scenario.level_under(profile),
        delivery: choose_delivery(scenario, profile, capabilities)?,
        time: Timetable::for_scenario(scenario, capabilities, conditions.max_wait)?,
        https: conditions.https,
        tells: Tells { typ: capabilities.typ, required_claims: capabilities.required_claims },
    };
    check_told(&case)?;
    if endpoint_specs(&case).iter().any(|endpoint| endpoint.certificate.is_some()) {
        if !capabilities.tls {
            return Err(SkipReason::Tls);
        }
        if !cfg!(feature = "https") {
            return Err(SkipReason::NoHttps);
        }
    }
    let presents =
        |test: fn(&Presentation) -> bool| scenario.presentations().any(|(_, it)| test(it));
    if presents(|it| it.answer.claims) && !channel.claims {
        return Err(SkipReason::Claims);
    }
    if presents(|it| it.answer.is_of_http()) && !channel.http {
        return Err(SkipReason::HttpAnswer);
    }
    if presents(|it| it.answer.is_of_http()) && capabilities.driver_answers {
        return Err(SkipReason::DriverAnswer);
    }
    if scenario.session {
        check_session(scenario, channel)?;
    }
    if presents(|it| it.request.is_some()) && !channel.bearer {
        return Err(match channel.http {
            true => SkipReason::Bearer,
            false => SkipReason::HttpRequest,
        });
    }
    Ok(case)
}

/// Checks that the target can have the session of a scenario.
fn check_session(scenario: &Scenario, channel: Channel) -> Result<(), SkipReason> {
    let session = channel.session.ok_or(SkipReason::Session)?;
    let presents =
        |test: fn(&Presentation) -> bool| scenario.presentations().any(|(_, it)| test(it));
    let tokens: u32 = scenario.presentations().map(|(_, it)| it.times).sum();
    let signs_out = scenario.steps.iter().any(|step| matches!(step, Step::SignOut));
    let needs = [
        (SessionPart::ManyTokens, tokens > 1, session.many_tokens),
        (SessionPart::SignOut, signs_out, session.sign_out),
        (SessionPart::Version, presents(|it| it.answer.version), session.version),
        (SessionPart::Identity, presents(|it| it.answer.identity), session.identity),
    ];
    match needs.into_iter().find(|(_, needed, has)| *needed && !has) {
        Some((part, ..)) => Err(SkipReason::SessionPart(part)),
        None => Ok(()),
    }
}

/// The way in which the verifier gets keys.
fn choose_delivery(
    scenario: &Scenario,
    profile: Profile,
    capabilities: &Capabilities,
) -> Result<KeyDelivery, SkipReason> {
    let symmetric = setup::provider_specs(scenario, profile)
        .iter()
        .any(|(.., algorithms)| algorithms.iter().any(|alg| alg.family() == Family::Hmac))
        && setup::has_symmetric_key(scenario);
    let lives = needs_live_issuer(scenario);
    let is_text = scenario.trust.key_text.is_some();
    let is_inline = (symmetric || is_text).then_some(KeyDelivery::Inline);
    let wanted = scenario.trust.keys.or(is_inline);
    match wanted {
        Some(KeyDelivery::Inline) if lives => {}
        Some(wanted) if capabilities.keys.contains(&wanted) => return Ok(wanted),
        Some(wanted) => return Err(SkipReason::Keys(wanted)),
        None => {
            let mut possible = capabilities.keys.iter().copied();
            if let Some(first) = possible.find(|keys| *keys != KeyDelivery::Inline || !lives) {
                return Ok(first);
            }
        }
    }
    Err(SkipReason::LiveIssuer)
}

/// Checks that the verifier can be told the parts of the profile from which the scenario's
/// expectations follow.
fn check_told(case: &Case) -> Result<(), SkipReason> {
    let expects = |reasons: &[Reason]| {
        case.scenario.presentations().any(|(index, presentation)| {
            matches!(case.stated(index, presentation), Expect::Reject(right)
                if right.iter().any(|reason| reasons.contains(reason)))
        })
    };
    if case.profile.typ().is_some() && !case.tells.typ && expects(&[Reason::TypeMismatch]) {
        return Err(SkipReason::ProfileTyp);
    }
    if !case.profile.required_claims().is_empty()
        && !case.tells.required_claims
        && expects(&[Reason::ClaimMissing, Reason::ExpiryMissing])
    {
        return Err(SkipReason::ProfileClaims);
    }
    Ok(())
}

impl Case {
    /// The expectation of a presentation: by the specifications, under the profile. Where the
    /// backend of the profile has one message for several reasons, each of them is right.
    pub fn expect(&self, index: usize, presentation: &Presentation) -> Expect {
        self.stated(index, presentation).under(self.profile)
    }

    /// The same with the reasons that the token itself gives. An override replaces the
    /// expectation of a one-step scenario, and of the last presentation of any other.
    pub(crate) fn stated(&self, index: usize, presentation: &Presentation) -> Expect {
        match self.scenario.under(self.profile).expect {
            Some(expect) if self.is_last(index) => expect,
            _ => presentation.expect.clone(),
        }
    }

    /// The known difference of the profile's backend in this step, if there is one.
    pub fn known_difference(&self, index: usize) -> Option<KnownDifference> {
        self.scenario.under(self.profile).departs.filter(|_| self.is_last(index))
    }

    /// True if the backend of the profile has a known difference in this scenario.
    pub fn has_known_difference(&self) -> bool {
        self.scenario.under(self.profile).departs.is_some()
    }

    /// Every verdict that is no failure: by the specifications, or of the backend of the profile.
    pub fn tolerated(&self, index: usize, presentation: &Presentation) -> Expect {
        let expect = self.expect(index, presentation);
        match self.known_difference(index).and_then(|difference| difference.expect) {
            Some(other) => expect.or(&other.under(self.profile)),
            None => expect,
        }
    }

    fn is_last(&self, index: usize) -> bool {
        self.scenario.last_presentation().is_some_and(|(last, _)| last == index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_a_feature() {
        let catalogue = Catalogue::embedded().unwrap();
        let selection = Selection::new(&["tls/*".to_owned()], Level::May, None).unwrap();
        let plan = Plan::new(
            &catalogue,
            &Conditions::default(),
            &selection,
            &Capabilities::all(),
            Channel::ALL,
        )
        .unwrap();
        let lacking = plan.skipped.iter().filter(|skipped| skipped.why == SkipReason::NoHttps);
        assert_eq!(lacking.count() == 0, cfg!(feature = "https"));
    }
}
