use jwtspec_format::Source;

use super::*;

const COVERS: &str = "covers = ['rfc7519-4.1.4-exp-past-reject']";
const EXPIRED: &str = "token = { claims.exp = '@now-1h' }\nexpect = { reject = 'expired' }";

/// The vectors of scenarios, each a name and what it says beside its title and requirement.
fn vectors(scenarios: &[(&str, &str)]) -> Vectors {
    let tables: Vec<String> = scenarios
        .iter()
        .map(|(name, text)| format!("[{name}]\ntitle = 'x'\n{COVERS}\n{text}\n"))
        .collect();
    let source = Source::new("t.toml", format!("about = 'x'\n{}", tables.join("\n")));
    let catalogue = Catalogue::from_text("t", &source).unwrap_or_else(|error| panic!("{error}"));
    let ids = Globs::new(&[]).unwrap();
    Vectors::of(&catalogue, Choice { profile: None, ids: &ids }).unwrap()
}

fn left_out(text: &str) -> Option<LeftOut> {
    vectors(&[("one", text)]).left_out.get("t/one").copied()
}

#[test]
fn only_a_verdict_on_one_token_makes_a_vector() {
    let key_set = |text: &str| format!("issuer = {{ {text} }}\n{EXPIRED}");
    for (text, why) in [
        (EXPIRED.to_owned(), None),
        (
            "steps = [{ present = {}, expect = 'accept' }, { pass = '1s' }]".to_owned(),
            Some(LeftOut::Steps),
        ),
        (
            "steps = [{ present = {}, expect = 'accept', times = 2 }]".to_owned(),
            Some(LeftOut::Steps),
        ),
        (format!("request = {{ authorization = [] }}\n{EXPIRED}"), Some(LeftOut::Request)),
        (format!("answer = {{ status = [401] }}\n{EXPIRED}"), Some(LeftOut::Answer)),
        (format!("answer = {{ claims = true }}\n{EXPIRED}"), None),
        (key_set("jwks.status = 404"), Some(LeftOut::Fetching)),
        (key_set("down = true"), Some(LeftOut::Fetching)),
        (key_set("tls = 'valid'"), Some(LeftOut::Fetching)),
        (key_set("jwks-json = '{\"keys\":[null,@jwk(rs256-a)]}'"), None),
        (key_set("jwks-json = '{\"keys\":[]'"), Some(LeftOut::KeySet)),
        (key_set("jwks-json = '{\"keys\":[],\"keys\":[@jwk(rs256-a)]}'"), Some(LeftOut::KeySet)),
        (key_set("jwks-json = '{\"keys\":[@jwk(hs256-a)]}'"), Some(LeftOut::PublishedSecret)),
        (
            key_set("jwks-json = '{\"keys\":[@private-jwk(rs256-a)]}'"),
            Some(LeftOut::PublishedSecret),
        ),
        (key_set("keys = ['hs256-a']"), None),
        (
            "token = { claims.x = '@filler(70000)' }\nexpect = 'accept'".to_owned(),
            Some(LeftOut::Long),
        ),
    ] {
        assert_eq!(left_out(&text), why, "{text}");
    }
}

#[test]
fn scenarios_of_one_trust_and_one_control_share_a_group() {
    let vectors = vectors(&[
        ("one", EXPIRED),
        ("two", "token = { claims.exp = '@now-2h' }\nexpect = { reject = 'expired' }"),
        ("accepted", "expect = 'accept'"),
        ("other-trust", &format!("trust = {{ audiences = [] }}\n{EXPIRED}")),
        ("other-control", &format!("control = {{ claims.x = 1 }}\n{EXPIRED}")),
    ]);
    let file = &vectors.files["t"];
    let groups: Vec<usize> = file.groups.iter().map(|group| group.vectors.len()).collect();
    assert_eq!((file.count, groups), (5, vec![3, 1, 1]));
    assert_eq!(file.requirements.len(), 1);
    let controls: HashSet<&str> =
        file.groups.iter().filter_map(|it| it.control.as_deref()).collect();
    assert_eq!(controls.len(), 3);
}

#[test]
fn a_vector_says_what_the_judge_would_find() {
    let vectors = vectors(&[
        ("expired", EXPIRED),
        ("forged", "token = { signature = 'flip(3)' }\nexpect = { reject = 'signature-invalid' }"),
        ("valid", "expect = 'accept'"),
        ("choice", "token = { without = ['exp'] }\nexpect = { either = 'expiry-missing' }"),
    ]);
    let found: Vec<_> = vectors.files["t"].groups[0]
        .vectors
        .iter()
        .map(|it| (it.expectation, it.finding.map(|finding| finding.as_str())))
        .collect();
    let expected = [
        (Expectation::Reject, Some("invalid-accepted")),
        (Expectation::Reject, Some("forgery-accepted")),
        (Expectation::Accept, Some("valid-rejected")),
        (Expectation::Either, None),
    ];
    assert_eq!(found, expected);
}
