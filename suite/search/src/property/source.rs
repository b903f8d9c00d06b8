//! Draws the samples of a property, each from its own chance.

use proptest::strategy::BoxedStrategy;

use super::engine::Engine;
use super::pool::{draw, runner};
use super::table::Property;
use super::{Sample, Shot};
use crate::generate::SetupSpec;

/// So many turns has a world whose tokens are signed fast, for one of any other.
const TURNS_OF_FAST: usize = 8;

/// The samples of a property, one after the other.
pub(super) struct Source {
    property: &'static Property,
    seed: u64,
    /// The worlds in which there are samples, the plainest first.
    worlds: Vec<(usize, BoxedStrategy<Vec<Shot>>)>,
    /// Whose turn it is, as places in `worlds`, again and again.
    turns: Vec<usize>,
    next: usize,
}

impl Source {
    /// Samples in the worlds of an engine that are of use.
    pub(super) fn new(engine: &Engine, property: &'static Property, seed: u64) -> Self {
        let worlds: Vec<(usize, BoxedStrategy<Vec<Shot>>)> = (engine.worlds().enumerate())
            .filter(|(place, _)| engine.is_usable(*place))
            .filter_map(|(place, world)| Some((place, property.samples(world)?)))
            .collect();
        let algorithm = |world: &SetupSpec| world.first_key().map(|key| key.algorithm());
        let fastest = engine.worlds().next().and_then(algorithm);
        let is_fast = |place: &usize| algorithm(engine.world(worlds[*place].0)) == fastest;
        let turns = (0..TURNS_OF_FAST)
            .flat_map(|round| (0..worlds.len()).map(move |place| (round, place)))
            .filter(|(round, place)| *round == 0 || is_fast(place))
            .map(|(_, place)| place)
            .collect();
        Self { property, seed, worlds, turns, next: 0 }
    }

    /// True if there are no samples at all.
    pub(super) fn is_empty(&self) -> bool {
        self.worlds.is_empty()
    }

    /// The number of cases drawn so far.
    pub(super) fn drawn(&self) -> usize {
        self.next
    }

    /// The next one.
    pub(super) fn next_sample(&mut self) -> Sample {
        let number = self.next;
        self.next += 1;
        let mut runner = runner(self.seed, &format!("{} {number}", self.property.id));
        // Every other case is of the plainest world, where finds are simplest.
        let place = match number.is_multiple_of(2) {
            true => 0,
            false => self.turns[number / 2 % self.turns.len()],
        };
        let (world, strategy) = &self.worlds[place];
        Sample { world: *world, shots: draw(strategy, &mut runner).unwrap_or_default() }
    }
}
