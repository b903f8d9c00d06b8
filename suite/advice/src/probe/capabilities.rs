//! Measures the capabilities of a verifier: key sources, providers, certificates, algorithms, `typ`, required
//! claims.

use serde_json::json;

use super::ProbeRun;
use super::measurement::Measurement;
use super::question::{Question, REQUIRED, SECOND, TYP, algorithms, deliveries};
use super::session::{Presented, Session, claims, header, present_all};
use jwtspec_engine::issuer::Resource;
use jwtspec_engine::run::RunError;
use jwtspec_mint::recipe::Recipe;
use jwtspec_types::capabilities::KeyDelivery;
use jwtspec_types::words::KeyForm;

/// Measures which ways of giving it keys work; its fetches prove the way.
pub(super) async fn measure_keys(
    run: &ProbeRun<'_>,
) -> Result<(Measurement, Vec<KeyDelivery>), RunError> {
    let mut works = Vec::new();
    let mut seen = Vec::new();
    for delivery in deliveries(&run.declared) {
        let name = delivery.as_str();
        let mut session = match Session::open(run, Question::Keys(delivery)).await {
            Ok(session) => session,
            Err(why) => {
                seen.push(format!("{name}: {why}"));
                continue;
            }
        };
        let presented = session.present(&Recipe::default()).await?;
        let ledger = session.ledger();
        session.close().await;
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
        if presented.accepted && by_that_way {
            works.push(delivery);
        }
        seen.push(format!("{name}: {}, {fetched}", presented.verdict()));
    }
    let names: Vec<&str> = works.iter().map(|delivery| delivery.as_str()).collect();
    let measurement = Measurement::new("keys", or_none(&names), seen.join("; "));
    let declared: Vec<&str> = run.declared.keys.iter().map(|delivery| delivery.as_str()).collect();
    Ok((measurement.against_list("keys", &declared, &names), works))
}

/// Measures whether it takes two providers in one trust.
pub(super) async fn measure_providers(run: &ProbeRun<'_>) -> Result<(Measurement, bool), RunError> {
    let of_second = Recipe { from: Some(SECOND.to_owned()), ..Recipe::default() };
    let presented = present_all(run, Question::Providers, &[Recipe::default(), of_second]).await?;
    let (many, seen) = match presented {
        Ok(presented) => {
            let verdicts: Vec<String> = presented.iter().map(Presented::verdict).collect();
            let seen = format!("tokens of two issuers in one trust: {}", verdicts.join(", "));
            (presented.iter().all(|presented| presented.accepted), seen)
        }
        Err(why) => (false, format!("two issuers in one trust: {why}")),
    };
    let word = |many| if many { "many" } else { "one" };
    let measurement = Measurement::new("providers", word(many), seen);
    let declared = run.declared.has_many_providers();
    // A target that is started for each trust may well take two providers in one of them.
    if !run.is_driver && !declared {
        return Ok((measurement, declared));
    }
    Ok((measurement.against("providers", word(declared), word(many)), many))
}

/// Measures in which forms it takes a key as text. It has no other way to that key.
pub(super) async fn measure_key_forms(
    run: &ProbeRun<'_>,
) -> Result<(Measurement, Vec<KeyForm>), RunError> {
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for form in KeyForm::TOLD {
        let presented = present_all(run, Question::KeyForm(form), &[Recipe::default()]).await?;
        match presented.is_ok_and(|presented| presented.iter().all(|it| it.accepted)) {
            true => taken.push(form),
            false => refused.push(form.as_str()),
        }
    }
    let names: Vec<&str> = taken.iter().map(|form| form.as_str()).collect();
    let mut seen = "a valid token under a key that is told as text".to_owned();
    if !refused.is_empty() {
        seen.push_str(&format!("; not accepted: {}", refused.join(", ")));
    }
    let declared: Vec<&str> = run.declared.key_forms.iter().map(|form| form.as_str()).collect();
    let measurement = Measurement::new("key forms", or_none(&names), seen);
    Ok((measurement.against_list("key-forms", &declared, &names), taken))
}

/// Measures whether it fetches keys over HTTPS from an issuer whose certificate is right, and from
/// no other.
pub(super) async fn measure_https(run: &ProbeRun<'_>) -> Result<(Measurement, bool), RunError> {
    let valid = [Recipe::default()];
    let mut accepted = [false; 2];
    let mut seen = Vec::new();
    for (place, right) in [true, false].into_iter().enumerate() {
        let verdict = match present_all(run, Question::Https { right }, &valid).await? {
            Ok(presented) => {
                accepted[place] = presented.iter().all(|presented| presented.accepted);
                presented.first().map(Presented::verdict).unwrap_or_default()
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
    Ok((measurement.against_bool("tls", run.declared.tls, tls), tls))
}

/// Measures which algorithms it verifies.
pub(super) async fn measure_algorithms(
    run: &ProbeRun<'_>,
) -> Result<(Measurement, Vec<String>), RunError> {
    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    for algorithm in algorithms() {
        let question = Question::Algorithm(algorithm);
        let presented = present_all(run, question, &[Recipe::default()]).await?;
        if presented.is_ok_and(|presented| presented.iter().all(|presented| presented.accepted)) {
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
    let declared: Vec<&str> = run.declared.algorithms.iter().map(String::as_str).collect();
    let (comparable, other): (Vec<&str>, Vec<&str>) = declared.into_iter().partition(measured);
    if !other.is_empty() {
        seen.push_str(&format!("; declared, but jwtspec has no key: {}", other.join(", ")));
    }
    let measurement = Measurement::new("algorithms", or_none(&accepted), seen);
    let measurement = measurement.against_list("algorithms", &comparable, &accepted);
    Ok((measurement, accepted.into_iter().map(str::to_owned).collect()))
}

/// Measures whether it enforces the type that it is told to expect.
pub(super) async fn measure_typ(run: &ProbeRun<'_>) -> Result<(Measurement, bool), RunError> {
    let tokens = [header("typ", TYP), header("typ", "JWT")];
    let presented = present_all(run, Question::Typ, &tokens).await?;
    let (told, kept) = (format!("told to expect `{TYP}`"), format!("`{TYP}`"));
    Ok(told_then_violated("typ", run.declared.typ, presented, &told, [&kept, "`JWT`"]))
}

/// Measures whether it enforces the claims that it is told to require.
pub(super) async fn measure_required_claims(
    run: &ProbeRun<'_>,
) -> Result<(Measurement, bool), RunError> {
    let tokens = [claims([(REQUIRED, json!("blue"))]), Recipe::default()];
    let presented = present_all(run, Question::RequiredClaims, &tokens).await?;
    let (declared, told) = (run.declared.required_claims, format!("told to require `{REQUIRED}`"));
    Ok(told_then_violated("required claims", declared, presented, &told, ["with it", "without"]))
}

/// Describes both verdicts; it is enforced if the token that obeys the trust is accepted and the
/// other one is not.
fn told_then_violated(
    name: &'static str,
    declared: bool,
    presented: Result<Vec<Presented>, String>,
    what: &str,
    names: [&str; 2],
) -> (Measurement, bool) {
    let (enforced, seen) = match presented.as_deref() {
        Ok([kept, violated]) => (
            kept.accepted && !violated.accepted,
            format!("{what}: {} {}, {} {}", names[0], kept.verdict(), names[1], violated.verdict()),
        ),
        Ok(_) => (false, what.to_owned()),
        Err(why) => (false, format!("{what}: {why}")),
    };
    let line = Measurement::new(name, if enforced { "enforced" } else { "not enforced" }, seen);
    (line.against_bool(&name.replace(' ', "-"), declared, enforced), enforced)
}

fn or_none(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
