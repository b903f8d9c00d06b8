//! Draws the cases of a property, each from its own chance.

use proptest::strategy::BoxedStrategy;

use super::presenter::Presenter;
use super::table::Property;
use super::{TestCase, TestStep};
use crate::generate::SetupSpec;
use crate::rng::Rng;

/// So many turns has a setup whose tokens are signed fast, for one of any other.
const TURNS_OF_FAST: usize = 8;

/// The cases of a property, one after the other.
pub(super) struct Source {
    property: &'static Property,
    seed: u64,
    /// The setups in which there are cases, the plainest first.
    setups: Vec<(usize, BoxedStrategy<Vec<TestStep>>)>,
    /// Places in `setups`, as often as it is their turn.
    turns: Vec<usize>,
}

impl Source {
    /// Samples in the setups of an engine that are of use.
    pub(super) fn new(presenter: &Presenter, property: &'static Property, seed: u64) -> Self {
        let setups: Vec<(usize, BoxedStrategy<Vec<TestStep>>)> = (presenter.setups().enumerate())
            .filter(|(place, _)| presenter.is_usable(*place))
            .filter_map(|(place, setup)| Some((place, property.samples(setup)?)))
            .collect();
        let algorithm = |setup: &SetupSpec| setup.first_key().map(|key| key.algorithm());
        let fastest = presenter.setups().next().and_then(algorithm);
        let turns = |(place, (setup, _)): (usize, &(usize, _))| {
            let is_fast = algorithm(presenter.setup(*setup)) == fastest;
            std::iter::repeat_n(place, if is_fast { TURNS_OF_FAST } else { 1 })
        };
        let turns = setups.iter().enumerate().flat_map(turns).collect();
        Self { property, seed, setups, turns }
    }

    /// True if there are no cases at all.
    pub(super) fn is_empty(&self) -> bool {
        self.setups.is_empty()
    }

    /// The case of this number.
    pub(super) fn case(&self, number: usize) -> TestCase {
        let mut rng = Rng::new(self.seed, &format!("{} {number}", self.property.id));
        // Every other case is of the plainest setup, where finds are simplest.
        let place = match number.is_multiple_of(2) {
            true => 0,
            false => rng.choose(&self.turns).copied().unwrap_or(0),
        };
        let (setup, strategy) = &self.setups[place];
        TestCase { setup: *setup, steps: rng.draw(strategy).unwrap_or_default() }
    }
}
