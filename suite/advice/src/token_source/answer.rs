//! Parses the text that a source gives: a token, no user, or something unusable.

use serde_json::Value;

use super::call::NoToken;
use super::secrets::Secrets;
use crate::lint::rule::rules;
use jwtspec_jose::{Compact, kind, quoted, read_leniently};

rules! { Source:
    HANGS = "source-hangs" Must "practice":
        "the source answers in time",
        "the client waits without end, and the user looks at a page that goes on loading",
        "give everything that the source asks for a time-out, and let it fail then";
    FAILS = "source-fails" Must "practice":
        "the source ends without an error",
        "no client knows what to do with it: at first it goes on waiting, later it refreshes no more",
        "run it by hand and see what it says; answer null only where no user is signed in";
    PAGE = "source-page" Must "practice":
        "the answer is no web page",
        "the client takes the page for a token, and the target refuses it",
        "answer programs with a status and without redirects to a page to sign in";
    NOISE = "source-noise" Must "practice":
        "the answer has the token and nothing else",
        "the client takes the rest for a part of the token",
        "print the token alone; write anything else to standard error";
    PLACE = "source-place" Must "practice":
        "the token is where it is looked for",
        "the client gets `undefined` and takes the user for signed out",
        "name the place by --token, such as --token /access_token";
    NO_USER = "source-no-user" Must "practice":
        "a user is signed in",
        "there is no token, so nothing more can be judged",
        "sign in first, or bring the session along, as by --header @cookie.txt";
}

/// The member under which a token is looked for, unless the options name another.
const MEMBER: &str = "/token";
/// Other members that hold tokens.
const OTHERS: [&str; 7] =
    ["access_token", "accessToken", "id_token", "idToken", "jwt", "convexToken", "authToken"];

/// The content of a text: a token of any form, or the reason why there is none.
type Content = Result<String, NoToken>;

/// A text that was parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ParsedAnswer {
    pub(super) content: Content,
    /// The text beside the token, though the token could be found.
    pub(super) noise: Option<String>,
}

impl From<Content> for ParsedAnswer {
    fn from(content: Content) -> Self {
        Self { content, noise: None }
    }
}

/// The options for parsing a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct ParseOptions<'a> {
    /// A JSON Pointer to the token.
    pub(super) pointer: Option<&'a str>,
    /// True if a program printed it, which may print the word of its language for nothing.
    pub(super) printed: bool,
    /// True if it is labelled as a web page.
    pub(super) page: bool,
}

/// Parses the text that a source gave.
pub(super) fn parse_answer(
    text: &str,
    options: ParseOptions<'_>,
    secrets: &Secrets,
) -> ParsedAnswer {
    let text = text.trim();
    let beginning: String = text.chars().take(9).collect::<String>().to_ascii_lowercase();
    if options.page || beginning.starts_with("<!doctype") || beginning.starts_with("<html") {
        let seen = format!("a web page came: {}", secrets.quote(first_line(text)));
        return Err(NoToken::Unusable(PAGE, seen)).into();
    }
    // A client may read what is beyond the limits here: nothing but the token matters.
    match (text, read_leniently(text)) {
        ("", _) => Err(NoToken::SignedOut("nothing".to_owned())).into(),
        ("null", _) => Err(NoToken::SignedOut("null".to_owned())).into(),
        ("undefined" | "None" | "nil", _) if options.printed => {
            Err(NoToken::SignedOut(text.to_owned())).into()
        }
        (_, Some(value @ (Value::Object(_) | Value::Array(_)))) => {
            parse_json(&value, options, secrets).into()
        }
        (_, Some(value)) if options.pointer.is_some() => {
            parse_json(&value, options, secrets).into()
        }
        (_, Some(Value::String(token))) => match token.as_str() {
            "" => Err(NoToken::SignedOut("an empty string".to_owned())).into(),
            _ => Ok(token).into(),
        },
        _ if options.pointer.is_some() => {
            let seen = format!("no JSON came: {}", secrets.quote(first_line(text)));
            Err(NoToken::Unusable(PLACE, seen)).into()
        }
        _ => parse_text(text, secrets),
    }
}

/// The token inside JSON.
fn parse_json(value: &Value, options: ParseOptions<'_>, secrets: &Secrets) -> Content {
    let pointer = options.pointer.unwrap_or(MEMBER);
    match value.pointer(pointer) {
        Some(Value::Null) => Err(NoToken::SignedOut(format!("null at {pointer}"))),
        Some(Value::String(token)) if token.is_empty() => {
            Err(NoToken::SignedOut(format!("an empty string at {pointer}")))
        }
        Some(Value::String(token)) => Ok(token.clone()),
        Some(other) => Err(NoToken::Unusable(
            PLACE,
            format!("there is {} at {}", kind(other), quoted(pointer)),
        )),
        None => {
            let mut seen = format!("the JSON has nothing at {}", quoted(pointer));
            if let Some(found) = OTHERS.iter().find(|name| value.get(**name).is_some()) {
                seen += &format!("; there is something at /{found}");
            } else if let Some(names) = value.as_object().map(|it| it.keys().take(4)) {
                let names: Vec<String> = names.map(|name| secrets.quote(name)).collect();
                if !names.is_empty() {
                    seen += &format!("; it has {}", names.join(", "));
                }
            }
            Err(NoToken::Unusable(PLACE, seen))
        }
    }
}

/// A token by itself, or among other text.
fn parse_text(text: &str, secrets: &Secrets) -> ParsedAnswer {
    if !text.contains(char::is_whitespace) {
        return Ok(text.to_owned()).into();
    }
    let mut tokens: Vec<&str> = text.split_whitespace().filter(|word| is_compact(word)).collect();
    tokens.dedup();
    match tokens.as_slice() {
        [token] => {
            let rest = text.replacen(token, "[the token]", 1);
            let line =
                rest.lines().map(str::trim).find(|line| !matches!(*line, "" | "[the token]"));
            let seen = format!("beside the token came {}", secrets.quote(line.unwrap_or_default()));
            ParsedAnswer { content: Ok((*token).to_owned()), noise: Some(seen) }
        }
        [] => {
            let seen = format!("text came, and no token: {}", secrets.quote(first_line(text)));
            Err(NoToken::Unusable(NOISE, seen)).into()
        }
        many => {
            let seen = format!("{} different tokens came at once", many.len());
            Err(NoToken::Unusable(NOISE, seen)).into()
        }
    }
}

/// True if a word looks like a compact JWS with a JSON header.
fn is_compact(word: &str) -> bool {
    word.starts_with("eyJ") && Compact::new(word).count() == 3
}

fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, pointer: Option<&str>) -> ParsedAnswer {
        let options = ParseOptions { pointer, printed: true, page: false };
        parse_answer(text, options, &Secrets::default())
    }

    fn useless(text: &str, pointer: Option<&str>) -> &'static str {
        match parsed(text, pointer).content {
            Err(NoToken::Unusable(rule, _)) => rule.id,
            other => panic!("{other:?}"),
        }
    }

    const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl";

    #[test]
    fn tokens_are_found_where_people_put_them() {
        let token =
            |text: &str, pointer| (parsed(text, pointer).content, parsed(text, pointer).noise);
        let alone = (Ok(JWT.to_owned()), None);
        assert_eq!(token(&format!("{JWT}\n"), None), alone);
        assert_eq!(token(&format!("\"{JWT}\""), None), alone);
        assert_eq!(token(&format!("{{\"token\": \"{JWT}\"}}"), None), alone);
        assert_eq!(token(&format!("{{\"a\": [\"{JWT}\"]}}"), Some("/a/0")), alone);
        assert_eq!(token("Fe26.2*1*abc", None), (Ok("Fe26.2*1*abc".to_owned()), None));
    }

    #[test]
    fn nobody_is_told_in_several_ways() {
        for text in ["", " \n", "null", "undefined", "None", "\"\"", "{\"token\":null}"] {
            assert!(matches!(parsed(text, None).content, Err(NoToken::SignedOut(_))), "{text}");
        }
        let options = ParseOptions { pointer: None, printed: false, page: false };
        let answer = parse_answer("None", options, &Secrets::default());
        assert_eq!(answer.content, Ok("None".to_owned()), "an answer is no printed word");
        assert!(matches!(parsed("{\"a\":null}", Some("/a")).content, Err(NoToken::SignedOut(_))));
    }

    #[test]
    fn noise_is_named_and_the_token_still_found() {
        let noisy = parsed(&format!("[dotenv] injecting env (3)\n{JWT}\n"), None);
        assert_eq!(noisy.content, Ok(JWT.to_owned()));
        assert!(noisy.noise.is_some_and(|noise| noise.contains("dotenv")));
        let bearer = parsed(&format!("Bearer {JWT}"), None);
        assert!(bearer.noise.is_some_and(|noise| noise.contains("Bearer [the token]")));
        assert_eq!(useless("no session", None), "source-noise");
        assert_eq!(useless(&format!("{JWT} {JWT}x"), None), "source-noise");
    }

    #[test]
    fn no_json_is_said_only_of_what_is_not_json() {
        let seen = |text: &str, pointer| match parsed(text, pointer).content {
            Err(NoToken::Unusable(_, seen)) => seen,
            other => panic!("{text}: {other:?}"),
        };
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for json in ["1e400", "7", "true", "\"\\ud800\"", "[1e400]", "{\"a\":\"\\ud800\"}", &deep] {
            assert!(seen(json, Some("/token")).starts_with("the JSON has nothing"), "{json}");
        }
        for text in ["{\"token\":\"x\",}", "[1e400", "NaN", "\u{feff}{}", "{'token':'x'}"] {
            assert!(seen(text, Some("/token")).starts_with("no JSON came"), "{text}");
        }
        for beside in ["1e400", "\"\\ud800\"", &deep, "1,\"a\":2"] {
            let text = format!("{{\"a\":{beside},\"token\":\"{JWT}\"}}");
            assert_eq!(parsed(&text, None).content, Ok(JWT.to_owned()), "{beside}");
        }
    }

    #[test]
    fn what_is_of_no_use_is_named() {
        assert_eq!(useless("<!DOCTYPE html><html>", None), "source-page");
        assert_eq!(useless("{}", None), "source-place");
        assert_eq!(useless("[]", None), "source-place");
        assert_eq!(useless("{\"token\": 7}", None), "source-place");
        assert_eq!(useless(JWT, Some("/token")), "source-place");
        let Err(NoToken::Unusable(_, seen)) = parsed("{\"access_token\": \"x\"}", None).content
        else {
            panic!()
        };
        assert!(seen.contains("/access_token"), "{seen}");
    }
}
