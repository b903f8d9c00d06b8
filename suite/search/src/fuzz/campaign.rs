//! Fuzzing without libFuzzer: a bounded, deterministic loop, for tests that must find something.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::mutate;
use crate::rng::Rng;

/// A loop of mutations from seeds. Nothing is measured, so it finds less than libFuzzer does.
#[derive(Clone, Copy, Debug)]
pub struct Campaign<'a> {
    /// The seed of the random choices.
    pub seed: u64,
    /// The most calls of the body.
    pub executions: u32,
    /// The inputs that mutations start from; each is tried first as it is.
    pub seeds: &'a [Vec<u8>],
}

/// An input on which the body panicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// The input.
    pub input: Vec<u8>,
    /// The number of the execution, counted from 1.
    pub execution: u32,
    /// The message of the panic.
    pub message: String,
}

/// Bytes of the longest input: as many as a token may have under a body.
const LONGEST: usize = 8 << 10;
/// More mutations than this are seldom stacked on one seed.
const STACKED: usize = 6;

impl<'a> Campaign<'a> {
    /// With tokens mutated.
    pub const fn new(seed: u64, executions: u32, seeds: &'a [Vec<u8>]) -> Self {
        Self { seed, executions, seeds }
    }

    /// Calls the body until it panics; nothing if it never does.
    pub fn run(&self, body: impl Fn(&[u8])) -> Option<Caught> {
        let mut rng = Rng::new(self.seed, "campaign");
        let mut buffer = vec![0; LONGEST];
        let mut size = 0;
        let mut left = 0;
        for execution in 1..=self.executions {
            let as_it_is = self.seeds.get(execution as usize - 1);
            if as_it_is.is_some() || left == 0 {
                let some = self.seeds.get(rng.below(self.seeds.len()));
                let seed = as_it_is.or(some).map_or(&[][..], Vec::as_slice);
                size = seed.len().min(buffer.len());
                buffer[..size].copy_from_slice(&seed[..size]);
                left = 1 + rng.below(STACKED);
            }
            if as_it_is.is_none() {
                let seed = u32::try_from(rng.number() >> 32).unwrap_or_default();
                let most = buffer.len();
                size = mutate(&mut buffer, size, most, seed).min(most);
                left -= 1;
            }
            let input = &buffer[..size];
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| body(input))) {
                return Some(Caught {
                    input: input.to_vec(),
                    execution,
                    message: panic_message(panic.as_ref()),
                });
            }
        }
        None
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_campaign_finds_the_same() {
        let seeds = [b"a.b.c".to_vec()];
        let campaign = Campaign::new(1, 5_000, &seeds);
        let body = |data: &[u8]| assert!(!data.ends_with(b"="), "padded");
        let caught = campaign.run(body).unwrap();
        assert_eq!(caught.message, "padded");
        assert_eq!(campaign.run(body), Some(caught));
        assert_eq!(campaign.run(|_| {}), None);
    }

    #[test]
    fn seeds_come_first_as_they_are() {
        let seeds = [b"one".to_vec(), b"two".to_vec()];
        let caught = Campaign::new(1, 10, &seeds).run(|data| assert_ne!(data, b"two"));
        assert_eq!(caught.map(|caught| caught.execution), Some(2));
    }
}
