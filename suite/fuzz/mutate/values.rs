//! Values by the name of the member: chance alone almost never makes a `crit` that means anything.

use serde_json::Value;

use super::dice::Dice;
use super::json::{Node, quoted};
use crate::fixtures::Key;
use crate::setting::Setting;
use crate::words::Algorithm;

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
    "eddsa-b", "es384-a", "nobody", "",
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
pub(super) fn value(name: &str, setting: &Setting, dice: &mut Dice) -> Node {
    if dice.one_in(10) {
        return any(dice);
    }
    match name {
        "alg" => algorithm(dice),
        "kid" => Node::text(dice.pick(&KEYS)),
        "typ" => Node::text(dice.pick(&[
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
            Node::text(dice.pick(&["JWT", "jwt", "application/jwt", "json", "application/JWT"]))
        }
        "crit" => critical(dice),
        "b64" => Node::Scalar(dice.pick(&["true", "false", "\"false\"", "0", "null"]).to_owned()),
        "jku" | "x5u" => {
            Node::text(dice.pick(&["http://127.0.0.1:1/", "https://one.example/", "", "file:///"]))
        }
        "jwk" | "epk" => match Key::named(dice.pick(&KEYS)) {
            Ok(key) => parsed(&Value::Object(key.public_jwk()).to_string()),
            Err(_) => Node::Object(Vec::new()),
        },
        "x5c" | "amr" | "roles" => strings(dice, &["", "a", "MIIB", "user", "admin"]),
        "aud" => audience(setting, dice),
        "iss" => Node::text(&near(&issuer(setting, dice), dice)),
        "exp" | "nbf" | "iat" | "auth_time" => time(setting.now, dice),
        "sub" | "jti" | "azp" | "scope" | "client_id" | "nonce" | "enc" | "zip" => {
            Node::text(dice.pick(&["user-1", "a", "", "DEF", "A128GCM", "é", "a b", "\u{0}"]))
        }
        "p2c" => Node::Scalar(dice.pick(&["1000", "2147483647", "-1", "1e9"]).to_owned()),
        _ => any(dice),
    }
}

/// A value of any kind.
pub(super) fn any(dice: &mut Dice) -> Node {
    match dice.below(8) {
        0 => Node::Scalar(dice.pick(&ODD_NUMBERS).to_owned()),
        1 => nested(dice),
        2 => Node::Array(vec![any_scalar(dice), any_scalar(dice)]),
        3 => Node::Object(vec![("\"a\"".to_owned(), any_scalar(dice))]),
        _ => any_scalar(dice),
    }
}

/// A number, oddly spelled or large.
pub(super) fn odd_number(dice: &mut Dice) -> &'static str {
    dice.pick(&ODD_NUMBERS)
}

fn any_scalar(dice: &mut Dice) -> Node {
    parsed(dice.pick(&ODD_VALUES))
}

fn parsed(text: &str) -> Node {
    Node::parse(text).unwrap_or_else(|| Node::Scalar(text.to_owned()))
}

fn nested(dice: &mut Dice) -> Node {
    let depth = dice.pick(&[2_usize, 8, 20, 120, 130, 200]);
    let (open, close) = dice.pick(&[("[", "]"), ("{\"a\":", "}")]);
    let inner = if open == "[" { "" } else { "1" };
    Node::Scalar(format!("{}{inner}{}", open.repeat(depth), close.repeat(depth)))
}

fn algorithm(dice: &mut Dice) -> Node {
    let known = Algorithm::ALL[dice.below(Algorithm::ALL.len())].as_str();
    match dice.below(6) {
        0 => Node::text(&known.to_ascii_lowercase()),
        1 => Node::text(dice.pick(&["", "ES256 ", "Ed25519", "HS1", "RSA-OAEP", "dir", "nOnE"])),
        _ => Node::text(known),
    }
}

fn critical(dice: &mut Dice) -> Node {
    const NAMES: [&str; 10] = ["b64", "exp", "alg", "x", "crit", "kid", "", "typ", "iss", "B64"];
    strings(dice, &NAMES)
}

/// An array of up to three of these strings.
fn strings<const N: usize>(dice: &mut Dice, list: &[&str; N]) -> Node {
    let count = dice.pick(&[1, 1, 1, 2, 0, 3]);
    Node::Array((0..count).map(|_| Node::text(dice.pick(list))).collect())
}

fn audience(setting: &Setting, dice: &mut Dice) -> Node {
    let ours = &setting.audience;
    let name = |dice: &mut Dice| near(ours, dice);
    match dice.below(6) {
        0 => Node::text(ours),
        1 => Node::text(&name(dice)),
        2 => Node::Array(vec![Node::text(ours)]),
        3 => Node::Array(vec![Node::text("https://else.example"), Node::text(&name(dice))]),
        4 => Node::Array(vec![Node::text(&name(dice)), any_scalar(dice)]),
        _ => Node::Object(vec![(quoted(ours), Node::Scalar("true".to_owned()))]),
    }
}

fn issuer(setting: &Setting, dice: &mut Dice) -> String {
    let place = dice.below(setting.issuers.len());
    setting.issuers.get_index(place).map_or_else(String::new, |(_, facts)| facts.identifier.clone())
}

/// The text itself, or one that a careless comparison takes for it.
fn near(text: &str, dice: &mut Dice) -> String {
    match dice.below(10) {
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
fn time(now: u64, dice: &mut Dice) -> Node {
    let seconds = i128::from(now) + i128::from(dice.pick(&OFFSETS));
    Node::Scalar(match dice.below(12) {
        0 => format!("{seconds}.5"),
        1 => format!("{seconds}.0"),
        2 => format!("{seconds}e0"),
        3 => format!("{seconds}0E-1"),
        4 => quoted(&seconds.to_string()),
        5 => format!("{seconds}000"),
        6 => odd_number(dice).to_owned(),
        _ => seconds.to_string(),
    })
}
