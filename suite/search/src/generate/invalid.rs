//! Differences that must make a verifier refuse: one thing wrong, of every kind.

use proptest::prelude::*;
use proptest::sample::select;

use super::table::{TABLE, one_of};
use super::value::{claim, header, template, verbatim};
use super::{
    Differences, SetupSpec, audiences, json, moments, near_misses, numeric_dates, setup, texts,
    value,
};
use jwtspec_fixtures::Key;
use jwtspec_jose::KeyType;
use jwtspec_mint::recipe::{
    Difference, Encoding, KeyForm, Secret, SegmentForm, SignatureFault, TextEdit,
};
use jwtspec_mint::secret_bytes;
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
        2 => one_of(&TABLE.invalid.claims),
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
    let spelled =
        [algorithm.to_lowercase(), format!("{algorithm} "), format!("{algorithm}\0")].to_vec();
    let odd = || json().prop_map(|json| template(&json));
    let kid = prop_oneof![
        2 => near_misses("kid"),
        1 => texts().prop_map(|text| verbatim(&text)),
        1 => odd(),
    ];
    prop_oneof![
        1 => select(spelled).prop_map(|text| value(&text)).prop_map(header("alg")),
        6 => one_of(&TABLE.invalid.headers),
        1 => odd().prop_map(header("alg")),
        3 => kid.prop_map(header("kid")),
    ]
    .boxed()
}

/// `crit` with unknown names, as it should be written and as it should not, with and
/// without the member that it names (RFC 7515 section 4.1.11).
pub fn crit() -> Differences {
    let odd = json().prop_map(|json| template(&json)).prop_map(header("crit"));
    prop_oneof![9 => one_of(&TABLE.invalid.critical), 1 => odd].boxed()
}

/// Keys and algorithms that the issuer did not mean.
fn keys(setup: &SetupSpec) -> Differences {
    let mut ways = vec![one(Difference::From(SetupSpec::STRANGER.to_owned()))];
    let mut others = vec![one(Difference::Alg(Algorithm::None))];
    if let Some(first) = setup.first_key() {
        let foreign = setup::foreign(first);
        ways.push(one(Difference::Key(foreign)));
        // The attacker's key under the issuer's `kid`, and in the header.
        let under = Difference::Header("kid".to_owned(), value("@kid"));
        ways.push(vec![Difference::Key(foreign), under.clone()]);
        let jwk = Difference::Header("jwk".to_owned(), value(&format!("@jwk({})", foreign.name())));
        ways.push(vec![Difference::Key(foreign), jwk, under.clone()]);
        let confused = confused_secrets(first).map(Difference::Secret);
        others.extend(confused.map(|secret| vec![secret, under.clone()]));
        others.extend(other_algorithms(first).map(|other| one(Difference::Alg(other))));
    }
    if setup.has_second() {
        ways.push(one(Difference::From(SetupSpec::SECOND.to_owned())));
    }
    prop_oneof![3 => select(ways), 2 => select(others)].boxed()
}

/// The secrets that a public key becomes where an HMAC is keyed with it, in each form that it has
/// (RFC 8725 section 2.1).
pub(crate) fn confused_secrets(key: Key) -> impl Iterator<Item = Secret> {
    let forms = KeyForm::ALL.iter().filter(move |_| !key.is_symmetric());
    let secret =
        move |form: &KeyForm| Secret { public: Some(key), form: Some(*form), ..Secret::default() };
    forms.map(secret).filter(|secret| secret_bytes(secret).is_ok())
}

/// Other algorithms under which a key of this type could sign.
fn other_algorithms(key: Key) -> impl Iterator<Item = Algorithm> {
    let own = key.algorithm();
    let is_alike = move |it: &Algorithm| {
        *it != own
            && !key.is_symmetric()
            && KeyType::for_algorithm(*it) == KeyType::for_algorithm(own)
    };
    Algorithm::ALL.iter().copied().filter(is_alike)
}

fn signatures(setup: &SetupSpec) -> Differences {
    let table = &TABLE.invalid;
    let own: &[_] = match setup.first_key().map(|key| key.algorithm().family()) {
        Some(Family::Ec) => &table.signatures_ec,
        Some(Family::Ed) => &table.signatures_ed,
        Some(Family::RsaPkcs1 | Family::RsaPss) => &table.signatures_rsa,
        _ => &[],
    };
    one_of(table.signatures.iter().chain(own))
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
    let form = || select(SegmentForm::ALL.to_vec());
    let encoding = || {
        let encodings = Encoding::ALL.iter().copied();
        select(encodings.filter(|it| *it != Encoding::Utf8).collect::<Vec<_>>())
    };
    prop_oneof![
        3 => form().prop_map(Difference::ClaimsForm).prop_map(one),
        3 => form().prop_map(Difference::HeaderForm).prop_map(one),
        2 => form().prop_map(Difference::SignatureForm).prop_map(one),
        2 => encoding().prop_map(Difference::ClaimsEncoding).prop_map(one),
        1 => encoding().prop_map(Difference::HeaderEncoding).prop_map(one),
        4 => one_of(&TABLE.invalid.texts),
        5 => one_of(&TABLE.invalid.json),
    ]
    .boxed()
}
