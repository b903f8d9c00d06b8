use std::collections::BTreeMap;

use super::*;
use crate::fuzz::{Linked, verify};
use jwtspec_reference::Reference;

#[test]
fn seeds_are_few_and_small() {
    for target in SeedTarget::ALL {
        let seeds = seeds(*target).unwrap();
        let bytes: usize = seeds.iter().map(|seed| seed.bytes.len()).sum();
        assert!(seeds.len() <= MOST && bytes <= MOST_BYTES, "{target}: {}, {bytes}", seeds.len());
        assert!(!seeds.is_empty(), "{target}");
        let names: BTreeMap<_, _> = seeds.iter().map(|seed| (&seed.name, &seed.bytes)).collect();
        assert_eq!(names.len(), seeds.len(), "{target}");
    }
}

#[test]
fn the_reference_is_right_about_every_seed_of_verify() {
    let reference = Linked::new(&Reference::default()).unwrap();
    for seed in seeds(SeedTarget::Verify).unwrap() {
        verify(&seed.bytes, &[&reference]);
    }
}
