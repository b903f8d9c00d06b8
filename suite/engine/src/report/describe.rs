//! Expectations and observations in words.

use super::ledger::{ledger_action, ledger_expected, ledger_observed};
use super::remark::remark;
use crate::event::{
    Action, CaseResult, Comparison, Expected, KnownBy, Meaning, Observed, StepResult, Why,
};

/// Returns what was expected of the step that decided; empty if none did.
pub fn expected(result: &CaseResult) -> String {
    match result.decisive.as_ref().map(|decisive| &decisive.expected) {
        None => String::new(),
        Some(Expected::Ledger(check)) => {
            format!("{}: {}", ledger_action(check), ledger_expected(check))
        }
        Some(expected) => expected_text(expected),
    }
}

/// Returns what happened in the step that decided; empty if none did.
pub fn observed(result: &CaseResult) -> String {
    result.decisive.as_ref().map(comparison_text).unwrap_or_default()
}

/// Returns what was done in a step.
pub(crate) fn step_action(step: &StepResult) -> String {
    match (&step.action, &step.comparison.expected) {
        (Action::JudgeLedger, Expected::Ledger(check)) => ledger_action(check),
        (Action::JudgeLedger, _) => "judge the requests to an issuer".to_owned(),
        (Action::Present { sent: false, .. }, _) => {
            "send a request with another credential, or none".to_owned()
        }
        (Action::Present { valid: true, .. }, _) => "present a valid token".to_owned(),
        (Action::Present { valid: false, .. }, _) => "present the token".to_owned(),
        (Action::Control, _) => "present the control".to_owned(),
        (Action::ControlAfterwards, _) => "present a valid token afterwards".to_owned(),
        (Action::ChangeIssuer(name), _) => format!("change what `{name}` serves"),
        (Action::Pass(length), _) => format!("let {} s pass", length.as_secs_f64()),
        (Action::Listen(within), _) => format!("listen for {} s", within.as_secs_f64()),
        (Action::SignOut, _) => "sign out".to_owned(),
    }
}

/// Returns an expectation in words.
pub(crate) fn expected_text(expected: &Expected) -> String {
    match expected {
        Expected::Verdict(expect) => expect.to_string(),
        Expected::Hears(hears) => hears.to_string(),
        Expected::Ledger(check) => ledger_expected(check),
        Expected::TrustTaken => "the target takes the trust".to_owned(),
        Expected::Done => "done".to_owned(),
    }
}

/// Returns an observation in words, with its remark.
pub(crate) fn comparison_text(comparison: &Comparison) -> String {
    let mut text = observed_text(&comparison.observed);
    if let Some(of) = &comparison.remark {
        text.push_str(&format!("; {}", remark(of)));
    }
    if comparison.departs {
        text.push_str("; so departs the profile");
    }
    text
}

fn observed_text(observed: &Observed) -> String {
    match observed {
        Observed::Accepted { by } => format!("accept{}", known_by(*by)),
        Observed::Refused { reason: Some(reason), by } => {
            format!("reject: {reason}{}", known_by(*by))
        }
        Observed::Refused { reason: None, by } => {
            format!("reject, reason unproven{}", known_by(*by))
        }
        Observed::Fault(fault) => format!("fault: {fault}"),
        Observed::TrustNotTaken(error) => error.clone(),
        Observed::Silence => "nothing that ends the session".to_owned(),
        Observed::Ledger(seen) => ledger_observed(seen),
        Observed::Done => "done".to_owned(),
        Observed::Waited => "waited".to_owned(),
        Observed::Clock => "by the clock of the requests".to_owned(),
    }
}

/// The sign by which a verdict is known: ` (401)`, ` (closed with 4401)`.
fn known_by(by: KnownBy) -> String {
    match by {
        KnownBy::Status(status) => format!(" ({status})"),
        KnownBy::Close(code) => format!(" (closed with {code})"),
        KnownBy::Message => " (by message)".to_owned(),
        KnownBy::Nothing => String::new(),
    }
}

/// Returns why a scenario was skipped, why nothing is proven, or why its failure is known.
pub fn why(result: &CaseResult) -> Option<String> {
    Some(match result.why.as_ref()? {
        Why::Skipped(reason) => reason.to_string(),
        Why::Known { why, link: Some(link) } => format!("{why} ({link})"),
        Why::Known { why, link: None } | Why::Departs(why) => why.clone(),
        Why::NotMinted(error) => format!("the scenario cannot be carried out: {error}"),
        Why::NotServed(error) => error.clone(),
        Why::AssumedCooldown(length) => format!(
            "the target declares no `cooldown`, so {} s were waited for; declare it if it is longer",
            length.as_secs()
        ),
        Why::Ours(mistake) => mistake.to_string(),
        Why::Otherwise { why, findings, level, now } => {
            let level = level.map(|level| format!("{level} ")).unwrap_or_default();
            let known: Vec<&str> = findings.iter().map(|finding| finding.as_str()).collect();
            let known = if known.is_empty() { "any finding".to_owned() } else { known.join(", ") };
            let now = now.map(|finding| finding.as_str()).unwrap_or("nothing proven");
            format!("known is {level}{known}: {why}; now it is {} {now}", result.level)
        }
    })
}

/// Returns what a failure means for people.
pub(crate) fn meaning(result: &CaseResult) -> Option<&str> {
    result.meaning.as_ref().map(describe_meaning)
}

/// Returns the text of a meaning.
pub(crate) fn describe_meaning(meaning: &Meaning) -> &str {
    match meaning {
        Meaning::Scenario(risk) => risk,
        Meaning::Overlooked(reason) => reason.risk(),
        Meaning::Outage => {
            "an issuer in trouble makes the service fail, instead of refusing its tokens"
        }
        Meaning::Finding(finding) => finding.meaning(),
    }
}
