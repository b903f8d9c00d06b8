//! Credentials that are no JWT at all.

use super::{Detector, NearMiss};
use crate::explain::facts::{Facts, object};
use crate::explain::show::{beginning, literal};
use crate::explain::side::Side;
use jwtspec_jose::{Compact, Part, Tolerance, decode_with};

pub(super) const DETECTORS: &[Detector] =
    &[absent, placeholder, scheme, session_seal, paseto, access_key, session_id, opaque];

const FORM: [&str; 2] = ["segments", "base64url"];

fn absent(facts: &Facts<'_>) -> Option<NearMiss> {
    near_miss! { "token-absent" => FORM, Side::Token, if facts.token.is_empty();
        "There is no token: the text is empty.",
        "Send `Authorization: Bearer` and the token behind it.",
        "If the program reads the token from a variable, look whether it is set.",
    }
}

fn placeholder(facts: &Facts<'_>) -> Option<NearMiss> {
    let token = facts.token;
    let words = ["undefined", "null", "none", "nil", "[object object]", "[object promise]", "true"];
    let variable = token.starts_with(['$', '<', '{']) && !token.contains(':') && token.len() < 60;
    let why = if token.eq_ignore_ascii_case("[object promise]") {
        "the program sent a promise without waiting for it"
    } else if variable {
        "a variable was not filled in"
    } else {
        "the program had no token yet and sent the word for that"
    };
    let sent = literal(token);
    near_miss! { "placeholder" => FORM, Side::Token,
        if variable || words.contains(&token.to_ascii_lowercase().as_str());
        "What is sent is {sent} and not a token: {why}.",
        "Send a request only once the token is there; until then send no header.",
    }
}

fn scheme(facts: &Facts<'_>) -> Option<NearMiss> {
    let (scheme, _) = facts.credential.split_once(' ')?;
    let known = ["Basic", "Digest", "DPoP", "Token", "JWT", "ApiKey", "Negotiate"];
    let scheme = known.iter().find(|known| known.eq_ignore_ascii_case(scheme))?;
    near_miss! { "scheme-not-bearer" => FORM, Side::Token;
        "The header uses the scheme `{scheme}`, and this verifier takes `Bearer`.",
        "Send `Authorization: Bearer` and the token behind it.",
    }
}

fn session_seal(facts: &Facts<'_>) -> Option<NearMiss> {
    let (id, what) = if facts.token.starts_with("Fe26.2*") {
        (
            "iron-session",
            "a sealed cookie session, as iron-session makes it (`Fe26.2*…`). Only the program that \
             sealed it can open it",
        )
    } else if facts.token.starts_with("s:") || facts.token.starts_with("s%3A") {
        (
            "signed-cookie",
            "a signed session cookie, as Express makes it (`s:…`). It names a session that only \
             that program knows",
        )
    } else {
        return None;
    };
    near_miss! { id => FORM, Side::Token;
        "This is {what}; it is not a JWT, and no other service can verify it.",
        "Mint a JWT for this verifier on the server that has the session, sign it with a \
         key that it publishes, and send that.",
    }
}

fn paseto(facts: &Facts<'_>) -> Option<NearMiss> {
    let compact = Compact::new(facts.token);
    let (version, purpose) = (compact.segment(Part::Header)?, compact.segment(Part::Claims)?);
    near_miss! { "paseto" => FORM, Side::Token,
        if matches!((version, purpose), ("v1" | "v2" | "v3" | "v4", "public" | "local"));
        "This is a PASETO (`{version}.{purpose}.…`), another format of token than JWT, with \
         other rules.",
        "Have the issuer mint a JWT for this verifier.",
    }
}

/// The beginning of each known kind of access key, its near miss and its description.
const KEYS: [(&str, &str, &str); 19] = [
    ("ya29.", "google-opaque", "an access token of Google"),
    ("1//", "google-opaque", "a refresh token of Google"),
    ("AIza", "api-key", "an API key of Google"),
    ("ghp_", "github-token", "a personal access token of GitHub"),
    ("gho_", "github-token", "an access token of GitHub"),
    ("ghu_", "github-token", "an access token of GitHub"),
    ("ghs_", "github-token", "an access token of GitHub"),
    ("ghr_", "github-token", "a refresh token of GitHub"),
    ("github_pat_", "github-token", "a personal access token of GitHub"),
    ("glpat-", "api-key", "a personal access token of GitLab"),
    ("xoxb-", "slack-token", "a token of Slack"),
    ("xoxp-", "slack-token", "a token of Slack"),
    ("xapp-", "slack-token", "a token of Slack"),
    ("sk_live_", "api-key", "a secret key"),
    ("sk_test_", "api-key", "a secret key"),
    ("pk_live_", "api-key", "a publishable key"),
    ("pk_test_", "api-key", "a publishable key"),
    ("sk-", "api-key", "a secret API key"),
    ("AKIA", "api-key", "an access key of AWS"),
];

fn access_key(facts: &Facts<'_>) -> Option<NearMiss> {
    let known = KEYS.into_iter().find(|(start, ..)| facts.token.starts_with(start));
    let (start, id, what) = known?;
    let advice: &[&str] = match start {
        "ya29." => {
            &["Google's access tokens are not JWTs. Send the ID token instead: `id_token` of \
               the same answer (in Auth.js: `account.id_token`)."]
        }
        _ => &[
            "Send a JWT of the issuer that this verifier trusts.",
            "If this key was shown to others, such as in a log, have it replaced by a new one.",
        ],
    };
    let miss = near_miss! { id => FORM, Side::Token;
        "This is {what} (`{start}…`). It is a secret that only its own service understands; it \
         carries no claims, so there is nothing here to verify.",
    };
    miss.map(|miss| miss.advised(advice))
}

fn session_id(facts: &Facts<'_>) -> Option<NearMiss> {
    let token = facts.token;
    let lengths: Vec<usize> = token.split('-').map(str::len).collect();
    let hex = token.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let what = match lengths.as_slice() {
        [8, 4, 4, 4, 12] => "a UUID",
        [32 | 40 | 64 | 128] => "a row of hexadecimal digits",
        _ => return None,
    };
    near_miss! { "session-id" => FORM, Side::Token, if hex;
        "This is {what}, most likely the id of a session. It says nothing by itself: only \
         the server that keeps the session can look it up.",
        "Ask that server for a JWT of the session, and send that.",
    }
}

fn opaque(facts: &Facts<'_>) -> Option<NearMiss> {
    let token = facts.token;
    if token.is_empty() || token.contains(['.', ' ']) || token.starts_with('{') {
        return None;
    }
    // The beginning of a JWT is one that was cut.
    let header = decode_with(token, Tolerance::ALL).ok().as_deref().and_then(object);
    if token.starts_with("v4") || header.is_some_and(|header| header.contains_key("alg")) {
        return None;
    }
    let token = beginning(token);
    near_miss! { "opaque-token" => FORM, Side::Token;
        "This token, {token}, has no periods, so it is not a JWT but an opaque one: only its \
         issuer knows what it means.",
        "Ask the issuer for a JWT. With Auth0, for example, an access token is opaque unless \
         the request names an `audience`.",
        "If the issuer's answer also has an `id_token`, that one is a JWT.",
    }
}
