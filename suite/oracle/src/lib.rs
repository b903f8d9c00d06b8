//! The oracle: the verdict that the specifications expect for a token under a trust. Pure.
//!
//! It is written from the texts and shares no code with any verifier; `docs/oracle.md` has its
//! rules in a table. It does no cryptography: the provenance of a signature is known from how the
//! token was made ([`Signed`]). `tests/integration/oracle.rs` compares it with every scenario.

mod claims;
mod form;
mod header;
mod json;
mod keys;
mod known_differences;
mod profile;
mod provider_limits;
mod request;
mod ruling;
mod shape;
mod signature;

use claims::Clock;
use form::Parts;
use header::Allowed;
use json::Object;
use jwtspec_types::profile::TokenKind;
use jwtspec_types::trust::{KeySource, Provider, Trust};
use jwtspec_types::words::Algorithm;
use keys::KeySet;
use ruling::Ruling;
use signature::{Claim, Signer};

pub use jwtspec_types::signed::Signed;
pub use request::Request;
pub use ruling::{Because, Expected};

/// So many seconds may pass until a verifier with a clock of its own looks at a token.
pub const MARGIN: u64 = 5;

/// The configuration of a verifier and the key sets that it can fetch, parsed once so that many
/// tokens can be judged under it.
///
/// ```
/// use jwtspec_oracle::Oracle;
/// use jwtspec_engine::scenario::Expect;
/// use jwtspec_mint::recipe::Recipe;
/// use jwtspec_mint::context::MintContext;
/// use jwtspec_mint::mint;
/// # let trust = serde_json::from_value(serde_json::json!({ "providers": [{
/// #     "issuer": MintContext::example().issuers["main"].identifier,
/// #     "audiences": [MintContext::AUDIENCE],
/// #     "keys": { "jwks_uri": "http://127.0.0.1:1/" },
/// #     "algorithms": ["RS256"],
/// # }] }))?;
///
/// let mint_context = MintContext::example();
/// let key_set = br#"{"keys":[]}"#;
/// let oracle = Oracle::new(&trust, &[Some(key_set)]);
/// let minted = mint(&Recipe::default(), &mint_context)?;
/// let expected = oracle.expected(&minted.token, &minted.signed, mint_context.now);
/// assert!(matches!(expected.expect, Expect::Reject(_)));
/// assert_eq!(expected.because[0].requirement, "rfc7515-4.1.1-alg-needs-issuer-key");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Oracle {
    trust: Trust,
    /// For each provider, in its order.
    key_sets: Vec<KeySet>,
    /// The algorithms that some provider allows.
    algorithms: Vec<Algorithm>,
    /// The audiences of any provider.
    audiences: Vec<String>,
    margin: u64,
}

impl Oracle {
    /// The oracle of a trust. For each provider, in its order, `key_sets` has the JWK Set as its
    /// key source serves it now, byte by byte, or nothing if it cannot be had.
    pub fn new<S: AsRef<[u8]>>(trust: &Trust, key_sets: &[Option<S>]) -> Self {
        let set = |(index, provider): (usize, &Provider)| {
            let bytes = key_sets.get(index).and_then(Option::as_ref).map(AsRef::as_ref);
            KeySet::parse(bytes, !matches!(provider.keys, KeySource::Jwks(_)))
        };
        Self {
            key_sets: trust.providers.iter().enumerate().map(set).collect(),
            algorithms: trust.providers.iter().flat_map(|one| one.algorithms.clone()).collect(),
            audiences: trust.providers.iter().flat_map(|one| one.audiences.clone()).collect(),
            trust: trust.clone(),
            margin: MARGIN,
        }
    }

    /// The same for a verifier whose clock each request sets: not a second passes.
    #[must_use]
    pub fn with_still_clock(mut self) -> Self {
        self.margin = 0;
        self
    }

    /// The verdict expected for `Authorization: Bearer` and this token; `now` is the verifier's
    /// time in seconds since 1970.
    pub fn expected(&self, token: &str, signed: &Signed, now: u64) -> Expected {
        self.ruling(token, signed, now).expected_under(self.trust.profile)
    }

    /// The verdict expected for a request that bends the usual form; the token in it is `token`.
    pub fn expected_for(
        &self,
        request: &Request,
        token: &str,
        signed: &Signed,
        now: u64,
    ) -> Expected {
        let mut ruling = Ruling::default();
        if let Some(credential) = request.credential(&mut ruling) {
            // Anything else in its place is no token that an issuer signed.
            let signed = if credential == token { signed } else { &Signed::Invalid };
            ruling.0.extend(self.ruling(&credential, signed, now).0);
        }
        ruling.expected_under(self.trust.profile)
    }

    fn ruling(&self, token: &str, signed: &Signed, now: u64) -> Ruling {
        let mut ruling = Ruling::default();
        // Around the value of a field, blanks belong to HTTP (RFC 9110 section 5.5).
        let token = token.trim_matches([' ', '\t']);
        let parts = form::parse_token(token, &mut ruling);
        let provider = parts
            .claims
            .as_ref()
            .and_then(|claims| claims::judge_issuer(claims, &self.trust, &mut ruling));
        if let Some(header) = &parts.header {
            header::judge_header(header, &mut ruling);
            let told = provider.map(|index| &self.trust.providers[index]);
            header::judge_typ(header, told, &self.trust, &mut ruling);
        }
        self.judge_signature(&parts, provider, signed, &mut ruling);
        if let Some(header) = &parts.header {
            let set = provider.map(|index| &self.key_sets[index]);
            provider_limits::judge_key_id(header, set, self.trust.profile, &mut ruling);
        }
        if let Some(claims) = &parts.claims {
            self.judge_claims(claims, provider, now, &mut ruling);
        }
        known_differences::waive(&parts, self.trust.profile, &mut ruling);
        provider_limits::judge_spelling(&parts, self.trust.profile, &mut ruling);
        ruling
    }

    fn judge_signature(
        &self,
        parts: &Parts,
        provider: Option<usize>,
        signed: &Signed,
        ruling: &mut Ruling,
    ) {
        let (Some(header), signature) = (&parts.header, parts.signature.as_slice()) else {
            return;
        };
        let allowed = Allowed {
            here: provider.map(|index| self.trust.providers[index].algorithms.as_slice()),
            anywhere: &self.algorithms,
            profile: self.trust.profile,
        };
        let Some(algorithm) = header::algorithm(header, &allowed, !signature.is_empty(), ruling)
        else {
            return;
        };
        let signer = Signer::new(signed);
        let judge = |index: usize| {
            let mut ruling = Ruling::default();
            let (set, allowed) = (&self.key_sets[index], &self.trust.providers[index].algorithms);
            let claim = Claim { header, algorithm, signature };
            signature::judge_signature(&claim, allowed, set, &signer, &mut ruling);
            ruling
        };
        match provider {
            Some(index) => {
                let own = judge(index);
                let others = || self.key_sets.iter().enumerate().filter(|(at, _)| *at != index);
                if own.is_binding() && others().any(|(_, set)| signer.has_key_in(set)) {
                    signature::judge_stolen(ruling);
                }
                ruling.0.extend(own.0);
            }
            // A verifier that checks the signature first tries every provider's keys.
            None => {
                let each: Vec<Ruling> = (0..self.key_sets.len()).map(judge).collect();
                if each.iter().all(Ruling::is_binding) {
                    ruling.0.extend(each.into_iter().flat_map(|one| one.0));
                }
            }
        }
    }

    fn judge_claims(
        &self,
        claims: &Object,
        provider: Option<usize>,
        now: u64,
        ruling: &mut Ruling,
    ) {
        // Seconds of our age are far below what a double holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "times of this era are below 2^53")]
        let clock = Clock {
            now: now as f64,
            leeway: self.trust.leeway_seconds as f64,
            margin: self.margin as f64,
        };
        let told = provider.map(|index| &self.trust.providers[index]);
        let audiences = told.map_or(&self.audiences, |provider| &provider.audiences);
        let profile = self.trust.profile;
        claims::judge_audience(claims, audiences, &self.audiences, profile, ruling);
        claims::judge_times(claims, clock, ruling);
        claims::judge_identifiers(claims, ruling);
        claims::judge_required(claims, told, profile, ruling);
        if profile.tokens() == TokenKind::IdToken {
            profile::judge_id_token(claims, audiences, ruling);
        }
        provider_limits::judge_audience(claims, profile, ruling);
    }
}

#[cfg(test)]
mod tests;
