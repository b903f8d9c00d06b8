use proptest::prelude::*;

use super::*;
use crate::fuzz::mutate;
use jwtspec_mint::recipe::KeyForm;

fn again(token: &str) -> (Recipe, String) {
    let recipe = decompile(token);
    let minted = mint(&recipe, fixed::mint_context()).unwrap().token;
    (recipe, minted)
}

/// Minting the recipe of a token gives the token, or the same but for another valid signature.
fn comes_back(token: &str) {
    let (recipe, minted) = again(token);
    if minted != token {
        let message = |token: &str| token.rsplit_once('.').unwrap().0.to_owned();
        assert_eq!(message(&minted), message(token));
        let (signed, signature) = minted.rsplit_once('.').unwrap();
        let (bytes, _) = decode(signature).unwrap();
        let key = recipe.key.unwrap();
        assert!(signed::verifies(key, key.algorithm(), signed.as_bytes(), &bytes));
    }
    let written = toml::to_string(&recipe).unwrap();
    assert_eq!(toml::from_str::<Recipe>(&written).unwrap(), recipe, "{written}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back(text in "[ -~é]{0,60}") {
        comes_back(&text);
    }

    #[test]
    fn any_three_segments_come_back(
        header in prop::collection::vec(any::<u8>(), 0..40),
        claims in "[@a-z0-9:/.\"{}+-]{0,60}",
        signature in prop::collection::vec(any::<u8>(), 0..70),
    ) {
        let segments = [header, claims.into_bytes(), signature].map(jose::encode);
        comes_back(&segments.join("."));
    }

    #[test]
    fn any_mutation_comes_back(seeds in prop::collection::vec(any::<u32>(), 1..6)) {
        let mut data = vec![0; 2_000];
        let mut size = 0;
        for seed in seeds {
            size = mutate(&mut data, size, 2_000, seed);
            if let Ok(token) = std::str::from_utf8(&data[..size]) {
                comes_back(token);
            }
        }
    }
}

#[test]
fn values_of_the_context_become_placeholders() {
    let encode = |text: &str| jose::encode(text);
    let header = encode(r#"{"alg":"none","x":"me@example"}"#);
    let claims = encode(
        r#"{"iss":"https://one.example","aud":["https://api.example/","https://two.example"],"exp":1800000300,"nbf":1799999999.5,"n":7}"#,
    );
    let (recipe, minted) = again(&format!("{header}.{claims}."));
    assert_eq!(minted, format!("{header}.{claims}."));
    let written = |json: Option<JsonText>| json.unwrap().0.to_string();
    assert_eq!(written(recipe.header_json), r#"{"alg":"none","x":"me@@example"}"#);
    assert_eq!(
        written(recipe.claims_json),
        r#"{"iss":"@issuer","aud":["@audience/","@issuer(second)"],"exp":@now+300s,"nbf":@now-1s.5,"n":7}"#
    );
    assert_eq!(recipe.signature, [SignatureFault::Strip]);
}

#[test]
fn every_key_is_known_by_its_signature() {
    for key in Key::all().filter(|key| key.name() != "ps256-1024") {
        let recipe = Recipe { key: Some(key), ..Recipe::default() };
        let token = mint(&recipe, fixed::mint_context()).unwrap().token;
        let (found, minted) = again(&token);
        assert_eq!((found.key, found.signature, minted), (Some(key), vec![], token));
    }
}

#[test]
fn confusion_and_malleability_are_recognised() {
    let recipe = Recipe {
        alg: Some(Algorithm::Hs256),
        secret: Some(Secret {
            text: None,
            base64url: None,
            public: Key::named("rs256-a").ok(),
            form: Some(KeyForm::SpkiPem),
            final_newline: None,
            before: Default::default(),
        }),
        ..Recipe::default()
    };
    let found = decompile(&mint(&recipe, fixed::mint_context()).unwrap().token);
    assert_eq!((found.alg, found.secret), (recipe.alg, recipe.secret));

    let recipe = Recipe { signature: vec![SignatureFault::NegateS], ..Recipe::default() };
    let token = mint(&recipe, fixed::mint_context()).unwrap().token;
    let (found, minted) = again(&token);
    assert_eq!((found.signature, minted), (recipe.signature, token));
}
