//! Edits of the members of a JSON object.

use super::json::{Member, Node, quoted};
use super::values::{self, CLAIM_NAMES, HEADER_NAMES};
use crate::fuzz::rng::Rng;
use jwtspec_mint::context::MintContext;

/// Which part of a token an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Header,
    Claims,
}

/// Makes one edit.
pub(super) fn edit(
    members: &mut Vec<Member>,
    place: Place,
    mint_context: &MintContext,
    rng: &mut Rng,
) {
    let some = rng.below(members.len());
    match rng.below(16) {
        0..=5 => set(members, place, mint_context, rng),
        6 if !members.is_empty() => {
            members.remove(some);
        }
        7 if !members.is_empty() => members[some].0 = renamed(&members[some].0, place, rng),
        8 if !members.is_empty() => {
            let mut copy = members[some].clone();
            if rng.one_in(2) {
                copy.1 = values::value(copy.0.trim_matches('"'), mint_context, rng);
            }
            let at = rng.below(members.len() + 1);
            members.insert(at, copy);
        }
        9 if !members.is_empty() => {
            let other = rng.below(members.len());
            members.swap(some, other);
        }
        10 if !members.is_empty() => members[some].1 = values::any(rng),
        11 if place == Place::Claims => move_times(members, mint_context.now),
        _ if !members.is_empty() => {
            let (name, value) = &mut members[some];
            if rng.one_in(4) {
                *name = respelled(name, rng);
            } else {
                rework(value, name.trim_matches('"'), mint_context, rng);
            }
        }
        _ => set(members, place, mint_context, rng),
    }
}

/// Sets the member of this name, in its place if it is there.
pub(super) fn put(members: &mut Vec<Member>, name: &str, value: Node) {
    let name = quoted(name);
    match members.iter_mut().find(|(known, _)| *known == name) {
        Some((_, old)) => *old = value,
        None => members.push((name, value)),
    }
}

/// The text of a member, if it is a plain string.
pub(super) fn text<'m>(members: &'m [Member], name: &str) -> Option<&'m str> {
    let (_, value) = members.iter().find(|(known, _)| known.trim_matches('"') == name)?;
    match value {
        Node::Scalar(text) => text.strip_prefix('"')?.strip_suffix('"'),
        _ => None,
    }
}

fn set(members: &mut Vec<Member>, place: Place, mint_context: &MintContext, rng: &mut Rng) {
    let name = match place {
        Place::Header => rng.pick(&HEADER_NAMES),
        Place::Claims => rng.pick(&CLAIM_NAMES),
    };
    let value = values::value(name, mint_context, rng);
    // What `crit` names must be there too, or it is refused for that already.
    if let (Node::Array(items), "crit") = (&value, name)
        && let (Some(Node::Scalar(demanded)), true) = (items.first(), rng.one_in(2))
    {
        let demanded = demanded.trim_matches('"').to_owned();
        let value = values::value(&demanded, mint_context, rng);
        put(members, &demanded, value);
    }
    put(members, name, value);
}

fn renamed(name: &str, place: Place, rng: &mut Rng) -> String {
    let plain = name.trim_matches('"');
    quoted(&match rng.below(5) {
        0 => plain.to_ascii_uppercase(),
        1 => format!("{plain} "),
        2 => format!("{plain}\u{0}"),
        3 => match place {
            Place::Header => rng.pick(&HEADER_NAMES).to_owned(),
            Place::Claims => rng.pick(&CLAIM_NAMES).to_owned(),
        },
        _ => String::new(),
    })
}

/// Changes a value where it is: deeper down, or in its spelling.
fn rework(value: &mut Node, name: &str, mint_context: &MintContext, rng: &mut Rng) {
    match value {
        Node::Array(items) if !items.is_empty() => {
            let some = rng.below(items.len());
            match rng.below(5) {
                0 => {
                    items.remove(some);
                }
                1 => items.insert(some, values::any(rng)),
                2 => *value = items.swap_remove(some),
                _ => rework(&mut items[some], name, mint_context, rng),
            }
        }
        Node::Object(members) if !members.is_empty() => {
            edit(members, Place::Claims, mint_context, rng)
        }
        Node::Scalar(text) if text.starts_with('"') => match rng.below(3) {
            0 => *value = Node::Array(vec![value.clone()]),
            1 => *text = respelled(text, rng),
            _ => *value = values::value(name, mint_context, rng),
        },
        Node::Scalar(text) => match respelled_number(text, rng) {
            Some(respelled) => *text = respelled,
            None => *value = values::value(name, mint_context, rng),
        },
        _ => *value = values::value(name, mint_context, rng),
    }
}

/// The same string with one character escaped, if it has a plain one.
fn respelled(text: &str, rng: &mut Rng) -> String {
    let inner = text.trim_matches('"');
    let at = rng.below(inner.len());
    match inner.get(at..).and_then(|rest| rest.chars().next()) {
        Some(c) if c != '\\' && !inner.contains('\\') => {
            let mut units = [0; 2];
            let escaped: String =
                c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("\"{}{escaped}{}\"", &inner[..at], &inner[at + c.len_utf8()..])
        }
        _ => text.to_owned(),
    }
}

/// Another spelling of a whole number, right or wrong.
fn respelled_number(text: &str, rng: &mut Rng) -> Option<String> {
    let is_whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_whole.then(|| match rng.below(7) {
        0 => format!("{text}.0"),
        1 => format!("{text}.25"),
        2 => format!("{text}e0"),
        3 => format!("{text}0e-1"),
        4 => format!("0{text}"),
        5 => format!("-{text}"),
        _ => values::odd_number(rng).to_owned(),
    })
}

/// Moves all times together so that `exp` lies five minutes ahead: a token from another time
/// becomes one of now.
fn move_times(members: &mut [Member], now: u64) {
    let whole = |value: &Node| match value {
        Node::Scalar(text) => text.parse::<i64>().ok(),
        _ => None,
    };
    let expiry = members.iter().find(|(name, _)| name == "\"exp\"");
    let Some(expiry) = expiry.and_then(|(_, value)| whole(value)) else { return };
    let Some(by) = i64::try_from(now).ok().and_then(|now| (now + 300).checked_sub(expiry)) else {
        return;
    };
    for (name, value) in members {
        if let ("\"exp\"" | "\"nbf\"" | "\"iat\"", Some(seconds)) = (name.as_str(), whole(value)) {
            *value = Node::Scalar(seconds.saturating_add(by).to_string());
        }
    }
}
