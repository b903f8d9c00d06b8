//! Toward the valid token: fewer differences first, then simpler ones.

use jwtspec_mint::recipe::{Difference, Recipe, SignatureFault, TextEdit, ValueTemplate};
use serde_json::Value;

use super::value;
use super::value::{plain_text, verbatim};

/// Simpler differences of the same kind, the simplest first. Following any of them again and
/// again comes to an end.
pub fn shrink(difference: &Difference) -> Vec<Difference> {
    fn each<T>(simpler: Vec<T>, make: impl Fn(T) -> Difference) -> Vec<Difference> {
        simpler.into_iter().map(make).collect()
    }
    use Difference::{Claim, Header, Literal, Signature, Text};
    match difference {
        Claim(name, value) => each(values(value), |value| Claim(name.clone(), value)),
        Header(name, value) => each(values(value), |value| Header(name.clone(), value)),
        Signature(SignatureFault::Flip(bit)) => {
            each(bits(*bit), |bit| Signature(SignatureFault::Flip(bit)))
        }
        Signature(SignatureFault::Append(bytes)) if bytes.len() > 1 => {
            vec![Signature(SignatureFault::Append(bytes[..1].to_vec()))]
        }
        Text(TextEdit::FlipHeader(bit)) => each(bits(*bit), |bit| Text(TextEdit::FlipHeader(bit))),
        Text(TextEdit::FlipClaims(bit)) => each(bits(*bit), |bit| Text(TextEdit::FlipClaims(bit))),
        Literal(text) => each(shorter(text), Literal),
        _ => Vec::new(),
    }
}

fn bits(bit: i64) -> Vec<i64> {
    [0, 1, bit / 2].into_iter().filter(|simpler| simpler.abs() < bit.abs()).collect()
}

fn shorter(text: &str) -> Vec<String> {
    let count = text.chars().count();
    if count == 0 {
        return Vec::new();
    }
    let half: String = text.chars().take(count / 2).collect();
    let less: String = text.chars().take(count - 1).collect();
    if half == less { vec![half] } else { vec![half, less] }
}

/// Values with less in them.
fn values(template: &ValueTemplate) -> Vec<ValueTemplate> {
    match template {
        ValueTemplate::Array(items) => {
            let without = |place| {
                let mut fewer = items.clone();
                fewer.remove(place);
                ValueTemplate::Array(fewer)
            };
            (0..items.len()).map(without).chain(items.iter().cloned()).collect()
        }
        ValueTemplate::Table(members) => {
            let without = |place| {
                let mut fewer = members.clone();
                fewer.shift_remove_index(place);
                ValueTemplate::Table(fewer)
            };
            (0..members.len()).map(without).chain(members.values().cloned()).collect()
        }
        ValueTemplate::Plain(Value::Number(number)) => match number.as_i64() {
            Some(0) | None => Vec::new(),
            Some(whole) => vec![ValueTemplate::Plain((whole / 2).into())],
        },
        ValueTemplate::Plain(Value::String(text)) => {
            shorter(text).iter().map(|text| ValueTemplate::from(text.as_str())).collect()
        }
        // A text with placeholders is its own simplest form; plain text gets shorter.
        ValueTemplate::Text(text) => {
            let plain = plain_text(text).unwrap_or_default();
            shorter(&plain).iter().map(|text| verbatim(text)).collect()
        }
        ValueTemplate::Plain(_) => Vec::new(),
    }
}

/// So many candidates at most: none of them costs much, all of them together would.
const MOST_CANDIDATES: usize = 200;

/// Finds the fewest and simplest of these differences that still show something, by asking again
/// and again.
///
/// ```
/// use futures::FutureExt;
/// use jwtspec_search::generate::minimise;
/// use jwtspec_mint::recipe::Difference;
///
/// let without = |name: &str| Difference::WithoutClaim(name.to_owned());
/// // A verifier that goes wrong whenever there is no `aud`.
/// let shows = async |candidate: &[Difference]| candidate.contains(&without("aud"));
/// let best = minimise(vec![without("sub"), without("aud"), without("jti")], shows);
/// assert_eq!(best.now_or_never(), Some(vec![without("aud")]));
/// ```
pub async fn minimise(
    differences: Vec<Difference>,
    shows: impl AsyncFn(&[Difference]) -> bool,
) -> Vec<Difference> {
    // Of two that contradict each other only the later one counts.
    let whole = Recipe::of(differences).differences();
    let mut tries = 0..MOST_CANDIDATES;
    let mut best = fewest(whole, &mut tries, &shows).await;
    // Some come in pairs, such as a claim left out and its other spelling.
    let mut pairs = pairs(best.len());
    while let Some((one, other)) = pairs.next()
        && tries.next().is_some()
    {
        let mut fewer = best.clone();
        let (other, one) = (fewer.remove(other), fewer.remove(one));
        let set = set_instead(&one, &other).map(|set| [fewer.as_slice(), &[set]].concat());
        for candidate in [Some(fewer), set].into_iter().flatten() {
            if shows(&candidate).await {
                best = fewest(candidate, &mut tries, &shows).await;
                pairs = self::pairs(best.len());
                break;
            }
        }
    }
    // Once none can be left out.
    for place in 0..best.len() {
        let mut forms = shrink(&best[place]).into_iter();
        while let Some(form) = forms.next()
            && tries.next().is_some()
        {
            let mut simpler = best.clone();
            simpler[place] = form;
            if shows(&simpler).await {
                (forms, best) = (shrink(&simpler[place]).into_iter(), simpler);
            }
        }
    }
    best
}

/// One difference that may show the same as a claim that is left out and spelled otherwise.
fn set_instead(one: &Difference, other: &Difference) -> Option<Difference> {
    match (one, other) {
        (Difference::WithoutClaim(name), Difference::ClaimsJson(_)) => {
            Some(Difference::Claim(name.clone(), value("@now-60.5s")))
        }
        _ => None,
    }
}

/// Every two of so many places, the lower one first.
fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |one| (one + 1..count).map(move |other| (one, other)))
}

/// The fewest of these items that still show something: all are left out at first, then halves,
/// quarters, … and each alone, again as long as that helps.
pub(crate) async fn fewest<T: Clone>(
    items: Vec<T>,
    tries: &mut impl Iterator,
    shows: &impl AsyncFn(&[T]) -> bool,
) -> Vec<T> {
    let mut best = items;
    let mut chunk = best.len();
    while chunk > 0 {
        let (before, mut at) = (best.len(), 0);
        while at < best.len() && tries.next().is_some() {
            let mut fewer = best.clone();
            fewer.drain(at..(at + chunk).min(best.len()));
            if shows(&fewer).await {
                best = fewer;
            } else {
                at += chunk;
            }
        }
        if chunk > 1 || best.len() == before {
            chunk /= 2;
        }
    }
    best
}
