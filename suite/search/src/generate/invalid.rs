//! Differences that must make a verifier refuse: one thing wrong, of every kind.

use proptest::prelude::*;
use proptest::sample::select;

use super::value::{claim, header, template, verbatim};
use super::{
    Differences, SetupSpec, audiences, json, json_text, moments, near_misses, numeric_dates, setup,
    texts, value,
};
use jwtspec_fixtures::Key;
use jwtspec_mint::recipe::{
    Difference, Encoding, KeyForm, Secret, SegmentForm, SignatureFault, TextEdit, ValueTemplate,
};
use jwtspec_types::words::{Algorithm, Family};

/// One respect in which a token is wrong. Now and then it is not: what it comes to is for
/// [`jwtspec_oracle`] to say.
pub fn invalid(setup: &SetupSpec) -> Differences {
    prop_oneof![
        7 => claims(setup),
        3 => headers(setup),
        2 => crit(),
        3 => keys(setup),
        3 => signatures(setup),
        2 => bit_flips(),
        2 => forms(),
    ]
    .boxed()
}

fn one(difference: Difference) -> Vec<Difference> {
    vec![difference]
}

fn claims(setup: &SetupSpec) -> Differences {
    let odd = || json().prop_map(|json| template(&json));
    let other_issuer = if setup.has_second() { SetupSpec::SECOND } else { SetupSpec::STRANGER };
    prop_oneof![
        2 => select(vec!["iss", "aud", "exp", "sub", "iat", "jti"])
            .prop_map(|name| one(Difference::WithoutClaim(name.to_owned()))),
        2 => near_misses("issuer").prop_map(claim("iss")),
        1 => Just(value(&format!("@issuer({other_issuer})"))).prop_map(claim("iss")),
        1 => odd().prop_map(claim("iss")),
        3 => audiences().prop_map(claim("aud")),
        3 => moments('-').prop_map(claim("exp")),
        2 => numeric_dates().prop_map(claim("exp")),
        2 => moments('+').prop_map(claim("nbf")),
        1 => numeric_dates().prop_map(claim("nbf")),
        1 => numeric_dates().prop_map(claim("iat")),
        1 => odd().prop_map(claim("sub")),
    ]
    .boxed()
}

fn headers(setup: &SetupSpec) -> Differences {
    let algorithm = setup.first_key().map_or("none", |key| key.algorithm().as_str());
    let spelled = select(vec![
        algorithm.to_lowercase(),
        format!("{algorithm} "),
        format!("{algorithm}\0"),
        "none".to_owned(),
        "None".to_owned(),
        String::new(),
        "HS256".to_owned(),
        "RS256".to_owned(),
        "PS256".to_owned(),
        "ES256".to_owned(),
        "ES384".to_owned(),
    ]);
    let odd = || json().prop_map(|json| template(&json));
    let kid = prop_oneof![
        2 => near_misses("kid"),
        1 => texts().prop_map(|text| verbatim(&text)),
        1 => odd(),
    ];
    prop_oneof![
        3 => spelled.prop_map(|text| value(&text)).prop_map(header("alg")),
        1 => odd().prop_map(header("alg")),
        1 => Just(one(Difference::WithoutHeader("alg".to_owned()))),
        3 => kid.prop_map(header("kid")),
        1 => Just(one(Difference::WithoutHeader("kid".to_owned()))),
        1 => select(vec!["JWT", "jwt", "application/jwt"]).prop_map(value).prop_map(header("cty")),
        1 => select(vec!["A128GCM", "A256GCM"]).prop_map(value).prop_map(header("enc")),
    ]
    .boxed()
}

/// `crit` with unknown names, as it should be written and as it should not, with and
/// without the member that it names (RFC 7515 section 4.1.11).
pub fn crit() -> Differences {
    let names = || select(vec!["x-limit", "exp", "urn:example:must", "b64"]);
    let array = prop::collection::vec(names(), 0..3).prop_map(|names| {
        let member = names.first().copied();
        let crit = ValueTemplate::Array(names.into_iter().map(value).collect());
        (crit, member)
    });
    let odd = prop_oneof![
        json().prop_map(|json| template(&json)),
        names().prop_map(value),
        names()
            .prop_map(|name| ValueTemplate::Array(vec![ValueTemplate::Array(vec![value(name)])])),
    ];
    let crit = prop_oneof![4 => array, 1 => odd.prop_map(|crit| (crit, None))];
    (crit, any::<bool>())
        .prop_map(|((crit, member), there)| {
            let mut differences = one(Difference::Header("crit".to_owned(), crit));
            if let (Some(member), true) = (member, there) {
                let value = ValueTemplate::Plain(true.into());
                differences.push(Difference::Header(member.to_owned(), value));
            }
            differences
        })
        .boxed()
}

/// Keys and algorithms that the issuer did not mean.
fn keys(setup: &SetupSpec) -> Differences {
    let first = setup.first_key();
    let mut ways = vec![
        one(Difference::From(SetupSpec::STRANGER.to_owned())),
        one(Difference::Alg(Algorithm::None)),
    ];
    if let Some(first) = first {
        let foreign = setup::foreign(first);
        ways.push(one(Difference::Key(foreign)));
        // The attacker's key under the issuer's `kid`, and in the header.
        let under = Difference::Header("kid".to_owned(), value("@kid"));
        ways.push(vec![Difference::Key(foreign), under.clone()]);
        let jwk = Difference::Header("jwk".to_owned(), value(&format!("@jwk({})", foreign.name())));
        ways.push(vec![Difference::Key(foreign), jwk, under.clone()]);
        ways.extend(confusions(first).into_iter().map(|secret| vec![secret, under.clone()]));
        ways.extend(other_algorithms(first).iter().map(|other| one(Difference::Alg(*other))));
    }
    if setup.has_second() {
        ways.push(one(Difference::From(SetupSpec::SECOND.to_owned())));
    }
    select(ways).boxed()
}

/// An HMAC keyed with the public key (RFC 8725 section 2.1).
fn confusions(key: Key) -> Vec<Difference> {
    let forms: &[KeyForm] = match key.algorithm().family() {
        Family::RsaPkcs1 | Family::RsaPss => {
            &[KeyForm::SpkiPem, KeyForm::SpkiDer, KeyForm::Modulus, KeyForm::JwkJson]
        }
        Family::Ec => &[KeyForm::SpkiPem, KeyForm::SpkiDer, KeyForm::Raw, KeyForm::JwkJson],
        Family::Ed => &[KeyForm::SpkiPem, KeyForm::Raw, KeyForm::JwkJson],
        Family::Hmac | Family::None => &[],
    };
    let secret = |form: &KeyForm| {
        let (public, form) = (Some(key), Some(*form));
        Difference::Secret(Secret { public, form, ..Secret::default() })
    };
    forms.iter().map(secret).collect()
}

/// Other algorithms under which a key of this type could sign.
fn other_algorithms(key: Key) -> &'static [Algorithm] {
    use Algorithm::{Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
    match key.algorithm() {
        Rs256 => &[Rs384, Rs512, Ps256],
        Rs384 | Rs512 => &[Rs256],
        Ps256 => &[Ps384, Rs256],
        Ps384 | Ps512 => &[Ps256],
        _ => &[],
    }
}

fn signatures(setup: &SetupSpec) -> Differences {
    use SignatureFault as Fault;
    let mut faults = vec![
        Fault::Strip,
        Fault::Zeros,
        Fault::Truncate(1),
        Fault::Truncate(31),
        Fault::Append(vec![0]),
        Fault::Append(vec![0xff; 32]),
        Fault::Prepend(vec![0]),
        Fault::Bytes(vec![0; 64]),
        Fault::Bytes(vec![1; 64]),
        Fault::OfAnotherToken,
        Fault::OverRawClaims,
    ];
    match setup.first_key().map(|key| key.algorithm().family()) {
        Some(Family::Ec) => faults.extend([
            Fault::Der,
            Fault::Swap,
            Fault::RZero,
            Fault::SZero,
            Fault::ROrder,
            Fault::SOrder,
            Fault::NegateS,
        ]),
        Some(Family::Ed) => faults.push(Fault::AddOrder),
        Some(Family::RsaPkcs1 | Family::RsaPss) => faults.push(Fault::AddModulus),
        _ => {}
    }
    select(faults).prop_map(|fault| one(Difference::Signature(fault))).boxed()
}

/// One bit of header, claims or signature flipped after signing. The bit is counted from either
/// end, and within the shortest signature.
pub fn bit_flips() -> Differences {
    let near = || prop_oneof![3 => 0..256_i64, 1 => -256..0_i64];
    let far = || prop_oneof![2 => 0..2048_i64, 1 => -256..0_i64];
    prop_oneof![
        far().prop_map(|bit| Difference::Text(TextEdit::FlipHeader(bit))),
        far().prop_map(|bit| Difference::Text(TextEdit::FlipClaims(bit))),
        near().prop_map(|bit| Difference::Signature(SignatureFault::Flip(bit))),
    ]
    .prop_map(one)
    .boxed()
}

/// Text, segments and encodings that are no compact JWS.
fn forms() -> Differences {
    let form = select(SegmentForm::ALL.to_vec());
    let mut encodings = Encoding::ALL.to_vec();
    encodings.retain(|encoding| *encoding != Encoding::Utf8);
    let encoding = select(encodings);
    let edit = select(vec![
        TextEdit::TwoSegments,
        TextEdit::OneSegment,
        TextEdit::EmptyHeader,
        TextEdit::EmptyClaims,
        TextEdit::FiveSegments,
        TextEdit::JsonFlattened,
        TextEdit::JsonGeneral,
        TextEdit::JsonPolyglot,
        TextEdit::UnencodedClaims,
        TextEdit::Append(".".to_owned()),
        TextEdit::Append(".e30".to_owned()),
        TextEdit::Append("=".to_owned()),
        TextEdit::Append("A".to_owned()),
        TextEdit::Prepend(".".to_owned()),
        TextEdit::Prepend("e30.".to_owned()),
    ]);
    let broken = select(vec![
        "{@claims",
        "[{@claims}]",
        "{@claims}{}",
        "{@claims},",
        "{@claims,}",
        "{@claims;}",
        "{'x':1,@claims}",
        "{@claims,\"exp\":0}",
        "{\"exp\":0,@claims}",
        "{@claims,\"aud\":\"other\"}",
        "{@claims,\"x\":01}",
        "{@claims,\"x\":NaN}",
        "{@claims,\"x\":\"\\x\"}",
        "null",
        "",
    ])
    .prop_map(|text| one(Difference::ClaimsJson(json_text(text))));
    let broken_header = select(vec![
        "{@header",
        "{@header}{}",
        "[{@header}]",
        "{@header,\"alg\":\"none\"}",
        "{\"alg\":\"none\",@header}",
        "{@header,\"x\":01}",
        "null",
        "",
    ])
    .prop_map(|text| one(Difference::HeaderJson(json_text(text))));
    prop_oneof![
        3 => form.clone().prop_map(|form| one(Difference::ClaimsForm(form))),
        3 => form.clone().prop_map(|form| one(Difference::HeaderForm(form))),
        2 => form.prop_map(|form| one(Difference::SignatureForm(form))),
        2 => encoding.clone().prop_map(|encoding| one(Difference::ClaimsEncoding(encoding))),
        1 => encoding.prop_map(|encoding| one(Difference::HeaderEncoding(encoding))),
        4 => edit.prop_map(|edit| one(Difference::Text(edit))),
        3 => broken,
        2 => broken_header,
    ]
    .boxed()
}
