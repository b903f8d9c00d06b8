//! Tests of the table of properties.

use std::collections::HashSet;

use super::{PROPERTIES, Property, pool};
use jwtspec_types::capabilities::Capabilities;

#[test]
fn every_property_rests_on_requirements_that_exist() {
    let mut ids = HashSet::new();
    for property in PROPERTIES.iter() {
        assert!(ids.insert(&property.id), "{} twice", property.id);
        assert!(!property.covers.is_empty(), "{}", property.id);
    }
    assert_eq!(ids.len(), 15);
}

#[test]
fn the_documentation_has_every_property_with_its_requirements() {
    let page = include_str!("../../../../docs/property.md");
    for property in PROPERTIES.iter() {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", property.id)));
        let row = row.unwrap_or_else(|| panic!("{} is not in the table", property.id));
        for id in property.covers.iter().map(|it| &it.id) {
            assert!(row.contains(id), "{}: {id} is not in {row}", property.id);
        }
    }
}

#[test]
fn properties_are_chosen_by_globs() {
    let ids = |globs: &[&str]| {
        let globs: Vec<String> = globs.iter().map(ToString::to_string).collect();
        Property::choose(&globs).map(|all| all.iter().map(|it| it.id.as_str()).collect::<Vec<_>>())
    };
    assert_eq!(ids(&[]).map(|all| all.len()), Ok(PROPERTIES.len()));
    assert_eq!(ids(&["property/audience", "fl*"]), Ok(vec!["flipped", "audience"]));
    assert!(ids(&["nothing"]).is_err_and(|error| error.contains("known here: valid, ")));
}

#[test]
fn the_same_seed_gives_the_same_setups() {
    let capabilities = Capabilities::all();
    assert_eq!(pool(7, &capabilities), pool(7, &capabilities));
    assert_ne!(pool(7, &capabilities), pool(8, &capabilities));
}

#[test]
fn every_property_has_samples_in_some_setup() {
    let setups = pool(1, &Capabilities::all());
    for property in PROPERTIES.iter() {
        assert!(setups.iter().any(|setup| property.samples(setup).is_some()), "{}", property.id);
    }
}
