//! The setups of a run, drawn from its seed before anything is started: a target with a
//! configuration file is told all of them at once.

use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::generate::{SetupSpec, keys, setups, setups_of_two};
use jwtspec_types::capabilities::Capabilities;
use jwtspec_types::words::Family;

/// The number of setups drawn with one trusted issuer, and with two.
const OF_ONE: usize = 8;
const OF_TWO: usize = 3;

/// A source of chance for one thing: the same seed and words always give the same.
pub(crate) fn runner(seed: u64, words: &str) -> TestRunner {
    let text = format!("{seed}/{words}");
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, digest.as_ref());
    TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng)
}

/// One value; nothing if the strategy refuses everything.
pub(crate) fn draw<T: std::fmt::Debug>(
    strategy: &BoxedStrategy<T>,
    runner: &mut TestRunner,
) -> Option<T> {
    strategy.new_tree(runner).ok().map(|tree| tree.current())
}

/// The setups for a verifier with these capabilities: the plain one, the plain one with an RSA key,
/// and others, some with two issuers.
pub fn pool(seed: u64, capabilities: &Capabilities) -> Vec<SetupSpec> {
    let mut pool: Vec<SetupSpec> = SetupSpec::plain(capabilities).into_iter().collect();
    let rsa =
        keys(capabilities).into_iter().find(|key| key.algorithm().family() == Family::RsaPkcs1);
    pool.extend(rsa.map(SetupSpec::with));
    let mut add = |count: usize, name: &str, strategy: BoxedStrategy<SetupSpec>| {
        for place in 0..count {
            let setup = draw(&strategy, &mut runner(seed, &format!("{name} {place}")));
            pool.extend(setup.filter(|setup| !pool.contains(setup)));
        }
    };
    if SetupSpec::plain(capabilities).is_some() {
        add(OF_ONE, "world", setups(capabilities));
        if capabilities.has_many_providers() {
            add(OF_TWO, "world of two", setups_of_two(capabilities));
        }
    }
    pool
}
