//! The setups of a run, drawn from its seed before anything is started: a target with a
//! configuration file is told all of them at once.

use proptest::strategy::BoxedStrategy;

use crate::generate::{SetupSpec, keys, setups, setups_of_two};
use crate::rng::Rng;
use jwtspec_types::capabilities::Capabilities;
use jwtspec_types::words::Family;

/// The number of setups drawn with one trusted issuer, and with two.
const OF_ONE: usize = 8;
const OF_TWO: usize = 3;

/// The texts that are mixed into the seed. Others would give other setups for the same seed.
const SEED_OF_ONE: &str = "world";
const SEED_OF_TWO: &str = "world of two";

/// The setups for a verifier with these capabilities: the plain one, the plain one with an RSA key,
/// and others, some with two issuers.
pub fn pool(seed: u64, capabilities: &Capabilities) -> Vec<SetupSpec> {
    let mut pool: Vec<SetupSpec> = SetupSpec::plain(capabilities).into_iter().collect();
    let rsa =
        keys(capabilities).into_iter().find(|key| key.algorithm().family() == Family::RsaPkcs1);
    pool.extend(rsa.map(SetupSpec::with));
    let mut add = |count: usize, name: &str, strategy: BoxedStrategy<SetupSpec>| {
        for place in 0..count {
            let setup = Rng::new(seed, &format!("{name} {place}")).draw(&strategy);
            pool.extend(setup.filter(|setup| !pool.contains(setup)));
        }
    };
    if SetupSpec::plain(capabilities).is_some() {
        add(OF_ONE, SEED_OF_ONE, setups(capabilities));
        if capabilities.has_many_providers() {
            add(OF_TWO, SEED_OF_TWO, setups_of_two(capabilities));
        }
    }
    pool
}
