//! The mutator of tokens as libFuzzer calls it: text to differences, and back with a signature.
//!
//! Bytes changed by chance never get past base64url, JSON and the signature; this does. Where
//! the input is no token it makes one, or leaves the bytes to a mutator of bytes.

use serde_json::Value;

use super::fixed;
use crate::generate::{SetupSpec, json_text, template};
use crate::mutate::{self, mutate_bytes};
use crate::rng::Rng;
use jwtspec_fixtures::Key;
use jwtspec_jose::{Compact, Duplicates, decode, object};
use jwtspec_mint::context::{IssuerFacts, MintContext, PublishedKey};
use jwtspec_mint::mint;
use jwtspec_mint::placeholder::JsonText;
use jwtspec_mint::recipe::{Difference, Recipe, ValueTemplate};
use jwtspec_types::words::Family;

/// Some differences speak of an issuer that a context need not have: so many are tried.
const TRIES: usize = 4;

thread_local! {
    /// The strategies for the setup of [`fixed`]. Issuer, audience and time are placeholders there,
    /// so they serve any context.
    static STRATEGIES: mutate::Mutator = mutate::Mutator::of(&fixed::setup());
}

/// A mutator of tokens: towards these issuers, this audience and time.
#[derive(Clone, Copy, Debug)]
pub struct Mutator<'a> {
    mint_context: &'a MintContext,
}

impl Default for Mutator<'_> {
    /// For the trust of [`fixed`].
    fn default() -> Self {
        Self::new(fixed::mint_context())
    }
}

impl<'a> Mutator<'a> {
    /// Issuers and audience are those of this setting, and times lie around its own.
    #[must_use]
    pub const fn new(mint_context: &'a MintContext) -> Self {
        Self { mint_context }
    }

    /// Changes the token in the first `size` bytes of `data`, and returns how many it has now.
    ///
    /// At most `max_size` bytes, and no more than `data` holds, are written. Where bytes are to
    /// be changed by chance `bytes` does it: libFuzzer's own mutator, which takes the buffer,
    /// the size and the largest size, and returns the new one.
    pub fn mutate(
        &self,
        data: &mut [u8],
        size: usize,
        max_size: usize,
        seed: u32,
        bytes: impl FnOnce(&mut [u8], usize, usize) -> usize,
    ) -> usize {
        let most = max_size.min(data.len());
        let buffer = &mut data[..most];
        let size = size.min(most);
        if most == 0 {
            return 0;
        }
        let mut rng = Rng::new(u64::from(seed), "token");
        let changed = self.changed(&buffer[..size], &mut rng);
        match changed.filter(|token| !token.is_empty() && token.len() <= most) {
            Some(token) => {
                buffer[..token.len()].copy_from_slice(token.as_bytes());
                token.len()
            }
            None => bytes(buffer, size, most).min(most),
        }
    }

    /// The text after one mutation; nothing where bytes should be mutated instead.
    fn changed(&self, data: &[u8], rng: &mut Rng) -> Option<String> {
        if rng.one_in(16) {
            return None;
        }
        let token = std::str::from_utf8(data).ok();
        let read = token.and_then(|token| differences(token, rng)).filter(|_| !rng.one_in(32));
        let Some(read) = read else {
            return rng.one_in(2).then(|| self.signed(self.valid(rng))).flatten();
        };
        (0..TRIES).find_map(|_| {
            let (mut list, other) = (read.clone(), self.valid(rng));
            for _ in 0..=rng.below(4) {
                STRATEGIES.with(|strategies| strategies.mutate(&mut list, &other, rng));
            }
            self.signed(list).filter(|signed| token != Some(signed))
        })
    }

    /// A valid token of any of the issuers. RSA signs seldom, for it is slow.
    fn valid(&self, rng: &mut Rng) -> Vec<Difference> {
        let issuers = self.mint_context.issuers.iter();
        let mut keys: Vec<(&String, Key)> = issuers
            .flat_map(|(name, facts)| facts.keys.iter().map(move |key| (name, key.key)))
            .collect();
        if !rng.one_in(8) {
            keys.retain(|(_, key)| key.algorithm().family() != Family::RsaPkcs1);
        }
        let chosen = rng.choose(&keys).into_iter();
        chosen
            .flat_map(|(name, key)| [Difference::From((*name).clone()), Difference::Key(*key)])
            .collect()
    }

    /// The token with these differences; nothing if it cannot be minted here.
    fn signed(&self, differences: Vec<Difference>) -> Option<String> {
        let mut mint_context = self.mint_context.clone();
        let key = Key::named("es256-x").ok().map(PublishedKey::plain);
        let stranger = IssuerFacts {
            keys: key.into_iter().collect(),
            ..IssuerFacts::on("https://stranger.example", 0, "")
        };
        mint_context.issuers.insert(SetupSpec::STRANGER.to_owned(), stranger);
        mint(&Recipe::of(differences), &mint_context).ok().map(|minted| minted.token)
    }
}

/// The differences of a token from the valid one of the key that it names; nothing if its header
/// and claims are no base64url. JSON that is spelled otherwise than it would be written is kept as
/// text every other time.
fn differences(token: &str, rng: &mut Rng) -> Option<Vec<Difference>> {
    let [header, claims, _] = Compact::new(token).three()?;
    let [header, claims] = [decode(header).ok()?, decode(claims).ok()?];
    let mut list = Vec::new();
    let named = object(&header, Duplicates::TakeLast).ok();
    let named = named.as_ref().and_then(|header| header.get("kid")?.as_str());
    let key = named.and_then(|kid| Key::named(kid).ok());
    list.extend(key.map(Difference::Key));
    list.extend(members(
        &header,
        &["alg", "typ", "kid"],
        (Difference::Header, Difference::WithoutHeader, Difference::HeaderJson),
        rng,
    ));
    // These follow from the key.
    if let Some(key) = key {
        let (alg, kid) = (key.algorithm().as_str().into(), key.name().into());
        let usual = [("alg", alg), ("kid", kid)];
        let usual = usual.map(|(name, text)| Difference::Header(name.to_owned(), template(&text)));
        list.retain(|difference| !usual.contains(difference));
    }
    list.extend(members(
        &claims,
        &["iss", "sub", "aud", "iat", "exp", "jti"],
        (Difference::Claim, Difference::WithoutClaim, Difference::ClaimsJson),
        rng,
    ));
    Some(list)
}

/// The ways to say that a member is there, that it is not, and that a part is a text.
type Words =
    (fn(String, ValueTemplate) -> Difference, fn(String) -> Difference, fn(JsonText) -> Difference);

/// The differences of one part, whose members would be `usual`.
fn members(
    bytes: &[u8],
    usual: &[&str],
    (set, without, text): Words,
    rng: &mut Rng,
) -> Vec<Difference> {
    let members = object(bytes, Duplicates::TakeLast).ok();
    let as_written = |it: &serde_json::Map<_, _>| Value::Object(it.clone()).to_string();
    let members = members.filter(|it| as_written(it).as_bytes() == bytes || rng.one_in(2));
    let Some(members) = members else {
        let spelled = String::from_utf8_lossy(bytes).replace('@', "@@");
        return vec![text(json_text(&spelled))];
    };
    let absent = usual.iter().filter(|name| !members.contains_key(**name));
    let absent = absent.map(|name| without((*name).to_owned())).collect::<Vec<_>>();
    let there = members.iter().map(|(name, value)| set(name.clone(), template(value)));
    absent.into_iter().chain(there).collect()
}

/// [`Mutator::mutate`] with the setting of [`fixed`] and a plain mutator of bytes.
///
/// The same arguments always give the same bytes.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    Mutator::default().mutate(data, size, max_size, seed, |data, size, most| {
        let mut rng = Rng::new(u64::from(seed), "bytes");
        let mut bytes = data[..size].to_vec();
        for _ in 0..=rng.below(3) {
            mutate_bytes(&mut bytes, b"e30.e30.AA", most, &mut rng);
        }
        data[..bytes.len()].copy_from_slice(&bytes);
        bytes.len()
    })
}

/// Puts segments of two tokens together, signed anew every other time, and returns how many bytes
/// that gives: at most as many as `out` has.
pub fn crossover(first: &[u8], second: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut rng = Rng::new(u64::from(seed), "crossover");
    let read = |data| std::str::from_utf8(data).ok();
    let mixed = read(first).zip(read(second)).and_then(|(first, second)| {
        let mut segments = Compact::new(first).three()?;
        let place = rng.below(2);
        segments[place] = Compact::new(second).three()?[place];
        let token = segments.join(".");
        let again = differences(&token, &mut rng).filter(|_| rng.one_in(2));
        let signed = again.and_then(|list| Mutator::default().signed(list));
        Some(signed.unwrap_or(token).into_bytes())
    });
    let bytes = mixed.unwrap_or_else(|| [first, second].concat());
    let length = bytes.len().min(out.len());
    out[..length].copy_from_slice(&bytes[..length]);
    length
}

#[cfg(test)]
mod tests;
