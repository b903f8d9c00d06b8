//! A token for people: decoded, with its difference from a valid one marked.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Draft, MintError, Plan, claims, edit};
use crate::recipe::{Encoding, SegmentForm};
use jwtspec_jose::{Duplicates, object};
use jwtspec_types::text::shown;
use jwtspec_types::words::Family;

/// Longer texts are shortened in the middle.
const WIDEST: usize = 160;
/// Raw JSON is shown longer: the difference may be anywhere in it.
const WIDEST_JSON: usize = 600;

/// A token for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoded {
    /// The header, a line a member.
    pub header: Vec<Line>,
    /// The claims, a line a member.
    pub claims: Vec<Line>,
    /// Further differences: key, algorithm, signature, encoding, text.
    pub notes: Vec<String>,
}

/// One member of header or claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its difference from the valid token.
    pub mark: Mark,
    /// The member, as JSON.
    pub text: String,
}

/// The difference of a member from the valid token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// As in the valid token.
    Same,
    /// Another value, or a member that the valid token has not.
    Different,
    /// The valid token has it, this one has not.
    Missing,
}

impl Decoded {
    pub(super) fn literal(text: &str) -> Self {
        Self {
            notes: vec![format!("not minted: the literal text {}", shorten(text))],
            ..Self::default()
        }
    }

    /// True if nothing is marked: the valid token.
    pub fn is_plain(&self) -> bool {
        self.notes.is_empty()
            && self.header.iter().chain(&self.claims).all(|line| line.mark == Mark::Same)
    }
}

/// Shortens a text to the width of a line, as [`shorten_to`] does.
pub fn shorten(text: &str) -> String {
    shorten_to(text, WIDEST)
}

/// Shortens a text that is much longer than `widest` characters in the middle, and shows control
/// and direction characters as escapes.
pub fn shorten_to(text: &str, widest: usize) -> String {
    let escaped = |c: char| -> Vec<char> {
        match c {
            '\n' | '\t' | '\r' => c.escape_default().collect(),
            c => shown(c).collect(),
        }
    };
    let visible: String = text.chars().flat_map(escaped).collect();
    let count = visible.chars().count();
    // Cutting out a word or two would save nothing.
    if count <= widest + 20 {
        return visible;
    }
    let half = widest / 2;
    let start: String = visible.chars().take(half).collect();
    let end: String = visible.chars().skip(count - half).collect();
    format!("{start} … {} characters … {end}", count - 2 * half)
}

/// Describes a token as it is presented: each part is read from what is left of its segment, not
/// from what the recipe asks for.
pub(super) fn decode(plan: &Plan<'_>, draft: &Draft, attempt: u32) -> Result<Decoded, MintError> {
    let recipe = plan.recipe;
    let Some(main) = plan.mint_context.issuer(crate::context::MintContext::MAIN) else {
        return Ok(Decoded::default());
    };
    let key = main.keys.first().unwrap_or(&plan.key);
    let (valid_header, valid_claims) =
        claims::valid(plan.mint_context, main, key, key.key.algorithm(), attempt);
    let [header, claims] = edit::segments(&recipe.text, draft);
    let header = Shown {
        before: (&draft.header_segment, &draft.header_text),
        segment: header.as_deref(),
        is_raw: recipe.header_json.is_some(),
        valid: &valid_header,
    };
    let claims = Shown {
        before: (&draft.claims_segment, &draft.claims_text),
        segment: claims.as_deref(),
        is_raw: recipe.claims_json.is_some(),
        valid: &valid_claims,
    };
    Ok(Decoded { header: header.lines(), claims: claims.lines(), notes: notes(plan) })
}

/// A part of a token that is shown.
struct Shown<'a> {
    /// The segment before edits, and the text that it encodes.
    before: (&'a str, &'a str),
    /// The segment that is presented; nothing if there is none.
    segment: Option<&'a str>,
    /// True if the recipe states the text itself.
    is_raw: bool,
    /// The members of the valid token.
    valid: &'a Map<String, Value>,
}

impl Shown<'_> {
    fn lines(&self) -> Vec<Line> {
        let (before, text) = self.before;
        let Some(segment) = self.segment else { return lines(self.valid, &Map::new()) };
        // A segment of another form or encoding is no base64url of UTF-8; the notes say so.
        let changed = (segment != before).then(|| jwtspec_jose::decode(segment).ok()).flatten();
        let bytes = changed.as_deref().unwrap_or(text.as_bytes());
        match object(bytes, Duplicates::Refuse) {
            Ok(members) if !self.is_raw => lines(self.valid, &members),
            _ => raw(&visible(bytes)),
        }
    }
}

/// Bytes as text; those that are not UTF-8 as escapes.
fn visible(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}

fn raw(text: &str) -> Vec<Line> {
    vec![Line { mark: Mark::Different, text: shorten_to(text, WIDEST_JSON) }]
}

fn lines(valid: &Map<String, Value>, actual: &Map<String, Value>) -> Vec<Line> {
    let member = |name: &str, value: &Value| shorten(&format!("{}: {value}", Value::from(name)));
    let mut lines: Vec<Line> = actual
        .iter()
        .map(|(name, value)| Line {
            mark: if valid.get(name) == Some(value) { Mark::Same } else { Mark::Different },
            text: member(name, value),
        })
        .collect();
    lines.extend(
        valid
            .iter()
            .filter(|(name, _)| !actual.contains_key(*name))
            .map(|(name, value)| Line { mark: Mark::Missing, text: member(name, value) }),
    );
    lines
}

fn notes(plan: &Plan<'_>) -> Vec<String> {
    let recipe = plan.recipe;
    let mut notes = Vec::new();
    let published = plan.issuer.keys.iter().any(|key| key.key == plan.key.key);
    if let Some(secret) = &recipe.secret {
        notes.push(match (secret.public, secret.form) {
            (Some(key), Some(form)) => format!(
                "the HMAC is keyed with the public key `{}` as {}{}",
                key.name(),
                form.about(),
                match secret.final_newline {
                    Some(true) => ", with final newline",
                    Some(false) => ", without final newline",
                    None => "",
                }
            ),
            _ => "the HMAC is keyed with a text of the scenario's choice".to_owned(),
        });
    } else if recipe.key.is_some() && !plan.is_family(Family::None) {
        let who = if published { "" } else { ", which is not the issuer's own" };
        notes.push(format!("signed with the key `{}`{who}", plan.key.key.name()));
    }
    if recipe.alg.is_some() {
        notes.push(format!("the algorithm carried out is {}", plan.algorithm));
    }
    if let Some(digest) = recipe.digest {
        notes.push(format!("the hash inside the signature is {}", digest.as_str()));
    }
    if let Some(pss) = &recipe.pss {
        if let Some(salt) = pss.salt {
            notes.push(match salt {
                crate::recipe::Salt::Bytes(bytes) => format!("PSS salt of {bytes} bytes"),
                crate::recipe::Salt::Max => "PSS salt as long as fits".to_owned(),
            });
        }
        if let Some(hash) = pss.mgf1 {
            notes.push(format!("MGF1 over {}", hash.as_str()));
        }
    }
    let encodings = [("header", recipe.encoding.header), ("claims", recipe.encoding.claims)];
    for (part, encoding) in encodings.into_iter().filter(|(_, e)| *e != Encoding::Utf8) {
        notes.push(format!("{part}: encoded as {}", encoding.about()));
    }
    let forms = [
        ("header", recipe.base64.header),
        ("claims", recipe.base64.claims),
        ("signature", recipe.base64.signature),
    ];
    for (part, form) in forms {
        if let Some(form) = form {
            notes.push(format!("{part} segment: {}", form.about()));
        }
    }
    notes.extend(recipe.signature.iter().map(|fault| format!("signature: {fault}")));
    let edits = edit::effective(&recipe.text).iter();
    notes.extend(edits.map(|edit| format!("token text: {edit}")));
    if let Some(terms) = &recipe.encrypt {
        let what = if terms.claims { "the claims alone, unsigned, are" } else { "the token is" };
        notes.push(format!("{what} encrypted to the verifier's key by {}", terms.algorithm()));
        notes.extend(terms.compress.then(|| "compressed before that".to_owned()));
        let part = terms.change.map(|part| format!("`{part}` changed after encryption"));
        notes.extend(part);
    }
    notes
}

impl SegmentForm {
    const fn about(self) -> &'static str {
        match self {
            Self::Padded => "padded with `=`",
            Self::Standard => "in the standard alphabet, with `+` and `/`",
            Self::TrailingBits => "unused bits of its last character set",
            Self::Space => "a space inside",
            Self::Newline => "a line feed inside",
            Self::Tab => "a tab inside",
            Self::Percent => "`%20` inside",
            Self::Tilde => "a tilde inside",
            Self::NonAscii => "a letter outside ASCII inside",
            Self::TildeForA => "a tilde for each A",
        }
    }
}
