//! Trusts as a target is told them, for a look at its templates before it runs.

use jwtspec_fixtures::Key;
use jwtspec_mint::context::{IssuerFacts, MintContext, PublishedKey, key_set};
use jwtspec_types::capabilities::{Capabilities, KeyDelivery, Number, Providers};
use jwtspec_types::trust::{KeySource, Provider, Trust};

/// The trusts of some starts of a target that declares these capabilities; none of a driver.
pub(super) fn example_starts(capabilities: Option<&Capabilities>) -> Vec<Vec<Trust>> {
    let Some(capabilities) = capabilities else { return vec![Vec::new()] };
    let trust = |providers| Trust { providers, leeway_seconds: 30, ..Trust::default() };
    let providers = || {
        let deliveries = capabilities.keys.iter().enumerate();
        deliveries.flat_map(|(number, delivery)| {
            let plain = provider(capabilities, number, *delivery);
            [rich(capabilities, &plain), plain]
        })
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

/// The same provider with all that the target can be told.
fn rich(capabilities: &Capabilities, plain: &Provider) -> Provider {
    let mut audiences = plain.audiences.clone();
    if capabilities.audiences == Number::Many {
        audiences.push("https://second.example".to_owned());
    }
    let own = plain.algorithms.iter().copied();
    let others = Key::all().map(|key| key.algorithm()).filter(|it| capabilities.verifies(*it));
    let mut algorithms = Vec::new();
    for algorithm in own.chain(others) {
        if !algorithms.contains(&algorithm) {
            algorithms.push(algorithm);
        }
    }
    let claim = || vec!["sub".to_owned()];
    Provider {
        audiences,
        algorithms,
        typ: capabilities.typ.then(|| "at+jwt".to_owned()),
        required_claims: capabilities.required_claims.then(claim).unwrap_or_default(),
        ..plain.clone()
    }
}
