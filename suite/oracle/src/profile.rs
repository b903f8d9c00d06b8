//! The rules for ID tokens only (OpenID Connect Core 1.0 sections 2 and 3.1.3.7).

use super::json::{Json, Object};
use super::ruling::{Names, Ruling};
use jwtspec_types::words::Reason::{AudienceMismatch, ClaimInvalid, Malformed};

/// Optional claims of section 2, which are left out rather than null.
const OPTIONAL: [&str; 7] = ["azp", "acr", "amr", "auth_time", "nonce", "at_hash", "c_hash"];

/// Claims that are strings, where an ID token has them (sections 2 and 5.1).
const TEXTS: [&str; 20] = [
    "acr",
    "azp",
    "at_hash",
    "birthdate",
    "c_hash",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "nonce",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "website",
    "zoneinfo",
];

/// True if a claim that ID tokens define is of another type than theirs.
fn is_mistyped(name: &str, value: &Json) -> bool {
    match name {
        "amr" => !matches!(value, Json::List(list) if list.iter().all(|it| it.text().is_some())),
        "address" => !matches!(value, Json::Object(_)),
        "auth_time" | "updated_at" => value.number().is_none(),
        "email_verified" | "phone_number_verified" => !matches!(value, Json::Bool(_)),
        _ => TEXTS.contains(&name) && value.text().is_none(),
    }
}

/// Judges the rules for ID tokens beyond RFC 7519; `clients` are the verifier's own names.
pub(super) fn judge_id_token(claims: &Object, clients: &[String], ruling: &mut Ruling) {
    let is_client =
        |value: &Json| value.text().is_some_and(|text| clients.iter().any(|client| client == text));
    let names: Names = &[AudienceMismatch, ClaimInvalid];
    if let Some(Json::List(audiences)) = claims.get("aud") {
        let mut named = audiences.iter().filter(|audience| audience.text().is_some());
        if !clients.is_empty() && !named.all(is_client) {
            let what = "`aud` names a party that this client does not trust";
            ruling.must(names, "oidc-core-3.1.3.7-untrusted-audience-reject", what);
        }
    }
    let azp = claims.get("azp").filter(|azp| **azp != Json::Null);
    if azp.is_some_and(|azp| !clients.is_empty() && !is_client(azp)) {
        let names: Names = &[ClaimInvalid, AudienceMismatch, Malformed];
        let what = "`azp` is not this client";
        ruling.should(names, "oidc-core-3.1.3.7-azp-is-client-id", what);
    }
    let names: Names = &[ClaimInvalid, Malformed];
    for name in OPTIONAL.into_iter().filter(|name| claims.get(name) == Some(&Json::Null)) {
        let what = format!("`{name}` is null");
        ruling.may(names, "oidc-core-2-null-claims-not-values", what);
    }
    for (name, value) in claims.0.iter().filter(|(name, value)| is_mistyped(name, value)) {
        // A verifier that knows the claim may mind; one that does not ignores it.
        let what = format!("`{name}` is {}", value.kind());
        ruling.may(names, "rfc7519-4-unknown-claims-ignored", what);
    }
    let sub = claims.get("sub").and_then(Json::text);
    if sub.is_some_and(|sub| sub.len() > 255 || !sub.is_ascii()) {
        let what = "`sub` is longer than 255 ASCII characters, or others";
        ruling.may(names, "oidc-core-2-sub-length-limit", what);
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{judged_in, provider};
    use jwtspec_types::profile::Profile;
    use jwtspec_types::words::Level;

    #[test]
    fn id_tokens_are_for_this_client_alone() {
        let oidc = Profile::named("oidc").unwrap();
        for (toml, level) in [
            ("", None),
            ("claims.azp = '@audience'", None),
            ("claims.aud = ['@audience', 'x']", Some(Level::Must)),
            ("claims.azp = 'x'", Some(Level::Should)),
            ("claims.azp = '@null'", Some(Level::May)),
            ("claims.sub = '@filler(256)'", Some(Level::May)),
            ("claims = { amr = ['pwd'], email = 'a@@b', auth_time = 1 }", None),
            ("claims.amr = [1]", Some(Level::May)),
            ("claims.email = {}", Some(Level::May)),
            ("claims.email_verified = 'true'", Some(Level::May)),
            ("header.typ = 'at+jwt'", Some(Level::May)),
        ] {
            let mut told = provider();
            told.required_claims = oidc.required_claims().to_vec();
            assert_eq!(judged_in(&told, oidc, toml).level(), level, "{toml}");
            let jwt = judged_in(&provider(), Profile::default(), toml);
            assert_eq!(jwt.because, [], "{toml} is nothing to RFC 7519");
        }
    }
}
