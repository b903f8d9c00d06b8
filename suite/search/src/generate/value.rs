//! Values, biased by the member they are for.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::table::TABLE;
use super::value;
use jwtspec_mint::placeholder::Template;
use jwtspec_mint::recipe::{Difference, ValueTemplate};

/// Farther from now than this a moment decides a verdict whatever the second in which it is
/// looked at, and however long the answer takes.
const MARGIN: u32 = 40;
const HOUR: u32 = 3600;
const YEAR: u32 = 365 * 24 * HOUR;

/// Texts: plain ones first, then those that parsers, logs and databases stumble over.
pub fn texts() -> BoxedStrategy<String> {
    // Not a regular expression, which would be compiled anew for each value.
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-";
    let plain = prop::collection::vec(0..LETTERS.len(), 1..12).prop_map(|places| {
        places.into_iter().map(|place| char::from(LETTERS[place])).collect::<String>()
    });
    let long = (1..=40_usize).prop_map(|length| "a".repeat(length * 50));
    prop_oneof![6 => plain, 3 => select(&TABLE.texts[..]), 1 => long].boxed()
}

/// Any JSON value, up to three levels deep. Whole numbers stay within 53 bits, which every
/// implementation keeps (RFC 7493 section 2.2).
pub fn json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        texts().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-1000..1000_i64).prop_map(Value::from),
        (-(1_i64 << 53) + 1..1_i64 << 53).prop_map(Value::from),
        (-1e6..1e6_f64).prop_map(|number| json!((number * 8.0).round() / 8.0)),
        Just(Value::Null),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((texts(), inner), 0..4).prop_map(|members| {
                let members = members.into_iter();
                Value::Object(members.filter(|(name, _)| !name.is_empty()).collect())
            }),
        ]
    })
    .boxed()
}

/// Makes a value the difference of a claim.
pub(crate) fn claim(name: &str) -> impl Fn(ValueTemplate) -> Vec<Difference> + use<> {
    let name = name.to_owned();
    move |value| vec![Difference::Claim(name.clone(), value)]
}

/// Makes a value the difference of a header member.
pub(crate) fn header(name: &str) -> impl Fn(ValueTemplate) -> Vec<Difference> + use<> {
    let name = name.to_owned();
    move |value| vec![Difference::Header(name.clone(), value)]
}

/// A text without placeholders, whatever is in it.
pub(crate) fn verbatim(text: &str) -> ValueTemplate {
    value(&text.replace('@', "@@"))
}

/// The text that a template without placeholders stands for.
pub(crate) fn plain_text(template: &Template) -> Option<String> {
    let source = template.to_string();
    let is_plain = !source.replace("@@", "").contains('@');
    is_plain.then(|| source.replace("@@", "@"))
}

/// A JSON value as it would be written in a recipe.
pub(crate) fn template(json: &Value) -> ValueTemplate {
    match json {
        Value::Null => value("@null"),
        Value::String(text) => verbatim(text),
        Value::Array(items) => ValueTemplate::Array(items.iter().map(template).collect()),
        Value::Object(members) => ValueTemplate::Table(
            members.iter().map(|(name, value)| (name.clone(), template(value))).collect(),
        ),
        plain => ValueTemplate::Plain(plain.clone()),
    }
}

/// Moments before or after now, never near it: `sign` is `+` or `-`.
pub fn moments(sign: char) -> BoxedStrategy<ValueTemplate> {
    let seconds = prop_oneof![
        4 => MARGIN..=2 * HOUR,
        2 => HOUR..=10 * YEAR,
    ];
    let fraction = select(vec!["", "", ".5", ".25"]);
    let leeway = if sign == '-' { "-leeway" } else { "+leeway" };
    (seconds, fraction)
        .prop_map(move |(seconds, fraction)| {
            value(&format!("@now{leeway}{sign}{seconds}{fraction}s"))
        })
        .boxed()
}

/// Numeric dates, right and wrong: far from now, at its edges, huge, fractions, other types.
pub fn numeric_dates() -> BoxedStrategy<ValueTemplate> {
    prop_oneof![1 => moments('+'), 1 => moments('-'), 2 => select(&TABLE.dates[..])].boxed()
}

/// Texts that are almost what a placeholder without arguments stands for: `issuer`, `audience`.
pub fn near_misses(name: &str) -> BoxedStrategy<ValueTemplate> {
    let misses = TABLE.near.iter().map(|miss| value(&miss.replace("NAME", name)));
    select(misses.collect::<Vec<_>>()).boxed()
}

/// Values of `aud`: strings and arrays, with the expected audience at any place, or without it.
pub fn audiences() -> BoxedStrategy<ValueTemplate> {
    let other = || {
        prop_oneof![
            3 => near_misses("audience"),
            2 => select(&TABLE.audiences[..]),
            1 => texts().prop_map(|text| verbatim(&text)),
        ]
    };
    let expected = || Just(value("@audience"));
    let member = prop_oneof![2 => expected(), 3 => other()];
    let list = |members: Vec<ValueTemplate>| ValueTemplate::Array(members);
    prop_oneof![
        2 => expected(),
        5 => other(),
        5 => prop::collection::vec(member.clone(), 0..5).prop_map(list),
        1 => (prop::collection::vec(member, 1..3), json()).prop_map(move |(mut members, odd)| {
            members.push(template(&odd));
            list(members)
        }),
        1 => json().prop_map(|odd| template(&odd)),
        1 => expected().prop_map(|aud| ValueTemplate::Array(vec![ValueTemplate::Array(vec![aud])])),
    ]
    .boxed()
}
