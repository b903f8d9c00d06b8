//! Acceptances of what must be refused: who could have made it?

use serde_json::{Map, Value};

use crate::scenario::Expect;
use crate::target::PreparedRequest;
use jwtspec_jose::{Compact, Part, Tolerance, is_weak};
use jwtspec_mint::Minted;
use jwtspec_mint::context::{IssuerFacts, MintContext};
use jwtspec_types::signed::Signed;
use jwtspec_types::trust::{KeySource, Provider, Trust};
use jwtspec_types::words::{Finding, Reason};

/// The maker of what was presented, as far as its signature shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// Anyone: no key of the issuer that it names signed it, or nothing was signed or sent.
    Anyone,
    /// The issuer that it names; one of the trusted issuers, if it names none of them.
    Issuer {
        /// True if the issuer's key is too weak for the algorithm.
        weak_key: bool,
    },
}

impl Maker {
    /// The maker of what a request presents to a verifier that was told this trust: a token, if the
    /// request carries it.
    pub fn of(
        minted: &Minted,
        request: &PreparedRequest,
        mint_context: &MintContext,
        trust: &Trust,
    ) -> Self {
        match request.presents(&minted.token) {
            true => Self::of_token(minted, mint_context, trust),
            false => Self::Anyone,
        }
    }

    /// The maker of a token that is presented to a verifier that was told this trust.
    pub fn of_token(minted: &Minted, mint_context: &MintContext, trust: &Trust) -> Self {
        let Some(key) = &minted.made_with else { return Self::Anyone };
        let named = issuer_of(&minted.token);
        let is_named = |provider: &&Provider| Some(&provider.issuer) == named.as_ref();
        let names_one = trust.providers.iter().any(|provider| is_named(&provider));
        let mut providers =
            trust.providers.iter().filter(|provider| !names_one || is_named(provider));
        if !providers.any(|provider| has_key(provider, mint_context, key)) {
            return Self::Anyone;
        }
        let weak_key = match &minted.signed {
            Signed::By { key, algorithm } => is_weak(key, *algorithm),
            Signed::Invalid => false,
        };
        Self::Issuer { weak_key }
    }

    /// The finding if it was accepted though this was expected.
    pub(super) fn finding(self, expect: &Expect) -> Finding {
        match self {
            Self::Anyone => Finding::ForgeryAccepted,
            Self::Issuer { weak_key: true }
                if expect.reasons().is_empty()
                    || expect.reasons().contains(&Reason::KeyUnusable) =>
            {
                Finding::WeakKeyAccepted
            }
            Self::Issuer { .. } => Finding::InvalidAccepted,
        }
    }
}

/// The `iss` of a token, if it is a string.
fn issuer_of(token: &str) -> Option<String> {
    let claims = Compact::new(token).bytes(Part::Claims, Tolerance::NONE)?;
    let claims: Map<String, Value> = serde_json::from_slice(&claims).ok()?;
    Some(claims.get("iss")?.as_str()?.to_owned())
}

/// Returns true if the issuer of a provider has this key now, and keeps its secret part.
fn has_key(provider: &Provider, mint_context: &MintContext, key: &Map<String, Value>) -> bool {
    let is_inline = matches!(provider.keys, KeySource::Jwks(_));
    let is_public = |facts: &IssuerFacts| {
        facts.keys.iter().any(|published| {
            let is_symmetric = published.key.is_symmetric();
            // A scenario may set a secret of its own, and has no other part of it to sign with.
            let is_it = is_same(&published.key.public_jwk(), key)
                || is_symmetric && is_same(&published.jwk(), key);
            is_it && (is_inline || !is_symmetric)
        })
    };
    let mut issuers = mint_context.issuers.values();
    issuers.any(|facts| facts.identifier == provider.issuer && is_public(facts))
}

/// Returns true if two JWKs hold the same key (RFC 7638 section 3.2).
fn is_same(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    ["kty", "crv", "n", "e", "x", "y", "k"]
        .into_iter()
        .all(|member| one.get(member) == other.get(member))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwtspec_fixtures::Key;
    use jwtspec_mint::context::{PublishedKey, key_set};
    use jwtspec_mint::mint;
    use jwtspec_mint::recipe::Recipe;

    fn finding(recipe: &str, reason: Reason) -> Finding {
        let mint_context = MintContext::example();
        finding_under(recipe, reason, &mint_context, KeySource::Discovery(true))
    }

    fn finding_under(
        recipe: &str,
        reason: Reason,
        mint_context: &MintContext,
        keys: KeySource,
    ) -> Finding {
        let recipe: Recipe = toml::from_str(recipe).unwrap();
        let trust = Trust {
            providers: vec![Provider {
                issuer: mint_context.issuers["main"].identifier.clone(),
                audiences: Vec::new(),
                keys,
                algorithms: Vec::new(),
                typ: None,
                required_claims: Vec::new(),
                key_text: None,
            }],
            ..Trust::default()
        };
        let minted = mint(&recipe, mint_context).unwrap();
        let request = PreparedRequest {
            method: "GET",
            url: String::new(),
            headers: Vec::new(),
            body: Some(minted.token.clone()),
            messages: None,
        };
        Maker::of(&minted, &request, mint_context, &trust).finding(&Expect::Reject(vec![reason]))
    }

    #[test]
    fn what_its_issuer_signed_is_no_forgery() {
        for (recipe, reason) in [
            ("claims.sub = 5", Reason::ClaimInvalid),
            ("claims.exp = \"@now-1h\"", Reason::Expired),
            ("claims.iss = \"https://elsewhere.example\"", Reason::IssuerUnknown),
            ("base64.signature = \"padded\"", Reason::Malformed),
            ("text = \"append(=)\"", Reason::Malformed),
            ("text = \"json-flattened\"", Reason::Malformed),
            ("text = \"unencoded-claims\"", Reason::Malformed),
            ("signature = \"append(00)\"", Reason::SignatureInvalid),
            ("digest = \"SHA-1\"", Reason::SignatureInvalid),
            ("header.alg = \"RS384\"", Reason::SignatureInvalid),
        ] {
            assert_eq!(finding(recipe, reason), Finding::InvalidAccepted, "{recipe}");
        }
    }

    #[test]
    fn a_short_secret_is_its_issuers_only_where_no_stranger_reads_it() {
        let own = |name: &str, k: Option<&str>| {
            let mut key = PublishedKey::plain(Key::named(name).unwrap());
            key.set.extend(k.map(|k| ("k".to_owned(), k.into())));
            key
        };
        let (short, long) = ("c2hvcnQ", "bm8gc2hvcnRlciB0aGFuIHRoZSBoYXNoLCAzMiBvY3Q");
        for (key, recipe, found) in [
            (own("hs256-short", None), "key = 'hs256-short'", Finding::WeakKeyAccepted),
            (own("hs256-a", Some(short)), "secret = { text = 'short' }", Finding::WeakKeyAccepted),
            (
                own("hs256-a", Some(long)),
                "secret = { text = 'no shorter than the hash, 32 oct' }",
                Finding::InvalidAccepted,
            ),
        ] {
            let mut mint_context = MintContext::example();
            let keys = vec![key];
            let inline = KeySource::Jwks(key_set(&keys));
            mint_context.issuers["main"].keys = keys;
            let finding = |reason, keys| finding_under(recipe, reason, &mint_context, keys);
            assert_eq!(finding(Reason::KeyUnusable, inline.clone()), found, "{recipe}");
            // Where that is not what the scenario is about, it is no weakness of the key.
            assert_eq!(finding(Reason::Expired, inline), Finding::InvalidAccepted, "{recipe}");
            let public = finding(Reason::KeyUnusable, KeySource::Discovery(true));
            assert_eq!(public, Finding::ForgeryAccepted, "{recipe}");
        }
    }

    #[test]
    fn what_no_key_of_its_issuer_signed_is_a_forgery() {
        for recipe in [
            "literal = \"a.b.c\"",
            "alg = \"none\"",
            "key = \"rs256-b\"",
            "secret = { text = \"secret\" }",
            "signature = \"flip(3)\"",
            "signature = \"of-another-token\"",
            "signature = \"strip\"",
            "text = \"two-segments\"",
            "text = \"flip-claims(7)\"",
        ] {
            assert_eq!(finding(recipe, Reason::Malformed), Finding::ForgeryAccepted, "{recipe}");
        }
    }
}
