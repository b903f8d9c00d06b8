//! Cases made from cases of the corpus.

use serde_json::Value;

use super::Case;
use super::generate::CaseGenerator;
use crate::fuzz::Rng;
use crate::generate::{plain_text, value, verbatim};
use jwtspec_engine::scenario::RequestSpec;
use jwtspec_mint::hex::HexBytes;
use jwtspec_mint::recipe::{Difference, SignatureFault, TextEdit, ValueTemplate};

/// More differences make no better case.
const MOST_DIFFERENCES: usize = 8;
/// Longer than this is what servers refuse for its length.
const MOST_BYTES: usize = 60_000;
/// Whole numbers stay within what every implementation keeps (RFC 7493 section 2.2).
const GREATEST: i64 = (1 << 53) - 1;

impl CaseGenerator {
    /// A case made from one, and now and then from a second one.
    pub(super) fn mutated(
        &self,
        case: &Case,
        other: &Case,
        usable: &[usize],
        bearer: bool,
        rng: &mut Rng,
    ) -> Case {
        let mut mutant = case.clone();
        for _ in 0..=rng.below(3) {
            self.mutate(&mut mutant, other, usable, bearer, rng);
        }
        mutant.differences.truncate(MOST_DIFFERENCES);
        mutant
    }

    fn mutate(&self, case: &mut Case, other: &Case, usable: &[usize], bearer: bool, rng: &mut Rng) {
        if case.is_bytes() && !rng.one_in(8) {
            let bytes =
                case.request.as_mut().and_then(|request| request.authorization_octets.as_mut());
            if let Some(HexBytes(bytes)) = bytes {
                edit(bytes, other, rng);
            }
            return;
        }
        let count = case.differences.len();
        let place = rng.below(count);
        match rng.below(12) {
            0 | 1 => case.differences.extend(self.part(case.setup, rng)),
            2 if count > 0 => drop(case.differences.remove(place)),
            3 if count > 0 => {
                case.differences.remove(place);
                case.differences.extend(self.part(case.setup, rng));
            }
            4 if count > 0 => {
                // Of two of a kind the later counts, except where they are done in order.
                let twice = case.differences[place].clone();
                case.differences.push(twice);
            }
            5 => cross(case, other, rng),
            6 if count > 0 => {
                if let Some(again) = self.again(case.setup, &case.differences[place], rng) {
                    case.differences[place] = again;
                }
            }
            7 | 8 if count > 0 => case.differences[place] = perturb(&case.differences[place], rng),
            9 if count > 1 => {
                let with = rng.below(count);
                case.differences.swap(place, with);
            }
            10 => case.setup = rng.choose(usable).copied().unwrap_or(case.setup),
            11 if bearer && rng.one_in(2) => {
                case.request = match case.request {
                    Some(_) => None,
                    None => self.request(rng),
                }
            }
            _ => case.differences.extend(self.part(case.setup, rng)),
        }
    }
}

/// Takes some of another's differences for some of its own.
fn cross(case: &mut Case, other: &Case, rng: &mut Rng) {
    case.differences.retain(|_| !rng.one_in(3));
    let from = rng.below(other.differences.len() + 1);
    case.differences.extend_from_slice(&other.differences[from..]);
    if case.request.is_none() && !other.is_bytes() {
        case.request.clone_from(&other.request);
    }
}

/// The same difference with another value near by.
fn perturb(difference: &Difference, rng: &mut Rng) -> Difference {
    let mut bit = |bit: i64| match rng.below(3) {
        0 => bit ^ 1,
        1 => -bit - 1,
        _ => i64::try_from(rng.below(2048)).unwrap_or(0),
    };
    let mut changed = difference.clone();
    match &mut changed {
        Difference::Claim(_, value) | Difference::Header(_, value) => {
            *value = perturb_value(value, rng);
        }
        Difference::Literal(text) => *text = perturb_text(text, rng),
        Difference::Signature(SignatureFault::Flip(at))
        | Difference::Text(TextEdit::FlipHeader(at) | TextEdit::FlipClaims(at)) => *at = bit(*at),
        Difference::Signature(SignatureFault::Append(bytes)) => bytes.push(rng.byte()),
        _ => {}
    }
    changed
}

fn perturb_value(template: &ValueTemplate, rng: &mut Rng) -> ValueTemplate {
    match template {
        ValueTemplate::Plain(Value::Number(number)) => {
            let Some(whole) = number.as_i64() else { return ValueTemplate::Plain(0.into()) };
            let near = match rng.below(6) {
                0 => whole.saturating_add(1),
                1 => whole.saturating_sub(1),
                2 => whole.saturating_mul(2),
                3 => -whole,
                4 => GREATEST,
                _ => 0,
            };
            ValueTemplate::Plain(near.clamp(-GREATEST, GREATEST).into())
        }
        ValueTemplate::Plain(Value::String(text)) => verbatim(&perturb_text(text, rng)),
        ValueTemplate::Text(text) => match plain_text(text) {
            Some(plain) => verbatim(&perturb_text(&plain, rng)),
            // Its value is not known here; something more around it is.
            None => {
                let (before, behind) =
                    rng.pick(&[("", " "), ("", "x"), ("x", ""), ("", "\u{0}"), ("", "/")]);
                value(&format!("{before}{text}{behind}"))
            }
        },
        ValueTemplate::Plain(Value::Bool(flag)) => ValueTemplate::Plain((!flag).into()),
        ValueTemplate::Plain(other) => ValueTemplate::Plain(other.clone()),
        ValueTemplate::Array(items) => {
            let mut items = items.clone();
            let place = rng.below(items.len());
            match (rng.below(4), items.is_empty()) {
                (_, true) => items.push(value("@audience")),
                (0, _) => drop(items.remove(place)),
                (1, _) => items.push(items[place].clone()),
                (2, _) => items.reverse(),
                _ => items[place] = perturb_value(&items[place], rng),
            }
            ValueTemplate::Array(items)
        }
        ValueTemplate::Table(members) => {
            let mut members = members.clone();
            let place = rng.below(members.len());
            match (members.len(), rng.below(3)) {
                (0, _) => {}
                (_, 0) => members.reverse(),
                (_, 1) => drop(members.shift_remove_index(place)),
                _ => {
                    if let Some((_, member)) = members.get_index_mut(place) {
                        *member = perturb_value(member, rng);
                    }
                }
            }
            ValueTemplate::Table(members)
        }
    }
}

fn perturb_text(text: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = text.chars().take(4000).collect();
    let place = rng.below(letters.len() + 1);
    let letter = rng.pick(&['.', '=', ' ', '/', '"', '\u{0}', 'é', '-', '_', 'A']);
    match (rng.below(5), letters.is_empty()) {
        (0, false) => letters.truncate(place),
        (1, false) => letters = letters.repeat(2),
        (2, false) => drop(letters.remove(place.min(letters.len() - 1))),
        (3, _) => letters = text.to_uppercase().chars().collect(),
        _ => letters.insert(place, letter),
    }
    letters.into_iter().take(4000).collect()
}

/// Changes bytes of a header: one of them, a piece left out, a piece again, a piece of another.
fn edit(bytes: &mut Vec<u8>, other: &Case, rng: &mut Rng) {
    let theirs: &[u8] = match &other.request {
        Some(RequestSpec { authorization_octets: Some(HexBytes(bytes)), .. }) => bytes,
        _ => b"Bearer e30.e30.AA",
    };
    let place = rng.below(bytes.len() + 1);
    let end = (place + 1 + rng.below(16)).min(bytes.len());
    let place = place.min(end);
    match rng.below(5) {
        0 if place < bytes.len() => bytes[place] = rng.byte(),
        1 => drop(bytes.drain(place..end)),
        2 => {
            let piece = bytes[place..end].repeat(1 + rng.below(4));
            bytes.splice(place..place, piece);
        }
        3 => {
            let from = rng.below(theirs.len());
            bytes.splice(place..end, theirs[from..].iter().copied());
        }
        _ => bytes.insert(place, rng.pick(b". =,\"\t\0\xff")),
    }
    bytes.truncate(MOST_BYTES);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::SetupSpec;
    use crate::property::pool;
    use jwtspec_mint::context::MintContext;
    use jwtspec_types::capabilities::Capabilities;

    #[test]
    fn cases_are_mutated_again_and_again_without_growing_beyond_bounds() {
        let setups: Vec<SetupSpec> = pool(7, &Capabilities::all());
        let usable: Vec<usize> = (0..setups.len()).collect();
        let generator = CaseGenerator::new(setups.iter());
        let mut cases = vec![Case { setup: 0, differences: vec![], request: None }];
        let mut minted = 0;
        for number in 0..600 {
            let mut rng = Rng::of_case(5, number);
            let one = rng.choose(&cases).cloned().unwrap_or_else(|| cases[0].clone());
            let two = rng.choose(&cases).cloned().unwrap_or_else(|| cases[0].clone());
            let mutant = match rng.one_in(4) {
                true => generator.fresh(&usable, true, &mut rng),
                false => generator.mutated(&one, &two, &usable, true, &mut rng),
            };
            assert!(mutant.differences.len() <= MOST_DIFFERENCES);
            let recipe = setups[mutant.setup].recipe(mutant.differences.iter().cloned());
            minted += usize::from(jwtspec_mint::mint(&recipe, &MintContext::example()).is_ok());
            cases.push(mutant);
        }
        assert!(minted > 300, "{minted} of 600 could be minted");
    }
}
