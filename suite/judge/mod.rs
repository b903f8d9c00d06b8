//! The judge: verdict × expectation → finding, or none. Pure.

mod handed;
mod ledger;

use crate::challenge;
use crate::scenario::{AnswerTerms, Expect};
use crate::target::{Answer, Conversation, Observation, Verdict};
use crate::words::Finding;

pub(crate) use handed::claims_fault;
pub(crate) use ledger::{LedgerJudgement, judge_ledger, ledger_text};

/// What the judge says of one presentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What is wrong, if anything.
    pub finding: Option<Finding>,
    /// What happened, for people.
    pub observed: String,
    /// What was wrong with the form of the answer.
    pub remark: Option<String>,
}

/// How strictly reasons are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strictness {
    /// A rejection for a reason that the token does not give is a finding.
    pub wrong_reasons: bool,
    /// So is a rejection whose reason cannot be told.
    pub unproven_reasons: bool,
}

/// Judges one presentation.
pub fn judge(
    expect: &Expect,
    verdict: &Verdict,
    terms: &AnswerTerms,
    observation: &Observation,
    strictness: Strictness,
) -> Judgement {
    let mut judgement = Judgement {
        finding: verdict_finding(expect, verdict, strictness),
        observed: describe(verdict, observation),
        remark: None,
    };
    if judgement.finding.is_some() {
        return judgement;
    }
    let fault = match observation {
        Observation::Answer(answer) => {
            answer_fault(terms, answer).map(|remark| (Finding::WrongAnswer, remark))
        }
        Observation::Conversation(conversation) => named_fault(terms, verdict, conversation),
        Observation::Fault(_) => None,
    };
    if let Some((finding, remark)) = fault {
        judgement.finding = Some(finding);
        judgement.remark = Some(remark);
    }
    judgement
}

/// What a message of a session does not name, and should.
fn named_fault(
    terms: &AnswerTerms,
    verdict: &Verdict,
    conversation: &Conversation,
) -> Option<(Finding, String)> {
    let Conversation { names_version, names_identity, .. } = conversation;
    match verdict {
        Verdict::Reject { .. } if terms.version && *names_version == Some(false) => {
            let remark = "it does not name the version of the token that is refused";
            Some((Finding::WrongAnswer, remark.to_owned()))
        }
        Verdict::Accept if terms.identity && *names_identity == Some(false) => {
            let remark = "it does not name the identity of the token that is accepted";
            Some((Finding::IdentityKept, remark.to_owned()))
        }
        _ => None,
    }
}

fn verdict_finding(expect: &Expect, verdict: &Verdict, strictness: Strictness) -> Option<Finding> {
    match (expect, verdict) {
        (_, Verdict::Fault(_)) => Some(Finding::Fault),
        (Expect::Accept | Expect::Either(_), Verdict::Accept) => None,
        (Expect::Accept, Verdict::Reject { .. }) => Some(Finding::ValidRejected),
        (Expect::Reject(_), Verdict::Accept) => Some(Finding::ForgeryAccepted),
        (Expect::Reject(right) | Expect::Either(right), Verdict::Reject { reason, .. }) => {
            match reason {
                Some(reason) if !right.is_empty() && !right.contains(reason) => {
                    strictness.wrong_reasons.then_some(Finding::WrongReason)
                }
                None if !right.is_empty() => {
                    strictness.unproven_reasons.then_some(Finding::PoorMessage)
                }
                _ => None,
            }
        }
    }
}

/// What happened, for people.
pub(crate) fn describe(verdict: &Verdict, observation: &Observation) -> String {
    let mark = observation.mark();
    match verdict {
        Verdict::Accept => format!("accept{mark}"),
        Verdict::Reject { reason: Some(reason), .. } => format!("reject: {reason}{mark}"),
        Verdict::Reject { reason: None, .. } => format!("reject, reason unproven{mark}"),
        Verdict::Fault(fault) => format!("fault: {fault}"),
    }
}

/// What the answer's form lacks, if anything.
fn answer_fault(terms: &AnswerTerms, answer: &Answer) -> Option<String> {
    if !terms.status.is_empty() && !terms.status.contains(&answer.status) {
        let wanted: Vec<String> = terms.status.iter().map(u16::to_string).collect();
        return Some(format!("status {} instead of {}", answer.status, wanted.join(" or ")));
    }
    let lines: Vec<&str> = answer.all("www-authenticate").collect();
    let bearer = match challenge::bearer(&lines) {
        Ok(bearer) => bearer,
        Err(error) if terms.challenge || terms.well_formed => {
            return Some(format!("`WWW-Authenticate` cannot be parsed: {error}"));
        }
        Err(_) => None,
    };
    let Some(bearer) = bearer else {
        return (terms.challenge || !terms.error.is_empty()).then(|| match lines.as_slice() {
            [] => "no `WWW-Authenticate`".to_owned(),
            _ => "no `Bearer` challenge in `WWW-Authenticate`".to_owned(),
        });
    };
    if terms.challenge && bearer.parameters.is_empty() {
        return Some("the `Bearer` challenge has no parameter".to_owned());
    }
    if !terms.error.is_empty() {
        match bearer.parameter("error") {
            Some(error) if terms.error.iter().any(|wanted| wanted == error) => {}
            Some(error) => {
                return Some(format!("error {error:?} instead of {}", terms.error.join(" or ")));
            }
            None => return Some("the challenge names no `error`".to_owned()),
        }
    }
    if terms.no_error {
        for name in ["error", "error_description"] {
            if bearer.parameter(name).is_some() {
                return Some(format!("the challenge names `{name}` though no token was sent"));
            }
        }
    }
    if terms.well_formed { bearer.form_fault() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Fault;
    use crate::words::Reason;

    const LENIENT: Strictness = Strictness { wrong_reasons: true, unproven_reasons: false };
    const STRICT: Strictness = Strictness { wrong_reasons: true, unproven_reasons: true };

    fn reject(reason: Option<Reason>) -> Verdict {
        Verdict::Reject { reason, message: String::new() }
    }

    fn finding(expect: &Expect, verdict: &Verdict, strictness: Strictness) -> Option<Finding> {
        verdict_finding(expect, verdict, strictness)
    }

    #[test]
    fn every_verdict_is_judged_against_every_expectation() {
        let expired = || Expect::Reject(vec![Reason::Expired]);
        let fault = || Verdict::Fault(Fault::Status { status: 500, message: String::new() });
        for (expect, verdict, expected) in [
            (Expect::Accept, Verdict::Accept, None),
            (Expect::Accept, reject(None), Some(Finding::ValidRejected)),
            (Expect::Accept, fault(), Some(Finding::Fault)),
            (expired(), Verdict::Accept, Some(Finding::ForgeryAccepted)),
            (expired(), reject(Some(Reason::Expired)), None),
            (expired(), reject(Some(Reason::Malformed)), Some(Finding::WrongReason)),
            (expired(), reject(None), None),
            (expired(), fault(), Some(Finding::Fault)),
            (Expect::Reject(vec![]), reject(Some(Reason::Malformed)), None),
            (Expect::Either(vec![]), Verdict::Accept, None),
            (Expect::Either(vec![]), reject(Some(Reason::Malformed)), None),
            (
                Expect::Either(vec![Reason::Expired]),
                reject(Some(Reason::Malformed)),
                Some(Finding::WrongReason),
            ),
            (Expect::Either(vec![]), fault(), Some(Finding::Fault)),
        ] {
            assert_eq!(finding(&expect, &verdict, LENIENT), expected, "{expect} × {verdict:?}");
        }
        assert_eq!(finding(&expired(), &reject(None), STRICT), Some(Finding::PoorMessage));
    }

    fn answer(status: u16, challenge: Option<&str>) -> Answer {
        let headers = challenge.map(|value| ("www-authenticate".to_owned(), value.to_owned()));
        Answer { status, headers: headers.into_iter().collect(), body: String::new() }
    }

    #[test]
    fn the_form_of_an_answer_is_judged() {
        let challenge = AnswerTerms { challenge: true, ..AnswerTerms::default() };
        assert_eq!(answer_fault(&challenge, &answer(401, Some("Bearer realm=\"x\""))), None);
        assert_eq!(
            answer_fault(
                &challenge,
                &answer(401, Some("Basic realm=\"x\", Bearer error=\"invalid_token\""))
            ),
            None
        );
        assert_eq!(
            answer_fault(&challenge, &answer(401, None)),
            Some("no `WWW-Authenticate`".to_owned())
        );
        assert!(answer_fault(&challenge, &answer(401, Some("Bearer"))).is_some());
        assert!(answer_fault(&challenge, &answer(401, Some("Basic realm=\"x\""))).is_some());
        let status = AnswerTerms { status: vec![401], ..AnswerTerms::default() };
        assert_eq!(
            answer_fault(&status, &answer(403, None)),
            Some("status 403 instead of 401".to_owned())
        );
        let silent = AnswerTerms { no_error: true, ..AnswerTerms::default() };
        assert!(
            answer_fault(&silent, &answer(401, Some("Bearer error=\"invalid_token\""))).is_some()
        );
        assert_eq!(answer_fault(&silent, &answer(401, None)), None);
        let error =
            AnswerTerms { error: vec!["invalid_token".to_owned()], ..AnswerTerms::default() };
        assert!(answer_fault(&error, &answer(401, Some("Bearer error=\"nope\""))).is_some());
        let formed = AnswerTerms { well_formed: true, ..AnswerTerms::default() };
        for bad in [
            "Bearer error=\"nope\"",
            "Bearer realm=\"a\", realm=\"b\"",
            "Bearer error=\"invalid_token\", error_description=\"caf\u{e9}\"",
            "Bearer error=\"invalid_token\", error_description=\"say \\\"x\\\"\"",
            "Bearer realm=\"unclosed",
        ] {
            assert!(answer_fault(&formed, &answer(401, Some(bad))).is_some(), "{bad}");
        }
    }
}
