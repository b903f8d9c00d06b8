//! Toward the valid token: fewer differences first, then simpler ones.

use jwtspec_mint::recipe::{Difference, Recipe, SignatureFault, TextEdit, ValueTemplate};
use serde_json::Value;

use super::value::verbatim;

/// Simpler differences of the same kind, the simplest first. Following any of them again and
/// again comes to an end.
pub fn shrink(difference: &Difference) -> Vec<Difference> {
    match difference {
        Difference::Claim(name, value) => {
            values(value).into_iter().map(|value| Difference::Claim(name.clone(), value)).collect()
        }
        Difference::Header(name, value) => {
            values(value).into_iter().map(|value| Difference::Header(name.clone(), value)).collect()
        }
        Difference::Signature(fault) => {
            let simpler = match fault {
                SignatureFault::Flip(bit) => {
                    bits(*bit).into_iter().map(SignatureFault::Flip).collect()
                }
                SignatureFault::Append(bytes) if bytes.len() > 1 => {
                    vec![SignatureFault::Append(bytes[..1].to_vec())]
                }
                _ => Vec::new(),
            };
            simpler.into_iter().map(Difference::Signature).collect()
        }
        Difference::Text(TextEdit::FlipHeader(bit)) => {
            bits(*bit).into_iter().map(|bit| Difference::Text(TextEdit::FlipHeader(bit))).collect()
        }
        Difference::Text(TextEdit::FlipClaims(bit)) => {
            bits(*bit).into_iter().map(|bit| Difference::Text(TextEdit::FlipClaims(bit))).collect()
        }
        Difference::Literal(text) => shorter(text).into_iter().map(Difference::Literal).collect(),
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
            let mut simpler: Vec<ValueTemplate> = (0..items.len())
                .map(|place| {
                    let mut fewer = items.clone();
                    fewer.remove(place);
                    ValueTemplate::Array(fewer)
                })
                .collect();
            simpler.extend(items.iter().cloned());
            simpler
        }
        ValueTemplate::Table(members) => {
            let mut simpler: Vec<ValueTemplate> = members
                .keys()
                .map(|name| {
                    let mut fewer = members.clone();
                    fewer.shift_remove(name);
                    ValueTemplate::Table(fewer)
                })
                .collect();
            simpler.extend(members.values().cloned());
            simpler
        }
        ValueTemplate::Plain(Value::Number(number)) => match number.as_i64() {
            Some(0) => Vec::new(),
            Some(whole) => vec![ValueTemplate::Plain((whole / 2).into())],
            None => Vec::new(),
        },
        ValueTemplate::Plain(Value::String(text)) => {
            shorter(text).iter().map(|text| ValueTemplate::from(text.as_str())).collect()
        }
        ValueTemplate::Text(text) => {
            // A text with placeholders is its own simplest form; plain text gets shorter.
            let source = text.to_string();
            if source.replace("@@", "").contains('@') {
                return Vec::new();
            }
            let plain = source.replace("@@", "@");
            shorter(&plain).iter().map(|text| verbatim(text)).collect()
        }
        ValueTemplate::Plain(_) => Vec::new(),
    }
}

/// Finds the fewest and simplest differences that still show something, by asking again and
/// again. It only proposes; the caller tries, and records the result.
///
/// ```
/// use jwtspec_search::generate::Minimiser;
/// use jwtspec_mint::recipe::Difference;
///
/// let without = |name: &str| Difference::WithoutClaim(name.to_owned());
/// let mut minimiser = Minimiser::new(vec![without("sub"), without("aud"), without("jti")]);
/// // A verifier that goes wrong whenever there is no `aud`.
/// while let Some(candidate) = minimiser.candidate() {
///     let shown = candidate.contains(&without("aud"));
///     minimiser.tell(shown);
/// }
/// assert_eq!(minimiser.into_best(), [without("aud")]);
/// ```
#[derive(Debug)]
pub struct Minimiser {
    best: Vec<Difference>,
    /// The candidate that is being tried.
    trial: Option<Vec<Difference>>,
    /// Which differences are still to be left out together, tried from the back.
    cuts: Vec<Vec<usize>>,
    /// Which difference is being made simpler, once none can be left out.
    place: usize,
    /// Which simpler form of it comes next.
    form: usize,
    /// The number of candidates left.
    left: usize,
}

/// So many candidates at most: none of them costs much, all of them together would.
const MOST_CANDIDATES: usize = 200;

impl Minimiser {
    /// Starts with what shows it.
    pub fn new(differences: Vec<Difference>) -> Self {
        // Of two that contradict each other only the later one counts.
        let best = Recipe::of(differences).differences();
        let cuts = cuts(best.len());
        Self { best, trial: None, cuts, place: 0, form: 0, left: MOST_CANDIDATES }
    }

    /// The next candidate; nothing if none is left.
    pub fn candidate(&mut self) -> Option<Vec<Difference>> {
        self.left = self.left.checked_sub(1)?;
        if let Some(cut) = self.cuts.last() {
            let kept = self.best.iter().enumerate().filter(|(place, _)| !cut.contains(place));
            let fewer: Vec<Difference> = kept.map(|(_, difference)| difference.clone()).collect();
            self.trial = Some(fewer.clone());
            return Some(fewer);
        }
        while let Some(difference) = self.best.get(self.place) {
            if let Some(form) = shrink(difference).get(self.form) {
                let mut simpler = self.best.clone();
                simpler[self.place] = form.clone();
                self.trial = Some(simpler.clone());
                return Some(simpler);
            }
            self.place += 1;
            self.form = 0;
        }
        None
    }

    /// Says whether the last candidate still shows it.
    pub fn tell(&mut self, shown: bool) {
        let Some(trial) = self.trial.take() else { return };
        let cutting = self.cuts.pop().is_some();
        match (shown, cutting) {
            (true, true) => self.cuts = cuts(trial.len()),
            (true, false) => self.form = 0,
            (false, true) => {}
            (false, false) => self.form += 1,
        }
        if shown {
            self.best = trial;
        }
    }

    /// The fewest and simplest differences that were found.
    pub fn into_best(self) -> Vec<Difference> {
        self.best
    }
}

/// Which of so many differences to leave out together, the best tries last: all; all but one; one;
/// two, for some come in pairs, such as a claim left out and its other spelling.
fn cuts(count: usize) -> Vec<Vec<usize>> {
    let all = || 0..count;
    let mut cuts: Vec<Vec<usize>> = Vec::new();
    for first in all() {
        cuts.extend((first + 1..count).map(|second| vec![first, second]));
    }
    cuts.extend(all().map(|one| vec![one]));
    if count > 2 {
        cuts.extend(all().map(|kept| all().filter(|place| *place != kept).collect()));
    }
    if count > 1 {
        cuts.push(all().collect());
    }
    cuts
}
