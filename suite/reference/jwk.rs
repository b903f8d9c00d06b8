//! Reading a JWK Set (RFC 7517): what can be used, and why the rest cannot.
//!
//! A member that cannot be read spoils itself only (section 5): it is kept together with the
//! reason, so that a token which selects it can be told.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::crypto::{Curve, Material};
use super::text::quoted;
use crate::words::{Algorithm, Family};

/// RFC 7518 section 3.3; the upper limit follows section 8.6.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Members that only the owner of a key may have (RFC 7518 section 6, RFC 8037 section 2).
pub(crate) const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// How a key set came here. Whoever can read a published set could sign with its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Told by the operator, and not public.
    Inline,
    /// Fetched from where anyone can fetch it.
    Published,
}

/// A member of a key set.
#[derive(Clone)]
pub(crate) struct PublishedKey {
    /// Its `kid`, if it is a string.
    pub(crate) kid: Option<String>,
    /// The JWK as it was published.
    pub(crate) jwk: Map<String, Value>,
    /// Its numbers, or why they cannot be used: a clause that reads after "the key".
    pub(crate) material: Result<Material, String>,
}

/// The members of a key set that are objects, in their order.
///
/// A document with `keys` twice counts by the last one, like every parser that takes the last
/// (section 5).
pub(crate) fn read_set(
    set: &Map<String, Value>,
    origin: Origin,
) -> Result<Vec<PublishedKey>, String> {
    match set.get("keys") {
        Some(Value::Array(keys)) => Ok(keys
            .iter()
            .filter_map(Value::as_object)
            .map(|jwk| PublishedKey::read(jwk, origin))
            .collect()),
        Some(_) => Err("its member `keys` is not an array".to_owned()),
        None => Err("it has no member `keys`".to_owned()),
    }
}

impl PublishedKey {
    pub(crate) fn read(jwk: &Map<String, Value>, origin: Origin) -> Self {
        Self {
            kid: jwk.get("kid").and_then(Value::as_str).map(str::to_owned),
            material: material(jwk, origin),
            jwk: jwk.clone(),
        }
    }

    /// The numbers, if this key may verify signatures of this algorithm; otherwise why not.
    pub(crate) fn fit(&self, algorithm: Algorithm) -> Result<&Material, String> {
        let material = self.material.as_ref().map_err(Clone::clone)?;
        self.purpose_fits()?;
        match self.jwk.get("alg") {
            None => {}
            Some(Value::String(alg)) if alg == algorithm.as_str() => {}
            Some(Value::String(alg)) => {
                return Err(format!(
                    "is for {} (its `alg`), but the token says `{algorithm}`",
                    quoted(alg)
                ));
            }
            Some(_) => return Err("has an `alg` that is not a string".to_owned()),
        }
        type_fits(material, algorithm)?;
        Ok(material)
    }

    /// `use` and `key_ops` (RFC 7517 sections 4.2 and 4.3).
    fn purpose_fits(&self) -> Result<(), String> {
        match self.jwk.get("use") {
            None => {}
            Some(Value::String(purpose)) if purpose == "sig" => {}
            Some(Value::String(purpose)) => {
                return Err(format!("is published with `use` of {}, not `sig`", quoted(purpose)));
            }
            Some(_) => return Err("has a `use` that is not a string".to_owned()),
        }
        match self.jwk.get("key_ops") {
            None => Ok(()),
            Some(Value::Array(operations)) if operations.contains(&"verify".into()) => Ok(()),
            Some(_) => Err("is published with `key_ops` that lack `verify`".to_owned()),
        }
    }
}

/// Whether a key's type, curve and size suit an algorithm (RFC 7518 sections 3.2 to 3.5,
/// RFC 8037 section 3.1).
pub(crate) fn type_fits(material: &Material, algorithm: Algorithm) -> Result<(), String> {
    match (algorithm.family(), material) {
        (Family::RsaPkcs1 | Family::RsaPss, Material::Rsa { .. })
        | (Family::Ed, Material::Ed25519(_)) => Ok(()),
        (Family::Ec, Material::Ec { curve, .. }) if Curve::of(algorithm) == Some(*curve) => Ok(()),
        (Family::Ec, Material::Ec { curve, .. }) => {
            Err(format!("is on the curve {}, which `{algorithm}` does not use", curve.name()))
        }
        (Family::Hmac, Material::Secret(octets)) if octets.len() >= algorithm.hash_octets() => {
            Ok(())
        }
        (Family::Hmac, Material::Secret(octets)) => Err(format!(
            "has {} octets, but `{algorithm}` needs at least {}",
            octets.len(),
            algorithm.hash_octets()
        )),
        (_, Material::Rsa { .. }) => {
            Err(format!("is an RSA key, which cannot serve `{algorithm}`"))
        }
        (_, Material::Ec { .. }) => Err(format!("is an EC key, which cannot serve `{algorithm}`")),
        (_, Material::Ed25519(_)) => {
            Err(format!("is an Ed25519 key, which cannot serve `{algorithm}`"))
        }
        (_, Material::Secret(_)) => {
            Err(format!("is a shared secret, which cannot serve `{algorithm}`"))
        }
    }
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
        ("oct", Origin::Inline) => Ok(Material::Secret(octets(jwk, "k")?)),
        ("oct", Origin::Published) => Err("is a shared secret that was published, so anyone can \
                                           sign with it; the issuer must publish public keys only"
            .to_owned()),
        _ => Err(format!("has the unknown `kty` {}", quoted(kty))),
    }
}

fn rsa(jwk: &Map<String, Value>) -> Result<Material, String> {
    let modulus = without_leading_zeros(octets(jwk, "n")?);
    let exponent = without_leading_zeros(octets(jwk, "e")?);
    let bits =
        modulus.first().map_or(0, |first| 8 * modulus.len() - first.leading_zeros() as usize);
    if !RSA_BITS.contains(&bits) {
        return Err(format!(
            "is an RSA key of {bits} bits, but {} to {} are required",
            RSA_BITS.start(),
            RSA_BITS.end()
        ));
    }
    // RFC 8017 section 3.1; an exponent of 1 would make every signature its own message. Above
    // 33 bits it only makes verification slow, and aws-lc does not take it.
    let value = exponent.iter().take(8).fold(0_u64, |value, octet| value << 8 | u64::from(*octet));
    if exponent.len() > 8 || !(3..1 << 33).contains(&value) || value % 2 == 0 {
        return Err("has an RSA exponent that is not an odd number from 3 to 2^33".to_owned());
    }
    Ok(Material::Rsa { modulus, exponent })
}

fn without_leading_zeros(octets: Vec<u8>) -> Vec<u8> {
    octets.into_iter().skip_while(|octet| *octet == 0).collect()
}

fn ec(jwk: &Map<String, Value>) -> Result<Material, String> {
    let crv = text(jwk, "crv")?;
    let Some(curve) = Curve::ALL.into_iter().find(|curve| curve.name() == crv) else {
        return Err(format!("has the unknown `crv` {}", quoted(crv)));
    };
    let (x, y) = (octets(jwk, "x")?, octets(jwk, "y")?);
    if x.len() != curve.octets() || y.len() != curve.octets() {
        return Err(format!(
            "has a coordinate that is not of the {} octets that {} needs",
            curve.octets(),
            curve.name()
        ));
    }
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    if !curve.contains(&point) {
        return Err(format!("has coordinates that are no point on {}", curve.name()));
    }
    Ok(Material::Ec { curve, point })
}

fn okp(jwk: &Map<String, Value>) -> Result<Material, String> {
    match text(jwk, "crv")? {
        "Ed25519" => {}
        other => return Err(format!("has the `crv` {}, which is not Ed25519", quoted(other))),
    }
    let point = octets(jwk, "x")?;
    if point.len() != 32 {
        return Err("has an `x` that is not of the 32 octets that Ed25519 needs".to_owned());
    }
    if !is_canonical(&point) {
        return Err("has an `x` that is no canonical point encoding".to_owned());
    }
    Ok(Material::Ed25519(point))
}

/// Decoding steps 1 and 4 of RFC 8032 section 5.1.3: y below the prime, and no sign on an x of
/// zero. aws-lc leaves these out.
fn is_canonical(point: &[u8]) -> bool {
    let Some((last, rest)) = point.split_last() else {
        return false;
    };
    let (negative, top) = (last & 0x80 != 0, last & 0x7f);
    let first = rest.first().copied().unwrap_or_default();
    let middle = rest.get(1..).unwrap_or_default();
    let all_ones = top == 0x7f && middle.iter().all(|octet| *octet == 0xff);
    let below_prime = !(all_ones && first >= 0xed);
    let is_one = top == 0 && first == 1 && middle.iter().all(|octet| *octet == 0);
    let is_minus_one = all_ones && first == 0xec;
    below_prime && !(negative && (is_one || is_minus_one))
}

fn text<'a>(jwk: &'a Map<String, Value>, member: &str) -> Result<&'a str, String> {
    match jwk.get(member) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("has a `{member}` that is not a string")),
        None => Err(format!("has no `{member}`")),
    }
}

fn octets(jwk: &Map<String, Value>, member: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD
        .decode(text(jwk, member)?)
        .map_err(|_| format!("has a `{member}` that is not base64url"))
}

#[cfg(test)]
#[path = "jwk_tests.rs"]
mod tests;
