//! `differential`: every verifier that is linked gives the same verdict as the reference.

use std::fmt::Write as _;

use super::{Disagreement, DisputedToken, Known, LONGEST_INPUT, LinkedVerifier, fixed};
use futures::FutureExt;
use jwtspec_driver::{Refusal, Unsupported, Verifier};
use jwtspec_fixtures::Key;
use jwtspec_mint::context::{IssuerFacts, MintContext, PublishedKey};
use jwtspec_reference::{ConfiguredVerifier, Reference};
use jwtspec_types::trust::{KeySource, Trust};
use jwtspec_types::words::Reason;

/// The fixture keys that [`trust`] holds: one for each algorithm that every library has and that
/// is fast enough.
pub const KEYS: [&str; 3] = ["es256-a", "rs256-a", "hs256-a"];

/// The trust under which verifiers are compared: one provider, its keys inline.
pub fn trust() -> Trust {
    fixed::trust_of(&mint_context())
}

/// The context in which tokens for [`trust`] are minted; seeds of `differential` come from it.
///
/// Verifiers go by the system's clock, for not every library can be told the time. So a valid
/// token was issued in 2023 and expires in 2100.
pub fn mint_context() -> MintContext {
    let mut facts = IssuerFacts::on("https://issuer.jwtspec.example", 0, "");
    facts.keys = KEYS
        .into_iter()
        .filter_map(|name| Key::named(name).ok())
        .map(PublishedKey::plain)
        .collect();
    let mut mint_context = MintContext::for_issuers([(MintContext::MAIN.to_owned(), facts)]);
    mint_context.leeway = 0;
    mint_context.now = 1_700_000_000;
    mint_context.extra_claims.insert("exp".to_owned(), 4_102_444_800_u64.into());
    mint_context
}

/// The reference verifier as a linked one, under a trust whose keys are inline.
pub struct LinkedReference(ConfiguredVerifier);

impl LinkedReference {
    /// The reference verifier under a trust.
    ///
    /// # Errors
    ///
    /// If the trust asks for what no sound verifier does, or has keys that must be fetched.
    pub fn new(trust: &Trust) -> Result<Self, Unsupported> {
        if trust.providers.iter().any(|it| !matches!(it.keys, KeySource::Jwks(_))) {
            return Err(Unsupported("it takes keys inline".to_owned()));
        }
        Reference::default().configured(trust).map(Self)
    }

    fn judge_token(&self, token: &str) -> Result<(), Refusal> {
        // With inline keys nothing is waited for: no runtime is needed, nor its time.
        match self.0.verify(token).now_or_never() {
            Some(verdict) => verdict.map(|_| ()),
            None => Err(Refusal::saying("the reference waits for something")),
        }
    }
}

impl LinkedVerifier for LinkedReference {
    fn name(&self) -> &str {
        "reference"
    }

    fn accepts(&self, token: &str) -> Result<(), String> {
        self.judge_token(token).map_err(|refusal| refusal.message)
    }

    fn reason(&self, token: &str) -> Option<Reason> {
        self.judge_token(token).err()?.reason
    }
}

/// Has each verifier judge the bytes, and compares with the first.
///
/// # Panics
///
/// If a verifier panics, or one disagrees with `standard` for no reason that it lists in
/// [`LinkedVerifier::known`].
pub fn differential(data: &[u8], standard: &dyn LinkedVerifier, others: &[&dyn LinkedVerifier]) {
    if data.len() > LONGEST_INPUT {
        return;
    }
    let Ok(token) = std::str::from_utf8(data) else { return };
    let verdict = standard.accepts(token);
    let verdicts: Vec<_> = others.iter().map(|other| (*other, other.accepts(token))).collect();
    for (other, theirs) in &verdicts {
        let disagreement = match (&verdict, theirs) {
            (Err(why), Ok(())) => Disagreement::Takes(why),
            (Ok(()), Err(why)) => Disagreement::Refuses(why),
            _ => continue,
        };
        let reason = verdict.as_ref().err().and_then(|_| standard.reason(token));
        let disputed = DisputedToken { reason, ..DisputedToken::new(token, disagreement) };
        disputed.must_be_known(other.known(), || {
            let name = other.name();
            let of = standard.name();
            let mut text =
                format!("`{name}` disagrees with `{of}`, and no known difference explains it");
            let standard = [(standard.name(), &verdict)].into_iter();
            let others = verdicts.iter().map(|(other, verdict)| (other.name(), verdict));
            for (name, verdict) in standard.chain(others) {
                let said = match verdict {
                    Ok(()) => "accepts",
                    Err(why) => &format!("refuses: {why}"),
                };
                let _ = write!(text, "\n  {name:<14} {said}");
            }
            text
        });
    }
}

/// True if a list of known differences names each only once, and gives each a reason.
pub fn is_well_formed(known: &[Known]) -> bool {
    known.iter().enumerate().all(|(place, one)| {
        !one.name.is_empty()
            && !one.reason.is_empty()
            && known[..place].iter().all(|earlier| earlier.name != one.name)
    })
}
