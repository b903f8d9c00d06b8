//! Tests of the strategies themselves, with proptest.

use std::sync::Arc;

use futures::FutureExt;
use proptest::prelude::*;

use super::{SetupSpec, minimise, recipes, requests, setups, setups_of_two, shrink};
use crate::oracle_input;
use jwtspec_engine::plan::{Conditions, Extra, imagined_endpoints, plan_case, setup};
use jwtspec_engine::scenario::{Catalogue, Expect, Presentation, Scenario, Step, write};
use jwtspec_format::Source;
use jwtspec_mint::mint;
use jwtspec_mint::recipe::{Difference, Recipe};
use jwtspec_types::capabilities::{Capabilities, Channel};

/// Far more steps than any find needs.
const MANY: usize = 10_000;

fn of_plain(most: usize) -> BoxedStrategy<Vec<Difference>> {
    let setup = SetupSpec::plain(&Capabilities::all()).expect("a key");
    recipes(&setup, most)
}

fn any_setup() -> BoxedStrategy<SetupSpec> {
    prop_oneof![setups(&Capabilities::all()), setups_of_two(&Capabilities::all())].boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_shows_always_shrinks_to_the_valid_token(case in of_plain(5)) {
        prop_assert_eq!(minimise(case, async |_| true).now_or_never(), Some(vec![]));
    }

    #[test]
    fn what_needs_everything_stays_as_it_is(case in of_plain(5)) {
        let whole = Recipe::of(case.clone()).differences();
        prop_assert_eq!(minimise(case, async |_| false).now_or_never(), Some(whole));
    }

    #[test]
    fn simpler_and_simpler_comes_to_an_end(case in of_plain(3), choice in any::<usize>()) {
        for mut difference in case {
            let mut steps = 0;
            loop {
                let forms = shrink(&difference);
                if forms.is_empty() {
                    break;
                }
                difference = forms[choice % forms.len()].clone();
                steps += 1;
                prop_assert!(steps < MANY);
            }
        }
    }

    #[test]
    fn a_recipe_is_read_as_it_was_written(
        case in of_plain(4),
        request in proptest::option::of(requests()),
    ) {
        let presentation = Presentation { request, ..Presentation::of(Recipe::of(case), Expect::Accept) };
        let step = Step::Present(Arc::new(presentation.clone()));
        let mut scenario = Scenario::generated("x/y", "found", vec![], vec![step]);
        scenario.issuers = SetupSpec::plain(&Capabilities::all()).map(|it| it.issuers).unwrap_or_default();
        let Ok(text) = write("Found.", &[(vec![], &scenario)]) else { return Ok(()) };
        let text = text.replace("covers = []", "covers = [\"rfc7519-4.1.3-aud-array\"]");
        let source = Source::new("x.toml", text.clone());
        let read = Catalogue::from_text("x", &source);
        prop_assert!(read.is_ok(), "{}\n{}", text, read.err().map(|e| e.to_string()).unwrap_or_default());
        let read = read.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let Some([Step::Present(again)]) = read.iter().next().map(|it| it.steps.as_slice()) else {
            return Err(TestCaseError::fail("no step"));
        };
        let mut mint_context = jwtspec_mint::context::MintContext::example();
        let stranger = mint_context.issuers["main"].clone();
        mint_context.issuers.insert(SetupSpec::STRANGER.to_owned(), stranger);
        prop_assert_eq!(mint(&again.recipe, &mint_context), mint(&presentation.recipe, &mint_context));
        prop_assert_eq!(&again.request, &presentation.request);
    }

    #[test]
    fn a_setup_can_be_carried_out_and_has_a_valid_token(spec in any_setup()) {
        let mut scenario = Scenario::generated("x/setup", "a setup", vec![], vec![]);
        scenario.trust = spec.trust.clone();
        scenario.issuers = spec.issuers.clone();
        let case = plan_case(scenario, &Conditions::default(), &Capabilities::all(), Channel::ALL);
        let case = case.map_err(|reason| TestCaseError::fail(reason.to_string()))?;
        let setup = setup(&case, &imagined_endpoints(&case), 1_800_000_000, Extra::default());
        let setup = setup.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let minted = mint(&spec.recipe([]), &setup.mint_context);
        let minted = minted.map_err(|error| TestCaseError::fail(error.to_string()))?;
        if let Some(model) = oracle_input::oracle(&setup) {
            let expected = model.expected(&minted.token, &minted.signed, setup.mint_context.now);
            prop_assert!(!matches!(expected.expect, Expect::Reject(_)), "{:?}", expected.because);
        }
    }
}
