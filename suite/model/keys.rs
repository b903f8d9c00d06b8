//! Keys: what an issuer publishes, and which of it fits an algorithm (RFC 7517, 7518, 8037).

use serde_json::{Map, Value};

use super::form::octets_of;
use super::json::{Fault, Json, Object, read};
use super::ruling::{Names, Ruling};
use crate::words::Reason::{
    AlgorithmNotAllowed, KeyNotFound, KeyUnusable, KeysUnavailable, SignatureInvalid,
};
use crate::words::{Algorithm, Family};

/// More octets than this in a set may be too many.
const LARGE_SET: usize = 256 << 10;

/// A provider's key set, read once.
#[derive(Clone, Debug)]
pub(super) struct KeySet {
    /// Its keys; nothing if there is no set to be had.
    pub(super) keys: Option<Vec<Jwk>>,
    /// What speaks against every token that needs it.
    pub(super) objections: Ruling,
    /// Whether it was fetched, so that anybody may have read it.
    pub(super) is_published: bool,
}

/// One key of a set.
#[derive(Clone, Debug)]
pub(super) struct Jwk {
    members: Object,
    pub(super) kid: Option<String>,
    numbers: Option<Numbers>,
}

/// What makes a key this key and no other, leading zeros left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ec { x: Vec<u8>, y: Vec<u8> },
    Okp { x: Vec<u8> },
    Oct { k: Vec<u8> },
}

impl KeySet {
    /// Reads a set as it is served; nothing if it cannot be had.
    pub(super) fn read(octets: Option<&[u8]>, is_published: bool) -> Self {
        let mut objections = Ruling::default();
        let keys = match octets {
            None => {
                let requirement = "rfc7515-6-key-undetermined-reject";
                objections.must(UNAVAILABLE, requirement, "the issuer's keys cannot be had");
                None
            }
            Some(octets) => read_set(octets, &mut objections),
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

fn read_set(octets: &[u8], objections: &mut Ruling) -> Option<Vec<Jwk>> {
    let text = String::from_utf8_lossy(octets);
    if text.len() > LARGE_SET {
        objections.may(UNAVAILABLE, "rfc9110-2.3-response-size-bounded", "a very large key set");
    }
    if std::str::from_utf8(octets).is_err() {
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
    let (json, doubts) = match read(text) {
        Ok(read) => read,
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
    Some(keys.iter().filter_map(Jwk::read).collect())
}

impl Jwk {
    fn read(json: &Json) -> Option<Self> {
        let Json::Object(members) = json else { return None };
        let text = |name: &str| members.get(name).and_then(Json::text);
        Some(Self {
            kid: text("kid").map(str::to_owned),
            numbers: Numbers::read(&text),
            members: members.clone(),
        })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Json::text)
    }

    pub(super) fn is(&self, numbers: &Numbers) -> bool {
        self.numbers.as_ref() == Some(numbers)
    }

    pub(super) const fn numbers(&self) -> Option<&Numbers> {
        self.numbers.as_ref()
    }

    /// Whether it is a key of the type that this algorithm needs, and complete.
    pub(super) fn is_for(&self, algorithm: Algorithm) -> bool {
        let mut ruling = Ruling::default();
        self.judge_type(algorithm, false, &mut ruling);
        !ruling.is_binding()
    }

    /// What speaks against verifying with this key under this algorithm; nothing if it fits.
    pub(super) fn judge(
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
        match self.members.get("key_ops") {
            None => {}
            Some(Json::List(operations)) => {
                if !operations.iter().any(|operation| operation.text() == Some("verify")) {
                    let what = "`key_ops` does not hold verify";
                    ruling.should(UNUSABLE, "rfc7517-4.3-key-ops-without-verify", what);
                }
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
                let has_zeros = |name| self.width(name).is_some_and(|octets| octets.1);
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
                let differs = |name| self.width(name).is_some_and(|octets| octets.0 != width);
                if differs("x") || differs("y") {
                    let what = "EC coordinates of another width";
                    ruling.may(UNUSABLE, "rfc7518-6.2.1.2-ec-coordinate-full-length", what);
                }
            }
            Some(Numbers::Oct { k }) if k.len() < algorithm.hash_octets() => {
                let what = format!("a secret of {} octets", k.len());
                ruling.must(UNUSABLE, "rfc7518-3.2-hmac-key-minimum-size", what);
            }
            _ => {}
        }
        if self.members.get("d").is_some() {
            let requirement = "oidc-discovery-3-no-private-or-symmetric-keys";
            ruling.may(UNUSABLE, requirement, "the key is given with its private member");
        }
    }

    /// How many octets a member has, and whether the first is zero.
    fn width(&self, name: &str) -> Option<(usize, bool)> {
        let octets = octets_of(self.text(name)?)?;
        Some((octets.len(), octets.len() > 1 && octets.first() == Some(&0)))
    }
}

const UNUSABLE: Names = &[KeyUnusable, KeyNotFound, SignatureInvalid];
const MISFIT: Names = &[KeyUnusable, KeyNotFound, AlgorithmNotAllowed, SignatureInvalid];

impl Numbers {
    /// Reads the members of a JWK that identify the key.
    fn read<'a>(text: &impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let octets = |name: &str| octets_of(text(name)?).filter(|octets| !octets.is_empty());
        let number = |name: &str| octets(name).map(without_zeros);
        Some(match text("kty")? {
            "RSA" => Self::Rsa { n: number("n")?, e: number("e")? },
            "EC" => Self::Ec { x: number("x")?, y: number("y")? },
            "OKP" => Self::Okp { x: octets("x").filter(|x| x.len() == 32)? },
            "oct" => Self::Oct { k: octets_of(text("k")?)? },
            _ => return None,
        })
    }

    /// The key that made a signature.
    pub(super) fn of(key: &Map<String, Value>) -> Option<Self> {
        Self::read(&|name: &str| key.get(name).and_then(Value::as_str))
    }
}

fn without_zeros(octets: Vec<u8>) -> Vec<u8> {
    octets.into_iter().skip_while(|octet| *octet == 0).collect()
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
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixtures::Key;
    use crate::model::tests::ids;
    use crate::words::Level;

    fn jwk(name: &str, change: &Value) -> Jwk {
        let mut jwk = Value::Object(Key::named(name).unwrap().public_jwk());
        for (member, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(jwk.as_object_mut().unwrap().remove(member)),
                _ => jwk[member] = value.clone(),
            }
        }
        Jwk::read(&read(&jwk.to_string()).unwrap().0).unwrap()
    }

    #[test]
    fn a_key_fits_or_each_objection_is_named() {
        for (name, change, algorithm, level, id) in [
            ("rs256-a", json!({}), "RS512", Level::Must, "rfc8725-3.1-one-algorithm-per-key"),
            (
                "rs256-a",
                json!({ "alg": "X" }),
                "RS256",
                Level::Should,
                "rfc8725-3.1-one-algorithm-per-key",
            ),
            (
                "rs256-a",
                json!({ "alg": null }),
                "RS256",
                Level::May,
                "rfc8725-3.1-one-algorithm-per-key",
            ),
            ("rs256-a", json!({}), "HS256", Level::Must, "rfc7515-4.1.1-alg-needs-issuer-key"),
            (
                "rs256-a",
                json!({ "kty": "rsa" }),
                "RS256",
                Level::Must,
                "rfc7515-4.1.1-alg-needs-issuer-key",
            ),
            (
                "rs256-a",
                json!({ "n": null }),
                "RS256",
                Level::Must,
                "rfc7515-4.1.1-alg-needs-issuer-key",
            ),
            (
                "rs256-a",
                json!({ "use": "enc" }),
                "RS256",
                Level::Should,
                "rfc7517-4.2-use-enc-not-for-signatures",
            ),
            (
                "rs256-a",
                json!({ "use": "x" }),
                "RS256",
                Level::May,
                "rfc7517-4.2-use-unregistered-not-sig",
            ),
            (
                "rs256-a",
                json!({ "key_ops": [] }),
                "RS256",
                Level::Should,
                "rfc7517-4.3-key-ops-without-verify",
            ),
            ("rs256-1024", json!({}), "RS256", Level::Must, "rfc7518-3.3-rsa-minimum-2048"),
            ("ps256-1024", json!({}), "PS256", Level::Must, "rfc7518-3.5-pss-minimum-2048"),
            ("rs256-e3", json!({}), "RS256", Level::May, "rfc8017-3.1-rsa-exponent-valid"),
            (
                "rs256-a",
                json!({ "e": "AQ" }),
                "RS256",
                Level::Must,
                "rfc8017-3.1-rsa-exponent-valid",
            ),
            (
                "rs256-a",
                json!({ "e": "AAEAAQ" }),
                "RS256",
                Level::May,
                "rfc7518-6.3.1.1-modulus-minimal-octets",
            ),
            (
                "rs256-a",
                json!({ "d": "AQ" }),
                "RS256",
                Level::May,
                "oidc-discovery-3-no-private-or-symmetric-keys",
            ),
            (
                "es384-a",
                json!({ "alg": null }),
                "ES256",
                Level::Must,
                "rfc7518-3.4-curve-matches-alg",
            ),
            (
                "eddsa-a",
                json!({ "crv": "X25519" }),
                "EdDSA",
                Level::Must,
                "rfc8037-4-algorithm-fits-key-subtype",
            ),
            (
                "eddsa-a",
                json!({ "alg": "Ed25519" }),
                "EdDSA",
                Level::May,
                "rfc9864-2.2-ed25519-name-accepted",
            ),
            ("hs256-short", json!({}), "HS256", Level::Must, "rfc7518-3.2-hmac-key-minimum-size"),
        ] {
            let allowed = [Algorithm::Rs256, Algorithm::Rs512];
            let ruling = jwk(name, &change).judge(algorithm.parse().unwrap(), &allowed, false);
            let first = ruling.0.first().map(|because| (because.level, because.requirement));
            assert_eq!(first, Some((level, id)), "{name} {change} {algorithm}");
        }
        for (name, change) in
            [("rs256-a", json!({ "use": null, "key_ops": ["verify"] })), ("hs256-a", json!({}))]
        {
            let key = jwk(name, &change);
            let algorithm = Key::named(name).unwrap().algorithm();
            assert_eq!(key.judge(algorithm, &[algorithm], false).0, []);
        }
    }

    #[test]
    fn secrets_count_only_where_nobody_else_could_read_them() {
        let secret = Key::named("hs256-a").unwrap().public_jwk();
        let set = json!({ "keys": [secret] }).to_string();
        let inline = KeySet::read(Some(set.as_bytes()), false);
        assert_eq!(ids(&inline.objections), [""; 0]);
        let published = KeySet::read(Some(set.as_bytes()), true);
        assert_eq!(ids(&published.objections), ["oidc-discovery-3-no-private-or-symmetric-keys"]);
    }

    #[test]
    fn what_is_no_key_set() {
        for (set, id) in [
            ("", "rfc7517-5-keys-member-required"),
            ("[]", "rfc7517-5-keys-member-required"),
            (r#"{"keys":{}}"#, "rfc7517-5-keys-member-required"),
            (r#"{"keys":[],"keys":[]}"#, "rfc7517-5-duplicate-set-members"),
            ("\u{feff}{\"keys\":[]}", "rfc8259-8.1-byte-order-mark"),
        ] {
            let read = KeySet::read(Some(set.as_bytes()), true);
            assert_eq!(ids(&read.objections), [id], "{set}");
        }
        let gone = KeySet::read(None, true);
        assert_eq!(gone.objections.0[0].reason, KeysUnavailable);
        let odd = KeySet::read(Some(br#"{"keys":[null,1,[],{},{"kty":1,"kid":2}]}"#), true);
        assert_eq!(odd.objections.0, []);
    }

    #[test]
    fn keys_are_told_apart_by_their_numbers() {
        let numbers = |name: &str| Numbers::of(&Key::named(name).unwrap().public_jwk()).unwrap();
        assert!(jwk("rs256-a", &json!({ "kid": "x", "e": "AAEAAQ" })).is(&numbers("rs256-a")));
        assert!(!jwk("rs256-a", &json!({})).is(&numbers("rs256-b")));
        assert!(!jwk("es256-a", &json!({})).is(&numbers("eddsa-a")));
    }
}
