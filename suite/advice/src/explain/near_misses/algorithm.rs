//! Algorithms that are not what the verifier takes.

use super::{Detector, NearMiss};
use crate::explain::facts::Facts;
use crate::explain::show::{list, literal};
use crate::explain::side::Side;
use jwtspec_types::trust::Provider;
use jwtspec_types::words::{Algorithm, Family};

pub(super) const DETECTORS: &[Detector] = &[absent, none, case, shared_secret, not_allowed];

const KNOWN: &str = "algorithm-known";
const ALLOWED: &str = "algorithm-allowed";

fn wanted(facts: &Facts<'_>) -> String {
    facts.likely_provider().map_or("\"RS256\"".to_owned(), |it| list(&it.algorithms))
}

fn absent(facts: &Facts<'_>) -> Option<NearMiss> {
    let wanted = wanted(facts);
    near_miss! { "algorithm-missing" => [KNOWN], Side::Issuer,
        if !facts.header?.contains_key("alg");
        "The header has no `alg`, so it does not say how the token is signed.",
        "Have the issuer write `alg` into the header: {wanted}.",
    }
}

fn none(facts: &Facts<'_>) -> Option<NearMiss> {
    let wanted = wanted(facts);
    near_miss! { "algorithm-none" => [KNOWN], Side::Issuer,
        if facts.alg()?.eq_ignore_ascii_case("none");
        "The header's `alg` is `none`: the token is not signed, so anyone could have written it. \
         No verifier may accept it.",
        "Have the issuer sign its tokens with {wanted}.",
        "If this token reached you from outside, it may be an attack.",
    }
}

fn case(facts: &Facts<'_>) -> Option<NearMiss> {
    let alg = facts.alg()?;
    let meant = Algorithm::ALL.iter().find(|known| known.as_str().eq_ignore_ascii_case(alg))?;
    let shown = literal(alg);
    near_miss! { "algorithm-case" => [KNOWN], Side::Issuer,
        if meant.as_str() != alg && *meant != Algorithm::None;
        "The header's `alg` is {shown}; names of algorithms are case-sensitive.",
        "Have the issuer write \"alg\": \"{meant}\".",
    }
}

/// Signed with a secret, where the provider has public keys.
fn shared_secret(facts: &Facts<'_>) -> Option<NearMiss> {
    let alg = facts.alg()?;
    let algorithm: Algorithm = alg.parse().ok()?;
    let Provider { algorithms, .. } = facts.likely_provider()?;
    let secret = |algorithm: &Algorithm| algorithm.family() == Family::Hmac;
    let first = literal(algorithms.first().map_or("RS256", |it| it.as_str()));
    let expected = list(algorithms);
    near_miss! { "algorithm-shared-secret" => [ALLOWED], Side::Issuer,
        if secret(&algorithm) && !algorithms.iter().any(secret);
        "The token is signed with `{alg}`, a secret that both sides would have to share. The \
         verifier knows this issuer by its public keys, and expects {expected}.",
        "Have the issuer sign with its private key: \"alg\": {first}.",
        "Many libraries sign with HS256 if they are given a text for a key: give them the \
         private key, and name the algorithm (`jwt.sign(claims, key, {{ algorithm: \"RS256\" }})`).",
        "Do not allow HS256 in the verifier: then its public key would serve as the secret.",
    }
}

fn not_allowed(facts: &Facts<'_>) -> Option<NearMiss> {
    let alg = facts.alg()?;
    let algorithm: Algorithm = alg.parse().ok()?;
    let Provider { algorithms, .. } = facts.provider()?;
    if algorithms.contains(&algorithm) || algorithm.family() == Family::None {
        return None;
    }
    let key = facts.kid().and_then(|kid| facts.key_named(kid));
    let published = key.as_ref().and_then(|key| key.get("alg")).and_then(|alg| alg.as_str());
    let allowed = list(algorithms);
    if published != Some(alg) && !algorithms.is_empty() {
        return near_miss! { "algorithm-not-allowed" => [ALLOWED], Side::Issuer;
            "The token is signed with `{alg}`, and the verifier allows {allowed} only.",
            "Have the issuer sign with {allowed}.",
            "Or, if that issuer uses `{alg}`, allow it in the verifier.",
        };
    }
    let mut all: Vec<&str> = algorithms.iter().map(|it| it.as_str()).collect();
    all.push(alg);
    let setting = match facts.convex {
        true => format!("\"algorithm\": \"{alg}\""),
        false => format!("\"algorithms\": {}", serde_json::Value::from(all)),
    };
    near_miss! { "algorithm-not-configured" => [ALLOWED], Side::Verifier;
        "The token is signed with `{alg}`, and the issuer publishes its key for `{alg}`, but \
         the verifier allows {allowed} only.",
        "Configure the verifier with {setting}.",
        "Or have the issuer sign with {allowed}.",
    }
}
