//! Keys: what an issuer publishes, and which of it fits an algorithm (RFC 7517, 7518, 8037).

use serde_json::{Map, Value};

use super::form::decode_base64url;
use super::json::{Fault, Json, Object, parse};
use super::ruling::{Names, Ruling};
use jwtspec_types::words::Reason::{
    AlgorithmNotAllowed, KeyNotFound, KeyUnusable, KeysUnavailable, SignatureInvalid,
};
use jwtspec_types::words::{Algorithm, Family};

/// More bytes than this in a set may be too many.
const LARGE_SET: usize = 256 << 10;

/// A provider's key set, read once.
#[derive(Clone, Debug)]
pub(super) struct KeySet {
    /// Its keys; nothing if there is no set to be had.
    pub(super) keys: Option<Vec<Jwk>>,
    /// The objections to every token that needs it.
    pub(super) objections: Ruling,
    /// True if it was fetched, so that anyone may have read it.
    pub(super) is_published: bool,
}

/// One key of a set.
#[derive(Clone, Debug)]
pub(super) struct Jwk {
    members: Object,
    pub(super) kid: Option<String>,
    numbers: Option<Numbers>,
}

/// The numbers that identify a key, leading zeros left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ec { x: Vec<u8>, y: Vec<u8> },
    Okp { x: Vec<u8> },
    Oct { k: Vec<u8> },
}

impl KeySet {
    /// Reads a set as it is served; nothing if it cannot be had.
    pub(super) fn parse(bytes: Option<&[u8]>, is_published: bool) -> Self {
        let mut objections = Ruling::default();
        let keys = match bytes {
            None => {
                let requirement = "rfc7515-6-key-undetermined-reject";
                objections.must(UNAVAILABLE, requirement, "the issuer's keys cannot be had");
                None
            }
            Some(bytes) => read_set(bytes, &mut objections),
        };
        let is_secret = |jwk: &Jwk| {
            jwk.members.get("d").is_some() || matches!(jwk.numbers, Some(Numbers::Oct { .. }))
        };
        if is_published && keys.iter().flatten().any(is_secret) {
            let requirement = "oidc-discovery-3-no-private-or-symmetric-keys";
            let what = "the set publishes a secret; some believe none of it";
            objections.may(&[KeyUnusable, KeyNotFound, KeysUnavailable], requirement, what);
        }
        Self { keys, objections, is_published }
    }
}

const UNAVAILABLE: Names = &[KeysUnavailable, KeyNotFound, KeyUnusable, SignatureInvalid];

fn read_set(bytes: &[u8], objections: &mut Ruling) -> Option<Vec<Jwk>> {
    let text = String::from_utf8_lossy(bytes);
    if text.len() > LARGE_SET {
        objections.may(UNAVAILABLE, "rfc9110-2.3-response-size-bounded", "a very large key set");
    }
    if std::str::from_utf8(bytes).is_err() {
        objections.should(UNAVAILABLE, "rfc8725-3.7-utf8-only", "the key set is not UTF-8");
    }
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            objections.may(UNAVAILABLE, "rfc8259-8.1-byte-order-mark", "a byte order mark");
            rest
        }
        None => &text,
    };
    let requirement = "rfc7517-5-keys-member-required";
    let (json, doubts) = match parse(text) {
        Ok(parsed) => parsed,
        Err(Fault::Syntax | Fault::Trailing) => {
            objections.should(UNAVAILABLE, requirement, "the key set is no JSON");
            return None;
        }
    };
    if let Some(name) = doubts.repeated {
        let what = format!("the key set has `{name}` twice");
        objections.may(UNAVAILABLE, "rfc7517-5-duplicate-set-members", what);
    }
    if doubts.deep {
        let what = "the key set has deeply nested values";
        objections.may(UNAVAILABLE, "rfc8259-9-depth-and-size-limits", what);
    }
    let Json::Object(set) = json else {
        objections.must(UNAVAILABLE, requirement, format!("the key set is {}", json.kind()));
        return None;
    };
    let Some(Json::List(keys)) = set.get("keys") else {
        objections.must(UNAVAILABLE, requirement, "the key set has no array `keys`");
        return None;
    };
    Some(keys.iter().filter_map(Jwk::parse).collect())
}

impl Jwk {
    fn parse(json: &Json) -> Option<Self> {
        let Json::Object(members) = json else { return None };
        let text = |name: &str| members.get(name).and_then(Json::text);
        Some(Self {
            kid: text("kid").map(str::to_owned),
            numbers: Numbers::parse(&text),
            members: members.clone(),
        })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Json::text)
    }

    pub(super) fn has_numbers(&self, numbers: &Numbers) -> bool {
        self.numbers.as_ref() == Some(numbers)
    }

    pub(super) const fn numbers(&self) -> Option<&Numbers> {
        self.numbers.as_ref()
    }

    /// True if it is a key of the type that this algorithm needs, and complete.
    pub(super) fn is_for(&self, algorithm: Algorithm) -> bool {
        let mut ruling = Ruling::default();
        self.judge_type(algorithm, false, &mut ruling);
        !ruling.is_binding()
    }

    /// The objections to verifying with this key under this algorithm; none if it fits.
    pub(super) fn judge_fit(
        &self,
        algorithm: Algorithm,
        allowed: &[Algorithm],
        is_published: bool,
    ) -> Ruling {
        let mut ruling = Ruling::default();
        self.judge_type(algorithm, is_published, &mut ruling);
        if ruling.is_binding() {
            return ruling;
        }
        self.judge_purpose(&mut ruling);
        self.judge_algorithm(algorithm, allowed, &mut ruling);
        self.judge_strength(algorithm, &mut ruling);
        ruling
    }

    /// `kty` and `crv`: what the algorithm needs, with all that belongs to it.
    fn judge_type(&self, algorithm: Algorithm, is_published: bool, ruling: &mut Ruling) {
        let (kty, crv, requirement) = match algorithm {
            Algorithm::Es256 => ("EC", Some("P-256"), "rfc7518-3.4-curve-matches-alg"),
            Algorithm::Es384 => ("EC", Some("P-384"), "rfc7518-3.4-curve-matches-alg"),
            Algorithm::Es512 => ("EC", Some("P-521"), "rfc7518-3.4-curve-matches-alg"),
            Algorithm::Es256k => ("EC", Some("secp256k1"), "rfc7518-3.4-curve-matches-alg"),
            Algorithm::EdDsa => ("OKP", Some("Ed25519"), "rfc8037-4-algorithm-fits-key-subtype"),
            _ if algorithm.family() == Family::Hmac => {
                ("oct", None, "rfc7515-4.1.1-alg-needs-issuer-key")
            }
            _ => ("RSA", None, "rfc7515-4.1.1-alg-needs-issuer-key"),
        };
        if self.text("kty") != Some(kty) || crv.is_some() && self.text("crv") != crv {
            let what = format!("the key is none for {algorithm}");
            ruling.must(MISFIT, requirement, what);
        } else if self.numbers.is_none() && self.members.get("x5c").is_some() {
            let what = "the key has only a certificate";
            ruling.should(UNUSABLE, "rfc7517-5-incomplete-key-skipped", what);
        } else if self.numbers.is_none() {
            let requirement = "rfc7515-4.1.1-alg-needs-issuer-key";
            ruling.must(UNUSABLE, requirement, "the key lacks members, or has wrong ones");
        } else if kty == "oct" && is_published {
            let requirement = "oidc-discovery-3-no-private-or-symmetric-keys";
            ruling.should(MISFIT, requirement, "a secret that was published is none");
        }
    }

    /// `use` and `key_ops`.
    fn judge_purpose(&self, ruling: &mut Ruling) {
        match self.members.get("use") {
            None => {}
            Some(Json::Text(purpose)) if purpose == "sig" => {}
            Some(Json::Text(purpose)) if purpose == "enc" => {
                let what = "the key is for encryption";
                ruling.should(UNUSABLE, "rfc7517-4.2-use-enc-not-for-signatures", what);
            }
            Some(_) => {
                let what = "the key is for an unknown use";
                ruling.may(UNUSABLE, "rfc7517-4.2-use-unregistered-not-sig", what);
            }
        }
        let is_verify = |operation: &Json| operation.text() == Some("verify");
        match self.members.get("key_ops") {
            None => {}
            Some(Json::List(operations))
                if operations.iter().filter(|one| is_verify(one)).count() > 1 =>
            {
                let what = "`key_ops` holds verify twice";
                ruling.may(UNUSABLE, "rfc7517-4.3-key-ops-without-verify", what);
            }
            Some(Json::List(operations)) if operations.iter().any(is_verify) => {}
            Some(Json::List(_)) => {
                let what = "`key_ops` does not hold verify";
                ruling.should(UNUSABLE, "rfc7517-4.3-key-ops-without-verify", what);
            }
            Some(_) => {
                let what = "`key_ops` is no array";
                ruling.may(UNUSABLE, "rfc7517-4.3-key-ops-without-verify", what);
            }
        }
    }

    /// `alg`: one algorithm for each key (RFC 8725 section 3.1).
    fn judge_algorithm(&self, algorithm: Algorithm, allowed: &[Algorithm], ruling: &mut Ruling) {
        let requirement = "rfc8725-3.1-one-algorithm-per-key";
        match self.members.get("alg") {
            Some(Json::Text(alg)) if alg == algorithm.as_str() => {}
            Some(Json::Text(alg)) if alg == "Ed25519" && algorithm == Algorithm::EdDsa => {
                let what = "the key has the newer name of EdDSA";
                ruling.may(MISFIT, "rfc9864-2.2-ed25519-name-accepted", what);
            }
            Some(Json::Text(alg)) if alg.parse::<Algorithm>().is_ok() => {
                ruling.must(MISFIT, requirement, format!("the key is for {alg}"));
            }
            Some(Json::Text(alg)) => {
                ruling.should(MISFIT, requirement, format!("the key is for {alg}"));
            }
            Some(other) => {
                ruling.may(MISFIT, requirement, format!("the key's `alg` is {}", other.kind()));
            }
            None => {
                let same_type =
                    |other: &&Algorithm| kind(other.family()) == kind(algorithm.family());
                if allowed.iter().filter(same_type).count() > 1 {
                    let what = "several algorithms are allowed, and the key says none";
                    ruling.may(MISFIT, requirement, what);
                }
            }
        }
    }

    /// Sizes and shapes of the key's numbers, and private members.
    fn judge_strength(&self, algorithm: Algorithm, ruling: &mut Ruling) {
        let is_pss = algorithm.family() == Family::RsaPss;
        match &self.numbers {
            Some(Numbers::Rsa { n, e }) => {
                let bits = bits(n);
                let short = if is_pss {
                    "rfc7518-3.5-pss-minimum-2048"
                } else {
                    "rfc7518-3.3-rsa-minimum-2048"
                };
                if bits < 2048 {
                    ruling.must(UNUSABLE, short, format!("an RSA key of {bits} bits"));
                } else if bits > 16_384 {
                    let what = format!("an RSA key of {bits} bits");
                    ruling.should(UNUSABLE, "rfc7518-8.6-key-size-upper-limit", what);
                } else if bits > 4096 {
                    let what = format!("an RSA key of {bits} bits");
                    ruling.may(UNUSABLE, "rfc7518-8.6-key-size-upper-limit", what);
                }
                let is_even = e.last().is_none_or(|last| last % 2 == 0);
                if is_even || *e == [1] {
                    let what = "an RSA exponent that cannot be";
                    ruling.must(UNUSABLE, "rfc8017-3.1-rsa-exponent-valid", what);
                } else if *e != [1, 0, 1] {
                    let what = "an RSA exponent other than 65537";
                    ruling.may(UNUSABLE, "rfc8017-3.1-rsa-exponent-valid", what);
                }
                let has_zeros = |name| self.width(name).is_some_and(|bytes| bytes.1);
                if has_zeros("n") || has_zeros("e") {
                    let what = "RSA numbers with leading zeros";
                    ruling.may(UNUSABLE, "rfc7518-6.3.1.1-modulus-minimal-octets", what);
                }
            }
            Some(Numbers::Ec { .. }) => {
                let width = match algorithm {
                    Algorithm::Es384 => 48,
                    Algorithm::Es512 => 66,
                    _ => 32,
                };
                let differs = |name| self.width(name).is_some_and(|bytes| bytes.0 != width);
                if differs("x") || differs("y") {
                    let what = "EC coordinates of another width";
                    ruling.may(UNUSABLE, "rfc7518-6.2.1.2-ec-coordinate-full-length", what);
                }
            }
            Some(Numbers::Oct { k }) if k.len() < algorithm.hash_octets() => {
                let what = format!("a secret of {} bytes", k.len());
                ruling.must(UNUSABLE, "rfc7518-3.2-hmac-key-minimum-size", what);
            }
            _ => {}
        }
        if ["n", "e", "x", "y", "k"].iter().any(|name| self.text(name).is_some_and(is_padded)) {
            let what = "a number of the key is padded";
            ruling.may(UNUSABLE, "rfc7515-2-base64url-padding-reject", what);
        }
        if self.members.get("d").is_some() {
            let requirement = "oidc-discovery-3-no-private-or-symmetric-keys";
            ruling.may(UNUSABLE, requirement, "the key is given with its private member");
        }
    }

    /// The length of a member in bytes, and true if it starts with zero.
    fn width(&self, name: &str) -> Option<(usize, bool)> {
        let bytes = decode_base64url(self.text(name)?)?;
        Some((bytes.len(), bytes.len() > 1 && bytes.first() == Some(&0)))
    }
}

const UNUSABLE: Names = &[KeyUnusable, KeyNotFound, SignatureInvalid];
const MISFIT: Names = &[KeyUnusable, KeyNotFound, AlgorithmNotAllowed, SignatureInvalid];

impl Numbers {
    /// Reads the members of a JWK that identify the key.
    fn parse<'a>(text: &impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        // That it is padded is judged elsewhere.
        let decoded = |name: &str| decode_base64url(text(name)?.trim_end_matches('='));
        let bytes = |name: &str| decoded(name).filter(|bytes| !bytes.is_empty());
        let number = |name: &str| bytes(name).map(without_zeros);
        Some(match text("kty")? {
            "RSA" => Self::Rsa { n: number("n")?, e: number("e")? },
            "EC" => Self::Ec { x: number("x")?, y: number("y")? },
            "OKP" => Self::Okp { x: bytes("x").filter(|x| x.len() == 32)? },
            "oct" => Self::Oct { k: decoded("k")? },
            _ => return None,
        })
    }

    /// The key that made a signature.
    pub(super) fn from_jwk(key: &Map<String, Value>) -> Option<Self> {
        Self::parse(&|name: &str| key.get(name).and_then(Value::as_str))
    }
}

fn is_padded(text: &str) -> bool {
    text.ends_with('=')
}

fn without_zeros(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().skip_while(|byte| *byte == 0).collect()
}

fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |first| first.leading_zeros() as usize);
    number.len() * 8 - leading
}

/// RSA keys serve both paddings; every other family has keys of its own.
const fn kind(family: Family) -> u8 {
    match family {
        Family::RsaPkcs1 | Family::RsaPss => 0,
        Family::Ec => 1,
        Family::Ed => 2,
        Family::Hmac => 3,
        Family::None => 4,
    }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
