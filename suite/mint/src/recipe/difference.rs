//! A recipe as the list of its differences from a valid token.
//!
//! The two are equivalent: generators add to the list, and a finding is reported with the shortest
//! list that still shows it.

use super::{
    Encoding, Encrypt, Hash, Pss, Recipe, Secret, SegmentForm, SignatureFault, TextEdit,
    ValueTemplate,
};
use crate::placeholder::JsonText;
use jwtspec_fixtures::Key;
use jwtspec_types::words::Algorithm;

/// One respect in which a token differs from a valid one: one member of a [`Recipe`].
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// A claim is set.
    Claim(String, ValueTemplate),
    /// A claim is left out.
    WithoutClaim(String),
    /// A header member is set.
    Header(String, ValueTemplate),
    /// A header member is left out.
    WithoutHeader(String),
    /// The claims are this JSON text.
    ClaimsJson(JsonText),
    /// The header is this JSON text.
    HeaderJson(JsonText),
    /// The claims' text becomes bytes otherwise than as UTF-8.
    ClaimsEncoding(Encoding),
    /// The header's text becomes bytes otherwise than as UTF-8.
    HeaderEncoding(Encoding),
    /// The claims' bytes become a segment otherwise than as base64url.
    ClaimsForm(SegmentForm),
    /// The header's bytes become a segment otherwise than as base64url.
    HeaderForm(SegmentForm),
    /// The signature's bytes become a segment otherwise than as base64url.
    SignatureForm(SegmentForm),
    /// Another issuer mints it.
    From(String),
    /// Another key signs it.
    Key(Key),
    /// Another algorithm is carried out.
    Alg(Algorithm),
    /// An HMAC is keyed with this.
    Secret(Secret),
    /// RSA PKCS #1 v1.5 signs another hash.
    Digest(Hash),
    /// RSA-PSS has other parameters.
    Pss(Pss),
    /// The signature is made invalid.
    Signature(SignatureFault),
    /// The finished token is edited.
    Text(TextEdit),
    /// The finished token is encrypted.
    Encrypt(Encrypt),
    /// It is no token at all but this text.
    Literal(String),
}

impl Difference {
    /// The difference in a few words that can be part of an id: `claim-exp-text`, `without-aud`.
    pub fn slug(&self) -> String {
        let words = match self {
            Self::Claim(name, value) => format!("claim {} {}", member(name), value.kind()),
            Self::WithoutClaim(name) => format!("without {}", member(name)),
            Self::Header(name, value) => format!("header {} {}", member(name), value.kind()),
            Self::WithoutHeader(name) => format!("header without {}", member(name)),
            Self::ClaimsJson(_) => "claims json".to_owned(),
            Self::HeaderJson(_) => "header json".to_owned(),
            Self::ClaimsEncoding(encoding) => format!("claims {}", encoding.as_str()),
            Self::HeaderEncoding(encoding) => format!("header {}", encoding.as_str()),
            Self::ClaimsForm(form) => format!("claims {}", form.as_str()),
            Self::HeaderForm(form) => format!("header {}", form.as_str()),
            Self::SignatureForm(form) => format!("signature {}", form.as_str()),
            Self::From(name) => format!("from {name}"),
            Self::Key(key) => format!("key {}", key.name()),
            Self::Alg(algorithm) => format!("alg {algorithm}"),
            Self::Secret(_) => "secret".to_owned(),
            Self::Digest(hash) => format!("digest {}", hash.as_str()),
            Self::Pss(_) => "pss".to_owned(),
            Self::Signature(fault) => format!("signature {}", fault.word()),
            Self::Text(edit) => format!("text {}", edit.word()),
            Self::Encrypt(_) => "encrypt".to_owned(),
            Self::Literal(_) => "literal".to_owned(),
        };
        slug(&words)
    }
}

/// The name of a member in words that do not read as another member's: ids are in small letters, and
/// `KID` is not `kid`.
fn member(name: &str) -> String {
    let has = |is: fn(&char) -> bool| name.chars().any(|c| is(&c));
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.:/#@".contains(c);
    let words = match (has(char::is_ascii_uppercase), has(char::is_ascii_lowercase)) {
        (true, false) => "capitals ",
        (true, true) => "capital ",
        _ => "",
    };
    // What an id cannot hold would be missed: `kid ` is not `kid` either.
    let odd = if name.is_empty() || !name.chars().all(plain) { "odd " } else { "" };
    format!("{odd}{words}{name}")
}

/// Words as a part of an id: small letters and digits, single hyphens between them.
pub fn slug(words: &str) -> String {
    let parts = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

impl Recipe {
    /// The recipe with these differences. Of two that contradict each other the later one counts.
    pub fn of(differences: impl IntoIterator<Item = Difference>) -> Self {
        let mut recipe = Self::default();
        for difference in differences {
            recipe.add(difference);
        }
        recipe
    }

    /// Its differences from a valid token; none for the valid token itself.
    ///
    /// ```
    /// use jwtspec_mint::recipe::Recipe;
    /// use jwtspec_mint::recipe::Difference;
    ///
    /// let recipe = Recipe::of([Difference::WithoutClaim("aud".to_owned())]);
    /// assert_eq!(recipe.without, ["aud"]);
    /// assert_eq!(Recipe::of(recipe.differences()), recipe);
    /// ```
    pub fn differences(&self) -> Vec<Difference> {
        let mut list = Vec::new();
        list.extend(self.literal.clone().map(Difference::Literal));
        list.extend(self.from.clone().map(Difference::From));
        list.extend(self.key.map(Difference::Key));
        list.extend(self.alg.map(Difference::Alg));
        list.extend(self.secret.clone().map(Difference::Secret));
        list.extend(self.digest.map(Difference::Digest));
        list.extend(self.pss.clone().map(Difference::Pss));
        list.extend(self.header_without.iter().cloned().map(Difference::WithoutHeader));
        let members = self.header.iter();
        list.extend(members.map(|(name, value)| Difference::Header(name.clone(), value.clone())));
        list.extend(self.header_json.clone().map(Difference::HeaderJson));
        list.extend(self.without.iter().cloned().map(Difference::WithoutClaim));
        let claims = self.claims.iter();
        list.extend(claims.map(|(name, value)| Difference::Claim(name.clone(), value.clone())));
        list.extend(self.claims_json.clone().map(Difference::ClaimsJson));
        let unusual = |encoding: Encoding| (encoding != Encoding::Utf8).then_some(encoding);
        list.extend(unusual(self.encoding.header).map(Difference::HeaderEncoding));
        list.extend(unusual(self.encoding.claims).map(Difference::ClaimsEncoding));
        list.extend(self.base64.header.map(Difference::HeaderForm));
        list.extend(self.base64.claims.map(Difference::ClaimsForm));
        list.extend(self.base64.signature.map(Difference::SignatureForm));
        list.extend(self.signature.iter().cloned().map(Difference::Signature));
        list.extend(self.text.iter().cloned().map(Difference::Text));
        list.extend(self.encrypt.clone().map(Difference::Encrypt));
        list
    }

    fn add(&mut self, difference: Difference) {
        match difference {
            Difference::Claim(name, value) => {
                self.without.retain(|other| *other != name);
                self.claims.insert(name, value);
            }
            Difference::WithoutClaim(name) => {
                self.claims.shift_remove(&name);
                self.without.retain(|other| *other != name);
                self.without.push(name);
            }
            Difference::Header(name, value) => {
                self.header_without.retain(|other| *other != name);
                self.header.insert(name, value);
            }
            Difference::WithoutHeader(name) => {
                self.header.shift_remove(&name);
                self.header_without.retain(|other| *other != name);
                self.header_without.push(name);
            }
            Difference::ClaimsJson(text) => self.claims_json = Some(text),
            Difference::HeaderJson(text) => self.header_json = Some(text),
            Difference::ClaimsEncoding(encoding) => self.encoding.claims = encoding,
            Difference::HeaderEncoding(encoding) => self.encoding.header = encoding,
            Difference::ClaimsForm(form) => self.base64.claims = Some(form),
            Difference::HeaderForm(form) => self.base64.header = Some(form),
            Difference::SignatureForm(form) => self.base64.signature = Some(form),
            Difference::From(name) => self.from = Some(name),
            Difference::Key(key) => self.key = Some(key),
            Difference::Alg(algorithm) => self.alg = Some(algorithm),
            Difference::Secret(secret) => self.secret = Some(secret),
            Difference::Digest(hash) => self.digest = Some(hash),
            Difference::Pss(pss) => self.pss = Some(pss),
            Difference::Signature(fault) => self.signature.push(fault),
            Difference::Text(edit) => self.text.push(edit),
            Difference::Encrypt(encrypt) => self.encrypt = Some(encrypt),
            Difference::Literal(text) => self.literal = Some(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_member_reads_as_another_one_in_an_id() {
        let header = |name: &str| Difference::Header(name.to_owned(), "x".into()).slug();
        assert_eq!(header("kid"), "header-kid-text");
        assert_eq!(header("KID"), "header-capitals-kid-text");
        assert_eq!(header("Kid"), "header-capital-kid-text");
        assert_eq!(header("kid "), "header-odd-kid-text");
        assert_eq!(header("\u{200b}KID"), "header-odd-capitals-kid-text");
        assert_eq!(header("x5t#S256"), "header-capital-x5t-s256-text");
        assert_eq!(Difference::WithoutClaim("SUB".to_owned()).slug(), "without-capitals-sub");
        assert_eq!(Difference::WithoutHeader(String::new()).slug(), "header-without-odd");
        let claim = Difference::Claim("https://claims.example/x".to_owned(), "x".into());
        assert_eq!(claim.slug(), "claim-https-claims-example-x-text");
    }
}
