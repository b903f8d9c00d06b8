//! Key choice and signature: a key of the issuer's own that the header leads to made it.

use super::json::{Json, Object};
use super::keys::{Jwk, KeySet, Numbers};
use super::ruling::{Names, Ruling};
use super::shape;
use jwtspec_types::signed::Signed;
use jwtspec_types::words::Algorithm;
use jwtspec_types::words::Reason::{
    AlgorithmNotAllowed, IssuerUnknown, KeyNotFound, KeyUnusable, Malformed, SignatureInvalid,
};

/// The key and algorithm that made a token's signature.
pub(super) struct Signer {
    numbers: Option<Numbers>,
    algorithm: Option<Algorithm>,
}

impl Signer {
    pub(super) fn new(signed: &Signed) -> Self {
        match signed {
            Signed::By { key, algorithm } => {
                Self { numbers: Numbers::from_jwk(key), algorithm: Some(*algorithm) }
            }
            Signed::Invalid => Self { numbers: None, algorithm: None },
        }
    }

    /// True if the signature verifies under this key and algorithm.
    fn verifies_with(&self, jwk: &Jwk, algorithm: Algorithm) -> bool {
        self.algorithm == Some(algorithm)
            && self.numbers.as_ref().is_some_and(|numbers| jwk.has_numbers(numbers))
    }

    /// True if this set holds the key that made it.
    pub(super) fn has_key_in(&self, set: &KeySet) -> bool {
        let mut keys = set.keys.iter().flatten();
        self.numbers.as_ref().is_some_and(|numbers| keys.any(|jwk| jwk.has_numbers(numbers)))
    }
}

/// A token's claim about its signature.
pub(super) struct Claim<'a> {
    pub(super) header: &'a Object,
    pub(super) algorithm: Algorithm,
    pub(super) signature: &'a [u8],
}

/// Judges a signature by a provider's algorithms and keys.
pub(super) fn judge_signature(
    claim: &Claim<'_>,
    allowed: &[Algorithm],
    set: &KeySet,
    signer: &Signer,
    ruling: &mut Ruling,
) {
    ruling.0.extend(set.objections.0.iter().cloned());
    let Some(keys) = &set.keys else { return };
    let Claim { header, algorithm, signature } = *claim;
    let kid = header.get("kid");
    if let Some(other) = kid.filter(|kid| kid.text().is_none()) {
        let names: Names = &[Malformed, KeyNotFound, SignatureInvalid];
        let what = format!("`kid` is {}", other.kind());
        ruling.should(names, "rfc7515-4.1.4-kid-not-string-reject", what);
    }
    let kid = kid.and_then(Json::text);
    let is_named = |jwk: &Jwk| kid.is_some() && jwk.kid.as_deref() == kid;
    let fits: Vec<(&Jwk, Ruling)> = keys
        .iter()
        .filter(|jwk| is_named(jwk) || signer.verifies_with(jwk, algorithm))
        .map(|jwk| (jwk, jwk.judge_fit(algorithm, allowed, set.is_published)))
        .collect();
    let usable = || fits.iter().filter(|(_, fit)| !fit.is_binding());
    let named = usable().filter(|(jwk, _)| is_named(jwk)).count();

    let right = |(jwk, _): &&(&Jwk, Ruling)| signer.verifies_with(jwk, algorithm);
    let by_kid = usable().filter(|(jwk, _)| is_named(jwk)).find(right);
    if let Some((_, doubts)) = by_kid.or_else(|| usable().find(right)) {
        ruling.0.extend(doubts.0.iter().cloned());
        shape::judge_high_s(signature, algorithm, ruling);
        let names: Names = &[KeyNotFound, SignatureInvalid, KeyUnusable, Malformed];
        // RFC 7515 section 4.1.4 calls `kid` a hint.
        match (kid, by_kid.is_some()) {
            (Some(_), true) if named > 1 => {
                ruling.may(names, "rfc7515-D-candidate-keys-tried", "several keys have this `kid`");
            }
            (Some(_), true) => {}
            (Some(_), false) => {
                let what = "the key has not this `kid`";
                ruling.may(names, "rfc7515-D-candidate-keys-tried", what);
            }
            (None, _) => {
                let what = "no `kid` says which key";
                ruling.may(names, "rfc7515-D-candidate-keys-tried", what);
            }
        }
        return;
    }
    let candidates: Vec<&Jwk> = keys.iter().filter(|jwk| is_named(jwk) || kid.is_none()).collect();
    shape::judge_shape(signature, algorithm, &candidates, ruling);
    // Nothing verifies. Why not depends on where one looks.
    let is_meant = |jwk: &Jwk| is_named(jwk) || kid.is_none();
    for (_, fit) in fits.iter().filter(|(jwk, fit)| fit.is_binding() && is_meant(jwk)) {
        ruling.0.extend(fit.0.iter().cloned());
    }
    if fits.iter().any(|(jwk, _)| is_named(jwk)) {
        // A key of which nothing can be read did not make it, nor did it not.
        let mut readable =
            fits.iter().filter(|(jwk, _)| is_named(jwk) && jwk.numbers().is_some()).peekable();
        if readable.peek().is_some()
            && !readable.any(|(jwk, _)| signer.verifies_with(jwk, algorithm))
        {
            let names: Names = &[SignatureInvalid, KeyUnusable, KeyNotFound];
            let what = "the key of this `kid` did not make the signature";
            ruling.must(names, "rfc7515-5.2-signature-mismatch-reject", what);
        }
    } else if !keys.iter().any(|jwk| jwk.is_for(algorithm)) {
        let names: Names =
            &[KeyNotFound, SignatureInvalid, KeyUnusable, AlgorithmNotAllowed, Malformed];
        let what = format!("the issuer has no key for {algorithm}");
        ruling.must(names, "rfc7515-4.1.1-alg-needs-issuer-key", what);
    } else {
        let names: Names = &[KeyNotFound, SignatureInvalid, KeyUnusable, Malformed];
        let what = "no usable key of the issuer made the signature";
        ruling.must(names, "rfc7515-6-key-undetermined-reject", what);
    }
}

/// Adds the objection to a token whose key belongs to another provider.
pub(super) fn judge_stolen(ruling: &mut Ruling) {
    let names: Names = &[KeyNotFound, SignatureInvalid, KeyUnusable, IssuerUnknown];
    let what = "another provider's key made the signature";
    ruling.must(names, "rfc8725-3.8-keys-belong-to-issuer", what);
}

#[cfg(test)]
mod tests {
    use crate::tests::{judged, judged_with};
    use jwtspec_engine::scenario::Expect;

    #[test]
    fn the_key_that_kid_leads_to_made_it() {
        for (toml, id) in [
            ("signature = 'flip(9)'", "rfc7515-5.2-signature-mismatch-reject"),
            ("key = 'rs256-x'\nheader.kid = '@kid'", "rfc7515-5.2-signature-mismatch-reject"),
            ("alg = 'PS256'\nheader.alg = 'RS256'", "rfc7515-5.2-signature-mismatch-reject"),
            ("digest = 'SHA-512'", "rfc7515-5.2-signature-mismatch-reject"),
            ("signature = 'truncate(255)'", "rfc8017-8.2.2-pkcs1-length-check"),
            ("signature = 'strip'", "rfc7515-5.2-signature-empty-reject"),
            ("key = 'rs256-x'", "rfc7515-6-key-undetermined-reject"),
            ("key = 'rs256-x'\nheader-without = ['kid']", "rfc7515-6-key-undetermined-reject"),
            ("header.kid = 1", "rfc7515-4.1.4-kid-not-string-reject"),
        ] {
            let expected = judged(toml);
            assert!(matches!(expected.expect, Expect::Reject(_)), "{toml}");
            assert_eq!(expected.because[0].requirement, id, "{toml}");
        }
    }

    #[test]
    fn kid_is_a_hint() {
        for toml in ["header-without = ['kid']", "header.kid = 'unknown'"] {
            let expected = judged(toml);
            assert!(matches!(expected.expect, Expect::Either(_)), "{toml}");
            assert_eq!(expected.because[0].requirement, "rfc7515-D-candidate-keys-tried");
        }
    }

    #[test]
    fn another_providers_key_is_nobodys() {
        let expected = judged_with(&["rs256-a", "rs256-b"], "key = 'rs256-b'");
        assert_eq!(expected.because[0].requirement, "rfc8725-3.8-keys-belong-to-issuer");
        let expected = judged_with(&["rs256-a", "rs256-b"], "claims.iss = 'x'\nkey = 'rs256-b'");
        assert_eq!(expected.because.len(), 1, "{:?}", expected.because);
        let expected = judged_with(&["rs256-a", "rs256-b"], "claims.iss = 'x'\nkey = 'rs256-x'");
        assert!(expected.because.len() > 1, "no provider has this key");
    }
}
