//! Credentials that are no JWT at all.

use super::{Detector, NearMiss};
use crate::explain::facts::{Facts, object};
use crate::explain::show::{beginning, literal};
use crate::explain::side::Side;
use jwtspec_jose::{Compact, Part, Tolerance, decode_with};

pub(super) const DETECTORS: [Detector; 8] =
    [absent, placeholder, scheme, session_seal, paseto, access_key, session_id, opaque];

const FORM: [&str; 2] = ["segments", "base64url"];

fn absent(facts: &Facts<'_>) -> Option<NearMiss> {
    facts.token.is_empty().then(|| {
        near_miss! { "token-absent" => FORM, Side::Token;
            "There is no token: the text is empty.",
            "Send `Authorization: Bearer` and the token behind it.",
            "If the program reads the token from a variable, look whether it is set.",
        }
    })
}

fn placeholder(facts: &Facts<'_>) -> Option<NearMiss> {
    let token = facts.token;
    let word = ["undefined", "null", "none", "nil", "[object object]", "[object promise]", "true"];
    let variable = token.starts_with(['$', '<', '{']) && !token.contains(':') && token.len() < 60;
    if !variable && !word.contains(&token.to_ascii_lowercase().as_str()) {
        return None;
    }
    let why = if token.eq_ignore_ascii_case("[object promise]") {
        "the program sent a promise without waiting for it"
    } else if variable {
        "a variable was not filled in"
    } else {
        "the program had no token yet and sent the word for that"
    };
    let sent = literal(token);
    Some(near_miss! { "placeholder" => FORM, Side::Token;
        "What is sent is {sent} and not a token: {why}.",
        "Send a request only once the token is there; until then send no header.",
    })
}

fn scheme(facts: &Facts<'_>) -> Option<NearMiss> {
    let (scheme, _) = facts.credential.split_once(' ')?;
    let known = ["Basic", "Digest", "DPoP", "Token", "JWT", "ApiKey", "Negotiate"];
    let scheme = known.iter().find(|known| known.eq_ignore_ascii_case(scheme))?;
    Some(near_miss! { "scheme-not-bearer" => FORM, Side::Token;
        "The header uses the scheme `{scheme}`, and this verifier takes `Bearer`.",
        "Send `Authorization: Bearer` and the token behind it.",
    })
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
    Some(near_miss! { id => FORM, Side::Token;
        "This is {what}; it is not a JWT, and no other service can verify it.",
        "Mint a JWT for this verifier on the server that has the session, sign it with a \
         key that it publishes, and send that.",
    })
}

fn paseto(facts: &Facts<'_>) -> Option<NearMiss> {
    let compact = Compact::new(facts.token);
    let (version, purpose) = (compact.segment(Part::Header)?, compact.segment(Part::Claims)?);
    let known =
        matches!(version, "v1" | "v2" | "v3" | "v4") && matches!(purpose, "public" | "local");
    known.then(|| {
        near_miss! { "paseto" => FORM, Side::Token;
            "This is a PASETO (`{version}.{purpose}.…`), another format of token than JWT, with \
             other rules.",
            "Have the issuer mint a JWT for this verifier.",
        }
    })
}

/// The beginning of each known kind of access key, with its description.
const KEYS: [(&str, &str); 19] = [
    ("ya29.", "an access token of Google"),
    ("1//", "a refresh token of Google"),
    ("AIza", "an API key of Google"),
    ("ghp_", "a personal access token of GitHub"),
    ("gho_", "an access token of GitHub"),
    ("ghu_", "an access token of GitHub"),
    ("ghs_", "an access token of GitHub"),
    ("ghr_", "a refresh token of GitHub"),
    ("github_pat_", "a personal access token of GitHub"),
    ("glpat-", "a personal access token of GitLab"),
    ("xoxb-", "a token of Slack"),
    ("xoxp-", "a token of Slack"),
    ("xapp-", "a token of Slack"),
    ("sk_live_", "a secret key"),
    ("sk_test_", "a secret key"),
    ("pk_live_", "a publishable key"),
    ("pk_test_", "a publishable key"),
    ("sk-", "a secret API key"),
    ("AKIA", "an access key of AWS"),
];

fn access_key(facts: &Facts<'_>) -> Option<NearMiss> {
    let (start, what) = KEYS.iter().find(|(start, _)| facts.token.starts_with(start))?;
    let id = match *start {
        "ya29." | "1//" => "google-opaque",
        start if start.starts_with("gh") || start.starts_with("github") => "github-token",
        start if start.starts_with("xo") || start == "xapp-" => "slack-token",
        _ => "api-key",
    };
    let miss = near_miss! { id => FORM, Side::Token;
        "This is {what} (`{start}…`). It is a secret that only its own service understands; it \
         carries no claims, so there is nothing here to verify.",
    };
    Some(if *start == "ya29." {
        miss.advise(
            "Google's access tokens are not JWTs. Send the ID token instead: `id_token` of the same \
             answer (in Auth.js: `account.id_token`).",
        )
    } else {
        miss.advise("Send a JWT of the issuer that this verifier trusts.").advise(
            "If this key was shown to others, such as in a log, have it replaced by a new one.",
        )
    })
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
    hex.then(|| {
        near_miss! { "session-id" => FORM, Side::Token;
            "This is {what}, most likely the id of a session. It says nothing by itself: only \
             the server that keeps the session can look it up.",
            "Ask that server for a JWT of the session, and send that.",
        }
    })
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
    Some(near_miss! { "opaque-token" => FORM, Side::Token;
        "This token, {token}, has no periods, so it is not a JWT but an opaque one: only its \
         issuer knows what it stands for.",
        "Ask the issuer for a JWT. With Auth0, for example, an access token is opaque unless \
         the request names an `audience`.",
        "If the issuer's answer also has an `id_token`, that one is a JWT.",
    })
}
