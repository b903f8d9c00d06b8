use super::*;
use jwtspec_types::trust::{KeySource, Provider};

const ISSUER: &str = "http://127.0.0.1:1/issuer/0";

fn trust_in(issuer: &str) -> Trust {
    let provider = Provider {
        issuer: issuer.to_owned(),
        audiences: Vec::new(),
        keys: KeySource::Discovery(true),
        algorithms: Vec::new(),
        typ: None,
        required_claims: Vec::new(),
        key_text: None,
    };
    Trust { providers: vec![provider], ..trust() }
}

/// Returns true if this answer is told to name a configured issuer that the caller did not name.
fn tells(issuer: &str, request: &PreparedRequest, token: &str, lines: &[Line], body: &str) -> bool {
    let context = Context {
        token,
        mint_context: &MintContext::example(),
        trust: &trust_in(issuer),
        tells_issuers: false,
        request,
        lines,
        step: 0,
        bodiless: false,
    };
    match find_leak(context, &answer("application/json", body)) {
        None => false,
        Some(Leaked::Issuer(told)) => {
            assert_eq!(told, issuer);
            true
        }
        Some(other) => panic!("{other:?}"),
    }
}

/// The same for a refusal that says which issuer was expected.
fn tells_expected(recipe: &str) -> bool {
    let token = minted(recipe, &MintContext::example());
    tells(ISSUER, &request(&token), &token, &[], &format!("`iss` must be {ISSUER}, and is not"))
}

#[test]
fn a_configured_issuer_is_told_to_those_who_name_none() {
    for recipe in [
        "without = ['iss']",
        "claims.iss = 'https://other.example'",
        "claims.iss = ''",
        "claims.iss = '@cut(issuer,8)'",
        "literal = 'not-a-token'",
        // Longer by a digit: another tenant.
        "claims.iss = '@{issuer}7'",
    ] {
        let recipe = recipe.replace("@{issuer}", ISSUER);
        assert!(tells_expected(&recipe), "{recipe}");
    }
}

#[test]
fn an_issuer_that_differs_in_its_spelling_is_named() {
    for recipe in [
        "claims.iss = '@issuer/'",
        "claims.iss = '@issuer?'",
        "claims.iss = ' @issuer'",
        "claims.iss = '@replace(issuer,http,HTTP)'",
        "claims.iss = '@replace(issuer,issuer,ISSUER)'",
        "claims.iss = '@no-scheme(issuer)'",
        "claims.iss = '@other-scheme(issuer)'",
        "claims.iss = '@replace(issuer,/issuer,//issuer)'",
        "claims.iss = '@replace(issuer,/issuer,/%69ssuer)'",
        "claims.iss = '@issuer/tenant'",
        "claims.iss = '@issuer.attacker.example'",
        "claims.iss = 'https://attacker.example/?@issuer'",
    ] {
        assert!(!tells_expected(recipe), "{recipe}");
    }
    let token = minted("", &MintContext::example());
    let slash = format!("{ISSUER}/");
    let body = format!("`iss` must be {slash}");
    assert!(!tells(&slash, &request(&token), &token, &[], &body));
}

#[test]
fn an_issuer_anywhere_in_the_claims_or_the_header_is_named() {
    for recipe in [
        "claims.iss = ['@issuer']",
        "claims.iss = { url = '@issuer' }",
        "claims-json = '{\"iss\":{\"@issuer\":true}}'",
        "claims-json = '{@claims,\"iss\":\"https://other.example\"}'",
        "claims = { iss = 'https://other.example', note = 'not @issuer' }",
        "without = ['iss']\nheader.kid = '@issuer'",
        "without = ['iss']\nheader.jku = '@jwks-uri'",
    ] {
        assert!(!tells_expected(recipe), "{recipe}");
    }
}

#[test]
fn an_issuer_in_a_token_that_cannot_be_read_is_named() {
    for recipe in [
        "claims-json = '{@claims'",
        "claims-json = '{@claims}{}'",
        "claims-json = '[{@claims}]'",
        "claims-json = '{@claims,\"note\":1e400}'",
        "without = ['iss']\nclaims-json = '{\"iss\":\"@replace(issuer,//,\\/\\/)\",@claims'",
        "encoding.claims = 'utf-8-bom'",
        "encoding.claims = 'utf-16le'",
        "encoding.claims = 'utf-16be'",
        "encoding.claims = 'utf-32le'",
        "claims.note = 'ÿ'\nencoding.claims = 'latin-1'",
    ] {
        assert!(!tells_expected(recipe), "{recipe}");
    }
}

#[test]
fn an_issuer_in_an_altered_segment_is_named() {
    for recipe in [
        "base64.claims = 'padded'",
        "base64.claims = 'standard'",
        "base64.claims = 'trailing-bits'",
        "base64.claims = 'space'",
        "base64.claims = 'newline'",
        "base64.claims = 'percent'",
        "base64.claims = 'tilde'",
        "base64.claims = 'non-ascii'",
        "text = 'two-segments'",
        "text = 'five-segments'",
        "text = 'empty-header'",
        "text = 'prepend(.)'",
        "text = 'prepend(x)'",
        "text = 'json-flattened'",
        "text = 'json-general'",
        "text = 'json-polyglot'",
        "text = 'unencoded-claims'",
    ] {
        assert!(!tells_expected(recipe), "{recipe}");
    }
}

#[test]
fn an_issuer_in_a_nested_token_is_named() {
    let inner = minted("", &MintContext::example());
    assert!(!tells_expected(&format!("claims-json = '\"{inner}\"'")));
    assert!(!tells_expected(&format!("without = ['iss']\nclaims.act = '{inner}'")));
}

#[test]
fn an_issuer_elsewhere_in_the_request_is_named() {
    let token = minted("without = ['iss']", &MintContext::example());
    let body = format!("`iss` must be {ISSUER}");
    let url = PreparedRequest {
        url: "http://127.0.0.1:9/?realm=http%3A%2F%2F127.0.0.1%3A1%2Fissuer%2F0".to_owned(),
        ..request(&token)
    };
    assert!(!tells(ISSUER, &url, &token, &[], &body));
    let form = PreparedRequest { body: Some(format!("realm={ISSUER}")), ..request(&token) };
    assert!(!tells(ISSUER, &form, &token, &[], &body));
    let mut field = request(&token);
    field.headers.push(("x-realm".to_owned(), ISSUER.as_bytes().to_vec()));
    assert!(!tells(ISSUER, &field, &token, &[], &body));
    let earlier = minted("", &MintContext::example());
    let lines = [Line::Sent(format!("{{\"token\":\"{earlier}\"}}"))];
    assert!(!tells(ISSUER, &request(&token), &token, &lines, &body));
    let lines = [Line::Received(ISSUER.to_owned())];
    assert!(tells(ISSUER, &request(&token), &token, &lines, &body));
}

#[test]
fn a_longer_issuer_in_the_answer_is_not_the_configured_one() {
    let token = minted("without = ['iss']", &MintContext::example());
    let told = |body: &str| tells(ISSUER, &request(&token), &token, &[], body);
    assert!(!told(&format!("nothing is known of {ISSUER}7")));
    assert!(!told(&format!("nothing is known of {ISSUER}-test")));
    assert!(told(&format!("nothing is known of {ISSUER}.")));
    assert!(told(&format!("failed to fetch {ISSUER}/jwks.json")));
}

#[test]
fn a_place_or_an_address_in_a_token_that_cannot_be_read_is_no_secret() {
    for value in ["/etc/passwd", "10.0.0.7:8080"] {
        let recipe = format!("claims-json = '{{@claims,\"sub\":\"{value}\"'");
        let refusal = |_: &str| format!("no user {value}");
        assert_eq!(leaked(&recipe, "application/json", refusal), None);
        assert!(leaked("", "application/json", refusal).is_some(), "{value}");
    }
}
