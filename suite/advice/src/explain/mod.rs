//! Explaining one token: every check on it, the first that fails, why, and what to change where.
//!
//! ```
//! use jwtspec_advice::explain::{Question, TrustFile, explain};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let trust = TrustFile::parse("trust.json", r#"[{
//!     "domain": "https://issuer.example", "applicationID": "app"
//! }]"#)?;
//! let explanation = explain(&Question::new("ya29.a0AfH6SMB", trust)).await?;
//! assert_eq!(explanation.near_misses[0].id, "google-opaque");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backend;
mod build;
mod cause;
mod checks;
mod explanation;
mod facts;
mod input;
mod near_misses;
mod shell;
mod show;
mod side;
mod time;
mod trust;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use jwtspec_driver::Unsupported;
use jwtspec_jose::{Compact, Part, Tolerance};
use jwtspec_reference::{ConfiguredVerifier, DISCOVERY, Exchange, FetchPolicy, KEY_SET, Reach};
use jwtspec_types::trust::{KeySource, Provider, Trust};

pub use build::shown_member;
pub use explanation::{
    CheckOutcome, CheckShown, Explanation, Fetched, FirstFailure, Input, ProviderShown, TrustShown,
    VERSION, Verdict,
};
pub use near_misses::NearMiss;
pub use side::Side;
pub use time::parse_time;
pub use trust::TrustFile;

use facts::{Facts, SEARCHED, first_failure};
use trust::Applied;

/// A token to explain, and everything that the explanation depends on.
#[derive(Clone, Debug)]
pub struct Question {
    /// The pasted text that has the token in it.
    pub paste: String,
    /// The trust of the verifier.
    pub trust: TrustFile,
    /// The time since 1970.
    pub now: Duration,
    /// The servers that may be asked for keys.
    pub reach: Reach,
    /// A discovery document to use instead of fetching.
    pub discovery: Option<Vec<u8>>,
    /// A key set to use instead of fetching.
    pub key_set: Option<Vec<u8>>,
    /// True if the signature is a part of the answer.
    pub show_signature: bool,
}

impl Question {
    /// A question by the system's clock, which asks servers of this machine only.
    pub fn new(paste: impl Into<String>, trust: TrustFile) -> Self {
        Self {
            paste: paste.into(),
            trust,
            now: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            reach: Reach::Loopback,
            discovery: None,
            key_set: None,
            show_signature: false,
        }
    }

    /// The fetch policy; nothing is fetched where documents are given.
    fn fetch_policy(&self) -> FetchPolicy {
        let given = self.discovery.is_some() || self.key_set.is_some();
        let reach = if given { Reach::Nowhere } else { self.reach };
        FetchPolicy::new(reach).given(self.discovery.clone(), self.key_set.clone())
    }
}

/// The reason why no token can be examined under a trust.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The trust asks for what no sound verifier does.
    #[error(
        "no verifier can be configured with {file}: {why}\ncorrect the file; docs/drivers.md describes it"
    )]
    Trust {
        /// The file.
        file: String,
        /// The reason.
        why: String,
    },
}

/// Explains a token.
///
/// # Errors
///
/// If the trust asks for what no sound verifier does.
pub async fn explain(question: &Question) -> Result<Explanation, ExplainError> {
    let credential = input::extract_credential(&question.paste);
    let token = strip_wrapping(&credential.text);
    // Read as leniently as possible.
    let [header, claims] =
        [Part::Header, Part::Claims].map(|part| Compact::new(&token).members(part, Tolerance::ALL));
    let applied = question.trust.for_token(claims.as_ref());

    let policy = question.fetch_policy();
    let verifier = verifier(question, &applied, &policy)?;
    let mut examined = verifier.examine(&credential.text).await;
    search_usual_places(&verifier, &policy.exchanges(), &applied.trust, claims.as_ref()).await;
    let exchanges = policy.exchanges();
    if applied.backend == Some(trust::Kind::CustomJwt) {
        backend::add_key_set_type(&mut examined.checks, &exchanges);
    }

    let facts = Facts {
        credential: &credential.text,
        token: &token,
        header: header.as_ref(),
        claims: claims.as_ref(),
        trust: &applied.trust,
        backend: applied.backend,
        convex: question.trust.is_convex(),
        now: question.now.as_secs_f64(),
        checks: &examined.checks,
        exchanges: &exchanges,
        signature_fault: examined.signature_fault.as_ref(),
    };
    let once_fixed = outcome_once_fixed(question, &facts, &applied).await;
    Ok(build::explanation(question, &credential, &facts, &applied, once_fixed))
}

fn verifier(
    question: &Question,
    applied: &Applied,
    policy: &FetchPolicy,
) -> Result<ConfiguredVerifier, ExplainError> {
    let now = question.now;
    let mut trust = applied.trust.clone();
    if question.key_set.is_some() && question.discovery.is_none() {
        // A key set at hand leaves nothing to discover.
        for provider in &mut trust.providers {
            if provider.keys == KeySource::Discovery(true) {
                provider.keys = KeySource::JwksUri("https://file.invalid/jwks.json".to_owned());
            }
        }
    }
    backend::reference(applied.backend)
        .with_clock(move || now)
        .with_fetch_policy(policy.clone())
        .configured(&trust)
        .map_err(|Unsupported(why)| ExplainError::Trust { file: question.trust.name.clone(), why })
}

/// The token inside a credential, without scheme, quotes and percent-encoding around it.
fn strip_wrapping(credential: &str) -> String {
    let mut token = credential.trim().to_owned();
    for _ in 0..3 {
        let inner = input::after_scheme(&token)
            .map(str::to_owned)
            .or_else(|| input::quoted(&token))
            .or_else(|| input::percent_decoded(&token));
        match inner {
            Some(inner) => token = inner.trim().to_owned(),
            None => break,
        }
    }
    token
}

/// Looks for documents that are not where they are configured, in the places where they usually
/// are. Only ever asks issuers that the verifier trusts.
async fn search_usual_places(
    verifier: &ConfiguredVerifier,
    exchanges: &[Exchange],
    trust: &Trust,
    claims: Option<&Map<String, Value>>,
) {
    let misplaced = |exchange: &&Exchange| {
        let answered = exchange.status.is_some_and(|status| status != 401 && status < 500);
        matches!(exchange.what, KEY_SET | DISCOVERY) && answered && exchange.fault.is_some()
    };
    let iss = claims.and_then(|claims| claims.get("iss")).and_then(Value::as_str);
    let alike = |it: &&Provider| near_misses::difference(iss?, &it.issuer);
    if let (None, Some(meant)) =
        (provider_of(trust, iss), trust.providers.iter().find(|it| alike(it).is_some()))
    {
        // What the issuer calls itself decides which of the two spellings is wrong.
        let base = meant.issuer.trim_end_matches('/');
        verifier.look(&format!("{base}/.well-known/openid-configuration"), SEARCHED).await;
    }
    let provider = provider_of(trust, iss);
    let (Some(missing), Some(provider)) = (exchanges.iter().find(misplaced), provider) else {
        return;
    };
    let base = provider.issuer.trim_end_matches('/');
    let places = [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/jwks.json",
    ];
    for place in places {
        let url = format!("{base}{place}");
        if url != missing.url {
            verifier.look(&url, SEARCHED).await;
        }
    }
}

fn provider_of<'a>(trust: &'a Trust, iss: Option<&str>) -> Option<&'a Provider> {
    trust.providers.iter().find(|provider| Some(provider.issuer.as_str()) == iss)
}

/// The outcome once the first fault is put right, as far as that can be told here: a credential
/// freed from its wrapping, or an issuer that is spelt alike.
async fn outcome_once_fixed(
    question: &Question,
    facts: &Facts<'_>,
    applied: &Applied,
) -> Option<String> {
    let (first, _) = first_failure(facts.checks)?;
    let mut trust = applied.trust.clone();
    if facts.token == facts.credential {
        let is_spelling = |id: &str| {
            id.starts_with("issuer-") && !matches!(id, "issuer-missing" | "issuer-not-text")
        };
        let spelt = near_misses::detect(facts).iter().any(|miss| is_spelling(miss.id));
        let (likely, iss) = (facts.likely_provider()?, facts.text("iss")?);
        let provider = trust.providers.iter_mut().find(|it| it.issuer == likely.issuer)?;
        let undiscovered =
            matches!(provider.keys, KeySource::Discovery(_)) && question.key_set.is_none();
        if first.name != "issuer" || !spelt || undiscovered {
            return None;
        }
        iss.clone_into(&mut provider.issuer);
    }
    let changed = Applied { trust, assumptions: Vec::new(), backend: applied.backend };
    let verifier = verifier(question, &changed, &question.fetch_policy()).ok()?;
    let examined = verifier.examine(facts.token).await;
    Some(match first_failure(&examined.checks) {
        None => "Once that is put right, the token would be accepted.".to_owned(),
        Some((check, refusal)) => format!(
            "Once that is put right, the token would still fail at `{}`: {}",
            check.name,
            cause::sentence(&refusal.message)
        ),
    })
}
