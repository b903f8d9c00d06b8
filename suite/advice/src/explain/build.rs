//! Putting the explanation together.

use super::cause::{self, Cause};
use super::checks;
use super::explanation::{
    CheckOutcome, CheckShown, Explanation, Fetched, FirstFailure, Input, ProviderShown, TrustShown,
    VERSION, Verdict,
};
use super::facts::{Facts, SOUGHT};
use super::input::Taken;
use super::near::{self, NearMiss};
use super::show::{harmless, literal, value};
use super::side::Side;
use super::trust::Applied;
use super::{Question, time};
use jwtspec_jose::{Compact, Part};
use jwtspec_reference::{Exchange, Judgement};
use jwtspec_types::trust::{KeySource, Provider};
use jwtspec_types::words::Reason;

pub(super) fn explanation(
    question: &Question,
    taken: &Taken,
    facts: &Facts<'_>,
    applied: &Applied,
    once_fixed: Option<String>,
) -> Explanation {
    let checks: Vec<CheckShown> = facts.checks.iter().map(|judged| check(judged, facts)).collect();
    let near_misses = near::all(facts);
    let failed = checks.iter().find(|check| check.outcome == CheckOutcome::Failed);
    let cause = failed.map(|check| cause_of(check, &near_misses, facts));
    let unknown = near_misses.iter().any(|miss| miss.id == "not-asked");
    let verdict = match failed.map(|check| (check.name, check.reason)) {
        None => Verdict::Accepted,
        Some(("key", Some(Reason::KeysUnavailable))) => Verdict::Undecided,
        Some(_) => Verdict::Refused,
    };
    Explanation {
        version: VERSION,
        verdict,
        now: time::rfc3339(question.now),
        input: input(question, taken, facts),
        trust: trust(question, facts, applied),
        // A look around that was not allowed is not worth a word.
        fetched: facts
            .exchanges
            .iter()
            .filter(|exchange| !(exchange.what == SOUGHT && exchange.forbidden))
            .map(fetched)
            .collect(),
        first_failure: failed.map(|check| FirstFailure {
            check: check.name,
            reason: check.reason,
            expected: check.expected.clone(),
            actual: check.actual.clone(),
        }),
        // What was not asked for is nobody's fault.
        side: cause
            .as_ref()
            .map(|cause| cause.side)
            .filter(|_| !(unknown && verdict == Verdict::Undecided)),
        advice: cause.as_ref().map(|cause| cause.advice.clone()).unwrap_or_default(),
        cause: cause.map(|cause| cause.text),
        once_fixed,
        checks,
        near_misses,
    }
}

fn check(judged: &jwtspec_reference::Judged, facts: &Facts<'_>) -> CheckShown {
    let sides = checks::sides(judged, facts);
    let (outcome, reason, message) = match &judged.judgement {
        Judgement::Passed => (CheckOutcome::Passed, None, None),
        Judgement::Refused(refusal) => {
            (CheckOutcome::Failed, refusal.reason, Some(refusal.message.clone()))
        }
        Judgement::Unasked(why) => (CheckOutcome::NotAsked, None, Some((*why).to_owned())),
    };
    CheckShown {
        name: judged.name,
        about: judged.about,
        outcome,
        expected: sides.expected,
        actual: sides.actual,
        reason,
        message,
    }
}

/// The first near miss that explains the failure, or what its reason says in general.
fn cause_of(check: &CheckShown, near: &[NearMiss], facts: &Facts<'_>) -> Cause {
    match near.iter().find(|miss| miss.explains.contains(&check.name)) {
        Some(miss) => {
            Cause { text: miss.text.clone(), side: miss.side, advice: miss.advice.clone() }
        }
        None => cause::of(check.reason, check.message.as_deref().unwrap_or_default(), facts),
    }
}

fn input(question: &Question, taken: &Taken, facts: &Facts<'_>) -> Input {
    let signature =
        Compact::new(facts.core).segment(Part::Signature).filter(|_| question.show_signature);
    Input {
        taken_from: taken.steps.iter().map(|step| harmless(step)).collect(),
        notes: taken.notes.clone(),
        characters: taken.credential.chars().count(),
        segments: Compact::new(&taken.credential).count(),
        header: facts.header.cloned(),
        claims: facts.claims.cloned(),
        signature: signature.map(str::to_owned),
    }
}

fn trust(question: &Question, facts: &Facts<'_>, applied: &Applied) -> TrustShown {
    let named = facts.provider().map(|provider| provider.issuer.clone());
    TrustShown {
        file: question.trust.name.clone(),
        form: if facts.convex { "convex" } else { "contract" },
        assumptions: applied.assumptions.iter().map(|text| harmless(text)).collect(),
        leeway_seconds: applied.trust.leeway_seconds,
        providers: applied
            .trust
            .providers
            .iter()
            .map(|provider| shown(provider, named.as_deref() == Some(&provider.issuer)))
            .collect(),
    }
}

fn shown(provider: &Provider, named: bool) -> ProviderShown {
    ProviderShown {
        // That backend takes over the spelling of the token.
        issuer: harmless(&provider.issuer),
        audiences: provider.audiences.clone(),
        algorithms: provider.algorithms.iter().map(ToString::to_string).collect(),
        keys: match &provider.keys {
            KeySource::Discovery(_) => "keys by discovery".to_owned(),
            KeySource::JwksUri(uri) => format!("keys from {}", harmless(uri)),
            KeySource::Jwks(_) => "keys in the configuration".to_owned(),
        },
        named,
    }
}

fn fetched(exchange: &Exchange) -> Fetched {
    Fetched {
        what: exchange.what,
        url: exchange.url.clone(),
        how: match (exchange.given, exchange.forbidden) {
            (true, _) => "read from a file",
            (_, true) => "not asked",
            _ => "fetched",
        },
        status: exchange.status,
        content_type: exchange.content_type.as_deref().map(harmless),
        fault: exchange.fault.clone(),
    }
}

impl Explanation {
    /// The near miss that is told as the cause.
    pub fn cause_id(&self) -> Option<&'static str> {
        let cause = self.cause.as_deref()?;
        self.near_misses.iter().find(|miss| miss.text == cause).map(|miss| miss.id)
    }

    /// What else was noticed: near misses that explain something else than the first failure.
    pub fn noticed(&self) -> impl Iterator<Item = &NearMiss> {
        let cause = self.cause.as_deref();
        let first = self.first_failure.as_ref().map_or("", |first| first.check);
        self.near_misses.iter().filter(move |miss| {
            Some(miss.text.as_str()) != cause && !miss.explains.contains(&first)
        })
    }

    /// The side as a phrase.
    pub fn side_about(&self) -> Option<&'static str> {
        self.side.map(Side::about)
    }
}

/// A member of header or claims as a line for people: times with what they mean.
pub fn shown_member(name: &str, found: &serde_json::Value, explanation: &Explanation) -> String {
    let line = format!("{}: {}", literal(name), value(found));
    let now = explanation.now.parse::<jiff::Timestamp>().map(|now| now.as_second() as f64);
    match (name, found.as_f64(), now) {
        ("exp" | "nbf" | "iat" | "auth_time", Some(seconds), Ok(now)) => {
            let relative = time::relative(seconds, now);
            match time::absolute(seconds) {
                Some(absolute) => format!("{line}  ({relative}, {absolute})"),
                None => format!("{line}  ({relative})"),
            }
        }
        _ => line,
    }
}
