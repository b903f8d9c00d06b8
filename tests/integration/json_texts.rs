//! No reader says "not JSON" of what is JSON (RFC 8259): big numbers, half surrogates, deep nesting.

use jwtspec_advice::token_source::{Options, Source, judge_source};
use jwtspec_engine::issuer::EndpointSpec;
use jwtspec_jose::{Compact, Duplicates, ObjectFault, Part, Token, Tolerance, located, object};

use crate::explain::setup::Setup;
use crate::lint_issuer::case::Case;
use crate::support::server;

/// The value of a member, by how a reader takes it.
enum Text {
    /// JSON that every reader reads.
    Read(String),
    /// JSON beyond a limit; the words that name the limit.
    Beyond(String, &'static str),
    /// Not JSON, wherever it is a value.
    NotJson(String),
}

use Text::{Beyond, NotJson, Read};

const NUMBER: &str = "which is beyond what a double can hold";
const SURROGATE: &str = "which is no character";
const DEPTH: &str = "is nested deeper than";

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

fn texts() -> Vec<Text> {
    let own = str::to_owned;
    vec![
        Read(own("1e300")),
        Read(own("-0.0E-999")),
        Read(own("18446744073709551616")),
        Read(own("\"\\ud83d\\ude00\"")),
        Read(own("{\"a\":1,\"a\":2}")),
        Read(nested(20)),
        Beyond(own("1e400"), NUMBER),
        Beyond(own("-1E+400"), NUMBER),
        Beyond("9".repeat(400), NUMBER),
        Beyond(own("\"\\ud800\""), SURROGATE),
        Beyond(own("\"a\\udc00\\ud800b\""), SURROGATE),
        Beyond(own("{\"\\uDBFF\":1}"), SURROGATE),
        Beyond(nested(200), DEPTH),
        Beyond(nested(100_000), DEPTH),
        NotJson(own("1,")),
        NotJson(own("[1,]")),
        NotJson(own("01")),
        NotJson(own("1e400,")),
        NotJson(own("\"\\ud800\",")),
        NotJson(own("NaN")),
        NotJson(own("'a'")),
        NotJson("[".repeat(100_000)),
    ]
}

impl Text {
    fn value(&self) -> &str {
        match self {
            Read(value) | Beyond(value, _) | NotJson(value) => value,
        }
    }

    /// The beginning of the value, for messages.
    fn name(&self) -> String {
        self.value().chars().take(40).collect()
    }

    /// An object that has it as a member, and these in front.
    fn object(&self, members: &str) -> String {
        format!("{{{members}\"x\":{}}}", self.value())
    }

    /// Asserts that what a reader says of a document that has it as a member is true.
    fn assert_true(&self, reader: &str, said: &str) {
        let short: String = said.chars().take(2000).collect();
        let name = self.name();
        let denied = ["not JSON", "no JSON", "not a JSON"].iter().any(|words| said.contains(words));
        match self {
            Read(_) | Beyond(..) => assert!(!denied, "{reader}, {name}: {short}"),
            NotJson(_) => assert!(denied, "{reader}, {name}: {short}"),
        }
        if let Beyond(_, words) = self {
            assert!(said.contains(words), "{reader}, {name}: {short}");
        }
    }
}

#[test]
fn strict_and_lenient_readers_never_call_json_not_json() {
    for text in texts() {
        let body = text.object("");
        for duplicates in [Duplicates::Refuse, Duplicates::TakeLast, Duplicates::TakeFirst] {
            let read = object(body.as_bytes(), duplicates);
            text.assert_true(
                "object",
                &read.as_ref().map_or_else(ToString::to_string, |_| String::new()),
            );
            let is_as_said = matches!(
                (&text, &read),
                (Read(_), Ok(_))
                    | (NotJson(_), Err(ObjectFault::NotJson(_)))
                    | (Beyond(..), Err(ObjectFault::Beyond(_)))
            );
            assert!(is_as_said, "{}: {read:?}", text.name());
        }
        for token in [
            format!("{}.e30.", jwtspec_jose::encode(&body)),
            format!("e30.{}.", jwtspec_jose::encode(&body)),
        ] {
            let said =
                Token::read(&token).map_or_else(|fault| fault.to_string(), |_| String::new());
            text.assert_true("token", &said);
            let part = if token.starts_with("e30") { Part::Claims } else { Part::Header };
            let members = Compact::new(&token).members(part, Tolerance::ALL);
            assert_eq!(members.is_some(), matches!(text, Read(_)), "{}", text.name());
        }
    }
    let marked = object("\u{feff}{}".as_bytes(), Duplicates::Refuse);
    assert_eq!(marked, Err(ObjectFault::ByteOrderMark));
    let twice = object(br#"{"a":1,"a":2}"#, Duplicates::Refuse);
    assert_eq!(twice, Err(ObjectFault::Repeated("a".to_owned())));
}

#[test]
fn a_trust_file_that_is_json_is_never_called_not_json() {
    for text in texts() {
        let said = located::parse(&text.object(""));
        let said = said.map_or_else(|mistake| mistake.message, |_| String::new());
        match &text {
            Read(value) if value.contains("\"a\":2") => assert!(said.contains("twice"), "{said}"),
            Read(_) => assert_eq!(said, "", "{}", text.name()),
            Beyond(_, words) => assert!(said.contains(words), "{}: {said}", text.name()),
            NotJson(_) => assert!(!said.is_empty(), "{}", text.name()),
        }
        assert!(!matches!(text, Beyond(..)) || !said.contains("no JSON"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_never_calls_json_not_json() {
    let server = server().await;
    let setup = Setup::on(&server, EndpointSpec::default());
    // Longer tokens are refused for their length.
    for text in texts().into_iter().filter(|text| text.value().len() < 50_000) {
        let member = format!("\"x\":{}", text.value());
        for (part, recipe) in [
            ("header", format!("header-json = '''{{@header,{member}}}'''")),
            ("payload", format!("claims-json = '''{{@claims,{member}}}'''")),
        ] {
            let explanation = setup.explain(&recipe).await;
            text.assert_true(part, &serde_json::to_string(&explanation).unwrap());
        }
        for what in ["discovery", "key set"] {
            let mut question = setup.question("");
            let documents = &setup.issuer.documents;
            let body = |body: &bytes::Bytes| {
                let members = std::str::from_utf8(body).unwrap().trim_start_matches('{');
                format!("{{{member},{members}").into_bytes()
            };
            question.discovery = Some(documents.discovery.body.to_vec());
            question.key_set = Some(documents.jwks.body.to_vec());
            match what {
                "discovery" => question.discovery = Some(body(&documents.discovery.body)),
                _ => question.key_set = Some(body(&documents.jwks.body)),
            }
            let explanation = jwtspec_advice::explain::explain(&question).await.unwrap();
            text.assert_true(what, &serde_json::to_string(&explanation).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lint_issuer_never_calls_json_not_json() {
    let honest = Case::start().await;
    for text in texts() {
        let member = format!("{{\"x\":{},", text.value());
        for what in ["discovery", "key set"] {
            let mut case = honest.clone();
            let document = match what {
                "discovery" => &mut case.issuer.documents.discovery,
                _ => &mut case.issuer.documents.jwks,
            };
            let body = std::str::from_utf8(&document.body).unwrap().replacen('{', &member, 1);
            document.body = body.into();
            let report = case.lint().await.unwrap();
            let seen: Vec<&str> =
                report.findings.iter().map(|finding| finding.seen.as_str()).collect();
            text.assert_true(what, &seen.join("\n"));
            let ends = |id: &str| {
                let mut broken = report.findings.iter().filter(|finding| finding.why.is_some());
                broken.any(|finding| finding.id.ends_with(id))
            };
            assert_eq!(
                ends("-json"),
                matches!(text, NotJson(_)),
                "{what} {}\n{report}",
                text.name()
            );
            assert_eq!(ends("-limits"), matches!(text, Beyond(..)), "{what} {}", text.name());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn token_source_never_calls_json_not_json() {
    let token = crate::support::Issuer::offline().mint("claims.exp = \"@now+300s\"");
    let folder = tempfile::tempdir().unwrap();
    for (place, text) in texts().into_iter().enumerate() {
        let answer = text.object(&format!("\"token\":\"{token}\","));
        let path = folder.path().join(place.to_string());
        std::fs::write(&path, answer).unwrap();
        let mut options = Options::new(Source::Command(format!("cat '{}'", path.display())));
        options.pointer = Some("/token".to_owned());
        let report = judge_source(&options).await.unwrap().to_string();
        match text {
            // The token is there, and it is read.
            Read(_) | Beyond(..) => {
                assert!(!report.contains("no JSON"), "{}\n{report}", text.name());
                assert!(!report.contains("source-place"), "{}\n{report}", text.name());
            }
            NotJson(_) => assert!(report.contains("no JSON came"), "{}\n{report}", text.name()),
        }
    }
}
