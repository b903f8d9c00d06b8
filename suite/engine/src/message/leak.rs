//! Leaks of an answer: secrets, and hostile text as it came.

use std::cell::LazyCell;
use std::sync::LazyLock;

use regex::Regex;

use super::sent::{SentTexts, tells_issuer};
use super::{Context, Parts};
use super::{Insides, Leaked};
use crate::target::Answer;
use jwtspec_fixtures::Key;
use jwtspec_jose::Compact;

/// A signature shorter than this may be met by chance.
const LEAST_SIGNATURE: usize = 20;
/// Text of the token that is longer than this is not handed back whole.
const LONGEST_ECHO: usize = 8 << 10;

/// The looks of places inside a program. Each is a literal that a test compiles.
static INSIDES: LazyLock<Vec<(Insides, Regex)>> = LazyLock::new(|| {
    [
        (Insides::StackTrace, r"Traceback \(most recent call last\)"),
        (Insides::StackTrace, r"(?m)^\s+at .+[(:].+:[0-9]+"),
        (Insides::StackTrace, r"goroutine [0-9]+ \[|panicked at |stack backtrace:"),
        (Insides::StackTrace, r"(?m)^\s+File .+, line [0-9]+"),
        // Not behind `=`, which makes it a link of a page.
        (Insides::FilePath, r"(^|[\s:(\[]['\x22]?)/(usr|root|var|etc|proc)/[\w.@/+-]+"),
        (
            Insides::FilePath,
            r"(^|[\s:(\[]['\x22]?)/(home|opt|srv|app|tmp|lib|workspace)/[\w.@/+-]+\.(c?js|mjs|ts|py|rb|rs|go|java|php|ya?ml|toml|conf|pem|key)\b",
        ),
        (Insides::FilePath, r"\b[A-Z]:\\[\w\\.-]+|node_modules/|site-packages/|\.cargo/registry/"),
        (Insides::PrivateKey, r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
        (Insides::KeyMaterial, r"-----BEGIN [A-Z ]*(PUBLIC KEY|CERTIFICATE)-----"),
    ]
    .into_iter()
    .filter_map(|(what, pattern)| Some((what, Regex::new(pattern).ok()?)))
    .collect()
});
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let local = r"127\.[0-9]+|10\.[0-9]+|192\.168|172\.(1[6-9]|2[0-9]|3[01])";
    Regex::new(&format!(r"\b({local})\.[0-9]+\.[0-9]+(:[0-9]+)?\b")).ok()
});

/// The private parts of the fixture keys that are too long to be met by chance.
static PRIVATE_PARTS: LazyLock<Vec<(Key, String)>> = LazyLock::new(|| {
    let part = |key: Key, member| Some((key, key.private_jwk().get(member)?.as_str()?.to_owned()));
    Key::all()
        .flat_map(|key| ["d", "k"].map(|member| part(key, member)))
        .flatten()
        .filter(|(_, part)| part.len() >= LEAST_SIGNATURE)
        .collect()
});

/// Returns what an answer to this token holds and must not hold; nothing if it is discreet.
pub(crate) fn find_leak(context: Context<'_>, answer: &Answer) -> Option<Leaked> {
    let text = answer.text();
    secret(context, &text).or_else(|| hostile(context, answer)).or_else(|| issuer(context, &text))
}

/// A trusted issuer that neither the token nor its request names. A caller without a token of it
/// should not learn of it, unless the target says that this is no secret.
fn issuer(context: Context<'_>, text: &str) -> Option<Leaked> {
    let trusted = context.trust.providers.iter().map(|provider| provider.issuer.as_str());
    let mut told =
        trusted.filter(|issuer| !context.tells_issuers && tells_issuer(text, issuer)).peekable();
    told.peek()?;
    let sent = SentTexts::collect(context);
    let stranger = told.find(|issuer| !sent.name_issuer(issuer))?;
    Some(Leaked::Issuer(stranger.to_owned()))
}

fn secret(context: Context<'_>, text: &str) -> Option<Leaked> {
    let token = context.token;
    if token.len() > LEAST_SIGNATURE && token.contains('.') && text.contains(token) {
        return Some(Leaked::Token);
    }
    let signature = Compact::new(token).three().map(|[_, _, signature]| signature);
    if signature.is_some_and(|it| it.len() >= LEAST_SIGNATURE && text.contains(it)) {
        return Some(Leaked::Signature);
    }
    if let Some(key) = shown_private_key(text) {
        return Some(Leaked::PrivateKey(key.name().to_owned()));
    }
    let sent = LazyCell::new(|| SentTexts::collect(context));
    let was_sent = |found: &str| sent.hold(found.trim());
    // The caller knows the URL, and some answers repeat its path.
    let asked = |found: &str| {
        let path = found.trim_start_matches(|c: char| c != '/');
        path.len() > 1 && context.request.url.contains(path)
    };
    for (kind, pattern) in INSIDES.iter() {
        if let Some(found) =
            pattern.find(text).filter(|found| !was_sent(found.as_str()) && !asked(found.as_str()))
        {
            let text = jwtspec_mint::shorten(found.as_str().trim());
            return Some(Leaked::Insides { kind: *kind, text });
        }
    }
    let issuers = context.mint_context.issuers.values().map(|facts| facts.identifier.as_str());
    let known: Vec<&str> = issuers.collect();
    let mut addresses = ADDRESS.iter().flat_map(|pattern| pattern.find_iter(text));
    // The address of an issuer is public; whether it is one of ours is another question.
    let inner = addresses.find(|found| {
        !known.iter().any(|it| it.contains(found.as_str())) && !was_sent(found.as_str())
    });
    inner.map(|found| Leaked::Address(found.as_str().to_owned()))
}

/// The fixture key whose private part a text holds.
fn shown_private_key(text: &str) -> Option<Key> {
    // Most answers have no word that is as long: to search them for each key takes longest of all.
    let is_of_base64url = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let longest = text.split(|c| !is_of_base64url(c)).map(str::len).max().unwrap_or_default();
    let mut parts = PRIVATE_PARTS.iter();
    let found = parts.find(|(_, part)| part.len() <= longest && text.contains(part.as_str()))?;
    Some(found.0)
}

/// Text of the token that does harm where the answer is shown, if it is handed back as it came.
fn hostile(context: Context<'_>, answer: &Answer) -> Option<Leaked> {
    if answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("x-injected")) {
        return Some(Leaked::InjectedField);
    }
    let values: Vec<&String> = answer.headers.iter().map(|(_, value)| value).collect();
    let shown = || values.iter().flat_map(|value| value.chars()).chain(answer.body.chars());
    let sent = Parts::parse(context.token).values();
    let came_in = |c: char| sent.iter().any(|value| value.contains(c));
    if let Some(c) = shown().find(|c| is_control(*c) && came_in(*c)) {
        return Some(Leaked::Control(c));
    }
    let is_page = !answer.is_of_a_socket()
        && answer.header("content-type").is_none_or(|kind| kind.contains("html"));
    let markup = |value: &&String| value.contains('<') && value.contains('>');
    if is_page
        && sent.iter().find(|value| markup(value) && answer.body.contains(value.as_str())).is_some()
    {
        return Some(Leaked::Markup);
    }
    let echo = sent.iter().find(|value| value.len() > LONGEST_ECHO && answer.body.contains(*value));
    echo.map(|value| Leaked::Echo(value.len()))
}

/// Controls of terminals, and those that change the direction of text (UAX #9).
fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t' | '\r')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(INSIDES.len(), 9);
        assert!(ADDRESS.is_some());
    }
}
