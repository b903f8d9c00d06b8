//! JSON as it is read, beside what `serde_json` reads.

use super::*;

fn value(text: &str) -> Json {
    parse(text).unwrap().0
}

fn doubts(text: &str) -> Doubts {
    parse(text).unwrap().1
}

#[test]
fn what_serde_json_reads_is_read_alike() {
    for text in [
        "null",
        " true ",
        "[]",
        "[1,[2,{}],\"x\"]",
        "{\"a\":{\"b\":[false]}}",
        "\"\\u0041\\n\\/\"",
        "\"\\ud83d\\ude00\"",
        "-0",
        "1.5e-3",
        "1E5",
        "{\"\":\"\"}",
        "\r\n\t{ }",
    ] {
        assert!(parse(text).is_ok(), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
    }
    for text in [
        "",
        "{",
        "{\"a\"}",
        "{\"a\":1,}",
        "[1,]",
        "[1 2]",
        "{'a':1}",
        "{a:1}",
        "01",
        "+1",
        ".5",
        "1.",
        "1e",
        "0x1F",
        "NaN",
        "Infinity",
        "True",
        "nul",
        "\"a\nb\"",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\u+123\"",
        "\"",
        "1 2",
        "{}{}",
        "[}",
        "{]",
        "/* */1",
        "\u{feff}1",
        "-",
    ] {
        assert!(parse(text).is_err(), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
    }
}

#[test]
fn of_repeated_names_the_last_counts_and_the_doubt_is_told() {
    let Json::Object(object) = value("{\"exp\":1,\"e\\u0078p\":2}") else { panic!() };
    assert_eq!(object.get("exp"), Some(&Json::Number("2".to_owned())));
    assert_eq!(doubts("{\"exp\":1,\"e\\u0078p\":2}").repeated.as_deref(), Some("exp"));
    assert_eq!(doubts("{\"a\":1,\"b\":{\"a\":2}}"), Doubts::default());
    assert!(doubts("[{\"a\":1,\"a\":2}]").repeated.is_some());
}

#[test]
fn limits_are_doubts() {
    assert!(doubts("18446744073709551616").number);
    assert!(doubts("1e400").number);
    assert!(!doubts("9007199254740993").number && !doubts("1e5").number);
    assert!(doubts("\"\\ud800\"").surrogate);
    assert!(doubts("\"\\ud800\\u0041\"").surrogate);
    assert_eq!(value("\"\\ud800\\u0041\""), Json::Text("\u{fffd}A".to_owned()));
    assert!(doubts("\"\u{ffff}\"").surrogate);
    assert!(doubts("{\"__proto__\":1}").proto);
}

#[test]
fn no_depth_exhausts_the_stack() {
    let nested = |count: usize| format!("{}{}", "[".repeat(count), "]".repeat(count));
    assert!(!doubts(&nested(DEPTH)).deep);
    assert!(doubts(&nested(DEPTH + 1)).deep);
    assert!(doubts(&nested(200_000)).deep);
    assert_eq!(parse(&"[".repeat(200_000)), Err(Fault::Syntax));
    let inside = |text: &str| format!("{}{text}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    for text in ["{\"a\":[1,{}],\"b\":[]}", "[[],[[]],{}]", "[{\"a\":{\"b\":1}},2]"] {
        assert!(doubts(&inside(text)).deep, "{text}");
    }
    for text in ["{\"a\":[1,]}", "[[}]", "{\"a\"}", "{1:2}", "[1 2]", "{\"a\":1,}", "{]"] {
        assert_eq!(parse(&inside(text)), Err(Fault::Syntax), "{text}");
    }
}
