//! Values by the name of the member: chance alone almost never makes a `crit` that means anything.

use serde_json::Value;

use super::json::{Node, quoted};
use crate::fuzz::rng::Rng;
use jwtspec_fixtures::Key;
use jwtspec_mint::context::MintContext;
use jwtspec_types::words::Algorithm;

pub(super) const HEADER_NAMES: [&str; 20] = [
    "alg", "kid", "typ", "crit", "alg", "kid", "crit", "b64", "cty", "jku", "jwk", "x5u", "x5c",
    "enc", "zip", "p2c", "epk", "nonce", "iss", "exp",
];

pub(super) const CLAIM_NAMES: [&str; 20] = [
    "iss",
    "aud",
    "exp",
    "nbf",
    "iat",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "azp",
    "scope",
    "client_id",
    "nonce",
    "auth_time",
    "amr",
    "__proto__",
    "roles",
    "",
];

const KEYS: [&str; 12] = [
    "es256-a", "eddsa-a", "rs256-a", "es256-b", "hs256-a", "es256-x", "eddsa-x", "rs256-x",
    "eddsa-b", "es384-a", "absent", "",
];

/// Seconds from now at which a verdict can change, and some far away.
const OFFSETS: [i64; 20] = [
    300,
    3600,
    0,
    1,
    -1,
    29,
    30,
    31,
    -29,
    -30,
    -31,
    60,
    -60,
    -300,
    -3600,
    86_400,
    -86_400,
    3_000_000_000,
    -1_799_999_999,
    -1_800_000_000,
];

const ODD_NUMBERS: [&str; 24] = [
    "0",
    "-0",
    "-1",
    "1",
    "0.5",
    "-0.5",
    "1e9",
    "1.8E9",
    "18e8",
    "1800000300.0",
    "1800000300e0",
    "18000003000e-1",
    "1e308",
    "1e400",
    "-1e400",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e-400",
    "01",
    "+1",
    "NaN",
];

const ODD_VALUES: [&str; 20] = [
    "null",
    "true",
    "false",
    "\"\"",
    "\"a\"",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "[\"\"]",
    "{\"\":{}}",
    "{\"a\":1,\"a\":2}",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"é\"",
    "\"\\uD83D\\uDE00\"",
    "1",
    "[1,\"a\"]",
    "{\"iss\":\"https://one.example\"}",
    "\"*\"",
];

/// A value for the member of this name, mostly of the kind that belongs there.
pub(super) fn value(name: &str, mint_context: &MintContext, rng: &mut Rng) -> Node {
    if rng.one_in(10) {
        return any(rng);
    }
    match name {
        "alg" => algorithm(rng),
        "kid" => Node::text(rng.pick(&KEYS)),
        "typ" => Node::text(rng.pick(&[
            "JWT",
            "jwt",
            "at+jwt",
            "application/jwt",
            "JOSE",
            "dpop+jwt",
            "application/at+jwt",
            "logout+jwt",
        ])),
        "cty" => {
            Node::text(rng.pick(&["JWT", "jwt", "application/jwt", "json", "application/JWT"]))
        }
        "crit" => critical(rng),
        "b64" => Node::Scalar(rng.pick(&["true", "false", "\"false\"", "0", "null"]).to_owned()),
        "jku" | "x5u" => {
            Node::text(rng.pick(&["http://127.0.0.1:1/", "https://one.example/", "", "file:///"]))
        }
        "jwk" | "epk" => match Key::named(rng.pick(&KEYS)) {
            Ok(key) => parsed(&Value::Object(key.public_jwk()).to_string()),
            Err(_) => Node::Object(Vec::new()),
        },
        "x5c" | "amr" | "roles" => strings(rng, &["", "a", "MIIB", "user", "admin"]),
        "aud" => audience(mint_context, rng),
        "iss" => Node::text(&near(&issuer(mint_context, rng), rng)),
        "exp" | "nbf" | "iat" | "auth_time" => time(mint_context.now, rng),
        "sub" | "jti" | "azp" | "scope" | "client_id" | "nonce" | "enc" | "zip" => {
            Node::text(rng.pick(&["user-1", "a", "", "DEF", "A128GCM", "é", "a b", "\u{0}"]))
        }
        "p2c" => Node::Scalar(rng.pick(&["1000", "2147483647", "-1", "1e9"]).to_owned()),
        _ => any(rng),
    }
}

/// A value of any kind.
pub(super) fn any(rng: &mut Rng) -> Node {
    match rng.below(8) {
        0 => Node::Scalar(rng.pick(&ODD_NUMBERS).to_owned()),
        1 => nested(rng),
        2 => Node::Array(vec![any_scalar(rng), any_scalar(rng)]),
        3 => Node::Object(vec![("\"a\"".to_owned(), any_scalar(rng))]),
        _ => any_scalar(rng),
    }
}

/// A number, oddly spelled or large.
pub(super) fn odd_number(rng: &mut Rng) -> &'static str {
    rng.pick(&ODD_NUMBERS)
}

fn any_scalar(rng: &mut Rng) -> Node {
    parsed(rng.pick(&ODD_VALUES))
}

fn parsed(text: &str) -> Node {
    Node::parse(text).unwrap_or_else(|| Node::Scalar(text.to_owned()))
}

fn nested(rng: &mut Rng) -> Node {
    let depth = rng.pick(&[2_usize, 8, 20, 120, 130, 200]);
    let (open, close) = rng.pick(&[("[", "]"), ("{\"a\":", "}")]);
    let inner = if open == "[" { "" } else { "1" };
    Node::Scalar(format!("{}{inner}{}", open.repeat(depth), close.repeat(depth)))
}

fn algorithm(rng: &mut Rng) -> Node {
    let known = Algorithm::ALL[rng.below(Algorithm::ALL.len())].as_str();
    match rng.below(6) {
        0 => Node::text(&known.to_ascii_lowercase()),
        1 => Node::text(rng.pick(&["", "ES256 ", "Ed25519", "HS1", "RSA-OAEP", "dir", "nOnE"])),
        _ => Node::text(known),
    }
}

fn critical(rng: &mut Rng) -> Node {
    const NAMES: [&str; 10] = ["b64", "exp", "alg", "x", "crit", "kid", "", "typ", "iss", "B64"];
    strings(rng, &NAMES)
}

/// An array of up to three of these strings.
fn strings<const N: usize>(rng: &mut Rng, list: &[&str; N]) -> Node {
    let count = rng.pick(&[1, 1, 1, 2, 0, 3]);
    Node::Array((0..count).map(|_| Node::text(rng.pick(list))).collect())
}

fn audience(mint_context: &MintContext, rng: &mut Rng) -> Node {
    let ours = &mint_context.audience;
    let name = |rng: &mut Rng| near(ours, rng);
    match rng.below(6) {
        0 => Node::text(ours),
        1 => Node::text(&name(rng)),
        2 => Node::Array(vec![Node::text(ours)]),
        3 => Node::Array(vec![Node::text("https://else.example"), Node::text(&name(rng))]),
        4 => Node::Array(vec![Node::text(&name(rng)), any_scalar(rng)]),
        _ => Node::Object(vec![(quoted(ours), Node::Scalar("true".to_owned()))]),
    }
}

fn issuer(mint_context: &MintContext, rng: &mut Rng) -> String {
    let place = rng.below(mint_context.issuers.len());
    mint_context
        .issuers
        .get_index(place)
        .map_or_else(String::new, |(_, facts)| facts.identifier.clone())
}

/// The text itself, or one that a careless comparison takes for it.
fn near(text: &str, rng: &mut Rng) -> String {
    match rng.below(10) {
        0 => format!("{text}/"),
        1 => text.to_ascii_uppercase(),
        2 => text.chars().skip(1).collect(),
        3 => format!("{text} "),
        4 => format!("{text}.evil.example"),
        5 => text.replacen("https", "http", 1),
        6 => format!("{text}\u{0}"),
        _ => text.to_owned(),
    }
}

/// A time near one at which the verdict changes, in one of the spellings of numbers.
fn time(now: u64, rng: &mut Rng) -> Node {
    let seconds = i128::from(now) + i128::from(rng.pick(&OFFSETS));
    Node::Scalar(match rng.below(12) {
        0 => format!("{seconds}.5"),
        1 => format!("{seconds}.0"),
        2 => format!("{seconds}e0"),
        3 => format!("{seconds}0E-1"),
        4 => quoted(&seconds.to_string()),
        5 => format!("{seconds}000"),
        6 => odd_number(rng).to_owned(),
        _ => seconds.to_string(),
    })
}
