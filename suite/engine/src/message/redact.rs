//! An answer for comparison with a later one: what varies from run to run is replaced.

use std::sync::LazyLock;

use super::{Context, Patterns, compile, replace_all};
use crate::target::{Answer, HttpUrl};
use jwtspec_jose::Compact;

/// Header fields that say nothing of the refusal, or vary.
const LEFT_OUT: [&str; 9] = [
    "date",
    "content-length",
    "connection",
    "keep-alive",
    "server",
    "transfer-encoding",
    "etag",
    "upgrade",
    "sec-websocket-accept",
];

/// Literals that a test compiles, each with its replacement.
static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    compile(&[
        (r"\b1[789][0-9]{8}(\.[0-9]+)?\b", "[time]"),
        (r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+Z?", "[time]"),
        (r"(127\.0\.0\.1|localhost):([0-9]{2,6}|\[port\])", "[host]"),
        // The number of an issuer, in the spellings that scenarios give its path.
        (r"/(issuer|ISSUER|%69ssuer)/[0-9]+", "/$1/[n]"),
        // Times that a scenario makes of the present one, and differences from them.
        (r"\b([0-9]{8,}|[0-9]\.[0-9]{6,}e[0-9]+)\b", "[number]"),
        // The text that a hostile token brings in by the thousand.
        (r"[A-Za-z0-9_]{300,}", "[long text]"),
        // The length of a DER signature, which depends on its value.
        (r"has [0-9]+ bytes", "has [n] bytes"),
    ])
});

/// Status, challenge and other telling header fields, and body.
pub(super) fn redacted(context: Context<'_>, answer: &Answer) -> String {
    let mut text = format!("{}\n", answer.status);
    let mut fields: Vec<&(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !LEFT_OUT.contains(&name.to_ascii_lowercase().as_str()))
        .collect();
    fields.sort();
    for (name, value) in fields {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if !answer.body.trim().is_empty() {
        text.push_str(answer.body.trim_end());
        text.push('\n');
    }
    if context.token.len() >= 8 {
        text = text.replace(context.token, "[token]");
    }
    let signature = Compact::new(context.token).last();
    if signature.len() >= 20 {
        text = text.replace(signature, "[signature]");
    }
    text = text.replace(&context.mint_context.serial, "[serial]");
    let issuers = context.mint_context.issuers.values();
    for port in issuers.filter_map(|facts| facts.identifier.parse::<HttpUrl>().ok()?.named_port()) {
        text = text.replace(&format!(":{port}"), ":[port]");
    }
    replace_all(text, &PATTERNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), 7);
    }
}
