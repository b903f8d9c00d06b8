//! Values near another one: of a difference, of a text, of bytes.

use serde_json::Value;

use crate::generate::{json_text, plain_text, value, verbatim};
use crate::rng::Rng;
use jwtspec_mint::placeholder::JsonText;
use jwtspec_mint::recipe::{Difference, SignatureFault, TextEdit, ValueTemplate};

/// Longer texts are cut.
const MOST_CHARACTERS: usize = 4000;
/// Whole numbers stay within what every implementation keeps (RFC 7493 section 2.2).
const GREATEST: i64 = (1 << 53) - 1;

/// Gives a difference another value near by.
pub(super) fn perturb(difference: &mut Difference, rng: &mut Rng) {
    match difference {
        Difference::Claim(_, value) | Difference::Header(_, value) => perturb_value(value, rng),
        Difference::ClaimsJson(json) | Difference::HeaderJson(json) => perturb_json(json, rng),
        Difference::Literal(text) => *text = perturb_text(text, rng),
        Difference::Signature(SignatureFault::Flip(bit))
        | Difference::Text(TextEdit::FlipHeader(bit) | TextEdit::FlipClaims(bit)) => {
            *bit = match rng.below(3) {
                0 => *bit ^ 1,
                1 => -*bit - 1,
                _ => i64::try_from(rng.below(2048)).unwrap_or(0),
            };
        }
        Difference::Signature(SignatureFault::Append(bytes)) => bytes.push(rng.byte()),
        _ => {}
    }
}

fn perturb_json(json: &mut JsonText, rng: &mut Rng) {
    *json = json_text(&perturb_text(&json.0.to_string(), rng));
}

fn perturb_value(template: &mut ValueTemplate, rng: &mut Rng) {
    match template {
        ValueTemplate::Plain(Value::Number(number)) => {
            let whole = number.as_i64().unwrap_or_default();
            let near = match rng.below(6) {
                0 => whole.saturating_add(1),
                1 => whole.saturating_sub(1),
                2 => whole.saturating_mul(2),
                3 => whole.saturating_neg(),
                4 => GREATEST,
                _ => 0,
            };
            *number = near.clamp(-GREATEST, GREATEST).into();
        }
        ValueTemplate::Plain(Value::Bool(flag)) => *flag = !*flag,
        ValueTemplate::Plain(Value::String(text)) => *text = perturb_text(text, rng),
        ValueTemplate::Plain(_) => {}
        ValueTemplate::Text(text) => {
            *template = match plain_text(text) {
                Some(plain) => verbatim(&perturb_text(&plain, rng)),
                // Its value is not known here; something more around it is.
                None => {
                    let around = [("", " "), ("", "x"), ("x", ""), ("", "\u{0}"), ("", "/")];
                    let (before, behind) = rng.pick(&around);
                    value(&format!("{before}{text}{behind}"))
                }
            }
        }
        ValueTemplate::Array(items) if items.is_empty() => items.push(value("@audience")),
        ValueTemplate::Array(items) => {
            let place = rng.below(items.len());
            match rng.below(4) {
                0 => drop(items.remove(place)),
                1 => items.push(items[place].clone()),
                2 => items.reverse(),
                _ => perturb_value(&mut items[place], rng),
            }
        }
        ValueTemplate::Table(members) => {
            let place = rng.below(members.len());
            match rng.below(3) {
                0 => members.reverse(),
                1 => drop(members.shift_remove_index(place)),
                _ => {
                    if let Some((_, member)) = members.get_index_mut(place) {
                        perturb_value(member, rng);
                    }
                }
            }
        }
    }
}

fn perturb_text(text: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = text.chars().take(MOST_CHARACTERS).collect();
    let place = rng.below(letters.len() + 1);
    match rng.below(5) {
        0 => letters.truncate(place),
        1 => letters = letters.repeat(2),
        2 if place < letters.len() => drop(letters.remove(place)),
        3 => letters = text.to_uppercase().chars().collect(),
        _ => {
            let odd = ['.', '=', ' ', '/', '"', '\u{0}', 'é', '-', '_', 'A'];
            letters.insert(place, rng.pick(&odd));
        }
    }
    letters.into_iter().take(MOST_CHARACTERS).collect()
}

/// Changes bytes: one of them, a bit, a piece left out, a piece again, a piece of others.
pub(crate) fn mutate_bytes(bytes: &mut Vec<u8>, others: &[u8], most: usize, rng: &mut Rng) {
    let place = rng.below(bytes.len());
    let end = (place + 1 + rng.below(16)).min(bytes.len());
    match rng.below(6) {
        0 if place < end => bytes[place] = rng.byte(),
        1 if place < end => bytes[place] ^= 1 << rng.below(8),
        2 => drop(bytes.drain(place..end)),
        3 => {
            let piece = bytes[place..end].repeat(1 + rng.below(4));
            bytes.splice(place..place, piece);
        }
        4 => {
            let from = rng.below(others.len());
            bytes.splice(place..end, others[from..].iter().copied());
        }
        _ => bytes.insert(place, rng.pick(b".=-_{}, \"\tAQ\0\xff")),
    }
    bytes.truncate(most);
}
