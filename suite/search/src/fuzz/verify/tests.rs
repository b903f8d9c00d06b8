use super::*;
use crate::fuzz::seeds::{SeedTarget, seeds};
use crate::fuzz::{Campaign, mutate};
use jwtspec_mint::mint;
use jwtspec_mint::recipe::Recipe;
use jwtspec_reference::Reference;
use jwtspec_reference::faults::PLANTED;

#[test]
fn the_reference_is_right_about_many_mutations() {
    let reference = Linked::new(&Reference::default()).unwrap();
    let mut data = vec![0; 4096];
    let (mut size, mut accepted) = (0, 0);
    for seed in 0..10_000 {
        size = mutate(&mut data, size, 4096, seed);
        if seed % 40 == 0 {
            size = 0;
        }
        verify(&data[..size], &[&reference]);
        let token = std::str::from_utf8(&data[..size]).unwrap_or_default();
        accepted += u32::from(reference.accepts(token).is_ok());
    }
    assert!(accepted > 500, "only {accepted} of 10000 mutations are accepted");
}

#[test]
fn every_fixed_issuer_has_its_tokens_accepted() {
    let reference = Linked::new(&Reference::default()).unwrap();
    for (name, facts) in &reference.mint_context().issuers {
        for published in &facts.keys {
            let recipe =
                Recipe { from: Some(name.clone()), key: Some(published.key), ..Recipe::default() };
            let token = mint(&recipe, reference.mint_context()).unwrap().token;
            assert_eq!(reference.accepts(&token), Ok(()), "{}", published.key.name());
            verify(token.as_bytes(), &[&reference]);
        }
    }
}

/// Each planted verifier is caught within so many executions.
const ENOUGH: u32 = 30_000;

#[test]
fn planted_verifiers_are_caught() {
    let seeds: Vec<Vec<u8>> =
        seeds(SeedTarget::Verify).unwrap().into_iter().map(|seed| seed.bytes).collect();
    for planted in PLANTED {
        let linked = Linked::new(&planted.driver()).unwrap();
        let caught = Campaign::new(1, ENOUGH, &seeds).run(|data| verify(data, &[&linked]));
        let caught = caught.unwrap_or_else(|| panic!("{} is not caught", planted.name));
        assert!(caught.message.contains("in spite of this"), "{}", caught.message);
    }
}
