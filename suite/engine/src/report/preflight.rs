//! A preflight that failed, in words.

use super::describe::{comparison_text, expected_text, observed, step_action, why};
use crate::event::{CaseResult, Observed};
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::words::{Finding, Outcome};

/// The requirements that an acceptance in the preflight breaks: of a request without a token, and of
/// one whose signature is broken.
const NO_TOKEN: &str = "rfc6750-3-challenge-on-missing-credentials";
const BROKEN_SIGNATURE: &str = "rfc7515-5.2-signature-mismatch-reject";

/// Returns what the preflight showed, and the place to look at.
pub(crate) fn preflight_text(result: &CaseResult) -> String {
    let decisive = result.decisive.as_ref().map(|decisive| &decisive.observed);
    if let Some(Observed::TrustNotTaken(error)) = decisive {
        return format!("no token was presented, for the target takes no trust:\n  {error}");
    }
    if result.outcome == Outcome::Skip {
        let why = why(result).unwrap_or_default();
        return format!("no token was presented, for the target refuses the plainest trust: {why}");
    }
    let is_acceptance = result.finding.is_some_and(Finding::is_acceptance);
    let plain = result.evidence.as_ref().map(|evidence| evidence.decoded.is_plain());
    let (what, advice) = match (is_acceptance, plain) {
        (true, Some(false)) => {
            let notes = result.evidence.iter().flat_map(|evidence| &evidence.decoded.notes);
            let notes = notes.map(String::as_str).collect::<Vec<_>>().join("; ");
            (accepts("a token whose signature is broken", &notes, BROKEN_SIGNATURE), ASKED)
        }
        (true, _) => (accepts("a request without a token", "", NO_TOKEN), ASKED),
        (false, _) => (
            "it does not accept a valid token, so that it refuses another proves nothing"
                .to_owned(),
            TOLD,
        ),
    };
    let mut text = match result.mistake() {
        Some(mistake) => {
            format!(
                "whether the target tells a good token from a bad one is not known: {mistake}\n"
            )
        }
        None => format!("the target does not tell a good token from a bad one: {what}\n"),
    };
    for step in &result.steps {
        let mark = if step.is_ok() { "ok" } else { "no" };
        text.push_str(&format!(
            "  {mark}  {}: expected {}, observed {}\n",
            step_action(step),
            expected_text(&step.comparison.expected),
            comparison_text(&step.comparison)
        ));
    }
    if result.steps.is_empty() {
        text.push_str(&format!("  {}\n", why(result).unwrap_or_else(|| observed(result))));
    } else if let Some(why) = why(result).filter(|_| result.mistake().is_none()) {
        text.push_str(&format!("  {why}\n"));
    }
    if let Some(message) = result.message.as_deref().filter(|message| !message.is_empty()) {
        text.push_str(&format!("  the target said: {}\n", jwtspec_mint::shorten(message)));
    }
    if let Some(evidence) = &result.evidence {
        text.push_str(&format!("  reproduce: {}\n", evidence.curl));
    }
    text + advice
}

const ASKED: &str =
    "  does the request reach the verifier? check `[present]` and `[verdict]` of the target file";
const TOLD: &str = "  check the trust and the `[token]` section of the target file";

fn accepts(what: &str, notes: &str, requirement: &str) -> String {
    let notes = if notes.is_empty() { String::new() } else { format!(" ({notes})") };
    let requirement = RequirementId::named(requirement).ok();
    let clause = requirement.map(|it| format!(": {}, {}", it.clause(), it.text));
    format!("it accepts {what}{notes}{}", clause.unwrap_or_default())
}
