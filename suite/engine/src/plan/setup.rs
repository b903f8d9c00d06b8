//! The setup of a case: its issuers with their documents, the trust, and the values for tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::Case;
use super::limit::ProfileLimit;
use super::serve::documents;
use crate::issuer::{Certificate, Documents, Endpoint, EndpointSpec};
use crate::scenario::{
    BesideSpec, IssuerSpec, KeySpec, KeyTextSpec, OriginSpec, Scenario, Step, TlsSpec, TrustSpec,
};
use jwtspec_mint::context::{IssuerFacts, MintContext, PublishedKey, key_set};
use jwtspec_mint::placeholder::{ExpandError, Locals};
use jwtspec_mint::recipe::{Secret, own_key};
use jwtspec_mint::{MintError, SignError, secret_bytes};
use jwtspec_types::capabilities::KeyDelivery;
use jwtspec_types::profile::Profile;
use jwtspec_types::trust::{KeySource, KeyText, Provider, Trust};
use jwtspec_types::words::Algorithm;

/// The environment of a case.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The values that tokens and requests may refer to.
    pub mint_context: MintContext,
    /// The trust that the verifier is told.
    pub trust: Trust,
    /// The trust of a second verifier of the same process, if there is one.
    pub beside: Option<Trust>,
    /// For each issuer its number on the server and what it serves.
    pub issuers: IndexMap<String, (usize, Documents)>,
}

/// The things that a run adds to every case.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extra<'a> {
    /// Header members that a valid token needs for this target.
    pub header: Option<&'a Map<String, Value>>,
    /// Claims that a valid token needs for this target.
    pub claims: Option<&'a Map<String, Value>>,
    /// The authority behind the certificates of issuers, PEM.
    pub ca_pem: Option<&'a str>,
}

/// Sets up a case; `endpoints` are those of its issuers, in their order.
///
/// # Errors
///
/// If a scenario names what it does not have; `jwtspec check` finds it.
pub fn setup(
    case: &Case,
    endpoints: &[Endpoint],
    now: u64,
    extra: Extra<'_>,
) -> Result<Setup, MintError> {
    let scenario = &case.scenario;
    let issuers = || scenario.issuers.iter().zip(endpoints);
    let mut mint_context = MintContext::for_issuers(issuers().map(|((name, spec), endpoint)| {
        let mut facts = IssuerFacts::on(&endpoint.origin, endpoint.number, &spec.suffix);
        facts.identifier = spec.identifier.clone().unwrap_or(facts.identifier);
        (name.clone(), facts)
    }));
    mint_context.now = now;
    mint_context.leeway = case.time.leeway;
    mint_context.serial = format!("{}@{now}", scenario.id);
    mint_context.extra_header = joined(case.profile.header(), extra.header);
    mint_context.extra_claims = joined(case.profile.claims(), extra.claims);
    if let Some([first, ..]) = scenario.trust.audiences.as_deref() {
        mint_context.audience = first.0.text(&mint_context, Locals::default())?;
    }
    // Keys may carry placeholders, so the identifiers of all issuers come first.
    for (name, spec) in &scenario.issuers {
        publish_keys(name, spec, &mut mint_context)?;
    }
    let issuers = issuers()
        .map(|((name, spec), endpoint)| {
            let documents = documents(name, spec, &mint_context)?;
            Ok((name.clone(), (endpoint.number, documents)))
        })
        .collect::<Result<_, MintError>>()?;
    let told = |beside| trust(case, beside, &mint_context, extra.ca_pem);
    let (trust, beside) = (told(None)?, scenario.beside.as_ref().map(|it| told(Some(it))));
    let beside = beside.transpose()?;
    Ok(Setup { mint_context, trust, beside, issuers })
}

fn joined(
    mut first: Map<String, Value>,
    second: Option<&Map<String, Value>>,
) -> Map<String, Value> {
    first.extend(second.cloned().unwrap_or_default());
    first
}

/// Publishes the keys of an issuer, which are those of its spec or the default.
fn publish_keys(
    name: &str,
    spec: &IssuerSpec,
    mint_context: &mut MintContext,
) -> Result<(), MintError> {
    let keys = match &spec.keys {
        None => IssuerFacts::on("", 0, "").keys,
        Some(keys) => {
            keys.iter().map(|key| published_key(key, mint_context)).collect::<Result<_, _>>()?
        }
    };
    if let Some(facts) = mint_context.issuers.get_mut(name) {
        facts.keys = keys;
    }
    Ok(())
}

fn published_key(spec: &KeySpec, mint_context: &MintContext) -> Result<PublishedKey, MintError> {
    let mut key = PublishedKey::plain(spec.key);
    if let Some(kid) = &spec.kid {
        key.kid = Some(kid.expand(mint_context)?);
    }
    if spec.without.iter().any(|member| member == "kid") {
        key.kid = None;
    }
    for (name, value) in &spec.set {
        key.set.insert(name.clone(), value.expand(mint_context)?);
    }
    key.without.clone_from(&spec.without);
    Ok(key)
}

/// The endpoint that each issuer of a case needs, in their order.
pub fn endpoint_specs(case: &Case) -> Vec<EndpointSpec> {
    let scenario = &case.scenario;
    let by_default = case.https.then_some(Certificate::Valid);
    scenario
        .issuers
        .iter()
        .map(|(name, spec)| {
            let mut specs = scenario.issuer_specs().filter(|(other, _)| other == name);
            EndpointSpec {
                certificate: spec.tls.map_or(by_default, |TlsSpec(certificate)| certificate),
                own_port: spec.origin == Some(OriginSpec::Own)
                    || specs.clone().any(|(_, spec)| spec.down.is_some()),
                raw: specs.any(|(_, spec)| spec.responses().any(|it| it.wire.is_some())),
            }
        })
        .collect()
}

/// Endpoints for looking at a case without serving anything.
pub fn imagined_endpoints(case: &Case) -> Vec<Endpoint> {
    let endpoint = |(number, spec): (usize, EndpointSpec)| {
        let scheme = if spec.certificate.is_some() { "https" } else { "http" };
        let port = if spec.own_port { number + 2 } else { 1 };
        Endpoint { origin: format!("{scheme}://127.0.0.1:{port}"), number }
    };
    endpoint_specs(case).into_iter().enumerate().map(endpoint).collect()
}

/// Changes what an issuer serves: its spec, the keys that tokens may refer to, its documents.
pub fn change(
    name: &str,
    change: &IssuerSpec,
    issuers: &mut IndexMap<String, IssuerSpec>,
    mint_context: &mut MintContext,
) -> Result<Documents, MintError> {
    let unknown = || ExpandError::UnknownIssuer(name.to_owned());
    let spec = issuers.get_mut(name).ok_or_else(unknown)?;
    *spec = spec.changed_by(change);
    if change.keys.is_some() {
        publish_keys(name, spec, mint_context)?;
    }
    documents(name, spec, mint_context)
}

/// The trusted issuers of a scenario, each with its trust and algorithms.
pub(super) fn provider_specs(
    scenario: &Scenario,
    profile: Profile,
) -> Vec<(&str, TrustSpec, Vec<Algorithm>)> {
    providers_of(scenario, None, profile)
}

/// The same for the second verifier of the scenario, if that is given.
pub(super) fn providers_of<'a>(
    scenario: &'a Scenario,
    beside: Option<&BesideSpec>,
    profile: Profile,
) -> Vec<(&'a str, TrustSpec, Vec<Algorithm>)> {
    let is_trusted = |name: &String, spec: &IssuerSpec| match beside
        .and_then(|beside| beside.issuers.as_ref())
    {
        Some(names) => names.contains(name),
        None => spec.trusted.unwrap_or(true),
    };
    scenario
        .issuers
        .iter()
        .filter(|(name, spec)| is_trusted(name, spec))
        .map(|(name, issuer)| {
            let mut spec = scenario.trust.overridden_by(&issuer.trust);
            if let Some(beside) = beside {
                spec = spec.overridden_by(&beside.trust);
            }
            let algorithms =
                spec.algorithms.clone().unwrap_or_else(|| vec![first_algorithm(issuer)]);
            // A provider that allows all of its algorithms cannot be told to allow fewer.
            let algorithms = match profile.limits() {
                Some(limits)
                    if limits.allows_all_algorithms
                        && ProfileLimit::check_algorithms(limits, &algorithms).is_ok() =>
                {
                    limits.algorithms.clone()
                }
                _ => algorithms,
            };
            (name.as_str(), spec, algorithms)
        })
        .collect()
}

fn first_algorithm(issuer: &IssuerSpec) -> Algorithm {
    let first = issuer.keys.as_deref().and_then(<[_]>::first);
    first.map_or(Algorithm::Rs256, |spec| spec.key.algorithm())
}

/// True if a trusted issuer has a shared secret, which can be given inline only.
pub(super) fn has_symmetric_key(scenario: &Scenario) -> bool {
    scenario
        .issuers
        .values()
        .filter(|spec| spec.trusted.unwrap_or(true))
        .any(|spec| spec.keys.iter().flatten().any(|spec| spec.key.is_symmetric()))
}

/// True if an issuer of the scenario is slow, so that other scenarios had better run meanwhile.
pub fn is_slow(scenario: &Scenario) -> bool {
    scenario
        .issuer_specs()
        .flat_map(|(_, spec)| spec.responses())
        .any(|it| it.delay.is_some() || it.wire.is_some())
}

/// True if a scenario needs an issuer that is asked for its keys. What a verifier keeps of it then
/// makes another scenario of a second time.
pub fn needs_live_issuer(scenario: &Scenario) -> bool {
    let lives = |step: &Step| matches!(step, Step::Issuer(..) | Step::Pass(_) | Step::Fetched(_));
    scenario.steps.iter().any(lives)
        || scenario.issuers.values().any(|spec| {
            spec.jwks_json.is_some()
                || spec.jwks.is_some()
                || spec.discovery.is_some()
                || spec.down.is_some()
                || spec.tls.is_some()
        })
}

/// The text of an issuer's first key.
fn key_text(facts: &IssuerFacts, spec: Option<&KeyTextSpec>) -> Result<Option<KeyText>, MintError> {
    let (Some(spec), Some(first)) = (spec, facts.keys.first()) else { return Ok(None) };
    let KeyTextSpec { form, before, final_newline } = spec.clone();
    let bytes = secret_bytes(&Secret {
        public: Some(first.key),
        form: Some(form),
        before,
        final_newline,
        ..Secret::default()
    })?;
    let no_text = |_| SignError::NoSuchForm(first.key.name().to_owned());
    let text = match form.is_binary() {
        true => STANDARD.encode(bytes),
        false => String::from_utf8(bytes).map_err(no_text)?,
    };
    Ok(Some(KeyText { form, text }))
}

fn trust(
    case: &Case,
    beside: Option<&BesideSpec>,
    mint_context: &MintContext,
    ca_pem: Option<&str>,
) -> Result<Trust, MintError> {
    let mut providers = Vec::new();
    for (name, spec, algorithms) in providers_of(&case.scenario, beside, case.profile) {
        let Some(facts) = mint_context.issuer(name) else { continue };
        let audiences = match &spec.audiences {
            None => vec![mint_context.audience.clone()],
            Some(texts) => texts
                .iter()
                .map(|text| text.0.text(mint_context, Locals::default()))
                .collect::<Result<_, _>>()?,
        };
        let required = match &spec.required_claims {
            // A provider with limits never requires less than they say.
            Some(claims) if case.profile.limits().is_some() => {
                let own = case.profile.required_claims();
                own.iter()
                    .chain(claims.iter().filter(|claim| !own.contains(claim)))
                    .cloned()
                    .collect()
            }
            Some(claims) => claims.clone(),
            None if case.tells.required_claims => case.profile.required_claims().to_vec(),
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
            typ: spec.typ.clone().or(profile_typ),
            required_claims: required,
            key_text: key_text(facts, spec.key_text.as_ref())?,
        });
    }
    let decryption_key = case.scenario.trust.decrypts.and_then(|algorithm| {
        let mut jwk = own_key(algorithm)?.private_jwk().clone();
        jwk.insert("use".to_owned(), "enc".into());
        jwk.insert("alg".to_owned(), algorithm.as_str().into());
        Some(jwk)
    });
    let is_secure = |facts: &IssuerFacts| facts.identifier.starts_with("https:");
    Ok(Trust {
        ca_pem: ca_pem.filter(|_| mint_context.issuers.values().any(is_secure)).map(str::to_owned),
        providers,
        decryption_keys: decryption_key.into_iter().collect(),
        profile: case.profile,
        leeway_seconds: case.time.leeway,
        cache: case.time.cache,
    })
}
