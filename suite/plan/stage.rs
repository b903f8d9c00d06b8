//! The stage of a case: its issuers with what they serve, the trust, and what tokens may refer to.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::Case;
use crate::issuer::{Documents, Ground, Place, Served, key_set};
use crate::mint::{MintError, mint};
use crate::placeholder::Locals;
use crate::profile::Profile;
use crate::scenario::{IssuerTerms, KeyTerms, Scenario, Step, TrustTerms};
use crate::setting::{IssuerFacts, PublishedKey, Setting};
use crate::trust::{CachePolicy, KeyDelivery, KeySource, Provider, Trust};
use crate::words::Algorithm;

/// What must be set up before a case can run.
#[derive(Clone, Debug)]
pub struct Stage {
    /// What tokens and requests may refer to.
    pub setting: Setting,
    /// What the verifier is told.
    pub trust: Trust,
    /// For each issuer its number on the server and what it serves.
    pub issuers: IndexMap<String, (usize, Documents)>,
}

/// Sets up a case; `places` are those of its issuers, in their order.
///
/// # Errors
///
/// If a scenario names what it does not have; `jwtspec check` finds it.
pub fn stage(
    case: &Case,
    places: &[Place],
    now: u64,
    extra: (&Map<String, Value>, &Map<String, Value>),
) -> Result<Stage, MintError> {
    let scenario = &case.scenario;
    let places: Vec<(&String, &IssuerTerms, &Place)> = scenario
        .issuers
        .iter()
        .zip(places)
        .map(|((name, terms), place)| (name, terms, place))
        .collect();
    let mut setting = Setting::for_issuers(places.iter().map(|(name, terms, place)| {
        ((*name).clone(), IssuerFacts::on(&place.origin, place.number, &terms.suffix))
    }));
    setting.now = now;
    setting.leeway = case.leeway;
    setting.serial = format!("{}@{now}", scenario.id);
    setting.extra_header = joined(case.profile.header(), extra.0);
    setting.extra_claims = joined(case.profile.claims(), extra.1);
    if let Some([first, ..]) = scenario.trust.audiences.as_deref() {
        setting.audience = first.0.text(&setting, Locals::default())?;
    }
    // Keys may carry placeholders, so the identifiers of all issuers come first.
    for (name, terms, _) in &places {
        let keys = published(terms, &setting)?;
        if let Some(facts) = setting.issuers.get_mut(*name) {
            facts.keys = keys;
        }
    }
    let mut issuers = IndexMap::new();
    for (name, terms, place) in &places {
        let documents = documents(name, terms, &setting)?;
        issuers.insert((*name).clone(), (place.number, documents));
    }
    let trust = trust(case, &setting)?;
    Ok(Stage { setting, trust, issuers })
}

fn joined(mut first: Map<String, Value>, second: &Map<String, Value>) -> Map<String, Value> {
    first.extend(second.clone());
    first
}

/// The keys that an issuer publishes: those it is said to, or the default.
fn published(terms: &IssuerTerms, setting: &Setting) -> Result<Vec<PublishedKey>, MintError> {
    let Some(keys) = &terms.keys else {
        return Ok(IssuerFacts::on("", 0, "").keys);
    };
    keys.iter().map(|key| publish(key, setting)).collect()
}

fn publish(terms: &KeyTerms, setting: &Setting) -> Result<PublishedKey, MintError> {
    let mut key = PublishedKey::plain(terms.key);
    if let Some(kid) = &terms.kid {
        key.kid = Some(kid.expand(setting)?);
    }
    if terms.without.iter().any(|member| member == "kid") {
        key.kid = None;
    }
    for (name, value) in &terms.set {
        key.set.insert(name.clone(), value.expand(setting)?);
    }
    key.without.clone_from(&terms.without);
    Ok(key)
}

/// What each issuer of a case needs of its place, in their order.
pub fn grounds(case: &Case) -> Vec<Ground> {
    case.scenario.issuers.values().map(|_| Ground::default()).collect()
}

/// Places for looking at a case without serving anything.
pub(crate) fn imagined_places(case: &Case) -> Vec<Place> {
    let place = |(number, _)| Place { origin: "http://127.0.0.1:1".to_owned(), number };
    grounds(case).into_iter().enumerate().map(place).collect()
}

/// Mints every token of a scenario once, so that a mistake shows before a run.
///
/// # Errors
///
/// The first recipe, key or placeholder that cannot be carried out.
pub fn check_scenario(scenario: &Scenario) -> Result<(), String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let profile = scenario.profiles.first().copied().unwrap_or(Profile::Jwt);
    let case = super::case_for(scenario, profile)?;
    let now = Setting::example().now;
    let stage = stage(&case, &imagined_places(&case), now, (&Map::new(), &Map::new()))
        .map_err(|error| said(&error))?;
    let mut setting = stage.setting;
    mint(&scenario.control, &setting).map_err(|error| format!("the control: {error}"))?;
    for (index, step) in scenario.steps.iter().enumerate() {
        let place = |error: &dyn std::fmt::Display| format!("step {}: {error}", index + 1);
        match step {
            Step::Present(presentation) => {
                mint(&presentation.recipe, &setting).map_err(|error| place(&error))?;
                if let Some(request) = &presentation.request {
                    request.fill_all("token", &setting).map_err(|error| place(&error))?;
                }
            }
            Step::Issuer(name, terms) => {
                change_keys(name, terms, &mut setting).map_err(|error| place(&error))?;
            }
            Step::Fetched(_) => {}
        }
    }
    Ok(())
}

/// What an issuer serves under these terms.
pub(crate) fn documents(
    name: &str,
    terms: &IssuerTerms,
    setting: &Setting,
) -> Result<Documents, MintError> {
    let facts = setting
        .issuer(name)
        .ok_or_else(|| crate::placeholder::ExpandError::UnknownIssuer(name.to_owned()))?;
    let mut documents = Documents::honest(facts);
    if let Some(text) = &terms.jwks_json {
        documents.jwks = Served::json(text.0.text(setting, Locals::default())?);
    }
    Ok(documents)
}

/// What a setting becomes when an issuer changes its keys.
pub(crate) fn change_keys(
    name: &str,
    terms: &IssuerTerms,
    setting: &mut Setting,
) -> Result<Documents, MintError> {
    if terms.keys.is_some() {
        let keys = published(terms, setting)?;
        if let Some(facts) = setting.issuers.get_mut(name) {
            facts.keys = keys;
        }
    }
    documents(name, terms, setting)
}

/// The trusted issuers of a scenario, with the terms and algorithms that hold for each.
pub(super) fn provider_terms(scenario: &Scenario) -> Vec<(&str, TrustTerms, Vec<Algorithm>)> {
    scenario
        .issuers
        .iter()
        .filter(|(_, terms)| terms.trusted.unwrap_or(true))
        .map(|(name, issuer)| {
            let terms = scenario.trust.overridden_by(&issuer.trust);
            let algorithms =
                terms.algorithms.clone().unwrap_or_else(|| vec![first_algorithm(issuer)]);
            (name.as_str(), terms, algorithms)
        })
        .collect()
}

fn first_algorithm(issuer: &IssuerTerms) -> Algorithm {
    let first = issuer.keys.as_deref().and_then(<[_]>::first);
    first.map_or(Algorithm::Rs256, |terms| terms.key.algorithm())
}

/// Whether a trusted issuer has a shared secret, which can be given inline only.
pub(super) fn has_symmetric_key(scenario: &Scenario) -> bool {
    scenario
        .issuers
        .values()
        .filter(|terms| terms.trusted.unwrap_or(true))
        .any(|terms| terms.keys.iter().flatten().any(|terms| terms.key.is_symmetric()))
}

/// Whether an issuer's key set is given as text, which may not be JSON at all.
pub(super) fn has_raw_key_set(scenario: &Scenario) -> bool {
    scenario.issuers.values().any(|terms| terms.jwks_json.is_some())
}

fn trust(case: &Case, setting: &Setting) -> Result<Trust, MintError> {
    let mut providers = Vec::new();
    for (name, terms, algorithms) in provider_terms(&case.scenario) {
        let Some(facts) = setting.issuer(name) else { continue };
        let audiences = match &terms.audiences {
            None => vec![setting.audience.clone()],
            Some(texts) => texts
                .iter()
                .map(|text| text.0.text(setting, Locals::default()))
                .collect::<Result<_, _>>()?,
        };
        let required = match &terms.required_claims {
            Some(claims) => claims.clone(),
            None if case.tells.required_claims => {
                case.profile.required_claims().iter().map(ToString::to_string).collect()
            }
            None => Vec::new(),
        };
        let profile_typ = case.profile.typ().filter(|_| case.tells.typ).map(str::to_owned);
        providers.push(Provider {
            issuer: facts.identifier.clone(),
            audiences,
            keys: match case.delivery {
                KeyDelivery::Discovery => KeySource::Discovery(true),
                KeyDelivery::JwksUri => KeySource::JwksUri(facts.jwks_uri.clone()),
                KeyDelivery::Inline => KeySource::Jwks(key_set(&facts.keys)),
            },
            algorithms,
            typ: terms.typ.clone().or(profile_typ),
            required_claims: required,
        });
    }
    Ok(Trust {
        providers,
        profile: case.profile,
        leeway_seconds: case.leeway,
        cache: CachePolicy::default(),
        ca_pem: None,
    })
}
