//! Trusts as a target is told them, for a look at its templates before it runs.

use jwtspec_fixtures::Key;
use jwtspec_mint::context::{IssuerFacts, MintContext, PublishedKey, key_set};
use jwtspec_types::capabilities::{Capabilities, KeyDelivery, Providers};
use jwtspec_types::trust::{KeySource, Provider, Trust};

/// The trusts of some starts of a target that declares these capabilities; none of a driver.
pub(super) fn example_starts(capabilities: Option<&Capabilities>) -> Vec<Vec<Trust>> {
    let Some(capabilities) = capabilities else { return vec![Vec::new()] };
    let trust = |providers| Trust { providers, leeway_seconds: 30, ..Trust::default() };
    let providers = || {
        let deliveries = capabilities.keys.iter().enumerate();
        deliveries.map(|(number, delivery)| provider(capabilities, number, *delivery))
    };
    let each = providers().map(|it| trust(vec![it]));
    match capabilities.providers {
        Providers::One => each.map(|it| vec![it]).collect(),
        Providers::OneEach => vec![each.collect()],
        Providers::Many => {
            vec![each.chain([trust(providers().chain(providers()).collect())]).collect()]
        }
    }
}

fn provider(capabilities: &Capabilities, number: usize, delivery: KeyDelivery) -> Provider {
    let key = Key::all().find(|key| capabilities.verifies(key.algorithm()));
    let mut facts = IssuerFacts::on("http://127.0.0.1:1", number, "");
    facts.keys = key.map_or(facts.keys, |key| vec![PublishedKey::plain(key)]);
    Provider {
        keys: match delivery {
            KeyDelivery::Discovery => KeySource::Discovery(true),
            KeyDelivery::JwksUri => KeySource::JwksUri(facts.jwks_uri.clone()),
            KeyDelivery::Inline => KeySource::Jwks(key_set(&facts.keys)),
        },
        algorithms: facts.keys.iter().map(|key| key.key.algorithm()).collect(),
        issuer: facts.identifier,
        audiences: vec![MintContext::AUDIENCE.to_owned()],
        typ: None,
        required_claims: Vec::new(),
        key_text: None,
    }
}
