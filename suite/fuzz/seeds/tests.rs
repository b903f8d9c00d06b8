use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::fuzz::{Linked, verify};
use crate::reference::Reference;

#[test]
fn seeds_are_few_small_and_many_kinds() {
    for target in SeedTarget::ALL {
        let seeds = seeds(*target).unwrap();
        let octets: usize = seeds.iter().map(|seed| seed.octets.len()).sum();
        assert!(
            seeds.len() <= MOST && octets <= MOST_OCTETS,
            "{target}: {}, {octets}",
            seeds.len()
        );
        assert!(seeds.len() >= 20, "{target} has only {} seeds", seeds.len());
        let names: BTreeMap<_, _> = seeds.iter().map(|seed| (&seed.name, &seed.octets)).collect();
        assert_eq!(names.len(), seeds.len(), "{target}");
    }
}

#[test]
fn the_committed_seeds_are_those_that_the_command_writes() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for target in SeedTarget::ALL {
        let mut committed = BTreeMap::new();
        for entry in std::fs::read_dir(corpus.join(target.as_str())).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("seed-") {
                committed.insert(name, std::fs::read(&path).unwrap());
            }
        }
        let seeds = seeds(*target).unwrap();
        let made: BTreeMap<_, _> = seeds.into_iter().map(|it| (it.name, it.octets)).collect();
        let differs = |name: &&String| committed.get(*name) != made.get(*name);
        let differing: Vec<_> = made.keys().chain(committed.keys()).filter(differs).collect();
        assert!(
            differing.is_empty(),
            "the seeds of {target} are not those of the scenarios: {differing:?}\n\
             write them anew: cargo run -- seeds fuzz/corpus --target {target}"
        );
    }
}

#[test]
fn the_reference_is_right_about_every_seed_of_verify() {
    let reference = Linked::new(&Reference::default()).unwrap();
    for seed in seeds(SeedTarget::Verify).unwrap() {
        verify(&seed.octets, &[&reference]);
    }
}
