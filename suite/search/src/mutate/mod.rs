//! The one mutator: it changes lists of differences from a valid token, drawing new ones from the
//! strategies. Fuzzing over HTTP and the libFuzzer targets both use it.

mod perturb;

use crate::generate::{Differences, SetupSpec, between_issuers, bit_flips, parts, recipes};
use crate::rng::Rng;
use jwtspec_mint::recipe::Difference;

pub(crate) use perturb::mutate_bytes;
use perturb::perturb;

/// The tries at a difference of the same kind as another.
const TRIES: usize = 24;

/// The strategies of one setup, from which tokens and parts of tokens are drawn.
pub(crate) struct Mutator {
    whole: Differences,
    part: Differences,
    flip: Differences,
    between: Option<Differences>,
}

impl Mutator {
    /// The mutator of tokens for a setup.
    pub(crate) fn of(setup: &SetupSpec) -> Self {
        Self {
            whole: recipes(setup, 4),
            part: parts(setup),
            flip: bit_flips(),
            between: setup.has_second().then(|| between_issuers(setup)),
        }
    }

    /// A token from the strategies alone.
    pub(crate) fn fresh(&self, rng: &mut Rng) -> Vec<Difference> {
        let strategy = match (rng.below(14), &self.between) {
            (0, _) => &self.flip,
            (1..=3, Some(between)) => between,
            _ => &self.whole,
        };
        rng.draw(strategy).unwrap_or_default()
    }

    /// Differences that belong together.
    pub(crate) fn part(&self, rng: &mut Rng) -> Vec<Difference> {
        let strategy = match &self.between {
            Some(between) if rng.one_in(5) => between,
            _ => &self.part,
        };
        rng.draw(strategy).unwrap_or_default()
    }

    /// Changes a token once; now and then with differences of another.
    pub(crate) fn mutate(&self, list: &mut Vec<Difference>, other: &[Difference], rng: &mut Rng) {
        let count = list.len();
        let place = rng.below(count);
        match rng.below(10) {
            0 if count > 0 => drop(list.remove(place)),
            1 if count > 0 => {
                list.remove(place);
                list.extend(self.part(rng));
            }
            // Of two of a kind the later counts, except where they are done in order.
            2 if count > 0 => list.push(list[place].clone()),
            3 => {
                list.retain(|_| !rng.one_in(3));
                list.extend_from_slice(&other[rng.below(other.len() + 1)..]);
            }
            4 if count > 0 => {
                if let Some(again) = self.again(&list[place], rng) {
                    list[place] = again;
                }
            }
            5 | 6 if count > 0 => perturb(&mut list[place], rng),
            7 if count > 1 => list.swap(place, rng.below(count)),
            _ => list.extend(self.part(rng)),
        }
    }

    /// A difference of the same kind as this one, drawn anew; nothing if chance gives none.
    fn again(&self, like: &Difference, rng: &mut Rng) -> Option<Difference> {
        let words = |it: &Difference| it.slug().split('-').take(2).map(str::to_owned).collect();
        let kind: Vec<String> = words(like);
        let mut parts = (0..TRIES).flat_map(|_| self.part(rng));
        parts.find(|it| it != like && words(it) == kind)
    }
}
