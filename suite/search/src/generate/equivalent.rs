//! Differences that leave a token as valid, or as invalid, as it was.

use proptest::prelude::*;
use proptest::sample::select;

use super::value::{claim, header, template, verbatim};
use super::{Differences, SetupSpec, json, json_text, moments, texts, value};
use jwtspec_mint::recipe::{Difference, ValueTemplate};

/// Header members and claims that are unknown, or that say nothing about whether a token is valid
/// (RFC 7515 section 4, RFC 7519 section 4).
pub fn unknown_members() -> Differences {
    let name = prop_oneof![
        3 => select(vec!["scope", "roles", "tenant", "https://claims.example/x", "email", "amr"])
            .prop_map(str::to_owned),
        // Registered names in another case are other names (RFC 7519 section 7.3).
        1 => select(vec!["Aud", "EXP", "Iss", "Nbf", "SUB"]).prop_map(str::to_owned),
        2 => texts().prop_filter("a registered name", |name| {
            !["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "nonce"].contains(&&**name)
        }),
    ];
    let claim =
        (name, json()).prop_map(|(name, json)| vec![Difference::Claim(name, template(&json))]);
    let name = select(vec!["x-note", "env", "Alg", "KID", "ver", "x5t-of-old"]);
    let header = (name, json())
        .prop_map(|(name, json)| vec![Difference::Header(name.to_owned(), template(&json))]);
    // Where keys might be found is no reason to look there (RFC 7515 section 10.3).
    let place = select(vec!["jku", "x5u"]).prop_map(|name| {
        let place = format!("@jwks-uri({})", SetupSpec::STRANGER);
        vec![Difference::Header(name.to_owned(), value(&place))]
    });
    prop_oneof![5 => claim, 3 => header, 2 => place].boxed()
}

/// Other ways to write the same: order, white space, escapes, numbers.
pub fn spellings(setup: &SetupSpec) -> Differences {
    let spaced = select(vec![
        "{ @claims }",
        "{\t@claims\n}",
        "\r\n{@claims}",
        "{@claims}\n\n",
        " { @claims , \"scope\" : [ ] } ",
    ])
    .prop_map(|text| vec![Difference::ClaimsJson(json_text(text))]);
    let spaced_header = select(vec!["{ @header }", "{\n@header\t}", " {@header}", "{@header}\r\n"])
        .prop_map(|text| vec![Difference::HeaderJson(json_text(text))]);
    // A member that is left out and put in front, or written otherwise.
    let moved = select(vec![
        ("iss", r#"{"iss":"@issuer",@claims}"#),
        ("iss", r#"{@claims,"iss":"@issuer"}"#),
        ("iss", r#"{@claims,"\u0069s\u0073":"@issuer"}"#),
        ("sub", r#"{@claims,"\u0073ub":"user-\u0031"}"#),
        ("exp", r#"{"exp":@now+300s,@claims}"#),
        ("exp", r#"{@claims,"exp":@now+300s.0}"#),
        ("exp", r#"{@claims,"exp":@now+300s.500}"#),
        ("exp", r#"{@claims,"exp":@now+300se0}"#),
        ("exp", r#"{@claims,"exp":@now+300s00E-2}"#),
        ("exp", r#"{@claims,"\u0065xp":@now+300s}"#),
        ("iat", r#"{@claims,"iat":@now-60s.0}"#),
        ("iat", r#"{@claims,"iat":@now-60s00e-2}"#),
    ])
    .prop_map(|(name, text)| {
        vec![Difference::WithoutClaim(name.to_owned()), Difference::ClaimsJson(json_text(text))]
    });
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
    prop_oneof![2 => spaced, 1 => spaced_header, 4 => moved, 1 => header].boxed()
}

/// Whatever leaves a valid token valid: [`unknown_members`], [`spellings`], times in other forms,
/// other subjects.
pub fn equivalent(setup: &SetupSpec) -> Differences {
    // Not long ago: some verifiers look at the age of a token, and may (RFC 7519 section 4.1.6).
    let before = select(vec!["@now-1s", "@now-60s", "@now-60.5s", "@now-30.25s"]).prop_map(value);
    let subject =
        texts().prop_filter("empty", |text| !text.is_empty()).prop_map(|text| verbatim(&text));
    let audience =
        select(vec![vec!["@audience"], vec!["@audience", "other"], vec!["x", "@audience"]])
            .prop_map(|members| {
                let members = members.into_iter().map(value).collect();
                claim("aud")(ValueTemplate::Array(members))
            });
    let typ = select(vec!["JWT", "jwt", "application/jwt"]).prop_map(value).prop_map(header("typ"));
    let audience = if setup.base.is_empty() { audience.boxed() } else { unknown_members() };
    prop_oneof![
        4 => unknown_members(),
        3 => spellings(setup),
        3 => moments('-').prop_map(claim("nbf")),
        3 => before.prop_map(claim("iat")),
        2 => moments('+').prop_map(claim("exp")),
        1 => subject.prop_map(claim("sub")),
        1 => texts().prop_map(|text| verbatim(&text)).prop_map(claim("jti")),
        2 => audience,
        1 => if setup.base.is_empty() { typ.boxed() } else { unknown_members() },
    ]
    .boxed()
}
