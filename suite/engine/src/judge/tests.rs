use super::answer::answer_fault;
use super::verdict::judge_verdict;
use super::*;
use crate::event::AnswerFault;
use crate::scenario::{AnswerTerms, Expect};
use crate::target::{Answer, Fault};
use jwtspec_types::words::Reason;

const LENIENT: Policy = Policy { limit: Level::May, unproven_reasons: false };
const STRICT: Policy = Policy { limit: Level::May, unproven_reasons: true };

fn reject(reason: Option<Reason>) -> Verdict {
    Verdict::Reject { reason, message: String::new() }
}

fn finding(expect: &Expect, verdict: &Verdict, policy: Policy) -> Option<Finding> {
    let observation = Observation::Answer(answer(200, None));
    judge_verdict(expect, &AnswerTerms::default(), verdict, &observation, policy).finding
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
    assert_eq!(answer_fault(&challenge, &answer(401, None)), Some(AnswerFault::NoChallenge));
    assert!(answer_fault(&challenge, &answer(401, Some("Bearer"))).is_some());
    assert!(answer_fault(&challenge, &answer(401, Some("Basic realm=\"x\""))).is_some());
    let status = AnswerTerms { status: vec![401], ..AnswerTerms::default() };
    assert_eq!(
        answer_fault(&status, &answer(403, None)),
        Some(AnswerFault::Status { status: 403, due: vec![401] })
    );
    let silent = AnswerTerms { no_error: true, ..AnswerTerms::default() };
    assert!(answer_fault(&silent, &answer(401, Some("Bearer error=\"invalid_token\""))).is_some());
    assert_eq!(answer_fault(&silent, &answer(401, None)), None);
    let error = AnswerTerms { error: vec!["invalid_token".to_owned()], ..AnswerTerms::default() };
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
