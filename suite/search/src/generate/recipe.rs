//! Whole tokens, as lists of differences.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{
    Differences, SetupSpec, equivalent, invalid, near_misses, numeric_dates, setup, texts, value,
};
use jwtspec_mint::recipe::Difference;

/// Differences that belong together, equivalent or invalid.
pub(crate) fn parts(setup: &SetupSpec) -> Differences {
    let dates = (select(vec!["exp", "nbf", "iat"]), numeric_dates())
        .prop_map(|(name, date)| vec![Difference::Claim(name.to_owned(), date)]);
    prop_oneof![6 => equivalent(setup), 5 => invalid(setup), 2 => dates].boxed()
}

/// Any token: up to `most` differences, equivalent and invalid ones.
pub fn recipes(setup: &SetupSpec, most: usize) -> Differences {
    let literal = texts().prop_map(|text| vec![Difference::Literal(text)]);
    let parts = vec(parts(setup), 0..=most).prop_map(|parts| parts.concat());
    prop_oneof![40 => parts, 1 => literal].boxed()
}

/// Tokens that mix the issuers of a setup: one mints, another is named, the key of a third signs.
pub fn between_issuers(setup: &SetupSpec) -> Differences {
    let names: Vec<String> = setup.issuers.keys().cloned().collect();
    let mut keys = setup.published();
    keys.extend(setup.first_key().map(setup::foreign));
    let from =
        option::weighted(0.6, select(names.clone())).prop_map(|name| name.map(Difference::From));
    let named = select(names.clone()).prop_map(|name| value(&format!("@issuer({name})")));
    let iss = prop_oneof![4 => named, 1 => near_misses("issuer")];
    let iss = option::weighted(0.5, iss)
        .prop_map(|iss| iss.map(|iss| Difference::Claim("iss".to_owned(), iss)));
    let key = if keys.is_empty() {
        Just(None).boxed()
    } else {
        option::weighted(0.4, select(keys.clone())).prop_map(|key| key.map(Difference::Key)).boxed()
    };
    let kids: Vec<String> = std::iter::once("@kid".to_owned())
        .chain(keys.iter().map(|key| format!("@kid({})", key.name())))
        .collect();
    let kid = option::weighted(0.4, select(kids))
        .prop_map(|kid| kid.map(|kid| Difference::Header("kid".to_owned(), value(&kid))));
    let kidless = option::weighted(0.1, Just(Difference::WithoutHeader("kid".to_owned())));
    (from, key, iss, kid, kidless)
        .prop_map(|(from, key, iss, kid, kidless)| {
            [from, key, iss, kid, kidless].into_iter().flatten().collect()
        })
        .boxed()
}
