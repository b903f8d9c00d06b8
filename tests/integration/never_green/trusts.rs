//! A trust that a driver fails to take is its mistake, and says nothing of the verifier.

use jwtspec_driver::serve_on;
use jwtspec_engine::event::{Mistake, Why};
use jwtspec_engine::report::Format;
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;

use super::reports::report;
use super::*;

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

/// The reference verifier behind a driver that answers so to a trust: to each, or to one without
/// audiences or with several providers.
async fn driver(answer: Option<(&'static str, &'static str)>, each: bool) -> Target {
    let reference = serve_on(([127, 0, 0, 1], 0).into(), Arc::new(Reference::default()));
    let reference = reference.await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let behind = reference.url().trim_start_matches("http://").to_owned();
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, behind.clone(), answer, each));
        }
    });
    Target::Url(url)
}

async fn serve(
    mut stream: TcpStream,
    behind: String,
    answer: Option<(&str, &str)>,
    each: bool,
) -> std::io::Result<()> {
    let request = read_request(&mut stream).await?;
    let text = String::from_utf8_lossy(&request).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let is_chosen = |trust: &Value| {
        let providers = trust["providers"].as_array().unwrap();
        each || providers.len() > 1 || providers[0]["audiences"].as_array().unwrap().is_empty()
    };
    let trust = head.starts_with("POST").then(|| serde_json::from_str(body).unwrap());
    if trust.as_ref().is_some_and(is_chosen) {
        let Some((status, body)) = answer else { return stream.set_zero_linger() };
        let length = body.len();
        let text = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
        return stream.write_all(text.as_bytes()).await;
    }
    let mut reference = TcpStream::connect(behind).await?;
    reference.write_all(&request).await?;
    copy_bidirectional(&mut stream, &mut reference).await.map(drop)
}

/// Reads a request with its body.
async fn read_request(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await?;
        request.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Ok(request);
            }
        }
        if count == 0 {
            return Ok(request);
        }
    }
}

#[tokio::test]
async fn a_trust_that_a_driver_does_not_take_is_no_finding() {
    let catalogue = Catalogue::embedded().unwrap();
    let options = filtered(&["audience/*", "isolation/*"]);
    for (answer, told) in ANSWERS {
        let target = driver(answer, false).await;
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
        let target = driver(answer, true).await;
        let options = filtered(&["audience/*"]);
        let (summary, _) = support::results(&catalogue, target, &options).await.unwrap();
        assert!(summary.is_void() && summary.skip == summary.total(), "{told}: {summary:?}");
        let text = report(Format::Human, driver(answer, true).await, &options).await;
        assert!(text.contains("the target takes no trust"), "{text}");
    }
}

#[tokio::test]
async fn mistakes_of_a_driver_are_told_first_and_once() {
    let answer = Some(("500 Broken", "oh ``` no | <b>"));
    let options = filtered(&["audience/*", "isolation/*"]);
    let told = "the driver answers `POST /verifiers` with status 500";
    let human = report(Format::Human, driver(answer, false).await, &options).await;
    let first = human.lines().skip(2).take(4).collect::<Vec<_>>().join("\n");
    assert!(first.starts_with("\u{1b}[1mNot the verifier's: to be mended first"), "{human}");
    assert!(first.contains(told) && first.contains(" scenarios, such as "), "{human}");
    assert!(first.contains("the body of the answer: oh ``` no | <b>"), "{human}");
    assert!(!human.contains("FAIL") && !human.contains("INCONCLUSIVE"), "{human}");
    let markdown = report(Format::Markdown, driver(answer, false).await, &options).await;
    assert!(markdown.contains("## Not the verifier's") && !markdown.contains("## Findings"));
    assert!(markdown.matches("/verifiers").count() <= 2, "{markdown}");
    // The same lines, in a block that they do not end.
    let lines: Vec<&str> = human.lines().skip(3).take_while(|line| !line.is_empty()).collect();
    assert!(lines.len() > 2 && lines.last().is_some_and(|line| line.contains("docs/drivers.md")));
    for line in lines {
        assert!(markdown.contains(&format!("{}\n", line.trim())), "no {line}: {markdown}");
    }
    assert!(markdown.contains("\n````text\n"), "{markdown}");
    let json = report(Format::Json, driver(answer, false).await, &options).await;
    let json: Value = serde_json::from_str(&json).unwrap();
    let mistakes = json["mistakes"].as_array().unwrap();
    assert!(mistakes.len() == 1 && mistakes[0]["ids"].as_array().unwrap().len() > 3);
    let junit = report(Format::Junit, driver(answer, false).await, &options).await;
    assert!(junit.contains(&format!("<error message=\"{told}")), "{junit}");
    assert!(!junit.contains("<failure"), "{junit}");
}
