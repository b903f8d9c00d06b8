//! Tokens that are JWTs, but not in the form in which a verifier takes them.

use serde_json::Value;

use super::{Detector, NearMiss};
use crate::explain::facts::{Facts, object, segment};
use crate::explain::input::{after_scheme, percent_decoded, quoted};
use crate::explain::show::value;
use crate::explain::side::Side;
use jwtspec_jose::{Compact, Limit, Part, excess};

pub(super) const DETECTORS: &[Detector] = &[
    bearer_doubled,
    in_quotes,
    url_encoded,
    encrypted,
    json_serialisation,
    encrypted_header,
    nested,
    padding,
    standard_alphabet,
    cut_short,
    beyond_limits,
    unknown_extension,
];

const FORM: [&str; 5] = ["segments", "base64url", "header-json", "claims-json", "size"];

fn bearer_doubled(facts: &Facts<'_>) -> Option<NearMiss> {
    after_scheme(facts.credential)?;
    near_miss! { "bearer-doubled" => FORM, Side::Token;
        "The word `Bearer` is there twice, so the verifier takes the second one for a part of \
         the token.",
        "Write `Authorization: Bearer <token>`, with `Bearer` once.",
        "Look for a library that adds `Bearer` itself, and hand it the token alone.",
    }
}

fn in_quotes(facts: &Facts<'_>) -> Option<NearMiss> {
    quoted(after_scheme(facts.credential).unwrap_or(facts.credential))?;
    near_miss! { "token-in-quotes" => FORM, Side::Token;
        "The token is in quotes, and they are sent along with it.",
        "Send the token without quotes.",
        "The quotes often come from JSON: use the parsed value, not the text of the JSON \
         (`jq -r`, or `JSON.parse`).",
    }
}

fn url_encoded(facts: &Facts<'_>) -> Option<NearMiss> {
    percent_decoded(after_scheme(facts.credential).unwrap_or(facts.credential))?;
    near_miss! { "token-url-encoded" => FORM, Side::Token;
        "The token is percent-encoded, as it would be in a URL or a cookie (`%2E`, `%3D`).",
        "Decode it once before it is sent in a header (`decodeURIComponent`).",
    }
}

fn encrypted(facts: &Facts<'_>) -> Option<NearMiss> {
    if facts.segments() != 5 || facts.token.ends_with('.') {
        return None;
    }
    let enc = facts.header("enc").and_then(Value::as_str);
    if facts.alg() == Some("dir") && enc.is_some_and(|enc| enc.starts_with("A256")) {
        near_miss! { "authjs-session" => FORM, Side::Token;
            "This token is encrypted (five segments, `alg` of `dir`), as the session cookie of \
             Auth.js (NextAuth) is. Only the program that made it can open it.",
            "Do not send the session cookie to another service. Send the provider's ID token \
             (`account.id_token` in the `jwt` callback), or mint a signed JWT for this verifier.",
        }
    } else {
        near_miss! { "token-encrypted" => FORM, Side::Issuer;
            "The token has five segments, so it is encrypted (a JWE). This verifier takes tokens \
             that are signed only, and has no key to open it.",
            "Have the issuer sign the token and not encrypt it.",
            "Some issuers encrypt unless the API is registered: with Auth0, send the `audience` of \
             an API that uses RS256.",
        }
    }
}

fn json_serialisation(facts: &Facts<'_>) -> Option<NearMiss> {
    near_miss! { "json-serialisation" => FORM, Side::Issuer, if facts.token.starts_with('{');
        "The token is written as a JSON object (the JSON serialisation of RFC 7515), and a JWT \
         has the compact form.",
        "Write it as `<protected>.<payload>.<signature>`: the three members with periods \
         between them.",
    }
}

fn encrypted_header(facts: &Facts<'_>) -> Option<NearMiss> {
    facts.header("enc")?;
    near_miss! { "encryption-in-header" => ["not-encrypted", "algorithm-known", "segments"], Side::Issuer,
        if facts.segments() != 5;
        "The header has `enc`, which announces an encrypted token, but the token has not got \
         the five segments of one.",
        "Have the issuer leave out `enc`, or send the encrypted token whole.",
    }
}

fn nested(facts: &Facts<'_>) -> Option<NearMiss> {
    let announced = facts.header("cty").and_then(Value::as_str).is_some_and(|cty| {
        cty.eq_ignore_ascii_case("jwt") || cty.eq_ignore_ascii_case("application/jwt")
    });
    let payload = segment(facts.token, Part::Claims).unwrap_or_default();
    let inner = payload.trim_ascii().strip_prefix(b"\"").unwrap_or(&payload);
    let contained = inner.starts_with(b"eyJ") && inner.contains(&b'.');
    near_miss! { "token-nested" => ["not-nested", "claims-json"], Side::Issuer,
        if announced || contained;
        "The payload is another token instead of claims: a nested token.",
        "Send the inner token, which is the payload of this one.",
        "If the issuer signs twice by mistake, have it sign the claims, not a token.",
    }
}

fn padding(facts: &Facts<'_>) -> Option<NearMiss> {
    near_miss! { "base64-padding" => ["base64url"], Side::Issuer,
        if facts.token.split('.').any(|segment| segment.ends_with('='));
        "A segment ends in `=`. A JWT's base64url has no padding.",
        "Have the issuer encode as base64url without padding (`base64url` in Node, \
         `URL_SAFE_NO_PAD` in Rust, `.rstrip(b\"=\")` in Python), before it signs.",
    }
}

fn standard_alphabet(facts: &Facts<'_>) -> Option<NearMiss> {
    let token = facts.segments() == 3 && !facts.token.starts_with('{');
    near_miss! { "base64-standard-alphabet" => ["base64url"], Side::Issuer,
        if token && facts.token.contains(['+', '/']) && !facts.token.contains(' ');
        "The token has `+` or `/`, so it is encoded as plain base64. A JWT is base64url, which \
         has `-` and `_` instead.",
        "Have the issuer encode as base64url before it signs; `btoa` and `base64` alone do not.",
    }
}

fn cut_short(facts: &Facts<'_>) -> Option<NearMiss> {
    let token = facts.token.trim_end_matches(['…', '.']);
    let elided = facts.token.ends_with("..") || facts.token.ends_with('…');
    let compact = Compact::new(token);
    let count = compact.count();
    let header = segment(token, Part::Header);
    let is_jwt = facts.header.is_some() || header.as_deref().and_then(object).is_some();
    let starts = token.starts_with("eyJ") && !token.contains(' ');
    let impossible = compact.last().len() % 4 == 1;
    let found = match count {
        1 => "only the header is there, or a part of it",
        2 => "header and payload are there, and no signature",
        _ => "the end is missing",
    };
    near_miss! { "token-cut-short" => FORM, Side::Token,
        if (is_jwt || starts) && count <= 3 && (elided || count < 3 || impossible);
        "The token was cut short: {found}.",
        "Copy the token again, whole. Terminals and logs often cut long lines.",
        "If it is stored, look at the size of the field: a column of 255 characters is too \
         short, and so are some cookies.",
    }
}

fn beyond_limits(facts: &Facts<'_>) -> Option<NearMiss> {
    let found = [Part::Header, Part::Claims].into_iter().find_map(|part| {
        let bytes = segment(facts.token, part)?;
        let is_object = bytes.trim_ascii_start().starts_with(b"{");
        Some((part, excess(&bytes).filter(|_| is_object)?.limit))
    });
    let (part, limit) = found?;
    let advice = match limit {
        Limit::Number(_) => "Have the issuer write a number that a double holds.",
        Limit::LoneSurrogate(_) => {
            "Have the issuer write whole characters; text that was cut within one has half of it."
        }
        Limit::Depth(_) => "Have the issuer write fewer objects and arrays inside each other.",
    };
    let part = part.as_str();
    near_miss! { "json-limits" => ["header-json", "claims-json"], Side::Issuer;
        "The {part} is JSON, but {limit}. A verifier may have such limits (RFC 8259 section 9), and \
         this one refuses the token.",
        "{advice}",
    }
}

fn unknown_extension(facts: &Facts<'_>) -> Option<NearMiss> {
    let names = value(facts.header("crit")?);
    near_miss! { "critical-extension" => ["critical"], Side::Issuer;
        "The header has `crit` of {names}: a verifier that does not understand these members must \
         refuse the token, and this one does not.",
        "Have the issuer leave out `crit` and what it names.",
    }
}
