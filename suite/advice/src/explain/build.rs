//! Puts the explanation together.

use super::cause::general_cause;
use super::checks::compare;
use super::explanation::{
    CheckOutcome, CheckShown, Explanation, Fetched, FirstFailure, Input, ProviderShown, TrustShown,
    VERSION, Verdict,
};
use super::facts::{Facts, SEARCHED};
use super::input::Credential;
use super::near_misses::{self, NearMiss};
use super::show::{harmless, literal, value};
use super::side::Side;
use super::trust::Applied;
use super::{Question, time};
use serde_json::Value;

use jwtspec_jose::{Compact, Part};
use jwtspec_reference::{Exchange, Judged, Judgement};
use jwtspec_types::trust::{KeySource, Provider};
use jwtspec_types::words::Reason;

pub(super) fn explanation(
    question: &Question,
    credential: &Credential,
    facts: &Facts<'_>,
    applied: &Applied,
    once_fixed: Option<String>,
) -> Explanation {
    let checks: Vec<CheckShown> = facts.checks.iter().map(|judged| check(judged, facts)).collect();
    let near_misses = near_misses::detect(facts);
    // A search that was not allowed is not worth a word.
    let worth_telling = |it: &&Exchange| !(it.what == SEARCHED && it.forbidden);
    let failed = checks.iter().find(|check| check.outcome == CheckOutcome::Failed);
    // The first near miss that explains the failure, or the general cause for its reason.
    let miss = failed.and_then(|check| {
        near_misses.iter().find(|miss| miss.explains.contains(&check.name)).cloned()
    });
    let cause_id = miss.as_ref().map(|miss| miss.id);
    let cause = miss.or_else(|| {
        let check = failed?;
        general_cause(check.reason, check.message.as_deref().unwrap_or_default(), facts)
    });
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
        input: input(question, credential, facts),
        trust: trust(question, facts, applied),
        fetched: facts.exchanges.iter().filter(worth_telling).map(fetched).collect(),
        first_failure: failed.map(|check| FirstFailure {
            check: check.name,
            reason: check.reason,
            expected: check.expected.clone(),
            actual: check.actual.clone(),
        }),
        // A document that was not asked for is no one's fault.
        side: cause
            .as_ref()
            .map(|cause| cause.side)
            .filter(|_| !(unknown && verdict == Verdict::Undecided)),
        cause: cause.as_ref().map(|cause| cause.text.clone()),
        cause_id,
        advice: cause.map(|cause| cause.advice).unwrap_or_default(),
        once_fixed,
        checks,
        near_misses,
    }
}

fn check(judged: &Judged, facts: &Facts<'_>) -> CheckShown {
    let (expected, actual) = compare(judged, facts);
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
        expected,
        actual,
        reason,
        message,
    }
}

fn input(question: &Question, credential: &Credential, facts: &Facts<'_>) -> Input {
    let signature =
        Compact::new(facts.token).segment(Part::Signature).filter(|_| question.show_signature);
    Input {
        taken_from: credential.steps.iter().map(|step| harmless(step)).collect(),
        notes: credential.notes.clone(),
        characters: credential.text.chars().count(),
        segments: Compact::new(&credential.text).count(),
        header: facts.header.cloned(),
        claims: facts.claims.cloned(),
        signature: signature.map(str::to_owned),
    }
}

fn trust(question: &Question, facts: &Facts<'_>, applied: &Applied) -> TrustShown {
    TrustShown {
        file: question.trust.name.clone(),
        form: if facts.convex { "convex" } else { "contract" },
        assumptions: applied.assumptions.iter().map(|text| harmless(text)).collect(),
        leeway_seconds: applied.trust.leeway_seconds,
        providers: applied.trust.providers.iter().map(|it| provider(it, facts)).collect(),
    }
}

fn provider(provider: &Provider, facts: &Facts<'_>) -> ProviderShown {
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
        named: facts.text("iss") == Some(provider.issuer.as_str()),
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
    /// The near misses that explain something else than the first failure.
    pub fn noticed(&self) -> impl Iterator<Item = &NearMiss> {
        let first = self.first_failure.as_ref().map_or("", |first| first.check);
        self.near_misses
            .iter()
            .filter(move |miss| Some(miss.id) != self.cause_id && !miss.explains.contains(&first))
    }

    /// The side, as a phrase.
    pub fn side_about(&self) -> Option<&'static str> {
        self.side.map(Side::about)
    }
}

/// A member of header or claims as a line for people: times with their meaning.
pub fn shown_member(name: &str, found: &Value, explanation: &Explanation) -> String {
    let line = format!("{}: {}", literal(name), value(found));
    let now = explanation.now.parse::<jiff::Timestamp>().map(|now| now.as_second() as f64);
    match (name, found.as_f64(), now) {
        ("exp" | "nbf" | "iat" | "auth_time", Some(seconds), Ok(now)) => {
            let absolute = time::absolute(seconds).map(|it| format!(", {it}")).unwrap_or_default();
            format!("{line}  ({}{absolute})", time::relative(seconds, now))
        }
        _ => line,
    }
}
