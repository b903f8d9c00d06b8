//! A token of another kind than the one that belongs here.

use serde_json::Value;

use super::{Detector, NearMiss};
use crate::explain::facts::Facts;
use crate::explain::side::Side;
use crate::explain::trust::Kind;
use jwtspec_types::profile::TokenKind;

pub(super) const DETECTORS: &[Detector] = &[refresh_token, id_token, access_token];

/// The checks of which one must fail before the kind of a token is worth telling.
const KIND: [&str; 4] = ["type", "audience", "required-claims", "id-token-audience"];

fn typ(facts: &Facts<'_>) -> String {
    let typ = facts.header("typ").and_then(Value::as_str).unwrap_or_default();
    typ.to_ascii_lowercase().trim_start_matches("application/").to_owned()
}

fn refresh_token(facts: &Facts<'_>) -> Option<NearMiss> {
    let claimed = facts.text("typ").or(facts.text("token_type")).or(facts.text("token_use"));
    let named = claimed.is_some_and(|typ| typ.to_ascii_lowercase().contains("refresh"));
    near_miss! { "refresh-token" => ["type", "audience", "required-claims", "key", "algorithm-allowed"], Side::Token,
        if named || typ(facts).contains("refresh");
        "This is a refresh token. It is only for the issuer, which gives a fresh access token \
         for it; it must not be sent anywhere else.",
        "Send the access token or the ID token of the same answer.",
    }
}

/// An ID token where an access token belongs.
fn id_token(facts: &Facts<'_>) -> Option<NearMiss> {
    let mut signs = vec!["nonce", "at_hash", "c_hash", "auth_time"];
    signs.retain(|name| facts.claim(name).is_some());
    let access = facts.claim("scope").is_some() || typ(facts) == "at+jwt";
    let tokens = facts.trust.profile.tokens();
    let typ = facts.likely_provider().and_then(|provider| provider.typ.as_deref());
    let wanted = tokens == TokenKind::AccessToken
        || typ.is_some_and(|typ| typ.to_ascii_lowercase().ends_with("at+jwt"))
        || facts.refusal("audience").is_some() && !facts.convex;
    let named = signs.join("`, `");
    near_miss! { "id-token-for-access" => KIND, Side::Token,
        if !signs.is_empty() && !access && wanted && tokens != TokenKind::IdToken;
        "This is an ID token (it has `{named}`), and an access token belongs here. An ID token \
         tells a client who signed in; its `aud` is that client, not this service.",
        "Send `access_token` of the issuer's answer instead of `id_token`.",
        "Ask for it with the audience, or the resource, of this service.",
    }
}

/// An access token where an ID token belongs.
fn access_token(facts: &Facts<'_>) -> Option<NearMiss> {
    let typed = typ(facts) == "at+jwt";
    let scoped = facts.claim("scope").is_some() || facts.claim("scp").is_some();
    let oidc = facts.convex && facts.backend != Some(Kind::CustomJwt);
    let wanted = facts.trust.profile.tokens() == TokenKind::IdToken || oidc;
    let fails = KIND.iter().any(|check| facts.refusal(check).is_some());
    let sign = if typed { "`typ` of `at+jwt`" } else { "`scope`" };
    let unnamed = match (oidc && facts.refusal("audience").is_some(), facts.claim("aud")) {
        (false, _) => "",
        (true, None) => {
            " It has no `aud`, and this backend then answers \"No auth provider found matching the \
             given token\", the same as for a wrong issuer."
        }
        (true, Some(_)) => {
            " Its `aud` is not the applicationID, and this backend then answers \"No auth provider \
             found matching the given token\", the same as for a wrong issuer."
        }
    };
    near_miss! { "access-token-for-id" => KIND, Side::Token, if (typed || scoped) && wanted && fails;
        "This is an access token (it has {sign}), and an ID token belongs here. An access \
         token is made for an API, and need not say what an ID token must.{unnamed}",
        "Send `id_token` of the issuer's answer instead of `access_token`.",
        "If there is none, ask for the scope `openid`.",
    }
}
