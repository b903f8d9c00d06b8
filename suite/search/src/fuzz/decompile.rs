//! From a token's text back to a recipe, so that what fuzzing finds can be kept as a scenario.

use indexmap::IndexMap;
use regex::{Captures, Regex};

use super::verify::{fixed, signed};
use crate::generate::confused_secrets;
use jwtspec_fixtures::Key;
use jwtspec_jose::{self as jose, Compact, Material, Tolerance, decode_with};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::placeholder::{JsonText, Locals};
use jwtspec_mint::recipe::{Encoding, Recipe, Secret, SegmentForm, SignatureFault};
use jwtspec_mint::{mint, secret_bytes, segment::to_base64};
use jwtspec_reference::parts::verifies;
use jwtspec_types::words::{Algorithm, Family};

/// Times at most so many seconds from now are written as `@now+…`: ten years.
const NEAR: u64 = 315_360_000;

/// The recipe of a token that was made for the trust of [`fixed`](crate::fuzz::fixed).
///
/// ```
/// use jwtspec_search::fuzz::{fixed, decompile};
/// use jwtspec_mint::recipe::Recipe;
/// use jwtspec_mint::mint;
///
/// let token = mint(&Recipe::default(), fixed::mint_context())?.token;
/// let recipe = decompile(&token);
/// assert!(recipe.claims_json.as_ref().is_some_and(|json| format!("{json:?}").contains("@issuer")));
/// assert_eq!(mint(&recipe, fixed::mint_context())?.token, token);
/// # Ok::<(), jwtspec_mint::MintError>(())
/// ```
pub fn decompile(token: &str) -> Recipe {
    decompile_in(token, fixed::mint_context())
}

/// The recipe by which this token is minted in this setting.
///
/// Header and claims are stated as JSON text in which placeholders replace what the context
/// knows, so that the recipe means the same elsewhere. Where a fixture key made the signature, the
/// recipe has it sign anew; an ECDSA signature may come out as another one, which is as valid.
/// Text that is not three segments of base64url is stated as it is.
pub fn decompile_in(token: &str, mint_context: &MintContext) -> Recipe {
    let literal = || Recipe { literal: Some(token.to_owned()), ..Recipe::default() };
    let Some(mut recipe) = unsigned(token, mint_context) else { return literal() };
    sign(&mut recipe, token, mint_context);
    match mint(&recipe, mint_context) {
        Ok(minted) if minted.token == token => recipe,
        Ok(minted) if is_signed_anew(&recipe, &minted.token, token) => recipe,
        _ => literal(),
    }
}

/// True if the tokens differ in nothing but an ECDSA signature that the recipe's key makes.
fn is_signed_anew(recipe: &Recipe, minted: &str, token: &str) -> bool {
    let is_ecdsa = recipe.key.is_some_and(|key| key.algorithm().family() == Family::Ec);
    let message = |token| Compact::new(token).signing_input().map(|(message, _)| message);
    is_ecdsa && recipe.signature.is_empty() && message(minted) == message(token)
}

/// Header and claims of the recipe.
fn unsigned(token: &str, mint_context: &MintContext) -> Option<Recipe> {
    let [header, claims, signature] = Compact::new(token).three()?;
    let part = |segment| {
        let (bytes, form) = decode(segment)?;
        let (text, encoding) = text_of_bytes(&bytes);
        Some((Some(template(&text, mint_context)), encoding, form))
    };
    let mut recipe = Recipe::default();
    (recipe.header_json, recipe.encoding.header, recipe.base64.header) = part(header)?;
    (recipe.claims_json, recipe.encoding.claims, recipe.base64.claims) = part(claims)?;
    (_, recipe.base64.signature) = decode(signature)?;
    Some(recipe)
}

/// The bytes of a segment, and how it departs from base64url.
fn decode(segment: &str) -> Option<(Vec<u8>, Option<SegmentForm>)> {
    if let Ok(bytes) = jose::decode(segment) {
        return Some((bytes, None));
    }
    let bytes = decode_with(segment, Tolerance::ALL).ok()?;
    let forms = [SegmentForm::Padded, SegmentForm::Standard, SegmentForm::TrailingBits];
    let is_it = |form: &SegmentForm| to_base64(&bytes, Some(*form)).as_deref() == Some(segment);
    let form = forms.into_iter().find(is_it)?;
    Some((bytes, Some(form)))
}

/// The text that these bytes are in one of two encodings.
pub(crate) fn text_of_bytes(bytes: &[u8]) -> (String, Encoding) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), Encoding::Utf8),
        Err(_) => (bytes.iter().copied().map(char::from).collect(), Encoding::Latin1),
    }
}

/// The text with placeholders in place of the context's values.
fn template(text: &str, mint_context: &MintContext) -> JsonText {
    let written = with_placeholders(text, mint_context);
    let template: Option<JsonText> = written.and_then(|written| written.parse().ok());
    let is_same = |it: &JsonText| {
        it.0.text(mint_context, Locals::default()).is_ok_and(|filled| filled == text)
    };
    let template = template.filter(is_same);
    template.unwrap_or_else(|| JsonText::literal(text))
}

fn with_placeholders(text: &str, mint_context: &MintContext) -> Option<String> {
    let named = mint_context.issuers.iter().map(|(name, facts)| match name.as_str() {
        MintContext::MAIN => (facts.identifier.as_str(), "@issuer".to_owned()),
        other => (facts.identifier.as_str(), format!("@issuer({other})")),
    });
    let audience = (mint_context.audience.as_str(), "@audience".to_owned());
    let known: IndexMap<&str, String> =
        named.chain([audience]).filter(|(value, _)| !value.is_empty()).collect();
    let values: String = known.keys().map(|value| regex::escape(value) + "|").collect();
    let pattern = Regex::new(&(values + "[0-9]+|@")).ok()?;
    let placeholder = |found: &Captures<'_>| {
        let place = found.get(0).map(|it| it.range()).unwrap_or_default();
        let (before, after) = (&text[..place.start], &text[place.end..]);
        // What follows must not be read as part of the placeholder.
        let is_apart = !after.starts_with(|c: char| c.is_ascii_alphanumeric() || "_(-".contains(c));
        let is_whole = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
            && !after.starts_with(['+', '-']);
        let written = match (&found[0], known.get(&found[0])) {
            ("@", _) => Some("@@".to_owned()),
            (_, Some(placeholder)) => is_apart.then(|| placeholder.clone()),
            (number, None) => time(number, mint_context.now).filter(|_| is_whole),
        };
        written.unwrap_or_else(|| found[0].to_owned())
    };
    Some(pattern.replace_all(text, placeholder).into_owned())
}

/// A whole number as seconds from now, if it is near and spelled plainly.
fn time(number: &str, now: u64) -> Option<String> {
    let seconds: u64 = number.parse().ok()?;
    let is_near = seconds.abs_diff(now) <= NEAR && !number.starts_with('0');
    is_near.then(|| match seconds.checked_sub(now) {
        Some(after) => format!("@now+{after}s"),
        None => format!("@now-{}s", now - seconds),
    })
}

/// States the signer: the fixture key that signed, or the signature as it is.
fn sign(recipe: &mut Recipe, token: &str, mint_context: &MintContext) {
    let Some((message, segment)) = Compact::new(token).signing_input() else { return };
    let Some((bytes, _)) = decode(segment) else { return };
    if bytes.is_empty() {
        recipe.signature = vec![SignatureFault::Strip];
        return;
    }
    if let Some((key, algorithm)) = signer(message.as_bytes(), &bytes, mint_context) {
        recipe.key = Some(key);
        recipe.alg = (algorithm != key.algorithm()).then_some(algorithm);
        recover_other_half(recipe, token, mint_context);
    } else if let Some(secret) = confused_secret(message.as_bytes(), &bytes) {
        recipe.alg = Some(Algorithm::Hs256);
        recipe.secret = Some(secret);
    } else {
        recipe.signature = vec![SignatureFault::Bytes(bytes)];
    }
}

/// Of two valid ECDSA signatures with the same r, the recipe should give the one that is there.
fn recover_other_half(recipe: &mut Recipe, token: &str, mint_context: &MintContext) {
    if recipe.key.is_some_and(|key| key.algorithm().family() == Family::Ec) {
        recipe.signature = vec![SignatureFault::NegateS];
        if mint(recipe, mint_context).is_ok_and(|minted| minted.token == token) {
            return;
        }
        recipe.signature.clear();
    }
}

/// The fixture key that made a signature; the setting's own come first.
fn signer(message: &[u8], bytes: &[u8], mint_context: &MintContext) -> Option<(Key, Algorithm)> {
    let published = mint_context.issuers.values().flat_map(|facts| &facts.keys);
    let keys = published.map(|published| published.key).chain(Key::all());
    let pairs = keys.flat_map(|key| {
        // Its own algorithm first.
        [key.algorithm()].into_iter().chain(Algorithm::ALL.iter().copied()).map(move |it| (key, it))
    });
    signed::signer(message, bytes, pairs)
}

/// The public key in whose form an HMAC is keyed, if it is.
fn confused_secret(message: &[u8], bytes: &[u8]) -> Option<Secret> {
    if bytes.len() != Algorithm::Hs256.hash_octets() {
        return None;
    }
    let plain =
        ["", "secret"].map(|text| Secret { text: Some(text.to_owned()), ..Secret::default() });
    Key::all().flat_map(confused_secrets).chain(plain).find(|secret| {
        secret_bytes(secret)
            .is_ok_and(|key| verifies(Algorithm::Hs256, &Material::Secret(key), message, bytes))
    })
}

#[cfg(test)]
mod tests;
