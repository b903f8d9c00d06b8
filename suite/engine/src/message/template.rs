//! A message without what varies from one token to the next.

use std::sync::LazyLock;

use super::{Parts, Patterns, compile, replace_all};

/// Words of the specifications: in a message they say what is wrong, even where a token happens
/// to have such a value.
const WORDS: [&str; 24] = [
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "alg", "kid", "typ", "cty", "crit",
    "b64", "jwk", "jku", "x5u", "x5c", "use", "key_ops", "kty", "none", "JWT", "enc",
];

const CONFIGURED: &str = "‹configured›";
const NUMBER: &str = "‹number›";
const TEXT: &str = "‹text›";
const TIME: &str = "‹time›";
const TOKEN: &str = "‹token›";
const URL: &str = "‹url›";
const VALUE: &str = "‹value›";

/// The marks that are put for what varies.
pub const MARKS: [&str; 7] = [CONFIGURED, NUMBER, TEXT, TIME, TOKEN, URL, VALUE];

/// The length to which messages are compared; the rest adds nothing.
const LONGEST: usize = 400;

/// Literals that a test compiles, each with its replacement.
static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    compile(&[
        (r#"[a-z][a-z0-9+.-]*://[^\s"'`<>,)]+"#, URL),
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(Z|[+-][0-9:]+)?", TIME),
        (r"[A-Za-z0-9_-]{24,}(\.[A-Za-z0-9_-]+)*", TEXT),
        (r"-?[0-9]+(\.[0-9]+)?", NUMBER),
        (r"\s+", " "),
    ])
});

/// The message with everything replaced that comes from this token, this moment, or the trust.
///
/// A `configured` value is called so in every place: a list of the verifier's issuers does not
/// tell the caller if the token's is among them.
pub(super) fn template(message: &str, token: &str, parts: &Parts, configured: &[&str]) -> String {
    let mut text: String = message.chars().take(4 * LONGEST).collect();
    if token.len() >= 8 {
        text = text.replace(token, TOKEN);
    }
    let configured = configured.iter().map(|value| ((*value).to_owned(), CONFIGURED));
    let own = parts.values().into_iter().map(|value| (value, VALUE));
    let mut values: Vec<(String, &str)> = configured.chain(own).collect();
    // The longest first: one may be part of another. Of equal ones that which is configured.
    values.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    for (value, by) in values {
        if value.chars().count() >= 3 && !WORDS.contains(&value.as_str()) {
            text = text.replace(&value, by);
        }
    }
    text = replace_all(text, &PATTERNS);
    text.trim().chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), 5);
    }

    #[test]
    fn what_varies_is_replaced_and_what_says_something_stays() {
        let claims = serde_json::json!({ "iss": "https://a.example", "sub": "user-1", "exp": 7 });
        let parts =
            Parts { claims: claims.as_object().cloned().unwrap_or_default(), ..Parts::default() };
        assert_eq!(
            template("`exp` was 1800000000, 12 s ago; iss \"https://a.example\"", "t", &parts, &[]),
            "`exp` was ‹number›, ‹number› s ago; iss \"‹value›\""
        );
        let shaped = template("at 2027-01-15T08:00:00Z\n  user-1", "t", &parts, &[]);
        assert_eq!(shaped, "at ‹time› ‹value›");
    }

    #[test]
    fn a_list_of_issuers_does_not_tell_which_of_them_the_token_has() {
        let message = "no provider: there is https://a.example";
        let shaped = ["https://a.example", "https://b.example"].map(|iss| {
            let claims = serde_json::json!({ "iss": iss });
            let claims = claims.as_object().cloned().unwrap_or_default();
            template(message, "t", &Parts { claims, ..Parts::default() }, &["https://a.example"])
        });
        assert_eq!(shaped[0], shaped[1]);
        assert_eq!(shaped[0], "no provider: there is ‹configured›");
    }
}
