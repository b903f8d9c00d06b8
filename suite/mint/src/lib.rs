//! Minting: recipe + context → token. Pure, and able to make tokens that no library would.

mod claims;
pub mod context;
mod describe;
mod edit;
mod encrypt;
mod fault;
pub mod hex;
mod octets;
mod padding;
pub mod placeholder;
pub mod recipe;
pub mod segment;
mod sign;

use serde_json::{Map, Value};

use crate::context::{IssuerFacts, MintContext, PublishedKey};
use crate::placeholder::{ExpandError, JsonText, Locals, RequestText};
use crate::recipe::{Recipe, SegmentForm, SignatureFault, TextEdit};
use jwtspec_fixtures::Key;
use jwtspec_types::words::{Algorithm, Family};

pub use describe::{Decoded, Line, Mark, shorten, shorten_to};
use jwtspec_types::signed::Signed;
pub use sign::{SignError, secret_bytes};

/// The most attempts at a token whose signature has the asked-for shape: a leading zero byte has a
/// chance of 1 in 256.
const ATTEMPTS: u32 = 8192;
/// The same for header and claims, whose filler runs through its lengths again and again: a text
/// that has not the shape by then has no room for a filler.
const FILLINGS: u32 = 64;

/// A token, and how it differs from a valid one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minted {
    /// The token as it is presented.
    pub token: String,
    /// The provenance of its signature, known from how it was made.
    pub signed: Signed,
    /// The key that signed its header and claims as they stand in the token, whatever the form of
    /// the signature and whatever was put around the three segments: a JWK. Nothing if any of them
    /// was changed afterwards, or nothing was signed.
    pub made_with: Option<Map<String, Value>>,
    /// The token for people.
    pub decoded: Decoded,
}

/// A recipe that cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// A placeholder without a value.
    #[error(transparent)]
    Expand(#[from] ExpandError),
    /// The issuer has no key to sign with.
    #[error("the issuer `{0}` publishes no key\nsay which one signs: `key = \"rs256-a\"`")]
    NoKey(String),
    /// The key or its form does not fit the algorithm.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A character that the encoding cannot express.
    #[error("`latin-1` has no character {0:?}\nuse characters up to U+00FF")]
    NotLatin1(char),
    /// A header field that HTTP cannot carry.
    #[error(
        "the header field `{0}` cannot have the value {1:?}\nuse visible characters of one line"
    )]
    NotAField(String, String),
    /// A message of a target file that cannot be written for this token.
    #[error("the messages of the target file cannot be written: {0}")]
    NoMessage(String),
    /// A fault that the algorithm's signatures cannot have.
    #[error("a signature under {1} cannot be {0}")]
    FaultDoesNotFit(String, Algorithm),
    /// A key to which nothing can be encrypted so.
    #[error("nothing can be encrypted so: there is no key for it")]
    CannotEncrypt,
    /// The asked-for shape never came up.
    #[error("no token has that shape")]
    NeverFits,
}

/// Mints a token.
///
/// The same recipe in the same context always gives the same bytes.
///
/// # Errors
///
/// If the recipe asks for what cannot be: an issuer that is not there, a key that does not fit.
///
/// ```
/// use jwtspec_mint::recipe::Recipe;
/// use jwtspec_mint::context::MintContext;
/// use jwtspec_mint::mint;
///
/// let minted = mint(&Recipe::default(), &MintContext::example())?;
/// assert_eq!(minted.token.split('.').count(), 3);
/// # Ok::<(), jwtspec_mint::MintError>(())
/// ```
pub fn mint(recipe: &Recipe, mint_context: &MintContext) -> Result<Minted, MintError> {
    if let Some(literal) = &recipe.literal {
        return Ok(Minted {
            token: literal.clone(),
            signed: Signed::Invalid,
            made_with: None,
            decoded: Decoded::literal(literal),
        });
    }
    let plan = Plan::new(recipe, mint_context)?;
    let by_chance = |fault: &SignatureFault| {
        matches!(fault, SignatureFault::LeadingZero | SignatureFault::LeadingZeroRemoved)
    };
    let attempts = if recipe.signature.iter().any(by_chance) { ATTEMPTS } else { FILLINGS };
    for attempt in 0..attempts {
        if let Some(draft) = plan.draft(attempt)? {
            let mut token = edit::apply(&recipe.text, &draft);
            let mut is_within = draft.is_within(&token) && !edit::has_other_claims(&recipe.text);
            if let Some(terms) = &recipe.encrypt {
                let sealed = encrypt::encrypted(terms, &token, &draft.claims_text, mint_context)?;
                token = sealed.ok_or(MintError::CannotEncrypt)?;
                is_within &= !terms.claims;
            }
            return Ok(Minted {
                signed: draft.signed(&token, &plan.signer),
                made_with: plan.signer.key().filter(|_| is_within),
                token,
                decoded: describe::decode(&plan, &draft, attempt)?,
            });
        }
    }
    Err(MintError::NeverFits)
}

/// Fills a token and the other placeholders into a part of a request.
///
/// # Errors
///
/// If it names an issuer that the context does not have.
pub fn fill(
    text: &RequestText,
    token: &str,
    mint_context: &MintContext,
) -> Result<String, ExpandError> {
    text.0.text(mint_context, Locals { token: Some(token), ..Locals::default() })
}

/// A recipe with its choices resolved: issuer, key, algorithm.
struct Plan<'a> {
    recipe: &'a Recipe,
    mint_context: &'a MintContext,
    issuer: &'a IssuerFacts,
    /// The key as published; an unpublished one goes by its own name.
    key: PublishedKey,
    algorithm: Algorithm,
    signer: sign::Signer,
}

/// A JSON object.
type Object = Map<String, Value>;

/// A token in its parts.
struct Draft {
    header_text: String,
    claims_text: String,
    header_segment: String,
    claims_segment: String,
    signature_segment: String,
    /// The claims encrypted to the key, if an edit asks for that.
    jwe: Option<String>,
    /// True if the bytes of the signature are one over the two segments before it.
    is_intact: bool,
    /// True if they are that, or another form of one.
    is_genuine: bool,
}

impl Draft {
    /// The provenance of the finished token's signature: invalid if an edit touched what was signed.
    fn signed(&self, token: &str, signer: &sign::Signer) -> Signed {
        // Blanks around a token belong to HTTP, which takes them off.
        let mut segments = token.trim_matches([' ', '\t']).split('.');
        let signed = [&self.header_segment, &self.claims_segment, &self.signature_segment];
        let is_whole = signed.iter().all(|segment| segments.next() == Some(segment))
            && segments.next().is_none();
        match signer.provenance().filter(|_| self.is_intact && is_whole) {
            Some((key, algorithm)) => Signed::By { key, algorithm },
            None => Signed::Invalid,
        }
    }

    /// Returns true if all three segments are in the finished token as they were signed.
    fn is_within(&self, token: &str) -> bool {
        let has = |segment: &String| token.contains(segment.as_str());
        let claims = has(&self.claims_segment) || has(&self.claims_text);
        self.is_genuine && has(&self.header_segment) && claims && has(&self.signature_segment)
    }
}

impl<'a> Plan<'a> {
    fn new(recipe: &'a Recipe, mint_context: &'a MintContext) -> Result<Self, MintError> {
        let name = recipe.from.as_deref().unwrap_or(MintContext::MAIN);
        let issuer =
            mint_context.issuer(name).ok_or_else(|| ExpandError::UnknownIssuer(name.to_owned()))?;
        let key = match recipe.key {
            Some(key) => issuer
                .keys
                .iter()
                .find(|published| published.key == key)
                .cloned()
                .unwrap_or_else(|| PublishedKey::plain(key)),
            None => {
                issuer.keys.first().cloned().ok_or_else(|| MintError::NoKey(name.to_owned()))?
            }
        };
        let algorithm = recipe.alg.unwrap_or(match recipe.secret {
            Some(_) => Algorithm::Hs256,
            None => key.key.algorithm(),
        });
        let signer = sign::Signer::new(recipe, algorithm, key.key)?;
        Ok(Self { recipe, mint_context, issuer, key, algorithm, signer })
    }

    /// Header and claims before they become text. `attempt` varies the token identifier.
    fn objects(&self, attempt: u32) -> Result<(Object, Object), MintError> {
        let (mut header, mut claims) =
            claims::valid(self.mint_context, self.issuer, &self.key, self.algorithm, attempt);
        let Recipe { header: set, header_without: without, .. } = self.recipe;
        claims::change(&mut header, set, without, self.mint_context)?;
        claims::change(&mut claims, &self.recipe.claims, &self.recipe.without, self.mint_context)?;
        Ok((header, claims))
    }

    /// One attempt; nothing if the signature has not got the asked-for shape.
    fn draft(&self, attempt: u32) -> Result<Option<Draft>, MintError> {
        let (mut header, mut claims) = self.objects(attempt)?;
        let forms = &self.recipe.base64;
        segment::add_filler(&mut header, forms.header, attempt);
        segment::add_filler(&mut claims, forms.claims, attempt);
        let (header_text, claims_text) = self.texts(&header, &claims)?;
        let (Some(header_segment), Some(claims_segment)) = (
            segment::encode(&header_text, self.recipe.encoding.header, forms.header)?,
            segment::encode(&claims_text, self.recipe.encoding.claims, forms.claims)?,
        ) else {
            return Ok(None);
        };

        let faults = &self.recipe.signature;
        let mut signing_input = format!("{header_segment}.{claims_segment}");
        if faults.contains(&SignatureFault::OverRawClaims) {
            signing_input = format!("{header_segment}.{claims_text}");
        }
        if faults.contains(&SignatureFault::OfAnotherToken) {
            claims.insert("sub".to_owned(), "another-user".into());
            let (_, other_text) = self.texts(&header, &claims)?;
            let other = segment::encode(&other_text, self.recipe.encoding.claims, None)?;
            signing_input = format!("{header_segment}.{}", other.unwrap_or_default());
        }
        if faults.contains(&SignatureFault::OfAnotherHeader) {
            let last = header.keys().next_back().cloned();
            last.and_then(|name| header.shift_remove(&name));
            let (other_text, _) = self.texts(&header, &claims)?;
            let other = segment::encode(&other_text, self.recipe.encoding.header, None)?;
            signing_input = format!("{}.{claims_segment}", other.unwrap_or_default());
        }
        let honest = self.signer.sign(signing_input.as_bytes())?;
        let made = fault::apply_all(faults, honest.clone(), self.algorithm, self.key.key)?;
        let Some(signature) = made else { return Ok(None) };
        let is_of_this = signing_input == format!("{header_segment}.{claims_segment}");
        let is_intact = is_of_this && (signature == honest || self.is_other_s(&signature, &honest));
        let is_over_both = is_of_this || faults.contains(&SignatureFault::OverRawClaims);
        let is_genuine = is_over_both && faults.iter().all(SignatureFault::is_another_form);
        let Some(signature_segment) = segment::to_base64(&signature, forms.signature) else {
            return if forms.signature == Some(SegmentForm::TrailingBits)
                && signature.len().is_multiple_of(3)
            {
                Err(MintError::NeverFits)
            } else {
                Ok(None)
            };
        };
        let jwe = match self.recipe.text.contains(&TextEdit::Jwe) {
            true => {
                let misfit =
                    || MintError::FaultDoesNotFit(TextEdit::Jwe.to_string(), self.algorithm);
                Some(encrypt::jwe(&header, &claims_text, self.key.key).ok_or_else(misfit)?)
            }
            false => None,
        };
        Ok(Some(Draft {
            jwe,
            header_text,
            claims_text,
            header_segment,
            claims_segment,
            signature_segment,
            is_intact,
            is_genuine,
        }))
    }

    /// True if these two ECDSA signatures differ only in which of its two values s has.
    fn is_other_s(&self, signature: &[u8], honest: &[u8]) -> bool {
        self.is_family(Family::Ec)
            && fault::negate_s(honest, self.key.key).as_deref() == Some(signature)
    }

    fn texts(&self, header: &Object, claims: &Object) -> Result<(String, String), MintError> {
        let header_json = Value::Object(header.clone()).to_string();
        let claims_json = Value::Object(claims.clone()).to_string();
        let locals = Locals {
            header: Some(inside(&header_json)),
            claims: Some(inside(&claims_json)),
            token: None,
        };
        let raw = |text: &Option<JsonText>, json: &str| match text {
            Some(text) => text.0.text(self.mint_context, locals),
            None => Ok(json.to_owned()),
        };
        Ok((
            raw(&self.recipe.header_json, &header_json)?,
            raw(&self.recipe.claims_json, &claims_json)?,
        ))
    }

    /// True if a member of this family of algorithms signs.
    fn is_family(&self, family: Family) -> bool {
        self.algorithm.family() == family
    }
}

/// The members of an object's JSON text, without its braces.
fn inside(json: &str) -> &str {
    json.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(json)
}

/// The RSA or EC key of a recipe, where a fault needs its numbers.
fn big(key: Key, member: &str) -> num_bigint::BigUint {
    num_bigint::BigUint::from_bytes_be(&key.bytes(member).unwrap_or_default())
}

#[cfg(test)]
mod tests;
