//! Faults in finding a key by its `kid`: two that differ are taken for one, some are not taken at
//! all, or keys are counted and not named.

use std::collections::HashSet;

use super::{Fault, as_before, changed, fault, with_keys, wrong_check};
use crate::crypto::verifies;
use crate::{Check, Examination, Objection};
use jwtspec_jose::PublishedKey;
use jwtspec_types::words::Reason;

pub(super) const FAULTS: &[Fault] = &[
    wrong_check("kid-by-beginning", "takes a key whose `kid` the token's begins with", BEGINNING)
        .caught_by(&["kid/prefix-of-another-kid"]),
    wrong_check("kid-as-number", "compares kids as numbers where they are such", NUMBER)
        .caught_by(&["kid/kids-equal-as-numbers"]),
    wrong_check("kid-normalised", "compares kids with accents composed", NORMALISED)
        .caught_by(&["kid/kids-equal-when-normalised"]),
    wrong_check("kid-of-few-letters", "takes 1 to 255 word letters of ASCII for a `kid`", PATTERN)
        .caught_by(&[
            "jwks/kid-beyond-bmp-escaped-in-token",
            "jwks/kid-like-a-path",
            "jwks/kid-like-a-url",
            "jwks/kid-of-a-thousand-letters",
            "jwks/kid-outside-ascii",
            "jwks/kid-with-spaces",
        ]),
    wrong_check("kid-cut-from-text", "cuts `kid` out of the header, escapes and all", AS_WRITTEN)
        .caught_by(&["jwks/kid-beyond-bmp-escaped-in-token", "jwks/kid-escaped-in-token"]),
    wrong_check("kid-not-looked-for", "fails on a token without `kid`", UNCHECKED).caught_by(&[
        "jwks/no-kid-anywhere",
        "jwks/token-without-kid",
        "jwks/token-without-kid-two-keys",
    ]),
    fault(
        "kid-asserted-afterwards",
        "tries every key, and fails if `kid` does not name the one that fits",
        |it| it.replacing(EVERY).replacing(ASSERTED),
    )
    .caught_by(&[
        "kid/empty-kid",
        "kid/kid-in-capitals",
        "kid/kid-of-*",
        "rotation/same-key-under-a-new-kid",
    ]),
    wrong_check("kids-in-a-map", "fails where two keys of a set have one `kid`", DISTINCT)
        .caught_by(&["jwks/one-key-twice", "jwks/same-kid-same-type"]),
    wrong_check("one-kid-per-key", "knows a key by the first of its kids only", ONE_NAME)
        .caught_by(&["jwks/one-key-under-two-kids"]),
    wrong_check("first-key-only", "takes the first key of a set, whatever `kid` says", FIRST)
        .caught_by(&[
            "jwks/first-middle-last",
            "jwks/no-kid-among-keys",
            "jwks/two-types",
            "rotation/key-retained",
            "rotation/keys-reordered",
        ]),
    wrong_check("ten-keys-at-most", "looks at the first ten keys of a set only", TEN)
        .caught_by(&["jwks/hundred-keys", "rotation/one-key-to-twelve"]),
];

const BEGINNING: Check =
    with_keys("key", |it| first_with(it, |token, published| token.starts_with(published)));

const NUMBER: Check = with_keys("key", |it| {
    first_with(it, |token, published| match (token.parse::<f64>(), published.parse::<f64>()) {
        (Ok(token), Ok(published)) => token == published,
        _ => token == published,
    })
});

/// Of all compositions, the one of the letter e with an acute accent will do.
const NORMALISED: Check = with_keys("key", |it| {
    let composed = |kid: &str| kid.replace("e\u{301}", "\u{e9}");
    first_with(it, |token, published| composed(token) == composed(published))
});

/// Takes the first key whose `kid` is the token's by another comparison; if there is none, chooses as
/// before.
pub(super) fn first_with(
    examination: &mut Examination<'_>,
    is_same: impl Fn(&str, &str) -> bool,
) -> Result<(), Objection> {
    let Some(kid) = examination.kid() else { return as_before("key", examination) };
    let named =
        |key: &&PublishedKey| key.kid.as_deref().is_some_and(|published| is_same(kid, published));
    match examination.keys()?.iter().find(named).cloned() {
        Some(key) => {
            examination.candidates = Some(vec![key]);
            Ok(())
        }
        None => as_before("key", examination),
    }
}

const PATTERN: Check = changed("key-id", |examination| {
    let is_word = |kid: &str| {
        let letters = |letter: u8| letter.is_ascii_alphanumeric() || b"-._".contains(&letter);
        (1..=255).contains(&kid.len()) && kid.bytes().all(letters)
    };
    match examination.kid() {
        Some(kid) if !is_word(kid) => Err(Objection::because(
            Reason::KeyNotFound,
            "the header's `kid` is not as it should be",
        )),
        _ => as_before("key-id", examination),
    }
});

const AS_WRITTEN: Check = changed("key-id", |examination| {
    let [header, ..] = examination.decoded()?;
    let text = String::from_utf8_lossy(header);
    let behind = text.split_once("\"kid\":").map(|(_, value)| value);
    let written = behind.and_then(|value| value.split('"').nth(1)).map(str::to_owned);
    if let (Some(written), Some(header)) = (written, &mut examination.header) {
        header.insert("kid".to_owned(), written.into());
    }
    as_before("key-id", examination)
});

const UNCHECKED: Check = changed("key-id", |examination| {
    assert!(examination.header()?.contains_key("kid"), "no `kid`, as this fault wants it");
    as_before("key-id", examination)
});

const EVERY: Check = with_keys("key", |examination| {
    let algorithm = examination.algorithm()?;
    let fitting = examination.keys()?.iter().filter(|key| key.fit(algorithm).is_ok());
    examination.candidates = Some(fitting.cloned().collect());
    Ok(())
});

const ASSERTED: Check = changed("signature", |examination| {
    as_before("signature", examination)?;
    let algorithm = examination.algorithm()?;
    let [_, _, signature] = examination.decoded()?;
    let (message, _) = examination.token.rsplit_once('.').unwrap_or_default();
    let made = |key: &&PublishedKey| {
        let material = key.material.as_ref();
        material.is_ok_and(|it| verifies(algorithm, it, message.as_bytes(), signature))
    };
    let signer = examination.candidates()?.iter().find(made).and_then(|key| key.kid.as_deref());
    let kid = examination.kid();
    assert!(kid.is_none() || kid == signer, "another `kid`, as this fault wants it");
    Ok(())
});

const DISTINCT: Check = with_keys("key", |examination| {
    let mut known = HashSet::new();
    let mut kids = examination.keys()?.iter().filter_map(|key| key.kid.as_deref());
    assert!(kids.all(|kid| known.insert(kid)), "one `kid` twice, as this fault wants it");
    as_before("key", examination)
});

const ONE_NAME: Check = with_keys("key", |it| {
    let mut known = HashSet::new();
    keeping(it, |key| {
        let number = ["n", "x"].into_iter().find_map(|name| key.jwk.get(name)?.as_str());
        number.is_none_or(|number| known.insert(number.to_owned()))
    })
});

const FIRST: Check = with_keys("key", |examination| {
    examination.candidates = Some(examination.keys()?.iter().take(1).cloned().collect());
    Ok(())
});

const TEN: Check = with_keys("key", |it| {
    let mut count = 0;
    keeping(it, |_| {
        count += 1;
        count <= 10
    })
});

/// Chooses as before, but from these keys only.
pub(super) fn keeping(
    examination: &mut Examination<'_>,
    mut is_kept: impl FnMut(&PublishedKey) -> bool,
) -> Result<(), Objection> {
    let kept = examination.keys()?.iter().filter(|key| is_kept(key)).cloned().collect();
    examination.keys = Some(kept);
    as_before("key", examination)
}
