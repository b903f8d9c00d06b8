use super::answer::answer_fault;
use super::verdict::judge_verdict;
use super::*;
use crate::event::{AnswerFault, Why};
use crate::message::Context;
use crate::scenario::{AnswerSpec, Expect};
use crate::target::{Answer, DriverError, Fault, PreparedRequest, TrustFault};
use jwtspec_mint::context::MintContext;
use jwtspec_types::trust::Trust;
use jwtspec_types::words::Reason;

const LENIENT: Policy = Policy { limit: Level::May, unproven_reasons: false, verdicts_only: false };
const STRICT: Policy = Policy { limit: Level::May, unproven_reasons: true, verdicts_only: false };

fn reject(reason: Option<Reason>) -> Verdict {
    Verdict::Reject { reason, message: String::new() }
}

fn finding(expect: &Expect, verdict: &Verdict, policy: Policy) -> Option<Finding> {
    let observation = Observation::Answer(answer(200, None));
    let mint_context = MintContext::example();
    let request = PreparedRequest {
        method: "GET",
        url: String::new(),
        headers: Vec::new(),
        body: None,
        messages: None,
    };
    let context = Context {
        token: "",
        mint_context: &mint_context,
        trust: &Trust::default(),
        tells_issuers: false,
        request: &request,
        lines: &[],
        step: 0,
        bodiless: false,
    };
    let answered = Answered { observation: &observation, verdict, maker: Maker::Anyone, context };
    judge_verdict(expect, &AnswerSpec::default(), answered, policy).finding
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

fn form(terms: &AnswerSpec, answer: &Answer) -> Option<AnswerFault> {
    answer_fault(terms, &Verdict::Accept, answer, "a.b.c")
}

#[test]
fn the_form_of_an_answer_is_judged() {
    let challenge = AnswerSpec { challenge: true, ..AnswerSpec::default() };
    assert_eq!(form(&challenge, &answer(401, Some("Bearer realm=\"x\""))), None);
    assert_eq!(
        form(&challenge, &answer(401, Some("Basic realm=\"x\", Bearer error=\"invalid_token\""))),
        None
    );
    assert_eq!(form(&challenge, &answer(401, None)), Some(AnswerFault::NoChallenge));
    assert!(form(&challenge, &answer(401, Some("Bearer"))).is_some());
    assert!(form(&challenge, &answer(401, Some("Basic realm=\"x\""))).is_some());
    let status = AnswerSpec { status: vec![401], ..AnswerSpec::default() };
    assert_eq!(
        form(&status, &answer(403, None)),
        Some(AnswerFault::Status { status: 403, due: vec![401] })
    );
    let silent = AnswerSpec { no_error: true, ..AnswerSpec::default() };
    assert!(form(&silent, &answer(401, Some("Bearer error=\"invalid_token\""))).is_some());
    assert_eq!(form(&silent, &answer(401, None)), None);
    let error = AnswerSpec { error: vec!["invalid_token".to_owned()], ..AnswerSpec::default() };
    assert!(form(&error, &answer(401, Some("Bearer error=\"nope\""))).is_some());
    let formed = AnswerSpec { well_formed: true, ..AnswerSpec::default() };
    for bad in [
        "Bearer error=\"nope\"",
        "Bearer realm=\"a\", realm=\"b\"",
        "Bearer error=\"invalid_token\", error_description=\"caf\u{e9}\"",
        "Bearer error=\"invalid_token\", error_description=\"say \\\"x\\\"\"",
        "Bearer scope=\"read caf\u{e9}\"",
        "Bearer error=\"invalid_token\", error_uri=\"/help\"",
        "Bearer realm=\"unclosed",
    ] {
        assert!(form(&formed, &answer(401, Some(bad))).is_some(), "{bad}");
    }
    let good = "Bearer scope=\"read write\", error_uri=\"https://a.example/help\"";
    assert_eq!(form(&formed, &answer(401, Some(good))), None);
}

#[test]
fn an_acceptance_is_kept_from_caches_and_from_clear_cookies() {
    let with = |name: &str, value: &str| Answer {
        status: 200,
        headers: vec![(name.to_owned(), value.to_owned())],
        body: String::new(),
    };
    let private = AnswerSpec { private: true, ..AnswerSpec::default() };
    for good in ["no-store", "max-age=3, Private"] {
        assert_eq!(form(&private, &with("cache-control", good)), None);
    }
    assert_eq!(form(&private, &with("cache-control", "public")), Some(AnswerFault::Public));
    assert_eq!(form(&private, &with("x", "private")), Some(AnswerFault::Public));
    let cookies = AnswerSpec { secure_cookies: true, ..AnswerSpec::default() };
    for good in ["t=a.b.c; secure", "t=a.b; Path=/"] {
        assert_eq!(form(&cookies, &with("set-cookie", good)), None);
    }
    let clear = Some(AnswerFault::ClearCookie("t".to_owned()));
    assert_eq!(form(&cookies, &with("set-cookie", "t=a.b.c; Path=/secure")), clear);
}

#[test]
fn what_follows_from_connections_that_the_system_refused_is_no_finding() {
    let blamed = |abort| blame_system(abort, "too many open files".to_owned());
    for abort in [
        Abort::Failed(Finding::ValidRejected),
        Abort::Failed(Finding::Fault),
        Abort::Inconclusive(Finding::ControlRefused),
    ] {
        let blamed = blamed(abort);
        assert!(matches!(&blamed, Abort::Impossible(Why::Ours(Mistake::System(_)))), "{blamed:?}");
    }
    let accepted = blamed(Abort::Failed(Finding::ForgeryAccepted));
    assert!(matches!(accepted, Abort::Failed(Finding::ForgeryAccepted)), "{accepted:?}");
}

#[test]
fn a_trust_that_a_target_does_not_take_is_a_mistake() {
    use crate::target::{ConnectionFault, ProcessError, TargetError};

    let error = std::io::Error::from_raw_os_error(2);
    let error = ProcessError::NotStarted { program: "verifier".to_owned(), error };
    let mistake = mistake_of_target(&TargetError::Process(error));
    assert_eq!(mistake, Mistake::Trust(TrustFault::NotStarted));
    let unreachable = |fault| {
        let url = "http://127.0.0.1:1/verifiers".to_owned();
        mistake_of_target(&TargetError::Driver(DriverError::Unreachable { url, fault }))
    };
    let reset = ConnectionFault::Reset("reset".to_owned());
    let mistake = Mistake::Trust(TrustFault::Connection(reset.clone()));
    assert_eq!(unreachable(reset), mistake);
    let refused = unreachable(ConnectionFault::OutOfResources("too many".to_owned()));
    assert_eq!(refused, Mistake::System("too many".to_owned()));
}
