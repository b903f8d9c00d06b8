//! Measures the capabilities of a verifier: key sources, providers, certificates, algorithms, `typ`, required
//! claims.

use serde_json::json;

use super::ProbeRun;
use super::measurement::Measurement;
use super::question::{Question, REQUIRED, SECOND, TYP, algorithms, deliveries};
use super::session::{Presented, Session, claims, header, present_all};
use super::tried::Tried;
use super::unmeasured::{NOT_MEASURED, Unmeasured, all_hold};
use jwtspec_engine::issuer::Resource;
use jwtspec_engine::run::RunError;
use jwtspec_mint::recipe::Recipe;
use jwtspec_types::capabilities::KeyDelivery;
use jwtspec_types::words::{Algorithm, KeyForm};

/// Measures which ways of giving it keys work; its fetches prove the way.
pub(super) async fn measure_keys(
    run: &ProbeRun<'_>,
) -> Result<(Measurement, Vec<KeyDelivery>), RunError> {
    let mut tried = Tried::new();
    let mut seen = Vec::new();
    for delivery in deliveries(&run.declared) {
        let name = delivery.as_str();
        let mut session = match Session::open(run, Question::Keys(delivery)).await? {
            Ok(session) => session,
            Err(why) => {
                if !why.shows_nothing() {
                    seen.push(format!("{name}: {why}"));
                }
                tried.add(delivery, Err(why));
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
        seen.push(format!("{name}: {}, {fetched}", presented.verdict()));
        tried.add(delivery, presented.accepted.map(|accepted| accepted && by_that_way));
    }
    let declared: Vec<&str> = run.declared.keys.iter().map(|delivery| delivery.as_str()).collect();
    let word = |delivery: &KeyDelivery| delivery.as_str();
    let measurement = tried.measurement("keys", "keys", &declared, seen.join("; "), word);
    Ok((measurement, tried.to_declare(|delivery| run.declared.keys.contains(delivery))))
}

/// Measures whether it takes two providers in one trust.
pub(super) async fn measure_providers(
    run: &ProbeRun<'_>,
) -> Result<(Measurement, Option<bool>), RunError> {
    let of_second = Recipe { from: Some(SECOND.to_owned()), ..Recipe::default() };
    let presented = present_all(run, Question::Providers, &[Recipe::default(), of_second]).await?;
    let (many, seen) = match presented {
        Ok(presented) => {
            let verdicts: Vec<String> = presented.iter().map(Presented::verdict).collect();
            let seen = format!("tokens of two issuers in one trust: {}", verdicts.join(", "));
            (all_accepted(&presented), seen)
        }
        Err(why) => {
            let seen = format!("two issuers in one trust: {why}");
            (if why.shows_nothing() { Err(why) } else { Ok(false) }, seen)
        }
    };
    let many = match many {
        Ok(many) => many,
        Err(why) => return Ok((Measurement::unmeasured("providers", seen, &why), None)),
    };
    let word = |many| if many { "many" } else { "one" };
    let measurement = Measurement::new("providers", word(many), seen);
    let declared = run.declared.has_many_providers();
    // A target that is started for each trust may well take two providers in one of them.
    if !run.is_driver && !declared {
        return Ok((measurement, Some(declared)));
    }
    Ok((measurement.against("providers", word(declared), word(many)), Some(many)))
}

/// Measures in which forms it takes a key as text. It has no other way to that key.
pub(super) async fn measure_key_forms(
    run: &ProbeRun<'_>,
) -> Result<(Measurement, Vec<KeyForm>), RunError> {
    let mut tried = Tried::new();
    for form in KeyForm::TOLD {
        let presented = present_all(run, Question::KeyForm(form), &[Recipe::default()]).await?;
        tried.add(form, presented.and_then(|presented| all_accepted(&presented)));
    }
    let seen =
        with_failing("a valid token under a key that is told as text", &tried, |it| it.as_str());
    let declared: Vec<&str> = run.declared.key_forms.iter().map(|form| form.as_str()).collect();
    let measurement =
        tried.measurement("key forms", "key-forms", &declared, seen, |form| form.as_str());
    Ok((measurement, tried.to_declare(|form| run.declared.key_forms.contains(form))))
}

/// Measures whether it fetches keys over HTTPS from an issuer whose certificate is right, and from
/// no other.
pub(super) async fn measure_https(
    run: &ProbeRun<'_>,
) -> Result<(Measurement, Option<bool>), RunError> {
    let valid = [Recipe::default()];
    let mut accepted = [None; 2];
    let (mut seen, mut unknown) = (Vec::new(), Vec::new());
    for (place, right) in [true, false].into_iter().enumerate() {
        let (all, verdict) = match present_all(run, Question::Https { right }, &valid).await? {
            Ok(presented) => {
                let verdict = presented.first().map(Presented::verdict).unwrap_or_default();
                (all_accepted(&presented), verdict)
            }
            Err(why) => {
                let verdict = why.to_string();
                (if why.shows_nothing() { Err(why) } else { Ok(false) }, verdict)
            }
        };
        match all {
            Ok(all) => accepted[place] = Some(all),
            Err(why) => unknown.push(why),
        }
        let whose = if right { "its authority" } else { "another authority" };
        seen.push(format!("certificate of {whose}: {verdict}"));
    }
    let value = match accepted {
        [Some(true), Some(false)] => "yes",
        [Some(true), Some(true)] => "yes, but any certificate will do",
        [Some(true), None] => "yes, but whether any certificate will do could not be measured",
        [Some(false), _] => "no",
        [None, _] => NOT_MEASURED,
    };
    // Without HTTPS there are no certificates.
    let unknown = unknown.iter().filter(|_| accepted[0] != Some(false));
    let line = Measurement::new("https issuers", value, seen.join("; ")).lacking(unknown);
    let line = match accepted[0] {
        Some(tls) => line.against_bool("tls", run.declared.tls, tls),
        None => line,
    };
    Ok((line, accepted[0]))
}

/// Measures which algorithms it verifies.
pub(super) async fn measure_algorithms(
    run: &ProbeRun<'_>,
) -> Result<(Measurement, Vec<String>), RunError> {
    let mut tried = Tried::new();
    for algorithm in algorithms() {
        let question = Question::Algorithm(algorithm);
        let presented = present_all(run, question, &[Recipe::default()]).await?;
        tried.add(algorithm, presented.and_then(|presented| all_accepted(&presented)));
    }
    let word = |algorithm: &Algorithm| algorithm.as_str();
    let mut seen = with_failing("a valid token under a trust for each", &tried, word);
    let declared: Vec<&str> = run.declared.algorithms.iter().map(String::as_str).collect();
    let has_key = |name: &&str| algorithms().any(|algorithm| algorithm.as_str() == *name);
    let (comparable, other): (Vec<&str>, Vec<&str>) = declared.into_iter().partition(has_key);
    if !other.is_empty() {
        seen.push_str(&format!("; declared, but jwtspec has no key: {}", other.join(", ")));
    }
    let measurement = tried.measurement("algorithms", "algorithms", &comparable, seen, word);
    let to_declare = tried.to_declare(|algorithm| run.declared.verifies(*algorithm));
    Ok((measurement, to_declare.iter().map(|algorithm| algorithm.as_str().to_owned()).collect()))
}

/// Measures whether it enforces the type that it is told to expect.
pub(super) async fn measure_typ(
    run: &ProbeRun<'_>,
) -> Result<(Measurement, Option<bool>), RunError> {
    let tokens = [header("typ", TYP), header("typ", "JWT")];
    let presented = present_all(run, Question::Typ, &tokens).await?;
    let (told, kept) = (format!("told to expect `{TYP}`"), format!("`{TYP}`"));
    Ok(told_then_violated("typ", run.declared.typ, presented, &told, [&kept, "`JWT`"]))
}

/// Measures whether it enforces the claims that it is told to require.
pub(super) async fn measure_required_claims(
    run: &ProbeRun<'_>,
) -> Result<(Measurement, Option<bool>), RunError> {
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
    presented: Result<Vec<Presented>, Unmeasured>,
    what: &str,
    names: [&str; 2],
) -> (Measurement, Option<bool>) {
    let (enforced, seen) = match presented.as_deref() {
        Ok([kept, violated]) => (
            all_hold([kept.accepted.clone(), violated.refused()]),
            format!("{what}: {} {}, {} {}", names[0], kept.verdict(), names[1], violated.verdict()),
        ),
        Ok(_) => (Ok(false), what.to_owned()),
        Err(why) if why.shows_nothing() => (Err(why.clone()), format!("{what}: {why}")),
        Err(why) => (Ok(false), format!("{what}: {why}")),
    };
    let enforced = match enforced {
        Ok(enforced) => enforced,
        Err(why) => return (Measurement::unmeasured(name, seen, &why), None),
    };
    let line = Measurement::new(name, if enforced { "enforced" } else { "not enforced" }, seen);
    (line.against_bool(&name.replace(' ', "-"), declared, enforced), Some(enforced))
}

fn all_accepted(presented: &[Presented]) -> Result<bool, Unmeasured> {
    all_hold(presented.iter().map(|presented| presented.accepted.clone()))
}

/// What was tried, and the members that do not work.
fn with_failing<'t, T: PartialEq>(
    what: &str,
    tried: &'t Tried<T>,
    word: impl Fn(&'t T) -> &'t str,
) -> String {
    let failing: Vec<&str> = tried.failing().map(word).collect();
    match failing.is_empty() {
        true => what.to_owned(),
        false => format!("{what}; not accepted: {}", failing.join(", ")),
    }
}
