//! Texts that are JSON, beyond a limit or not, and texts that are not.

use super::*;

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

#[test]
fn what_is_json_is_read_or_is_beyond_a_limit() {
    let read = [
        "0",
        "-0.0e+0",
        "1e-400",
        "0e999999999999",
        "\"\\ud83d\\ude00 \\/\"",
        " [ ] ",
        "{ }",
        "{\"a\":{\"b\":[1,{},[]]},\"a\":null}",
        "[true , false]",
        "18446744073709551616",
    ];
    for text in read.map(str::to_owned).into_iter().chain([nested(MOST_LEVELS)]) {
        assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
        let scan = Scan::new(&text);
        assert!(scan.fault().is_none() && !scan.is_beyond(), "{text}");
    }
    let digits = "9".repeat(400);
    let beyond = [
        ("1e400", Limit::Number("1e400".to_owned())),
        ("{\"a\":[-1E+9999999999]}", Limit::Number("-1E+9999999999".to_owned())),
        (&digits, Limit::Number(digits.clone())),
        ("\"\\ud800\"", Limit::LoneSurrogate(0xd800)),
        ("{\"\\uDfff\":1e400}", Limit::LoneSurrogate(0xdfff)),
        ("[\"\\ud800\\u0041\"]", Limit::LoneSurrogate(0xd800)),
        ("[\"\\ud800\\ud83d\\ude00\"]", Limit::LoneSurrogate(0xd800)),
        (&nested(MOST_LEVELS + 1), Limit::Depth(MOST_LEVELS)),
        (&nested(200), Limit::Depth(MOST_LEVELS)),
        (&nested(100_000), Limit::Depth(MOST_LEVELS)),
    ];
    for (text, limit) in beyond {
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
        assert!(Scan::new(text).fault().is_none(), "{text}");
        assert_eq!(excess(text.as_bytes()).map(|excess| excess.limit), Some(limit), "{text}");
        assert!(read_leniently(text).is_some(), "{text}");
    }
}

#[test]
fn what_is_not_json_has_a_place() {
    let texts = [
        ("", "the text ends too early, at line 1 column 1"),
        ("[1,]", "unexpected text at line 1 column 4"),
        ("{\"a\":1,\n}", "unexpected text at line 2 column 1"),
        ("{'a':1}", "unexpected text at line 1 column 2"),
        ("01", "unexpected text at line 1 column 2"),
        ("[NaN]", "unexpected text at line 1 column 2"),
        ("[1.]", "unexpected text at line 1 column 4"),
        ("\"\t\"", "unexpected text at line 1 column 2"),
        ("\"\\x\"", "unexpected text at line 1 column 3"),
        ("\"\\u12\"", "unexpected text at line 1 column 4"),
        ("\"\\ud800\\u12\"", "unexpected text at line 1 column 10"),
        ("\u{feff}{}", "unexpected text at line 1 column 1"),
        ("[1e400", "the text ends too early, at line 1 column 7"),
        ("[}", "unexpected text at line 1 column 2"),
        ("[\"\\u00é\"]", "unexpected text at line 1 column 5"),
    ];
    for (text, told) in texts {
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
        let fault = Scan::new(text).fault().map(|fault| fault.to_string());
        assert_eq!(fault.as_deref(), Some(told), "{text}");
        assert_eq!((excess(text.as_bytes()), read_leniently(text)), (None, None), "{text}");
    }
    assert!(Scan::new(&"[".repeat(100_000)).fault().is_some());
    assert!(Scan::new(&"[".repeat(100_000)).is_beyond());
}

#[test]
fn what_is_beyond_a_limit_is_replaced_and_the_rest_is_read() {
    let deep = nested(200);
    let text = format!(r#"{{"a":1e400,"b":"x\ud800y","c":{deep},"token":"t"}}"#);
    let read = read_leniently(&text).unwrap();
    assert_eq!(
        (&read["a"], &read["b"], &read["token"]),
        (&0.into(), &"x\u{fffd}y".into(), &"t".into())
    );
    assert!(read["c"].is_array());
}

#[test]
fn a_long_number_is_described_by_its_length() {
    let told = |spelling: &str| Limit::Number(spelling.to_owned()).to_string();
    assert_eq!(told("1e400"), "holds the number 1e400, which is beyond what a double can hold");
    assert!(told(&"9".repeat(400)).starts_with("holds a number of 400 characters, which"));
}
