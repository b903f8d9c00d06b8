//! What reports say is true in the case at hand, and in every report.

use std::collections::HashSet;
use std::sync::Mutex;

use jwtspec_engine::event::{Event, Meaning};
use jwtspec_engine::report::{Destination, Format};
use jwtspec_engine::run::run;
use jwtspec_types::capabilities::Number;

use super::*;

impl From<Twisted> for Target {
    fn from(twisted: Twisted) -> Self {
        Self::Rust(Arc::new(twisted))
    }
}

/// The report in this form of a run on a target.
pub(super) async fn report(format: Format, target: impl Into<Target>, options: &Options) -> String {
    let catalogue = Catalogue::embedded().unwrap();
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    run(&catalogue, target.into(), options, &sender).await.unwrap();
    drop(sender);
    let mut bytes = Vec::new();
    let mut reporter = Destination { format, file: None }.reporter(Box::new(&mut bytes));
    while let Some(event) = events.recv().await {
        reporter.event(&event).unwrap();
        if matches!(event, Event::RunFinished(_)) {
            break;
        }
    }
    drop(reporter);
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn choices_are_told_in_every_report() {
    for (format, told) in [
        (Format::Human, "Choices, where both verdicts are allowed"),
        (Format::Markdown, "hoices"),
        (Format::Junit, "accepts: expiry/missing"),
        (Format::Json, "\"choices\""),
    ] {
        let honest = Twisted::new(|_, verdict| verdict);
        let text = report(format, honest, &filtered(&["expiry/missing"])).await;
        assert!(text.contains(told) && text.contains("expiry/missing"), "{format}: {text}");
    }
}

#[tokio::test]
async fn an_accepted_broken_signature_is_told_in_words() {
    let accepts = Twisted::new(|token, verdict| match token.matches('.').count() {
        2 => Ok(Value::Null),
        _ => verdict,
    });
    let text = report(Format::Human, accepts, &filtered(&["expiry/past"])).await;
    for told in ["it accepts a token whose signature is broken", "bit -9 flipped", "RFC 7515 §5.2"]
    {
        assert!(text.contains(told), "{text}");
    }
}

/// The issuer that a token names.
fn issuer(token: &str) -> String {
    let claims = Compact::new(token).bytes(Part::Claims, Tolerance::NONE).unwrap_or_default();
    let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
    claims["iss"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_poisoned_verifier_is_not_said_to_let_anyone_in() {
    let locked = Mutex::new(HashSet::new());
    let locks_out = Twisted::new(move |token, verdict| {
        let mut locked = locked.lock().unwrap();
        if verdict.is_err() {
            locked.insert(issuer(token));
        }
        match locked.contains(&issuer(token)) {
            true => Err(Refusal::saying("locked out")),
            false => verdict,
        }
    });
    let id = "key-confusion/rsa-pem";
    let options = Options { preflight: false, retry: false, ..filtered(&[id]) };
    let (_, results) = locks_out.run(&options).await;
    assert_eq!(results[0].finding, Some(Finding::Poisoned), "{:?}", results[0]);
    assert_eq!(results[0].meaning, Some(Meaning::Finding(Finding::Poisoned)));
}

#[tokio::test]
async fn the_same_leak_in_many_scenarios_is_one_failure() {
    let tells = Twisted::new(|token, verdict| {
        verdict.map_err(|refusal| Refusal::saying(format!("{}: {token}", refusal.message)))
    });
    let text = report(Format::Human, tells, &filtered(&["expiry/*"])).await;
    assert_eq!(text.matches("FAIL").count(), 1, "{text}");
    assert!(text.contains("likewise"), "{text}");
}

#[tokio::test]
async fn a_target_that_holds_one_audience_is_asked_for_no_second() {
    let capabilities = Reference::default().describe().capabilities.audiences(Number::One);
    let honest = Twisted::new(|_, verdict| verdict);
    let one = Twisted { capabilities: Some(capabilities), ..honest };
    let (summary, results) = one.run(&filtered(&["audience/*"])).await;
    assert!(summary.fail == 0 && summary.skip > 0 && summary.pass > summary.skip, "{summary:?}");
    for skipped in results.iter().filter(|result| result.outcome == Outcome::Skip) {
        assert!(why(skipped).unwrap().contains("audiences of one provider"), "{skipped:?}");
    }
}
