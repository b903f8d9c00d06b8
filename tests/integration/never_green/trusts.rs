//! A trust that a driver fails to take is its mistake, and says nothing of the verifier.

use jwtspec_engine::event::{Mistake, Why};
use jwtspec_engine::report::Format;
use serde_json::json;

use super::reports::report;
use super::*;
use crate::support::driver_failing;

/// An answer to a trust, and how it breaks the contract; nothing is a reset of the connection.
const ANSWERS: [(Option<(&str, &str)>, &str); 9] = [
    (Some(("500 Broken", "no such thing")), "with status 500"),
    (Some(("404 Not Found", "")), "with status 404"),
    (Some(("200 OK", "{\"path\":\"/v\"}")), "with status 200"),
    (Some(("201 Created", "{}")), "with status 201 and names no `path`"),
    (Some(("201 Created", "<html>")), "with status 201 and a body that is not JSON"),
    (Some(("201 Created", "{\"path\":\"verifiers/1\"}")), "that does not begin with `/`"),
    (Some(("422 No", "{}")), "does not say in `unsupported` why"),
    (Some(("422 No", "no")), "with status 422 and a body that is not JSON"),
    (None, "does not answer `POST /verifiers`"),
];

/// The trusts that a driver takes.
#[derive(Clone, Copy, PartialEq)]
enum Taken {
    None,
    /// Those of one provider with audiences.
    Plain,
    /// All but the first.
    Behind(usize),
}

/// The reference verifier behind a driver that answers so to the trusts that it does not take.
async fn driver(answer: Option<(&'static str, &'static str)>, taken: Taken) -> Target {
    let trusts = Arc::new(AtomicUsize::new(0));
    let is_chosen = move |trust: &Value| {
        let providers = trust["providers"].as_array().unwrap();
        let number = trusts.fetch_add(1, Ordering::Relaxed);
        match taken {
            Taken::None => true,
            Taken::Plain => providers.len() > 1 || providers[0]["audiences"] == json!([]),
            Taken::Behind(first) => number < first,
        }
    };
    Target::Url(driver_failing(answer, is_chosen).await)
}

#[tokio::test]
async fn a_trust_that_a_driver_does_not_take_is_no_finding() {
    let catalogue = Catalogue::embedded().unwrap();
    let options = filtered(&["audience/*", "isolation/*"]);
    for (answer, told) in ANSWERS {
        let target = driver(answer, Taken::Plain).await;
        let (summary, results) = support::results(&catalogue, target, &options).await.unwrap();
        assert_eq!((summary.ending, summary.fail), (Ending::Whole, 0), "{told}");
        assert!(summary.pass > 10 && summary.inconclusive > 3, "{told}: {summary:?}");
        // Status 1: scenarios proved nothing.
        assert!(!summary.is_clean(false) && !summary.is_void());
        let unjudged: Vec<_> =
            results.iter().filter(|result| result.outcome == Outcome::Inconclusive).collect();
        for result in &unjudged {
            assert_eq!(result.finding, None, "{told}: {}", result.id);
            assert!(matches!(result.why, Some(Why::Ours(Mistake::Trust(_)))), "{:?}", result.why);
            // One mistake, not one a scenario.
            assert_eq!(result.why, unjudged[0].why);
            assert!(why(result).unwrap().contains(told), "{:?}", why(result));
        }
    }
}

#[tokio::test]
async fn a_driver_that_takes_no_trust_cannot_be_tested() {
    let catalogue = Catalogue::embedded().unwrap();
    for (answer, told) in ANSWERS {
        for preflight in [true, false] {
            let options = Options { preflight, ..filtered(&["audience/*"]) };
            let target = driver(answer, Taken::None).await;
            let (summary, _) = support::results(&catalogue, target, &options).await.unwrap();
            assert!(summary.is_void() && summary.fail == 0, "{told}: {summary:?}");
            let text = report(Format::Json, driver(answer, Taken::None).await, &options).await;
            let json: Value = serde_json::from_str(&text).unwrap();
            let mistakes = json["mistakes"].as_array().unwrap();
            assert!(mistakes.len() == 1 && mistakes[0]["what"].as_str().unwrap().contains(told));
            for format in [Format::Human, Format::Junit, Format::Markdown] {
                let text = report(format, driver(answer, Taken::None).await, &options).await;
                assert!(!text.contains("a good token from a bad one"), "{text}");
            }
        }
    }
}

/// It refuses each, as the contract allows.
#[tokio::test]
async fn a_driver_that_refuses_every_trust_tests_nothing() {
    let answer = Some(("422 No", "{\"unsupported\":\"not today\"}"));
    for preflight in [true, false] {
        let options = Options { preflight, ..filtered(&["audience/*"]) };
        let text = report(Format::Human, driver(answer, Taken::None).await, &options).await;
        assert!(
            text.contains("not today") && text.contains("every scenario was skipped"),
            "{text}"
        );
        assert!(!text.contains("good token"), "{text}");
    }
}

/// Each is tried twice, the preflight at once, and each of the 49 scenarios behind the others.
#[tokio::test]
async fn a_driver_that_takes_trusts_later_is_tested() {
    let catalogue = Catalogue::embedded().unwrap();
    let options = Options { jobs: 1, ..filtered(&["audience/*"]) };
    for (first, unjudged) in [(1, 0), (4, 0), (53, 2)] {
        let target = driver(Some(("500 Broken", "")), Taken::Behind(first)).await;
        let (summary, _) = support::results(&catalogue, target, &options).await.unwrap();
        assert_eq!((summary.ending, summary.unjudged), (Ending::Whole, unjudged), "{summary:?}");
        assert_eq!((summary.fail, summary.inconclusive), (0, unjudged));
    }
}

#[tokio::test]
async fn mistakes_of_a_driver_are_told_first_and_once() {
    let answer = Some(("500 Broken", "oh ``` no | <b>"));
    let options = filtered(&["audience/*", "isolation/*"]);
    let told = "the driver answers `POST /verifiers` with status 500";
    let human = report(Format::Human, driver(answer, Taken::Plain).await, &options).await;
    let first = human.lines().skip(2).take(4).collect::<Vec<_>>().join("\n");
    assert!(first.starts_with("\u{1b}[1mNot the verifier's: to be mended first"), "{human}");
    assert!(first.contains(told) && first.contains(" scenarios, such as "), "{human}");
    assert!(first.contains("the body of the answer: oh ``` no | <b>"), "{human}");
    assert!(!human.contains("FAIL") && !human.contains("INCONCLUSIVE"), "{human}");
    let markdown = report(Format::Markdown, driver(answer, Taken::Plain).await, &options).await;
    assert!(markdown.contains("## Not the verifier's") && !markdown.contains("## Findings"));
    assert!(markdown.matches("/verifiers").count() <= 2, "{markdown}");
    // The same lines, in a block that they do not end.
    let lines: Vec<&str> = human.lines().skip(3).take_while(|line| !line.is_empty()).collect();
    assert!(lines.len() > 2 && lines.last().is_some_and(|line| line.contains("docs/drivers.md")));
    for line in lines {
        assert!(markdown.contains(&format!("{}\n", line.trim())), "no {line}: {markdown}");
    }
    assert!(markdown.contains("\n````text\n"), "{markdown}");
    let json = report(Format::Json, driver(answer, Taken::Plain).await, &options).await;
    let json: Value = serde_json::from_str(&json).unwrap();
    let mistakes = json["mistakes"].as_array().unwrap();
    assert!(mistakes.len() == 1 && mistakes[0]["ids"].as_array().unwrap().len() > 3);
    let junit = report(Format::Junit, driver(answer, Taken::Plain).await, &options).await;
    assert!(junit.contains(&format!("<error message=\"{told}")), "{junit}");
    assert!(!junit.contains("<failure"), "{junit}");
}
