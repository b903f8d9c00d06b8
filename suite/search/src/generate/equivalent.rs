//! Differences that leave a token as valid, or as invalid, as it was.

use proptest::prelude::*;
use proptest::sample::select;

use super::table::{TABLE, one_of};
use super::value::{claim, template, verbatim};
use super::{Differences, SetupSpec, json, json_text, moments, texts};
use jwtspec_mint::recipe::Difference;

/// Header members and claims that are unknown, or that say nothing about whether a token is valid
/// (RFC 7515 section 4, RFC 7519 section 4).
pub fn unknown_members() -> Differences {
    let name = prop_oneof![
        2 => select(&TABLE.unknown_claims[..]),
        1 => texts().prop_filter("a registered name", |name| {
            !["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "nonce"].contains(&&**name)
        }),
    ];
    let claim =
        (name, json()).prop_map(|(name, json)| vec![Difference::Claim(name, template(&json))]);
    let header = (select(&TABLE.unknown_headers[..]), json())
        .prop_map(|(name, json)| vec![Difference::Header(name, template(&json))]);
    prop_oneof![4 => claim, 3 => header, 3 => one_of(&TABLE.equivalent.places)].boxed()
}

/// Other ways to write the same: order, white space, escapes, numbers.
pub fn spellings(setup: &SetupSpec) -> Differences {
    // There is an `alg` to move only where it is the usual one.
    let algorithm = setup.first_key().map_or("none", |key| key.algorithm().as_str());
    let header = select(vec![
        format!(r#"{{@header,"alg":"{algorithm}"}}"#),
        format!(r#"{{@header,"\u0061lg":"{algorithm}"}}"#),
        format!(r#"{{ "a\u006cg" : "{algorithm}" , @header }}"#),
    ])
    .prop_map(|text| {
        vec![Difference::WithoutHeader("alg".to_owned()), Difference::HeaderJson(json_text(&text))]
    });
    let table = &TABLE.equivalent;
    prop_oneof![3 => one_of(&table.spaced), 4 => one_of(&table.moved), 1 => header].boxed()
}

/// Whatever leaves a valid token valid: [`unknown_members`], [`spellings`], times in other forms,
/// other subjects.
pub fn equivalent(setup: &SetupSpec) -> Differences {
    let usual = match setup.base.is_empty() {
        true => one_of(&TABLE.equivalent.usual),
        false => unknown_members(),
    };
    let subject =
        texts().prop_filter("empty", |text| !text.is_empty()).prop_map(|text| verbatim(&text));
    prop_oneof![
        4 => unknown_members(),
        3 => spellings(setup),
        3 => moments('-').prop_map(claim("nbf")),
        3 => one_of(&TABLE.equivalent.issued),
        2 => moments('+').prop_map(claim("exp")),
        1 => subject.prop_map(claim("sub")),
        1 => texts().prop_map(|text| verbatim(&text)).prop_map(claim("jti")),
        3 => usual,
    ]
    .boxed()
}
