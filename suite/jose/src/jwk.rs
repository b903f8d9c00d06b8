//! Reading a JWK Set (RFC 7517): what can be used, and why the rest cannot.
//!
//! A member that cannot be read affects no other (section 5): it is kept together with the reason,
//! for messages about tokens that select it.

use num_bigint::BigUint;
use serde_json::{Map, Value};

use super::base64url::decode;
use super::curve::Curve;
use super::fit::{KeyType, Material, purpose_fits, type_fits};
use super::text::quoted;
use jwtspec_types::words::Algorithm;

/// RFC 7518 section 3.3; the upper limit follows section 8.6.
const RSA_BITS: std::ops::RangeInclusive<u64> = 2048..=8192;

/// Members that only the owner of a key may have (RFC 7518 section 6, RFC 8037 section 2).
pub const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// The origin of a key set. Every reader of a published set could sign with its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Configured by the operator, and not public.
    Inline,
    /// Fetched from where anyone can fetch it.
    Published,
}

/// A member of a key set.
#[derive(Clone)]
pub struct PublishedKey {
    /// Its `kid`, if it is a string.
    pub kid: Option<String>,
    /// The JWK as it was published.
    pub jwk: Map<String, Value>,
    /// Its numbers, or why they cannot be used: a clause that reads after "the key".
    pub material: Result<Material, String>,
}

/// The members of a key set that are objects, in their order.
///
/// # Errors
///
/// If it has no array `keys`: a clause that reads after "the key set:".
pub fn read_set(set: &Map<String, Value>, origin: Origin) -> Result<Vec<PublishedKey>, String> {
    match set.get("keys") {
        Some(Value::Array(keys)) => Ok(keys
            .iter()
            .filter_map(Value::as_object)
            .map(|jwk| PublishedKey::parse(jwk, origin))
            .collect()),
        Some(_) => Err("its member `keys` is not an array".to_owned()),
        None => Err("it has no member `keys`".to_owned()),
    }
}

impl PublishedKey {
    /// Reads a JWK; what is wrong with it is kept in [`PublishedKey::material`].
    pub fn parse(jwk: &Map<String, Value>, origin: Origin) -> Self {
        Self {
            kid: jwk.get("kid").and_then(Value::as_str).map(str::to_owned),
            material: material(jwk, origin),
            jwk: jwk.clone(),
        }
    }

    /// The numbers, if this key may verify signatures of this algorithm.
    ///
    /// # Errors
    ///
    /// If it may not: a clause that reads after "the key".
    pub fn fit(&self, algorithm: Algorithm) -> Result<&Material, String> {
        let material = self.material.as_ref().map_err(Clone::clone)?;
        purpose_fits(&self.jwk, algorithm)?;
        type_fits(material, algorithm)?;
        Ok(material)
    }
}

/// Returns true if a key that can serve an algorithm is too weak for it: an RSA key of fewer than
/// 2048 bits, or whose exponent is 1 (RFC 7518 section 3.3), a secret shorter than the hash
/// (section 3.2).
///
/// ```
/// use jwtspec_jose::is_weak;
/// use jwtspec_types::words::Algorithm;
/// use serde_json::json;
///
/// let secret = json!({ "kty": "oct", "k": "c2hvcnQ" });
/// assert!(is_weak(secret.as_object().unwrap(), Algorithm::Hs256));
/// ```
pub fn is_weak(jwk: &Map<String, Value>, algorithm: Algorithm) -> bool {
    let octets = |member| bytes(jwk, member).unwrap_or_default();
    match KeyType::stated(jwk) {
        Some(KeyType::Rsa) => {
            let exponent = without_leading_zeros(octets("e"));
            bits(&octets("n")) < *RSA_BITS.start() || exponent == [1]
        }
        Some(KeyType::Secret) => octets("k").len() < algorithm.hash_octets(),
        Some(KeyType::Ec(_) | KeyType::Ed25519) | None => false,
    }
}

/// The length of a number, in bits.
fn bits(number: &[u8]) -> u64 {
    BigUint::from_bytes_be(number).bits()
}

fn material(jwk: &Map<String, Value>, origin: Origin) -> Result<Material, String> {
    let kty = match jwk.get("kty") {
        Some(Value::String(kty)) => kty,
        _ => return Err("has no `kty`".to_owned()),
    };
    if let Some(member) = PRIVATE_MEMBERS.iter().find(|member| jwk.contains_key(**member)) {
        return Err(format!(
            "is published with its private member `{member}`, so anyone can sign with it; the \
             issuer must replace it"
        ));
    }
    match (kty.as_str(), origin) {
        ("RSA", _) => rsa(jwk),
        ("EC", _) => ec(jwk),
        ("OKP", _) => okp(jwk),
        ("oct", Origin::Inline) => Ok(Material::Secret(bytes(jwk, "k")?)),
        ("oct", Origin::Published) => Err("is a shared secret that was published, so anyone can \
                                           sign with it; the issuer must publish public keys only"
            .to_owned()),
        _ => Err(format!("has the unknown `kty` {}", quoted(kty))),
    }
}

fn rsa(jwk: &Map<String, Value>) -> Result<Material, String> {
    let modulus = without_leading_zeros(bytes(jwk, "n")?);
    let exponent = without_leading_zeros(bytes(jwk, "e")?);
    let bits = bits(&modulus);
    if !RSA_BITS.contains(&bits) {
        return Err(format!(
            "is an RSA key of {bits} bits, but {} to {} are required",
            RSA_BITS.start(),
            RSA_BITS.end()
        ));
    }
    // RFC 8017 section 3.1; an exponent of 1 would make every signature its own message. Above
    // 33 bits it only makes verification slow, and ring does not take it.
    let value = exponent.iter().take(8).fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    if exponent.len() > 8 || !(3..1 << 33).contains(&value) || value % 2 == 0 {
        return Err("has an RSA exponent that is not an odd number from 3 to 2^33".to_owned());
    }
    Ok(Material::Rsa { modulus, exponent })
}

fn without_leading_zeros(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().skip_while(|byte| *byte == 0).collect()
}

fn ec(jwk: &Map<String, Value>) -> Result<Material, String> {
    let crv = text(jwk, "crv")?;
    let Some(curve) = Curve::ALL.into_iter().find(|curve| curve.name() == crv) else {
        return Err(format!("has the unknown `crv` {}", quoted(crv)));
    };
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != curve.bytes() || y.len() != curve.bytes() {
        return Err(format!(
            "has a coordinate that is not of the {} bytes that {} needs",
            curve.bytes(),
            curve.name()
        ));
    }
    if !curve.contains(&x, &y) {
        return Err(format!("has coordinates that are no point on {}", curve.name()));
    }
    Ok(Material::Ec { curve, point: [&[4], x.as_slice(), y.as_slice()].concat() })
}

fn okp(jwk: &Map<String, Value>) -> Result<Material, String> {
    match text(jwk, "crv")? {
        "Ed25519" => {}
        other => return Err(format!("has the `crv` {}, which is not Ed25519", quoted(other))),
    }
    let point = bytes(jwk, "x")?;
    if point.len() != 32 {
        return Err("has an `x` that is not of the 32 bytes that Ed25519 needs".to_owned());
    }
    if !is_canonical(&point) {
        return Err("has an `x` that is no canonical point encoding".to_owned());
    }
    Ok(Material::Ed25519(point))
}

/// Decoding steps 1 and 4 of RFC 8032 section 5.1.3: y below the prime, and no sign on an x of
/// zero. ring leaves these out.
fn is_canonical(point: &[u8]) -> bool {
    let one = BigUint::from(1_u8);
    let prime = (&one << 255_u8) - 19_u8;
    let mut y = BigUint::from_bytes_le(point);
    let is_negative = y.bit(255);
    y.set_bit(255, false);
    let is_x_zero = (&y * &y) % &prime == one;
    &y % &prime == y && !(is_negative && is_x_zero)
}

fn text<'a>(jwk: &'a Map<String, Value>, member: &str) -> Result<&'a str, String> {
    match jwk.get(member) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("has a `{member}` that is not a string")),
        None => Err(format!("has no `{member}`")),
    }
}

fn bytes(jwk: &Map<String, Value>, member: &str) -> Result<Vec<u8>, String> {
    decode(text(jwk, member)?).map_err(|_| format!("has a `{member}` that is not base64url"))
}

#[cfg(test)]
#[path = "jwk_tests.rs"]
mod tests;
