//! What a verifier can be told: key sources, providers, certificates, algorithms, `typ`, required
//! claims.

use serde_json::json;

use super::Lab;
use super::measurement::Measurement;
use super::question::{Question, REQUIRED, SECOND, TYP, algorithms, deliveries};
use super::trial::{Trial, claims, header, present_all};
use jwtspec_engine::issuer::Resource;
use jwtspec_engine::run::RunError;
use jwtspec_mint::recipe::Recipe;
use jwtspec_types::capabilities::KeyDelivery;

/// Which ways of giving it keys work. What it fetched tells whether it was by that way.
pub(super) async fn keys(lab: &Lab<'_>) -> Result<(Measurement, Vec<KeyDelivery>), RunError> {
    let mut works = Vec::new();
    let mut seen = Vec::new();
    for delivery in deliveries(&lab.declared) {
        let name = delivery.as_str();
        let mut trial = match Trial::open(lab, Question::Keys(delivery)).await {
            Ok(trial) => trial,
            Err(why) => {
                seen.push(format!("{name}: {why}"));
                continue;
            }
        };
        let shown = trial.present(&Recipe::default()).await?;
        let ledger = trial.ledger();
        trial.close().await;
        let asked = |resource| ledger.iter().any(|entry| entry.resource == resource);
        let fetched = match (asked(Resource::Discovery), asked(Resource::Jwks)) {
            (true, true) => "discovery document and key set fetched",
            (true, false) => "discovery document fetched",
            (false, true) => "key set fetched",
            (false, false) => "nothing fetched",
        };
        let by_that_way = match delivery {
            KeyDelivery::Discovery => asked(Resource::Discovery),
            KeyDelivery::JwksUri => !asked(Resource::Discovery) && asked(Resource::Jwks),
            KeyDelivery::Inline => ledger.is_empty(),
        };
        if shown.accepted && by_that_way {
            works.push(delivery);
        }
        seen.push(format!("{name}: {}, {fetched}", shown.verdict()));
    }
    let names: Vec<&str> = works.iter().map(|delivery| delivery.as_str()).collect();
    let measurement = Measurement::new("keys", or_none(&names), seen.join("; "));
    let declared: Vec<&str> = lab.declared.keys.iter().map(|delivery| delivery.as_str()).collect();
    Ok((measurement.against_list("keys", &declared, &names), works))
}

/// Whether it takes two providers in one trust.
pub(super) async fn providers(lab: &Lab<'_>) -> Result<(Measurement, bool), RunError> {
    let of_second = Recipe { from: Some(SECOND.to_owned()), ..Recipe::default() };
    let shown = present_all(lab, Question::Providers, &[Recipe::default(), of_second]).await?;
    let (many, seen) = match shown {
        Ok(shown) => (
            shown.iter().all(|shown| shown.accepted),
            format!(
                "tokens of two issuers in one trust: {}",
                shown.iter().map(super::trial::Shown::verdict).collect::<Vec<_>>().join(", ")
            ),
        ),
        Err(why) => (false, format!("two issuers in one trust: {why}")),
    };
    let word = |many| if many { "many" } else { "one" };
    let measurement = Measurement::new("providers", word(many), seen);
    let (declared, found) = (word(lab.declared.has_many_providers()), word(many));
    // A target that is started for each trust may well take two providers in one of them.
    let comparable = lab.is_driver || lab.declared.has_many_providers();
    let measurement =
        measurement.against("providers", Some(declared).filter(|_| comparable), found);
    Ok((measurement, if comparable { many } else { lab.declared.has_many_providers() }))
}

/// Whether it fetches keys over HTTPS from an issuer whose certificate is right, and from no
/// other.
pub(super) async fn https(lab: &Lab<'_>) -> Result<(Measurement, bool), RunError> {
    let valid = [Recipe::default()];
    let mut accepted = [false; 2];
    let mut seen = Vec::new();
    for (place, right) in [true, false].into_iter().enumerate() {
        let verdict = match present_all(lab, Question::Https { right }, &valid).await? {
            Ok(shown) => {
                accepted[place] = shown.iter().all(|shown| shown.accepted);
                shown.first().map(super::trial::Shown::verdict).unwrap_or_default()
            }
            Err(why) => why,
        };
        let whose = if right { "its authority" } else { "another authority" };
        seen.push(format!("certificate of {whose}: {verdict}"));
    }
    let value = match accepted {
        [true, false] => "yes",
        [true, true] => "yes, but any certificate will do",
        [false, _] => "no",
    };
    let measurement = Measurement::new("https issuers", value, seen.join("; "));
    let tls = accepted[0];
    Ok((measurement.against_bool("tls", lab.declared.tls, tls), tls))
}

/// Which algorithms it verifies.
pub(super) async fn algorithms_accepted(
    lab: &Lab<'_>,
) -> Result<(Measurement, Vec<String>), RunError> {
    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    for algorithm in algorithms() {
        let question = Question::Algorithm(algorithm);
        let shown = present_all(lab, question, &[Recipe::default()]).await?;
        if shown.is_ok_and(|shown| shown.iter().all(|shown| shown.accepted)) {
            accepted.push(algorithm.as_str());
        } else {
            refused.push(algorithm.as_str());
        }
    }
    let mut seen = "a valid token under a trust for each".to_owned();
    if !refused.is_empty() {
        seen.push_str(&format!("; not accepted: {}", refused.join(", ")));
    }
    let measured = |name: &&str| accepted.contains(name) || refused.contains(name);
    let declared: Vec<&str> = lab.declared.algorithms.iter().map(String::as_str).collect();
    let (comparable, other): (Vec<&str>, Vec<&str>) = declared.into_iter().partition(measured);
    if !other.is_empty() {
        seen.push_str(&format!("; declared, but jwtspec has no key: {}", other.join(", ")));
    }
    let measurement = Measurement::new("algorithms", or_none(&accepted), seen);
    let measurement = measurement.against_list("algorithms", &comparable, &accepted);
    Ok((measurement, accepted.into_iter().map(str::to_owned).collect()))
}

/// Whether it enforces the type that it is told to expect.
pub(super) async fn typ(lab: &Lab<'_>) -> Result<(Measurement, bool), RunError> {
    let tokens = [header("typ", TYP), header("typ", "JWT")];
    let shown = present_all(lab, Question::Typ, &tokens).await?;
    let what = format!("told to expect `{TYP}`");
    let (enforced, seen) = told_then_violated(shown, &what, [&format!("`{TYP}`"), "`JWT`"]);
    let measurement = Measurement::new("typ", enforced_word(enforced), seen);
    Ok((measurement.against_bool("typ", lab.declared.typ, enforced), enforced))
}

/// Whether it enforces the claims that it is told to require.
pub(super) async fn required_claims(lab: &Lab<'_>) -> Result<(Measurement, bool), RunError> {
    let tokens = [claims([(REQUIRED, json!("blue"))]), Recipe::default()];
    let shown = present_all(lab, Question::RequiredClaims, &tokens).await?;
    let what = format!("told to require `{REQUIRED}`");
    let (enforced, seen) = told_then_violated(shown, &what, ["with it", "without"]);
    let measurement = Measurement::new("required claims", enforced_word(enforced), seen);
    let declared = lab.declared.required_claims;
    Ok((measurement.against_bool("required-claims", declared, enforced), enforced))
}

/// Whether the token that keeps to what was told is accepted and the other one is not.
fn told_then_violated(
    shown: Result<Vec<super::trial::Shown>, String>,
    what: &str,
    names: [&str; 2],
) -> (bool, String) {
    match shown.as_deref() {
        Ok([kept, violated]) => (
            kept.accepted && !violated.accepted,
            format!("{what}: {} {}, {} {}", names[0], kept.verdict(), names[1], violated.verdict()),
        ),
        Ok(_) => (false, what.to_owned()),
        Err(why) => (false, format!("{what}: {why}")),
    }
}

fn enforced_word(enforced: bool) -> &'static str {
    if enforced { "enforced" } else { "not enforced" }
}

fn or_none(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
