//! Decryption of tokens that are encrypted to a key of the verifier's own (RFC 7516 section 5.2), by
//! RSA-OAEP-256 or ECDH-ES on P-256, and A128GCM. What comes out has to be a signed token.
//!
//! It is not for secrets: its time depends on the private key.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use num_bigint::BigUint;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::digest;
use serde_json::{Map, Value};

use jwtspec_driver::{Refusal, Unsupported, Verifier};
use jwtspec_jose::{Compact, Curve, Duplicates, KeyType, Part, Tolerance, decode, object};
use jwtspec_types::trust::Trust;
use jwtspec_types::words::{KeyEncryption, Reason};

/// The algorithms under which it decrypts.
pub(super) const ALGORITHMS: [KeyEncryption; 2] =
    [KeyEncryption::RsaOaep256, KeyEncryption::EcdhEs];

const CONTENT: &str = "A128GCM";
const CONTENT_KEY_BYTES: usize = 16;
const TAG_BYTES: usize = 16;

/// Decompresses a text. The reference verifier does not: `zip` is optional, and needs a limit.
pub(super) type Inflate = fn(&[u8]) -> Option<Vec<u8>>;

/// The rules by which tokens are decrypted: right ones by default, for the faults to change.
#[derive(Clone, Copy, Default)]
pub(super) struct Rules {
    /// Takes claims that were encrypted, and not signed.
    pub(super) takes_claims: bool,
    /// Takes the claims of a token that was encrypted as they are.
    pub(super) believes_token: bool,
    /// Decrypts nothing.
    pub(super) refuses: bool,
    /// Does not compare the authentication tag.
    pub(super) ignores_tag: bool,
    /// Decrypts by RSA-OAEP with SHA-1 as well.
    pub(super) any_algorithm: bool,
    /// Takes a missing or unknown `enc` for its own.
    pub(super) assumes_content: bool,
    /// Ignores a `zip` that it does not know.
    pub(super) ignores_zip: bool,
    /// Decompresses so.
    pub(super) inflate: Option<Inflate>,
    /// Takes an encrypted key where the key is agreed on.
    pub(super) ignores_key: bool,
    /// Takes coordinates for a point without looking.
    pub(super) ignores_curve: bool,
}

/// A verifier that decrypts before it verifies.
pub(super) struct Decrypting {
    inner: Arc<dyn Verifier>,
    keys: Vec<OwnKey>,
    rules: Rules,
}

/// A key pair of the verifier's own.
struct OwnKey {
    kid: Option<String>,
    algorithm: KeyEncryption,
    jwk: Map<String, Value>,
}

impl Decrypting {
    /// The verifier with the keys of a trust.
    pub(super) fn new(
        inner: Arc<dyn Verifier>,
        trust: &Trust,
        rules: Rules,
    ) -> Result<Self, Unsupported> {
        let key = |jwk: &Map<String, Value>| -> Result<OwnKey, Unsupported> {
            let text = |name: &str| jwk.get(name).and_then(Value::as_str);
            let algorithm = text("alg").and_then(|name| name.parse::<KeyEncryption>().ok());
            let algorithm = algorithm.filter(|algorithm| ALGORITHMS.contains(algorithm));
            let algorithm = algorithm
                .ok_or_else(|| Unsupported("a decryption key of that `alg`".to_owned()))?;
            Ok(OwnKey { kid: text("kid").map(str::to_owned), algorithm, jwk: jwk.clone() })
        };
        let keys = trust.decryption_keys.iter().map(key).collect::<Result<_, Unsupported>>()?;
        Ok(Self { inner, keys, rules })
    }

    async fn verify(&self, token: &str, now: Option<Duration>) -> Result<Value, Refusal> {
        let opened;
        let mut token = token;
        if Compact::new(token).count() == 5 {
            opened = self.open(token).map_err(malformed)?;
            if let (true, Ok(claims)) =
                (self.rules.takes_claims, object(opened.as_bytes(), Duplicates::Refuse))
            {
                return Ok(Value::Object(claims));
            }
            if let (true, Some(claims)) = (
                self.rules.believes_token,
                Compact::new(&opened).members(Part::Claims, Tolerance::NONE),
            ) {
                return Ok(Value::Object(claims));
            }
            if Compact::new(&opened).count() != 3 {
                return Err(malformed("what the encrypted token holds is not a signed token"));
            }
            token = &opened;
        }
        match now {
            Some(now) => self.inner.verify_at(token, now).await,
            None => self.inner.verify(token).await,
        }
    }

    /// What was encrypted; the error says what is wrong, and nothing of the text or the key.
    fn open(&self, token: &str) -> Result<String, &'static str> {
        const FAILED: &str = "the encrypted token cannot be decrypted";
        if self.rules.refuses {
            return Err(FAILED);
        }
        let header = Compact::new(token).members(Part::Header, Tolerance::NONE);
        let header = header.ok_or("the header of the encrypted token cannot be read")?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        if text("enc") != Some(CONTENT) && !self.rules.assumes_content {
            return Err("the encrypted token has an `enc` that is not A128GCM");
        }
        if header.contains_key("crit") {
            return Err("the encrypted token has a `crit`");
        }
        let algorithm = text("alg").and_then(|name| name.parse::<KeyEncryption>().ok());
        let algorithm = algorithm.ok_or("the encrypted token has an unknown `alg`")?;
        let is_own = |key: &&OwnKey| {
            let is_named = text("kid").is_none_or(|kid| key.kid.as_deref() == Some(kid));
            is_named && (key.algorithm == algorithm || self.rules.any_algorithm)
        };
        let key = self.keys.iter().find(is_own).ok_or("no key is for the encrypted token")?;
        let mut segments = token.split('.');
        let protected = segments.next().unwrap_or_default();
        let bytes: Vec<Vec<u8>> = segments.filter_map(|segment| decode(segment).ok()).collect();
        let [encrypted_key, nonce, text_bytes, tag] = bytes.as_slice() else { return Err(FAILED) };
        let content_key = match algorithm {
            KeyEncryption::RsaOaep256 => rsa_oaep(&digest::SHA256, encrypted_key, key),
            KeyEncryption::RsaOaep => {
                rsa_oaep(&digest::SHA1_FOR_LEGACY_USE_ONLY, encrypted_key, key)
            }
            // RFC 7516 section 5.2, step 10.
            KeyEncryption::EcdhEs if !encrypted_key.is_empty() && !self.rules.ignores_key => None,
            KeyEncryption::EcdhEs => agreed(header.get("epk"), key, self.rules.ignores_curve),
        };
        let content_key = content_key.filter(|key| key.len() == CONTENT_KEY_BYTES).ok_or(FAILED)?;
        let sealed = Sealed { protected, nonce, text: text_bytes, tag };
        let opened = match self.rules.ignores_tag {
            true => sealed.open_unchecked(&content_key),
            false => sealed.open(&content_key),
        };
        let mut opened = opened.ok_or(FAILED)?;
        match (text("zip"), self.rules.inflate) {
            (Some("DEF"), Some(inflate)) => opened = inflate(&opened).ok_or(FAILED)?,
            (None, _) if !header.contains_key("zip") => {}
            _ if self.rules.ignores_zip => {}
            _ => return Err("the encrypted token is compressed, which is not taken"),
        }
        String::from_utf8(opened).map_err(|_| FAILED)
    }
}

fn malformed(what: &'static str) -> Refusal {
    Refusal::because(Reason::Malformed, what)
}

/// The last four segments of a token but for the key.
struct Sealed<'a> {
    protected: &'a str,
    nonce: &'a [u8],
    text: &'a [u8],
    tag: &'a [u8],
}

impl Sealed<'_> {
    fn open(&self, key: &[u8]) -> Option<Vec<u8>> {
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).ok()?);
        let nonce = Nonce::try_assume_unique_for_key(self.nonce).ok()?;
        // RFC 7518 section 5.3 fixes its length.
        (self.tag.len() == TAG_BYTES).then_some(())?;
        let mut text = [self.text, self.tag].concat();
        let aad = Aad::from(self.protected.as_bytes());
        Some(cipher.open_in_place(nonce, aad, &mut text).ok()?.to_vec())
    }

    /// The text whatever the tag: encryption adds a stream of bytes, which zeros show.
    fn open_unchecked(&self, key: &[u8]) -> Option<Vec<u8>> {
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).ok()?);
        let nonce = Nonce::try_assume_unique_for_key(self.nonce).ok()?;
        let mut stream = vec![0; self.text.len()];
        let _ = cipher.seal_in_place_separate_tag(nonce, Aad::empty(), &mut stream).ok()?;
        Some(self.text.iter().zip(stream).map(|(byte, mask)| byte ^ mask).collect())
    }
}

fn member(jwk: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    decode(jwk.get(name)?.as_str()?).ok()
}

/// RSAES-OAEP of RFC 8017 section 7.1.2 with an empty label.
fn rsa_oaep(hash: &'static digest::Algorithm, encrypted: &[u8], key: &OwnKey) -> Option<Vec<u8>> {
    let modulus = member(&key.jwk, "n")?;
    (encrypted.len() == modulus.len()).then_some(())?;
    let number = |bytes: &[u8]| BigUint::from_bytes_be(bytes);
    let exponent = number(&member(&key.jwk, "d")?);
    let block = number(encrypted).modpow(&exponent, &number(&modulus)).to_bytes_be();
    let block = [vec![0; modulus.len().checked_sub(block.len())?], block].concat();
    let (seed, block) = block.strip_prefix(&[0])?.split_at_checked(hash.output_len())?;
    let xor = |bytes: &[u8], mask: Vec<u8>| -> Vec<u8> {
        bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
    };
    let seed = xor(seed, mgf1(hash, block, seed.len()));
    let block = xor(block, mgf1(hash, &seed, block.len()));
    let rest = block.strip_prefix(digest::digest(hash, b"").as_ref())?;
    let zeros = rest.iter().take_while(|byte| **byte == 0).count();
    rest.get(zeros..)?.strip_prefix(&[1]).map(<[u8]>::to_vec)
}

/// MGF1 of RFC 8017 appendix B.2.1.
fn mgf1(hash: &'static digest::Algorithm, seed: &[u8], length: usize) -> Vec<u8> {
    let block = |counter: u32| {
        let bytes = [seed, &counter.to_be_bytes()].concat();
        digest::digest(hash, &bytes).as_ref().to_vec()
    };
    (0..).flat_map(block).take(length).collect()
}

/// The content key of RFC 7518 section 4.6, agreed on with a sender directly.
fn agreed(epk: Option<&Value>, key: &OwnKey, ignores_curve: bool) -> Option<Vec<u8>> {
    let epk = epk?.as_object()?;
    (KeyType::stated(epk) == Some(KeyType::Ec(Curve::P256))).then_some(())?;
    let x = member(epk, "x")?;
    let point = match ignores_curve {
        // The sign of y does not matter to x of the product.
        true => [vec![2], x].concat(),
        false => [vec![4], x, member(epk, "y")?].concat(),
    };
    let sender = p256::PublicKey::from_sec1_bytes(&point).ok()?;
    let own = p256::SecretKey::from_slice(&member(&key.jwk, "d")?).ok()?;
    let shared = sender.to_projective() * *own.to_nonzero_scalar();
    let shared = p256::PublicKey::from_affine(shared.to_affine()).ok()?.to_sec1_point(false);
    let length = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
    let shared = shared.as_bytes().get(1..33)?;
    let mut input = [&length(1), shared, &length(CONTENT.len()), CONTENT.as_bytes()].concat();
    input.extend([length(0), length(0), length(8 * CONTENT_KEY_BYTES)].concat());
    let derived = digest::digest(&digest::SHA256, &input);
    Some(derived.as_ref()[..CONTENT_KEY_BYTES].to_vec())
}

impl Verifier for Decrypting {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
        self.verify(token, None).boxed()
    }

    fn verify_at<'a>(
        &'a self,
        token: &'a str,
        now: Duration,
    ) -> BoxFuture<'a, Result<Value, Refusal>> {
        self.verify(token, Some(now)).boxed()
    }
}
