//! Random choices that follow from a seed, the same on every machine.

/// A seeded source of choices.
#[derive(Clone, Debug)]
pub(crate) struct Rng(fastrand::Rng);

impl Rng {
    /// The source for this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// The source for one case of many under the same seed.
    pub(crate) fn of_case(seed: u64, number: usize) -> Self {
        let mut cases = Self::new(number as u64);
        Self::new(Self::new(seed).number() ^ cases.number())
    }

    /// Any number.
    pub(crate) fn number(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A number below this; 0 below 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.0.u64(..limit.max(1) as u64)).unwrap_or(0)
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
        self.0.u8(..)
    }
}
