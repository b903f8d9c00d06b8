//! A token in its parts, and the ways of putting them together.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::edit::{Place, edit, put, text};
use super::json::{Member, Node};
use super::sign::{Signer, confused};
use crate::fuzz::rng::Rng;
use jwtspec_jose::{decode, encode};
use jwtspec_mint::context::{IssuerFacts, MintContext};

/// Three segments as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) header: String,
    pub(super) claims: String,
    pub(super) signature: String,
}

impl Token {
    /// Reads bytes as three segments; the third takes what is left.
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(data).ok()?;
        let mut parts = text.splitn(3, '.').map(str::to_owned);
        Some(Self { header: parts.next()?, claims: parts.next()?, signature: parts.next()? })
    }

    /// A valid one.
    pub(super) fn valid(mint_context: &MintContext, rng: &mut Rng) -> Self {
        let signer = Signer::any(rng);
        let publishes = |facts: &&IssuerFacts| {
            facts.keys.iter().any(|published| published.key.name() == signer.name)
        };
        let mut issuers = mint_context.issuers.values();
        // A key that no issuer publishes signs in the name of the first.
        let facts = issuers.clone().find(publishes).or_else(|| issuers.next());
        let issuer = facts.map_or("", |facts| facts.identifier.as_str());
        let header =
            [("alg", Node::text(signer.algorithm.as_str())), ("kid", Node::text(signer.name))];
        let number = |seconds: u64| Node::Scalar(seconds.to_string());
        let claims = [
            ("iss", Node::text(issuer)),
            ("aud", Node::text(&mint_context.audience)),
            ("sub", Node::text("user-1")),
            ("exp", number(mint_context.now.saturating_add(300))),
        ];
        let mut header = members(header);
        if rng.one_in(2) {
            put(&mut header, "typ", Node::text("JWT"));
        }
        let mut claims = members(claims);
        if rng.one_in(2) {
            put(&mut claims, "iat", number(mint_context.now));
        }
        if rng.one_in(2) {
            put(&mut claims, "nbf", number(mint_context.now));
        }
        let mut token = Self {
            header: encode(written(&header)),
            claims: encode(written(&claims)),
            signature: String::new(),
        };
        token.signature = encode(signer.sign(token.message().as_bytes()));
        token
    }

    pub(super) fn text(&self) -> String {
        format!("{}.{}.{}", self.header, self.claims, self.signature)
    }

    fn message(&self) -> String {
        format!("{}.{}", self.header, self.claims)
    }

    /// Edits header or claims, up to three times; false if that part is no JSON object.
    pub(super) fn edit(&mut self, mint_context: &MintContext, rng: &mut Rng) -> bool {
        let place = if rng.one_in(3) { Place::Header } else { Place::Claims };
        let segment = match place {
            Place::Header => &mut self.header,
            Place::Claims => &mut self.claims,
        };
        let Some(mut members) = object(segment) else { return false };
        for _ in 0..rng.pick(&[1, 1, 1, 1, 2, 3]) {
            edit(&mut members, place, mint_context, rng);
        }
        let mut json = written(&members);
        match rng.below(24) {
            0 => json = spaced(&json, rng),
            1 => json.push_str(rng.pick(&[" ", "\n", "{}", "x", "\u{0}", "}"])),
            2 => json.insert_str(0, rng.pick(&[" ", "\u{feff}", "\r\n", "[", "\u{0}"])),
            _ => {}
        }
        *segment = encode(json);
        true
    }

    /// Signs the current segments, rightly or wrongly, or leaves the signature.
    pub(super) fn seal(&mut self, rng: &mut Rng) {
        let header = object(&self.header);
        let named = header.as_deref().map(|header| (text(header, "kid"), text(header, "alg")));
        let (kid, alg) = named.unwrap_or_default();
        match rng.below(16) {
            0..=9 => {
                let signer = Signer::named(kid, alg).unwrap_or_else(|| Signer::any(rng));
                self.signature = encode(signer.sign(self.message().as_bytes()));
            }
            10 | 11 => {
                let signer = Signer::any(rng);
                self.reheaded(header, signer.algorithm.as_str(), Some(signer.name));
                self.signature = encode(signer.sign(self.message().as_bytes()));
            }
            12 => {
                let signer = Signer::any(rng);
                self.signature = encode(signer.sign(self.message().as_bytes()));
            }
            13 => {
                self.reheaded(header, "HS256", None);
                self.signature = encode(confused(self.message().as_bytes(), rng));
            }
            14 => {
                self.reheaded(header, rng.pick(&["none", "none", "None", ""]), None);
                self.signature = String::new();
            }
            _ => self.spoil(rng),
        }
    }

    /// Changes the signature's bytes.
    pub(super) fn spoil(&mut self, rng: &mut Rng) {
        let mut bytes = decode(&self.signature).unwrap_or_default();
        let length = bytes.len();
        match rng.below(6) {
            0 => bytes.clear(),
            1 => bytes.truncate(rng.below(length)),
            2 => bytes.push(rng.byte()),
            3 => bytes.fill(0),
            4 => bytes.rotate_left(length / 2),
            _ => {
                if let Some(byte) = bytes.get_mut(rng.below(length)) {
                    *byte ^= 1 << rng.below(8);
                }
            }
        }
        self.signature = encode(bytes);
    }

    /// Breaks the base64url of a segment in one of the ways that decoders forgive.
    pub(super) fn miscode(&mut self, rng: &mut Rng) {
        let segment = match rng.below(3) {
            0 => &mut self.header,
            1 => &mut self.claims,
            _ => &mut self.signature,
        };
        let cut = rng.below(segment.len() + 1);
        let cut = (0..=cut).rev().find(|at| segment.is_char_boundary(*at)).unwrap_or(0);
        match rng.below(6) {
            0 => segment.push_str(rng.pick(&["=", "==", "====", "A", "%3D"])),
            1 => {
                if let Ok(bytes) = decode(segment) {
                    *segment = STANDARD_NO_PAD.encode(bytes);
                }
            }
            2 => segment.insert_str(cut, rng.pick(&[" ", "\n", "\t", "%20", "~", "é", "\u{0}"])),
            3 => {
                // Another last character may differ in unused bits only.
                if segment.pop().is_some() {
                    segment.push(rng.pick(&['A', 'B', 'Q', 'R', 'w', 'x', '_', '-', '9']));
                }
            }
            4 => segment.truncate(cut),
            _ => segment.clear(),
        }
    }

    fn reheaded(&mut self, header: Option<Vec<Member>>, alg: &str, kid: Option<&str>) {
        let mut header = header.unwrap_or_default();
        put(&mut header, "alg", Node::text(alg));
        if let Some(kid) = kid {
            put(&mut header, "kid", Node::text(kid));
        }
        self.header = encode(written(&header));
    }
}

fn members<const N: usize>(list: [(&str, Node); N]) -> Vec<Member> {
    list.into_iter().map(|(name, value)| (super::json::quoted(name), value)).collect()
}

fn object(segment: &str) -> Option<Vec<Member>> {
    let bytes = decode(segment).ok()?;
    match Node::parse(std::str::from_utf8(&bytes).ok()?)? {
        Node::Object(members) => Some(members),
        _ => None,
    }
}

fn written(members: &[Member]) -> String {
    let mut json = String::new();
    Node::Object(members.to_vec()).write(&mut json);
    json
}

/// White space behind some of the signs that JSON allows it behind.
fn spaced(json: &str, rng: &mut Rng) -> String {
    let blank = rng.pick(&[" ", "\n", "\t", "\r\n"]);
    let mut is_text = false;
    let mut spaced = String::new();
    for c in json.chars() {
        spaced.push(c);
        is_text ^= c == '"';
        if !is_text && matches!(c, ',' | ':' | '{' | '[') && rng.one_in(2) {
            spaced.push_str(blank);
        }
    }
    spaced
}
