//! Cases drawn anew from the strategies.

use proptest::strategy::{BoxedStrategy, Strategy, Union};

use super::Case;
use crate::fuzz::Rng;
use crate::generate::{
    Differences, SetupSpec, audiences, between_issuers, bit_flips, claim, credentials, crit,
    equivalent, invalid, json, numeric_dates, recipes, requests, texts,
};
use crate::property;
use jwtspec_engine::scenario::RequestSpec;
use jwtspec_mint::recipe::Difference;

/// Draws cases, and the parts from which others are mutated.
pub(super) struct CaseGenerator {
    /// For each setup of the pool.
    sources: Vec<Source>,
    requests: BoxedStrategy<RequestSpec>,
    bytes: BoxedStrategy<Vec<u8>>,
}

/// The strategies of one setup.
struct Source {
    whole: Differences,
    part: Differences,
    flip: Differences,
    mixed: Option<Differences>,
}

impl Source {
    fn of(setup: &SetupSpec) -> Self {
        let dates = ["exp", "nbf", "iat"].map(|name| numeric_dates().prop_map(claim(name)).boxed());
        let odd = (texts(), json()).prop_map(|(name, value)| {
            vec![Difference::Claim(name, crate::generate::template(&value))]
        });
        let mut parts = vec![
            (6, equivalent(setup)),
            (6, invalid(setup)),
            (2, bit_flips()),
            (1, crit()),
            (1, audiences().prop_map(claim("aud")).boxed()),
            (1, odd.boxed()),
        ];
        parts.extend(dates.map(|dates| (1, dates)));
        Self {
            whole: recipes(setup, 4),
            part: Union::new_weighted(parts).boxed(),
            flip: bit_flips(),
            mixed: setup.has_second().then(|| between_issuers(setup)),
        }
    }
}

impl CaseGenerator {
    /// For the setups of a pool; without ways to bend requests where the target takes the token
    /// elsewhere.
    pub(super) fn new<'w>(setups: impl Iterator<Item = &'w SetupSpec>) -> Self {
        Self {
            sources: setups.map(Source::of).collect(),
            requests: requests(),
            bytes: credentials(),
        }
    }

    /// A case from the strategies alone.
    pub(super) fn fresh(&self, usable: &[usize], bearer: bool, rng: &mut Rng) -> Case {
        // Every third is of the plainest setup, where finds are simplest.
        let setup = match rng.one_in(3) {
            true => usable.first(),
            false => rng.choose(usable),
        };
        let setup = setup.copied().unwrap_or(0);
        let source = &self.sources[setup];
        let mut case = Case { setup, differences: Vec::new(), request: None };
        match (rng.below(16), &source.mixed) {
            (0, _) if bearer => case.request = self.bytes(rng),
            (1, _) if bearer => {
                case.request = draw(&self.requests, rng);
                case.differences = draw(&source.part, rng).unwrap_or_default();
            }
            (2, _) => case.differences = draw(&source.flip, rng).unwrap_or_default(),
            (3..=5, Some(mixed)) => case.differences = draw(mixed, rng).unwrap_or_default(),
            _ => case.differences = draw(&source.whole, rng).unwrap_or_default(),
        }
        case
    }

    /// Differences that belong together in a setup.
    pub(super) fn part(&self, setup: usize, rng: &mut Rng) -> Vec<Difference> {
        let source = &self.sources[setup];
        let strategy = match &source.mixed {
            Some(mixed) if rng.one_in(5) => mixed,
            _ => &source.part,
        };
        draw(strategy, rng).unwrap_or_default()
    }

    /// A difference of the same kind as this one, drawn anew; nothing if chance gives none.
    pub(super) fn again(
        &self,
        setup: usize,
        like: &Difference,
        rng: &mut Rng,
    ) -> Option<Difference> {
        const TRIES: usize = 24;
        let slug = like.slug();
        let kind = slug.split('-').next().unwrap_or_default().to_owned();
        let mut near = None;
        for _ in 0..TRIES {
            for difference in self.part(setup, rng) {
                if difference == *like {
                    continue;
                }
                let other = difference.slug();
                if other == slug {
                    return Some(difference);
                }
                if other.split('-').next() == Some(kind.as_str()) {
                    near = Some(difference);
                }
            }
        }
        near
    }

    /// Another form of the request, or bytes instead.
    pub(super) fn request(&self, rng: &mut Rng) -> Option<RequestSpec> {
        if rng.one_in(3) { self.bytes(rng) } else { draw(&self.requests, rng) }
    }

    fn bytes(&self, rng: &mut Rng) -> Option<RequestSpec> {
        draw(&self.bytes, rng).map(RequestSpec::octets)
    }
}

/// A value of a strategy; nothing if it refuses everything.
fn draw<T: std::fmt::Debug>(strategy: &BoxedStrategy<T>, rng: &mut Rng) -> Option<T> {
    property::draw(strategy, &mut property::runner(rng.number(), "explore"))
}
