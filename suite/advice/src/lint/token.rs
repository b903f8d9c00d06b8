//! A token of the issuer, under the keys that it publishes.

use std::time::Duration;

use serde_json::{Map, Value};

use super::findings::Findings;
use super::metadata::{difference, is_registered};
use super::rule::rules;
use jwtspec_jose::{self as jose, Compact, ObjectFault, PublishedKey, TokenFault, kind, quoted};
use jwtspec_reference::parts::verifies;
use jwtspec_types::words::{Algorithm, Family};

rules! { Token:
    FORM = "token-form" Must "RFC 7519 §7.2":
        "the token is a signed JWT in the compact form",
        "verifiers cannot read anything else",
        "hand out three base64url segments of JSON, JSON and signature";
    LIMITS = "token-limits" Should "RFC 8259 §9":
        "header and payload stay within the limits of JSON parsers",
        "a verifier whose parser refuses numbers beyond a double, lone surrogates or deep nesting turns the token away",
        "write numbers that a double holds, whole characters, and few levels";
    ALGORITHM = "token-alg" Must "RFC 8725 §3.1":
        "the token is signed with a public-key algorithm",
        "published keys verify no other token",
        "sign with the private half of a published key, such as by RS256 or ES256";
    ADVERTISED = "token-alg-unadvertised" Note "OpenID Connect Discovery 1.0 §3":
        "the token's algorithm is advertised",
        "verifiers that allow advertised algorithms only turn the token away",
        "advertise it in id_token_signing_alg_values_supported, if ID tokens are signed with it";
    KID = "token-kid" Must "OpenID Connect Core 1.0 §10.1":
        "the token names its key by `kid`, or there is only one",
        "verifiers cannot tell which key to use, and some try none",
        "put the `kid` of the signing key into the header";
    KID_SINGLE = "token-kid-absent" Note "OpenID Connect Core 1.0 §10.1":
        "the token names its key by `kid`",
        "as soon as a second key is published verifiers cannot tell which to use",
        "put the `kid` of the signing key into the header";
    PUBLISHED = "token-kid-published" Must "RFC 7515 §4.1.4":
        "the token's `kid` is published",
        "verifiers fetch the key set anew, find nothing, and turn the token away",
        "publish the key before it signs, under the same `kid`";
    KEY = "token-key" Must "RFC 7515 §6":
        "the key that the token names can verify it",
        "verifiers refuse to use the key for this token",
        "let `alg`, `use` and type of the published key fit what it signs";
    SIGNATURE = "token-signature" Must "RFC 7515 §5.2":
        "the signature is one of a published key",
        "every verifier turns the token away",
        "sign with the private half of the published key, in the form that RFC 7518 section 3 gives";
    ISSUER = "token-iss" Must "RFC 7519 §4.1.1":
        "`iss` is the identifier, character for character",
        "verifiers do not know the issuer that the token names",
        "mint tokens with the identifier that the discovery document states";
    TYPE = "token-typ" Note "RFC 9068 §2.1":
        "`typ` says what kind of token it is",
        "a verifier cannot tell access tokens from ID tokens of the same issuer",
        "state `typ`: at+jwt for access tokens, JWT otherwise";
    HEADER = "token-header-keys" Should "RFC 8725 §3.10":
        "the header brings no keys of its own",
        "sound verifiers ignore them, and others can be tricked by them",
        "leave jku, x5u, jwk and x5c out; `kid` is enough";
    CRITICAL = "token-crit" Note "RFC 7515 §4.1.11":
        "the header marks nothing as critical",
        "verifiers refuse what they do not understand",
        "leave `crit` out, unless every verifier knows the extension";
    SECONDS = "token-times" Must "RFC 7519 §2":
        "times are seconds since 1970",
        "verifiers refuse the token, or take it for valid through thousands of years",
        "write `exp`, `iat` and `nbf` as numbers of seconds, not as text or milliseconds";
    EXPIRY = "token-exp-absent" Must "OpenID Connect Core 1.0 §2, RFC 9068 §2.2":
        "the token has an `exp`",
        "verifiers refuse it, or a stolen token goes on working for ever",
        "put an `exp` into every token";
    EXPIRED = "token-expired" Note "RFC 7519 §4.1.4":
        "the token has not expired",
        "verifiers turn it away",
        "give a fresh token; if this one is fresh, see whether the clocks agree";
    LIFETIME = "token-lifetime" Note "practice":
        "the token lives between a minute and a day",
        "shorter ones expire on their way, longer ones outlive their theft and delay rotation",
        "let tokens live for 5 to 60 minutes";
    ISSUED = "token-iat-absent" Should "OpenID Connect Core 1.0 §2, RFC 9068 §2.2":
        "the token has an `iat`",
        "several verifiers require it",
        "put the time of issue into `iat`";
    FUTURE = "token-future" Should "RFC 7519 §4.1.5":
        "`iat` and `nbf` are not in the future",
        "verifiers turn the token away until their clock has come there",
        "set the clock by NTP; set `nbf` to `iat` or a little earlier";
    AUDIENCE_ABSENT = "token-aud-absent" Must "RFC 8725 §3.9":
        "the token has an `aud`",
        "without it a token for one application opens every other one of the issuer; verifiers refuse it",
        "put the identifier of the application into `aud`";
    AUDIENCE_FORM = "token-aud-form" Must "RFC 7519 §4.1.3":
        "`aud` is a string or an array of strings",
        "verifiers cannot read anything else",
        "write one audience as a string, several as an array of strings";
    AUDIENCE_ARRAY = "token-aud-array" Note "RFC 7519 §4.1.3":
        "`aud` is a single string",
        "several backends take one audience as a string only",
        "write a single audience as a string";
    AUDIENCE = "token-aud" Must "RFC 7519 §4.1.3":
        "`aud` has the expected audience",
        "the verifier is configured with another audience and turns the token away",
        "let the client ask for this audience, or configure the one in the token";
    SUBJECT = "token-sub" Should "OpenID Connect Core 1.0 §2, RFC 9068 §2.2":
        "the token has a `sub` of text",
        "verifiers identify the user by it",
        "put a stable identifier of the user or client into `sub`, as a string";
    ID = "token-jti" Note "RFC 9068 §2.2":
        "the token has a `jti`",
        "a single token can be neither found in logs nor revoked",
        "put a unique string into `jti`";
    SIZE = "token-size" Note "RFC 9110 §5.4":
        "the token is smaller than 8 KiB",
        "many servers refuse header lines of more than 8 KiB",
        "put less into the claims";
}

/// A time in milliseconds read as seconds lies beyond this, in the year 5138.
const FAR: f64 = 1e11;
/// Clocks are this far apart without anyone noticing.
pub(crate) const SKEW: f64 = 5.0;

/// A token as far as it can be read.
pub(crate) struct Token {
    pub(crate) text: String,
    header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    signature: Vec<u8>,
}

/// True if a token is a JWT that is not read, for its JSON is beyond a limit.
pub(crate) fn is_beyond_limits(fault: &TokenFault) -> bool {
    matches!(fault, TokenFault::Object { fault: ObjectFault::Beyond(_), .. })
}

impl Token {
    /// Parses a token.
    ///
    /// # Errors
    ///
    /// The reason why it cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, TokenFault> {
        let jose::Token { header, claims, signature } = jose::Token::read(text)?;
        Ok(Self { text: text.to_owned(), header, claims, signature })
    }

    /// The time of its `exp`, if that is a number.
    pub(super) fn expiry(&self) -> Option<f64> {
        self.claims.get("exp")?.as_f64()
    }

    /// A time in it, in seconds since 1970, or what is wrong with it; nothing where it has none.
    pub(crate) fn time(&self, name: &str) -> Option<Result<f64, String>> {
        let value = self.claims.get(name)?;
        Some(match value.as_f64() {
            Some(seconds) if seconds.abs() < FAR => Ok(seconds),
            Some(_) => Err(format!("its `{name}` looks like milliseconds")),
            None => Err(format!("its `{name}` is {}, not a number", kind(value))),
        })
    }

    fn algorithm(&self) -> Option<Algorithm> {
        self.header.get("alg")?.as_str()?.parse().ok()
    }

    /// The key that signed it, if there is one among these.
    pub(super) fn signer<'k>(&self, keys: &'k [PublishedKey]) -> Option<&'k PublishedKey> {
        let (message, _) = Compact::new(&self.text).signing_input()?;
        let algorithm = self.algorithm()?;
        let kid = self.header.get("kid").and_then(Value::as_str);
        let named = keys.iter().filter(|key| kid.is_none() || key.kid.as_deref() == kid);
        named.into_iter().find(|key| {
            let material = key.fit(algorithm);
            material.is_ok_and(|it| verifies(algorithm, it, message.as_bytes(), &self.signature))
        })
    }
}

/// The facts that a token is judged against.
pub(super) struct Against<'a> {
    pub(super) issuer: Option<&'a str>,
    pub(super) advertised: Option<&'a [&'a str]>,
    /// Nothing if the key set could not be read.
    pub(super) keys: Option<&'a [PublishedKey]>,
    pub(super) audience: Option<&'a str>,
    pub(super) now: Duration,
}

/// Judges everything about a token, also after the first fault.
pub(super) fn judge_token(found: &mut Findings, token: &Token, against: &Against<'_>) {
    found.met(FORM);
    found.met(LIMITS);
    let length = token.text.len();
    found.broken_if(SIZE, length > 8 << 10, format!("the token has {length} bytes"));
    header(found, token);
    signature(found, token, against);
    issuer(found, token, against.issuer);
    times(found, token, against.now.as_secs_f64());
    audience(found, token.claims.get("aud"), against.audience);
    let fault = match token.claims.get("sub") {
        None => Some("the token has no `sub`".to_owned()),
        Some(Value::String(text)) if !text.is_empty() => None,
        Some(other) => Some(format!("its `sub` is {}, not a text that names someone", kind(other))),
    };
    found.check(SUBJECT, fault);
    let id = token.claims.get("jti").is_some_and(Value::is_string);
    found.broken_if(ID, !id, "the token has no `jti` of text");
}

fn header(found: &mut Findings, token: &Token) {
    let brought = ["jku", "x5u", "jwk", "x5c"];
    let brought = brought.into_iter().find(|name| token.header.contains_key(*name));
    found.check(HEADER, brought.map(|name| format!("the header has `{name}`")));
    let critical = token.header.contains_key("crit");
    found.broken_if(CRITICAL, critical, "the header has `crit`");
    match token.header.get("typ").map(|typ| typ.as_str().unwrap_or_default()) {
        None => found.broken(TYPE, "the header has no `typ`"),
        Some(typ) => {
            let bare = typ.to_ascii_lowercase();
            let bare = bare.strip_prefix("application/").unwrap_or(&bare);
            let known = bare == "jwt" || bare.ends_with("+jwt");
            found.broken_if(TYPE, !known, format!("its `typ` is {}", quoted(typ)));
        }
    }
}

fn signature(found: &mut Findings, token: &Token, against: &Against<'_>) {
    let stated = token.header.get("alg").and_then(Value::as_str).unwrap_or_default();
    let algorithm = token
        .algorithm()
        .filter(|algorithm| !matches!(algorithm.family(), Family::Hmac | Family::None));
    let Some(algorithm) = algorithm else {
        if token.algorithm().is_none() && is_registered(stated) {
            return unverifiable(found, stated);
        }
        found.broken(ALGORITHM, format!("its `alg` is {}", quoted(stated)));
        return;
    };
    found.met_by(ALGORITHM, format!("the token is signed by {algorithm}"));
    if let Some(advertised) = against.advertised {
        let silent = !advertised.contains(&algorithm.as_str());
        let seen = format!("the token is signed by {algorithm}, which is not advertised");
        found.broken_if(ADVERTISED, silent, seen);
    }
    let Some(keys) = against.keys else { return };
    let named: Vec<&PublishedKey> = match token.header.get("kid") {
        None => {
            let rule = if keys.len() > 1 { KID } else { KID_SINGLE };
            found.broken(rule, "the header has no `kid`");
            keys.iter().collect()
        }
        Some(kid) => {
            found.met(KID);
            found.met(KID_SINGLE);
            let kid = kid.as_str();
            let named: Vec<_> =
                keys.iter().filter(|key| kid.is_some() && key.kid.as_deref() == kid).collect();
            if named.is_empty() {
                let shown = quoted(kid.unwrap_or("(not a string)"));
                found.broken(PUBLISHED, format!("its `kid` {shown} is not published"));
                return;
            }
            found.met(PUBLISHED);
            named
        }
    };
    let fits: Vec<_> = named.iter().map(|key| key.fit(algorithm)).collect();
    if !fits.iter().any(Result::is_ok) {
        let beyond = |key: &&PublishedKey| {
            let alg = key.jwk.get("alg")?.as_str()?;
            (alg.parse::<Algorithm>().is_err() && is_registered(alg)).then(|| alg.to_owned())
        };
        if let Some(alg) = named.iter().find_map(beyond) {
            return unverifiable(found, &alg);
        }
        let why = fits.into_iter().find_map(Result::err).unwrap_or("is not there".to_owned());
        found.broken(KEY, format!("the key {why}"));
        return;
    }
    found.met(KEY);
    let wrong = token.signer(keys).is_none();
    let fault = || "the signature is not one of the published key over this token".to_owned();
    found.check(SIGNATURE, wrong.then(fault));
}

/// Notes a signature that nothing here can verify, which is no fault of the issuer.
fn unverifiable(found: &mut Findings, alg: &str) {
    found.unseen(format!("whether the signature is right: nothing here verifies {}", quoted(alg)));
}

fn issuer(found: &mut Findings, token: &Token, identifier: Option<&str>) {
    let fault = match (token.claims.get("iss"), identifier) {
        (None, _) => Some("the token has no `iss`".to_owned()),
        (Some(Value::String(iss)), Some(identifier)) if iss != identifier => Some(format!(
            "its `iss` is {}, not {}{}",
            quoted(iss),
            quoted(identifier),
            difference(iss, identifier)
        )),
        (Some(Value::String(iss)), None) => {
            found.unseen(format!(
                "whether {} is the issuer of these keys; give the identifier instead of the key \
                 set",
                quoted(iss)
            ));
            return;
        }
        (Some(Value::String(_)), _) => None,
        (Some(other), _) => Some(format!("its `iss` is {}, not a string", kind(other))),
    };
    found.check(ISSUER, fault);
}

fn times(found: &mut Findings, token: &Token, now: f64) {
    let mut fault = None;
    let mut read = |name: &str| token.time(name)?.map_err(|why| fault = Some(why)).ok();
    let (exp, iat, nbf) = (read("exp"), read("iat"), read("nbf"));
    found.check(SECONDS, fault);
    let absent = |name: &str| {
        (!token.claims.contains_key(name)).then(|| format!("the token has no `{name}`"))
    };
    found.check(EXPIRY, absent("exp"));
    found.check(ISSUED, absent("iat"));
    if let Some(exp) = exp {
        let late = now - exp;
        found.broken_if(EXPIRED, late >= 0.0, format!("the token expired {late:.0} s ago"));
    }
    if let (Some(exp), Some(start)) = (exp, iat.or(nbf)) {
        let life = exp - start;
        let fit = (60.0..=86_400.0).contains(&life);
        found.tell(LIFETIME, fit, format!("the token lives for {life} s"));
    }
    let ahead = [("iat", iat), ("nbf", nbf)]
        .into_iter()
        .find_map(|(name, time)| Some((name, time? - now)).filter(|(_, ahead)| *ahead > SKEW));
    let fault =
        ahead.map(|(name, ahead)| format!("its `{name}` is {ahead:.0} s ahead of this clock"));
    found.check(FUTURE, fault);
}

fn audience(found: &mut Findings, aud: Option<&Value>, expected: Option<&str>) {
    let audiences: Vec<&str> = match aud {
        None => return found.broken(AUDIENCE_ABSENT, "the token has no `aud`"),
        Some(Value::String(one)) => {
            found.met(AUDIENCE_ARRAY);
            vec![one]
        }
        Some(Value::Array(many)) if !many.is_empty() && many.iter().all(Value::is_string) => {
            found.broken(AUDIENCE_ARRAY, format!("its `aud` is an array of {}", many.len()));
            many.iter().filter_map(Value::as_str).collect()
        }
        Some(other) => {
            let fault = format!("its `aud` is {}, or holds other than strings", kind(other));
            return found.broken(AUDIENCE_FORM, fault);
        }
    };
    found.met(AUDIENCE_ABSENT);
    found.met(AUDIENCE_FORM);
    if let Some(expected) = expected {
        let missing = !audiences.contains(&expected);
        let list = jose::quoted_list(audiences);
        let seen = format!("its `aud` is {list}, not {}", quoted(expected));
        found.broken_if(AUDIENCE, missing, seen);
    }
}

/// Seconds for people: to a tenth.
pub(crate) fn round(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}
