//! Choices that follow from the seed.

use proptest::prelude::Rng;
use proptest::strategy::BoxedStrategy;
use proptest::test_runner::TestRunner;

use crate::property::{draw, runner};

/// A source of choices.
pub(super) struct Chance(TestRunner);

impl Chance {
    /// The source for the case with this number.
    pub(super) fn of(seed: u64, number: usize) -> Self {
        Self(runner(seed, &format!("explore {number}")))
    }

    /// A number below this one, which is not 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.0.rng().next_u64() % end).unwrap_or(0)
    }

    /// Whether something happens that happens once in so many times.
    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these, if there are any.
    pub(super) fn one_of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    /// A value of a strategy; nothing if it refuses everything.
    pub(super) fn draw<T: std::fmt::Debug>(&mut self, strategy: &BoxedStrategy<T>) -> Option<T> {
        draw(strategy, &mut self.0)
    }
}
