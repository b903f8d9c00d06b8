//! `parse_jwt`: parsers agree with the strict one on what is a token, and on what it says.

use serde_json::{Map, Value};

use super::disagreement::differing;
use super::{Disagreement, DisputedToken, LONGEST_INPUT, Parsed, Parser, Strict};
use jwtspec_jose::{Part, encode};

/// Has the strict parser and these read the bytes, and compares.
///
/// Bounded time and memory are libFuzzer's to watch (`-timeout`, `-rss_limit_mb`); input beyond
/// [`LONGEST_INPUT`] is passed over, and below it nothing may take long.
///
/// # Panics
///
/// If a parser panics; if it disagrees with [`Strict`] for no reason that it lists in
/// [`Parser::known`]; if what was read does not give the same text when it is encoded again.
pub fn parse_jwt(data: &[u8], parsers: &[&dyn Parser]) {
    if data.len() > LONGEST_INPUT {
        return;
    }
    let Ok(token) = std::str::from_utf8(data) else { return };
    let strict = Strict.parse(token);
    if let Ok(parsed) = &strict {
        encodes_to_the_same(token, parsed);
    }
    for parser in parsers {
        compare(token, &strict, *parser);
    }
}

fn compare(token: &str, strict: &Result<Parsed, String>, parser: &dyn Parser) {
    let departs = |disagreement: Disagreement<'_>| {
        let disputed = DisputedToken::new(token, disagreement);
        disputed.must_be_known(parser.known(), || headline(parser.name(), disagreement, strict));
    };
    match (strict, parser.parse(token)) {
        (Err(_), Err(_)) => {}
        (Err(why), Ok(_)) => departs(Disagreement::Takes(why)),
        (Ok(_), Err(why)) => departs(Disagreement::Refuses(&why)),
        (Ok(standard), Ok(parsed)) => {
            for (part, ours, theirs) in [
                (Part::Header, &standard.header, &parsed.header),
                (Part::Claims, &standard.claims, &parsed.claims),
            ] {
                // Most often they are the same as they are.
                if ours == theirs {
                    continue;
                }
                for name in differing(ours, theirs) {
                    if parser.hands_out(part, name) {
                        departs(Disagreement::Reads(part, name));
                    }
                }
            }
            if parsed.signature.is_some() && parsed.signature != standard.signature {
                departs(Disagreement::Reads(Part::Signature, ""));
            }
        }
    }
}

/// Bytes → base64url, and members → JSON → members.
fn encodes_to_the_same(token: &str, parsed: &Parsed) {
    let disputed = DisputedToken::new(token, Disagreement::Takes(""));
    for part in [Part::Header, Part::Claims, Part::Signature] {
        let bytes = match (part, &parsed.signature) {
            (Part::Signature, Some(signature)) => Some(signature.clone()),
            _ => disputed.bytes(part),
        };
        let again = bytes.map(encode);
        assert_eq!(
            again.as_deref(),
            disputed.segment(part),
            "the {} of {token:?} is not what its bytes encode to",
            part.as_str()
        );
    }
    for members in [&parsed.header, &parsed.claims] {
        let text = serde_json::to_string(members).unwrap_or_default();
        let again = serde_json::from_str::<Map<String, Value>>(&text);
        assert!(again.is_ok_and(|again| again == *members), "{text} is read otherwise");
    }
}

fn headline(name: &str, disagreement: Disagreement<'_>, strict: &Result<Parsed, String>) -> String {
    let what = match disagreement {
        Disagreement::Takes(why) => format!("`{name}` takes what the strict parser refuses: {why}"),
        Disagreement::Refuses(why) => {
            format!("`{name}` refuses what the strict parser takes: {why}")
        }
        Disagreement::Reads(Part::Signature, _) => format!("`{name}` reads another signature"),
        Disagreement::Reads(part, member) => {
            format!("`{name}` reads `{member}` of the {} otherwise", part.as_str())
        }
    };
    format!(
        "{what}\n  strict         {strict:?}\n\
         either our parser is wrong, or this is a departure to be listed with a reason"
    )
}
