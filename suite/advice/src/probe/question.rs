//! The questions of a probe: one trust for each question, all planned before anything is started. Pure.

use std::fmt;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, json};

use jwtspec_engine::issuer::Certificate;
use jwtspec_engine::plan::{Case, Conditions};
use jwtspec_engine::run::preflight;
use jwtspec_engine::scenario::{IssuerSpec, KeySpec, KeyTextSpec, Scenario, TlsSpec};
use jwtspec_fixtures::Key;
use jwtspec_mint::context::MintContext;
use jwtspec_types::capabilities::{Capabilities, Channel, KeyDelivery};
use jwtspec_types::profile::Profile;
use jwtspec_types::trust::{KeySource, Trust};
use jwtspec_types::words::{Algorithm, KeyForm};

/// The type that a verifier is told to expect.
pub(super) const TYP: &str = "at+jwt";
/// The claim that a verifier is told to require.
pub(super) const REQUIRED: &str = "tenant";
/// The second issuer, where there are two.
pub(super) const SECOND: &str = "second";
/// Leeways that are told.
pub(super) const LEEWAYS: [u64; 2] = [0, 7];
/// Cache ages that are told where time really passes.
pub(super) const AGES: [u64; 2] = [2, 4];
/// The same where a clock can be set: far enough apart to show what the least is.
pub(super) const CLOCKED_AGES: [u64; 2] = [2, 300];
/// Cool-downs that are told where time really passes.
pub(super) const COOLDOWNS: [u64; 2] = [1, 3];
/// The same where a clock can be set.
pub(super) const CLOCKED_COOLDOWNS: [u64; 2] = [1, 30];
/// The cache age that is told where it must not get in the way.
pub(super) const LONG_AGE: u64 = 3600;

/// One question, for which the target is told one trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// Does it tell a good token from a bad one?
    Preflight,
    /// Does it take the time from each request?
    Clock,
    /// Does this way of giving it keys work?
    Keys(KeyDelivery),
    /// Does it take a key as text in this form?
    KeyForm(KeyForm),
    /// Does it take two providers?
    Providers,
    /// Does it fetch keys over HTTPS; with a certificate that is right, or one that is not?
    Https { right: bool },
    /// Does it verify this algorithm?
    Algorithm(Algorithm),
    /// Does it heed an expected `typ`?
    Typ,
    /// Does it heed required claims?
    RequiredClaims,
    /// Does it check `aud`, told an audience or none?
    Audience { told: bool },
    /// Does it heed this leeway?
    Leeway(u64),
    /// Does it keep key sets for this age?
    CacheAge(u64),
    /// Does an unknown `kid` cause no further fetch during this cool-down?
    Cooldown(u64),
    /// Does it keep a key set no longer than the answer that brought it permits?
    HttpCache,
    /// Is there a largest token that it takes?
    Size,
}

impl fmt::Display for Question {
    /// The trust that is told, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preflight | Self::Clock | Self::Size | Self::Audience { told: true } => {
                f.write_str("the plain one")
            }
            Self::Keys(delivery) => write!(f, "one with keys by {}", delivery.as_str()),
            Self::KeyForm(form) => write!(f, "one with a key as {}", form.as_str()),
            Self::Providers => f.write_str("one with two providers"),
            Self::Https { .. } => f.write_str("one with an issuer over HTTPS"),
            Self::Algorithm(algorithm) => write!(f, "one with {}", algorithm.as_str()),
            Self::Typ => f.write_str("one with a `typ`"),
            Self::RequiredClaims => f.write_str("one with a required claim"),
            Self::Audience { told: false } => f.write_str("one without audiences"),
            Self::Leeway(told) => write!(f, "one with a leeway of {told} s"),
            Self::CacheAge(told) => write!(f, "one with a cache age of {told} s"),
            Self::Cooldown(told) => write!(f, "one with a cool-down of {told} s"),
            Self::HttpCache => write!(f, "one with a cache age of {LONG_AGE} s"),
        }
    }
}

impl Question {
    /// True if it asks for no more than the target declares that it can be told. A target with a
    /// configuration file may not even start with more.
    pub(super) fn is_declared(self, capabilities: &Capabilities) -> bool {
        match self {
            Self::Keys(keys) => capabilities.keys.contains(&keys),
            Self::KeyForm(form) => capabilities.key_forms.contains(&form),
            Self::Providers => capabilities.has_many_providers(),
            Self::Https { .. } => capabilities.tls,
            Self::Algorithm(algorithm) => capabilities.verifies(algorithm),
            Self::Typ => capabilities.typ,
            Self::RequiredClaims => capabilities.required_claims,
            _ => true,
        }
    }

    /// True if keys are told or fetched in a way that may fail: an answer that says so by its status
    /// is a refusal then.
    pub(super) fn may_lack_keys(self) -> bool {
        !matches!(
            self,
            Self::Clock
                | Self::Typ
                | Self::RequiredClaims
                | Self::Audience { .. }
                | Self::Leeway(_)
                | Self::Size
        )
    }
}

/// Every question with its case, the preflight first.
pub(super) fn plan_questions(
    profile: Profile,
    capabilities: &Capabilities,
    channel: Channel,
) -> Vec<(Question, Case)> {
    // Spans for real time and for a clock have some in common.
    let mut questions = IndexSet::from([Question::Preflight, Question::Clock]);
    questions.extend(deliveries(capabilities).into_iter().map(Question::Keys));
    questions.extend(KeyForm::TOLD.map(Question::KeyForm));
    questions.insert(Question::Providers);
    questions.extend([true, false].map(|right| Question::Https { right }));
    questions.extend(algorithms().map(Question::Algorithm));
    questions.extend([Question::Typ, Question::RequiredClaims]);
    questions.extend([true, false].map(|told| Question::Audience { told }));
    questions.extend(LEEWAYS.map(Question::Leeway));
    questions.extend(AGES.into_iter().chain(CLOCKED_AGES).map(Question::CacheAge));
    questions.extend(COOLDOWNS.into_iter().chain(CLOCKED_COOLDOWNS).map(Question::Cooldown));
    questions.extend([Question::HttpCache, Question::Size]);
    let case = |question| (question, plan_case(question, profile, capabilities, channel));
    questions.into_iter().map(case).collect()
}

/// The ways of giving keys: the declared ones in the target's order, then the others.
pub(super) fn deliveries(capabilities: &Capabilities) -> Vec<KeyDelivery> {
    let all = [KeyDelivery::Discovery, KeyDelivery::JwksUri, KeyDelivery::Inline];
    let others = all.into_iter().filter(|delivery| !capabilities.keys.contains(delivery));
    capabilities.keys.iter().copied().chain(others).collect()
}

/// The algorithms that there is a fixture key for.
pub(super) fn algorithms() -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL.iter().copied().filter(|algorithm| key_for(*algorithm).is_some())
}

fn key_for(algorithm: Algorithm) -> Option<Key> {
    Key::named(&format!("{}-a", algorithm.as_str().to_lowercase())).ok()
}

fn plan_case(
    question: Question,
    profile: Profile,
    capabilities: &Capabilities,
    channel: Channel,
) -> Case {
    let conditions = Conditions { profile, ..Conditions::default() };
    let mut case = preflight::case(&conditions, capabilities, channel);
    if question == Question::Preflight {
        return case;
    }
    let mut scenario = Scenario::clone(&case.scenario);
    scenario.id = format!("probe {question:?}");
    let terms = &mut scenario.trust;
    let mut main = IssuerSpec::default();
    let mut second = None;
    // Only an issuer that is asked shows when it is asked.
    let mut asked = capabilities.keys.iter().copied();
    let asked = asked.find(|keys| *keys != KeyDelivery::Inline).unwrap_or(KeyDelivery::JwksUri);
    match question {
        Question::Keys(delivery) => case.delivery = delivery,
        Question::KeyForm(form) => {
            case.delivery = KeyDelivery::Inline;
            terms.key_text = Some(KeyTextSpec { form, before: String::new(), final_newline: None });
        }
        Question::Providers => second = Some(IssuerSpec::default()),
        Question::Https { right } => {
            case.delivery = asked;
            let shown = if right { Certificate::Valid } else { Certificate::Untrusted };
            main.tls = Some(TlsSpec(Some(shown)));
        }
        Question::Algorithm(algorithm) => {
            main.keys = key_for(algorithm).map(|key| vec![KeySpec::plain(key)]);
            if key_for(algorithm).is_some_and(|key| key.is_symmetric()) {
                case.delivery = KeyDelivery::Inline;
            }
        }
        Question::Typ => terms.typ = Some(TYP.to_owned()),
        Question::RequiredClaims => {
            let usual = profile.required_claims().iter().filter(|_| capabilities.required_claims);
            let claims = usual.map(String::as_str).chain([REQUIRED]).map(str::to_owned);
            terms.required_claims = Some(claims.collect());
        }
        Question::Audience { told: false } => terms.audiences = Some(Vec::new()),
        Question::Leeway(told) => case.time.leeway = told,
        Question::CacheAge(told) => {
            case.delivery = asked;
            case.time.cache.max_age_seconds = told;
        }
        Question::Cooldown(told) => {
            case.delivery = asked;
            case.time.cache.max_age_seconds = LONG_AGE;
            case.time.cache.cooldown_seconds = told;
        }
        Question::HttpCache => {
            case.delivery = asked;
            case.time.cache.max_age_seconds = LONG_AGE;
        }
        Question::Preflight
        | Question::Clock
        | Question::Audience { told: true }
        | Question::Size => {}
    }
    scenario.issuers = IndexMap::from([(MintContext::MAIN.to_owned(), main)]);
    scenario.issuers.extend(second.map(|second| (SECOND.to_owned(), second)));
    case.scenario = Arc::new(scenario);
    case
}

/// Leaves a verifier that is told a key as text no other way to it: one that ignores the text
/// has another key.
pub(super) fn leave_text_only(question: Question, trust: &mut Trust) {
    if let (Question::KeyForm(_), Ok(other)) = (question, Key::named("rs256-b")) {
        let set = Map::from_iter([("keys".to_owned(), json!([other.public_jwk()]))]);
        for provider in &mut trust.providers {
            provider.keys = KeySource::Jwks(set.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwtspec_engine::plan::{Extra, imagined_endpoints, setup};

    #[test]
    fn each_question_is_asked_once_and_can_be_set_up() {
        let plan =
            plan_questions(Profile::named("at-jwt").unwrap(), &Capabilities::all(), Channel::ALL);
        assert_eq!(plan[0].0, Question::Preflight);
        assert!(plan.len() > 35, "{} questions", plan.len());
        for (place, (question, case)) in plan.iter().enumerate() {
            assert!(plan[..place].iter().all(|(earlier, _)| earlier != question), "{question:?}");
            setup(case, &imagined_endpoints(case), 1_800_000_000, Extra::default()).unwrap();
        }
        assert_eq!(algorithms().count(), Algorithm::ALL.len() - 1);
        assert!(!algorithms().any(|algorithm| algorithm == Algorithm::None));
    }
}
