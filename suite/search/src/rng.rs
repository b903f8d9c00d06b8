//! Random choices that follow from a seed, the same on every machine.

use proptest::prelude::Rng as _;
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// A seeded source of choices, and of values of strategies.
pub(crate) struct Rng(TestRunner);

impl Rng {
    /// The source for one thing under a seed: the same seed and words always give the same.
    pub(crate) fn new(seed: u64, words: &str) -> Self {
        let text = format!("{seed}/{words}");
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, digest.as_ref());
        let config = Config { failure_persistence: None, ..Config::default() };
        Self(TestRunner::new_with_rng(config, rng))
    }

    /// A value of a strategy; nothing if it refuses everything.
    pub(crate) fn draw<T: std::fmt::Debug>(&mut self, strategy: &BoxedStrategy<T>) -> Option<T> {
        strategy.new_tree(&mut self.0).ok().map(|tree| tree.current())
    }

    /// Any number.
    pub(crate) fn number(&mut self) -> u64 {
        self.0.rng().next_u64()
    }

    /// A number below this; 0 below 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number() % limit.max(1) as u64).unwrap_or(0)
    }

    /// True once in so many times.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of a list, if it has any.
    pub(crate) fn choose<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    /// One of a fixed list.
    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, list: &[T; N]) -> T {
        const { assert!(N > 0, "nothing to pick from") };
        list[self.below(N)]
    }

    /// A byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.number().to_le_bytes()[0]
    }
}
