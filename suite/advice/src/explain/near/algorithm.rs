//! Algorithms that are not what the verifier takes.

use super::{Look, NearMiss};
use crate::explain::facts::Facts;
use crate::explain::show::{list, literal};
use crate::explain::side::Side;
use jwtspec_types::trust::Provider;
use jwtspec_types::words::{Algorithm, Family};

pub(super) const LOOKS: [Look; 5] = [absent, none, case, shared_secret, not_allowed];

const KNOWN: &str = "algorithm-known";
const ALLOWED: &str = "algorithm-allowed";

fn names(provider: &Provider) -> String {
    list(provider.algorithms.iter().map(|algorithm| algorithm.as_str()))
}

fn wanted(facts: &Facts<'_>) -> String {
    facts.likely().map(names).unwrap_or_else(|| "\"RS256\"".to_owned())
}

fn absent(facts: &Facts<'_>) -> Option<NearMiss> {
    let header = facts.header?;
    (!header.contains_key("alg")).then(|| {
        NearMiss::new(
            "algorithm-missing",
            &[KNOWN],
            Side::Issuer,
            "The header has no `alg`, so it does not say how the token is signed.",
        )
        .advise(format!("Have the issuer write `alg` into the header: {}.", wanted(facts)))
    })
}

fn none(facts: &Facts<'_>) -> Option<NearMiss> {
    facts.alg()?.eq_ignore_ascii_case("none").then(|| {
        NearMiss::new(
            "algorithm-none",
            &[KNOWN],
            Side::Issuer,
            "The header's `alg` is `none`: the token is not signed, so anyone could have written it. \
             No verifier may accept it.",
        )
        .advise(format!("Have the issuer sign its tokens with {}.", wanted(facts)))
        .advise("If this token reached you from outside, it may be an attack.")
    })
}

fn case(facts: &Facts<'_>) -> Option<NearMiss> {
    let alg = facts.alg()?;
    let meant = Algorithm::ALL.iter().find(|known| known.as_str().eq_ignore_ascii_case(alg))?;
    (meant.as_str() != alg && *meant != Algorithm::None).then(|| {
        NearMiss::new(
            "algorithm-case",
            &[KNOWN],
            Side::Issuer,
            format!(
                "The header's `alg` is {}; names of algorithms are case-sensitive.",
                literal(alg)
            ),
        )
        .advise(format!("Have the issuer write \"alg\": \"{meant}\"."))
    })
}

/// Signed with a secret, where the provider has public keys.
fn shared_secret(facts: &Facts<'_>) -> Option<NearMiss> {
    let alg = facts.alg()?;
    let algorithm: Algorithm = alg.parse().ok()?;
    let provider = facts.likely()?;
    let secret = |algorithm: &Algorithm| algorithm.family() == Family::Hmac;
    if !secret(&algorithm) || provider.algorithms.iter().any(secret) {
        return None;
    }
    Some(
        NearMiss::new(
            "algorithm-shared-secret",
            &[ALLOWED],
            Side::Issuer,
            format!(
                "The token is signed with `{alg}`, a secret that both sides would have to share. The \
                 verifier knows this issuer by its public keys, and expects {}.",
                names(provider)
            ),
        )
        .advise(format!(
            "Have the issuer sign with its private key: \"alg\": {}.",
            provider.algorithms.first().map_or("\"RS256\"".to_owned(), |it| literal(it.as_str()))
        ))
        .advise(
            "Many libraries sign with HS256 if they are given a text for a key: give them the \
             private key, and name the algorithm (`jwt.sign(claims, key, { algorithm: \"RS256\" })`).",
        )
        .advise("Do not allow HS256 in the verifier: then its public key would serve as the secret."),
    )
}

fn not_allowed(facts: &Facts<'_>) -> Option<NearMiss> {
    let alg = facts.alg()?;
    let algorithm: Algorithm = alg.parse().ok()?;
    let provider = facts.provider()?;
    if provider.algorithms.contains(&algorithm) || algorithm.family() == Family::None {
        return None;
    }
    let key = facts.kid().and_then(|kid| facts.key_named(kid));
    let published = key.as_ref().and_then(|key| key.get("alg")).and_then(|alg| alg.as_str());
    let allowed = names(provider);
    Some(if published == Some(alg) || provider.algorithms.is_empty() {
        let mut all: Vec<&str> = provider.algorithms.iter().map(|it| it.as_str()).collect();
        all.push(alg);
        let line = serde_json::Value::from(all).to_string();
        let mint_context = match facts.convex {
            true => format!("\"algorithm\": \"{alg}\""),
            false => format!("\"algorithms\": {line}"),
        };
        NearMiss::new(
            "algorithm-not-configured",
            &[ALLOWED],
            Side::Verifier,
            format!(
                "The token is signed with `{alg}`, and the issuer publishes its key for `{alg}`, but \
                 the verifier allows {allowed} only."
            ),
        )
        .advise(format!("Configure the verifier with {mint_context}."))
        .advise(format!("Or have the issuer sign with {allowed}."))
    } else {
        NearMiss::new(
            "algorithm-not-allowed",
            &[ALLOWED],
            Side::Issuer,
            format!("The token is signed with `{alg}`, and the verifier allows {allowed} only."),
        )
        .advise(format!("Have the issuer sign with {allowed}."))
        .advise(format!("Or, if that issuer uses `{alg}`, allow it in the verifier."))
    })
}
