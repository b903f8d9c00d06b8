//! A mutator that knows what a token is: it edits the JSON inside, encodes and signs anew.
//!
//! Bytes changed by chance never get past base64url, JSON and the signature; this does. Where
//! the input is no token it makes one, or leaves the bytes to a mutator of bytes.

mod bytes;
mod edit;
mod json;
mod sign;
mod token;
mod values;

use crate::fuzz::rng::Rng;
use token::Token;

use super::fixed;
use jwtspec_mint::context::MintContext;

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
        let mut rng = Rng::new(u64::from(seed));
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
        let chance = rng.below(32);
        if chance < 2 {
            return None;
        }
        let Some(mut token) = Token::read(data) else {
            return rng.one_in(2).then(|| Token::valid(self.mint_context, rng).text());
        };
        match chance {
            2 => token = Token::valid(self.mint_context, rng),
            3 => {
                let other = Token::valid(self.mint_context, rng);
                match rng.below(3) {
                    0 => token.header = other.header,
                    1 => token.claims = other.claims,
                    _ => token.signature = other.signature,
                }
            }
            4 => token.spoil(rng),
            5 => token.seal(rng),
            6 => token.miscode(rng),
            7 => {
                // Signed over the miscoded segments, which a tolerant decoder would then accept.
                token.miscode(rng);
                token.seal(rng);
            }
            8 => {
                let text = token.text();
                let dots = ["", ".", ".."];
                return Some(format!("{}{text}{}", rng.pick(&dots), rng.pick(&dots)));
            }
            _ => {
                if !token.edit(self.mint_context, rng) {
                    return rng.one_in(2).then(|| Token::valid(self.mint_context, rng).text());
                }
                token.seal(rng);
            }
        }
        Some(token.text())
    }
}

/// [`Mutator::mutate`] with the setting of [`fixed`] and a plain mutator of bytes.
///
/// The same arguments always give the same bytes.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut rng = Rng::new(u64::from(seed) ^ 0x6f63_7465_7473);
    Mutator::default().mutate(data, size, max_size, seed, |data, size, most| {
        bytes::mutate(data, size, most, &mut rng)
    })
}

/// [`Mutator::mutate`] with the setting of [`fixed`], and libFuzzer's own mutator for bytes.
pub fn mutate_with(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    bytes: impl FnOnce(&mut [u8], usize, usize) -> usize,
) -> usize {
    Mutator::default().mutate(data, size, max_size, seed, bytes)
}

/// Puts segments of two tokens together, and returns how many bytes that gives: at most as many
/// as `out` has.
pub fn crossover(first: &[u8], second: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut rng = Rng::new(u64::from(seed));
    let text = match (Token::read(first), Token::read(second)) {
        (Some(mut token), Some(other)) => {
            if rng.one_in(2) {
                token.header = other.header;
            } else {
                token.claims = other.claims;
            }
            if rng.one_in(2) {
                token.seal(&mut rng);
            }
            token.text().into_bytes()
        }
        _ => [first, second].concat(),
    };
    let length = text.len().min(out.len());
    out[..length].copy_from_slice(&text[..length]);
    length
}

#[cfg(test)]
mod tests;
