//! Cases drawn anew from the strategies.

use proptest::strategy::{BoxedStrategy, Strategy, Union};

use super::Case;
use crate::fuzz::Rng;
use crate::generate::{
    Differences, SetupSpec, audiences, between_issuers, credentials, crit, flips, harmless, json,
    numeric_dates, recipes, requests, spoilings, texts,
};
use crate::property;
use jwtspec_engine::scenario::RequestSpec;
use jwtspec_mint::octets::Octets;
use jwtspec_mint::recipe::Difference;

/// Draws cases, and the parts from which others are mutated.
pub(super) struct Maker {
    /// For each world of the pool.
    sources: Vec<Source>,
    requests: BoxedStrategy<RequestSpec>,
    octets: BoxedStrategy<Vec<u8>>,
}

/// The strategies of one setup.
struct Source {
    whole: Differences,
    part: Differences,
    flip: Differences,
    mixed: Option<Differences>,
}

impl Source {
    fn of(world: &SetupSpec) -> Self {
        let claim =
            |name: &'static str| move |value| vec![Difference::Claim(name.to_owned(), value)];
        let dates = ["exp", "nbf", "iat"].map(|name| numeric_dates().prop_map(claim(name)).boxed());
        let odd = (texts(), json()).prop_map(|(name, value)| {
            vec![Difference::Claim(name, crate::generate::template(&value))]
        });
        let mut parts = vec![
            (6, harmless(world)),
            (6, spoilings(world)),
            (2, flips()),
            (1, crit()),
            (1, audiences().prop_map(claim("aud")).boxed()),
            (1, odd.boxed()),
        ];
        parts.extend(dates.map(|dates| (1, dates)));
        Self {
            whole: recipes(world, 4),
            part: Union::new_weighted(parts).boxed(),
            flip: flips(),
            mixed: world.has_second().then(|| between_issuers(world)),
        }
    }
}

impl Maker {
    /// For the worlds of a pool; without ways to bend requests where the target takes the token
    /// elsewhere.
    pub(super) fn new<'w>(worlds: impl Iterator<Item = &'w SetupSpec>) -> Self {
        Self {
            sources: worlds.map(Source::of).collect(),
            requests: requests(),
            octets: credentials(),
        }
    }

    /// A case from the strategies alone.
    pub(super) fn fresh(&self, usable: &[usize], bearer: bool, rng: &mut Rng) -> Case {
        // Every third is of the plainest world, where finds are simplest.
        let world = match rng.one_in(3) {
            true => usable.first(),
            false => rng.choose(usable),
        };
        let world = world.copied().unwrap_or(0);
        let source = &self.sources[world];
        let mut case = Case { world, differences: Vec::new(), request: None };
        match (rng.below(16), &source.mixed) {
            (0, _) if bearer => case.request = self.octets(rng),
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

    /// Differences that belong together in a world.
    pub(super) fn part(&self, world: usize, rng: &mut Rng) -> Vec<Difference> {
        let source = &self.sources[world];
        let strategy = match &source.mixed {
            Some(mixed) if rng.one_in(5) => mixed,
            _ => &source.part,
        };
        draw(strategy, rng).unwrap_or_default()
    }

    /// A difference of the same kind as this one, drawn anew; nothing if chance gives none.
    pub(super) fn again(
        &self,
        world: usize,
        like: &Difference,
        rng: &mut Rng,
    ) -> Option<Difference> {
        const TRIES: usize = 24;
        let slug = like.slug();
        let kind = slug.split('-').next().unwrap_or_default().to_owned();
        let mut near = None;
        for _ in 0..TRIES {
            for difference in self.part(world, rng) {
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

    /// Another form of the request, or octets instead.
    pub(super) fn request(&self, rng: &mut Rng) -> Option<RequestSpec> {
        if rng.one_in(3) { self.octets(rng) } else { draw(&self.requests, rng) }
    }

    fn octets(&self, rng: &mut Rng) -> Option<RequestSpec> {
        let octets = draw(&self.octets, rng)?;
        Some(RequestSpec { authorization_octets: Some(Octets(octets)), ..RequestSpec::default() })
    }
}

/// A value of a strategy; nothing if it refuses everything.
fn draw<T: std::fmt::Debug>(strategy: &BoxedStrategy<T>, rng: &mut Rng) -> Option<T> {
    property::draw(strategy, &mut property::runner(rng.number(), "explore"))
}
