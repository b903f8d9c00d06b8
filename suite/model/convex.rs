//! Where a Convex-style backend is stricter or laxer than the specifications, by its profiles.

use super::form::Parts;
use super::json::{Json, Object};
use super::keys::KeySet;
use super::ruling::{Because, Names, Ruling};
use crate::profile::Profile;
use crate::trust::Trust;
use crate::words::Level;
use crate::words::Reason::{
    AudienceMismatch, ClaimInvalid, IssuerMissing, IssuerUnknown, KeyNotFound, KeysUnavailable,
    Malformed, SignatureInvalid, TypeMismatch,
};

/// The first provider whose issuer the backend takes for the same as `iss`. Keys are then looked
/// for at the `iss` of the token, where they need not be.
pub(super) fn alike(iss: &str, trust: &Trust, ruling: &mut Ruling) -> Option<usize> {
    trust.profile.nature()?;
    let same = |issuer: &str| normal(issuer) == normal(iss);
    let found = trust.providers.iter().position(|provider| same(&provider.issuer))?;
    let names: Names = &[IssuerUnknown, IssuerMissing, ClaimInvalid, KeysUnavailable];
    let what = "`iss` is a provider's but for a scheme or a slash at its end";
    ruling.may(names, "convex-issuer-normalized", what);
    Some(found)
}

fn normal(issuer: &str) -> String {
    let bare = issuer.trim_end_matches('/');
    if bare.contains("://") { bare.to_owned() } else { format!("https://{bare}") }
}

/// An ID token is for one audience.
pub(super) fn judge_audience(claims: &Object, ruling: &mut Ruling) {
    let Some(Json::List(audiences)) = claims.get("aud") else { return };
    let mut others = audiences.iter().skip(1);
    if others.any(|other| Some(other) != audiences.first()) {
        let names: Names = &[AudienceMismatch, ClaimInvalid];
        ruling.must(names, "convex-oidc-one-audience", "`aud` names several audiences");
    } else if audiences.len() > 1 {
        let names: Names = &[AudienceMismatch, ClaimInvalid];
        ruling.may(names, "convex-oidc-one-audience", "`aud` names one audience several times");
    }
}

/// The key is chosen by `kid`, and by nothing else.
pub(super) fn judge_kid(header: &Object, set: Option<&KeySet>, ruling: &mut Ruling) {
    let names: Names = &[KeyNotFound, SignatureInvalid, Malformed];
    let requirement = "convex-custom-jwt-kid-needed";
    match header.get("kid") {
        None => ruling.must(names, requirement, "no `kid`, by which the key is chosen"),
        Some(Json::Text(kid)) => {
            let Some(keys) = set.and_then(|set| set.keys.as_ref()) else { return };
            if !keys.iter().any(|jwk| jwk.kid.as_deref() == Some(kid)) {
                ruling.must(names, requirement, "no key of the issuer has this `kid`");
            }
        }
        // What is no string is judged with the signature.
        Some(_) => {}
    }
}

/// A duty that the backend does not keep, and of which tokens.
type Neglected = (&'static str, fn(&Parts) -> bool);

/// Those of its OpenID Connect providers.
const NEGLECTED_OF_ID_TOKENS: [Neglected; 8] = [
    ("rfc7519-4.1.5-nbf-future-reject", any),
    ("rfc7519-4.1.5-nbf-not-number-reject", any),
    ("rfc7515-4.1.11-crit-not-array-reject", |parts| is_null(&parts.header, "crit")),
    ("rfc7515-4.1.4-kid-not-string-reject", |parts| is_null(&parts.header, "kid")),
    ("rfc7515-5.2-header-utf8-reject", |parts| !is_mended(&parts.header)),
    ("rfc7517-4.3-key-ops-without-verify", any),
    ("rfc7517-4.3-use-key-ops-conflict", any),
    ("rfc7518-3.3-rsa-minimum-2048", any),
];

/// Those of its customJwt providers.
const NEGLECTED_OF_CUSTOM_JWTS: [Neglected; 7] = [
    ("rfc7515-4.1.11-crit-unknown-extension-reject", any),
    ("rfc7515-4.1.11-crit-not-array-reject", |parts| is_null(&parts.header, "crit")),
    ("rfc7797-7-b64-false-in-jwt-reject", any),
    ("rfc7797-3-b64-not-boolean-reject", any),
    ("rfc7519-5.2-cty-jwt-means-nested", any),
    ("rfc7519-4.1.6-iat-not-number-reject", |parts| is_null(&parts.claims, "iat")),
    ("rfc7519-4.1.5-nbf-not-number-reject", |parts| is_null(&parts.claims, "nbf")),
];

fn any(_: &Parts) -> bool {
    true
}

/// Whether a header member that has a meaning there was no UTF-8.
fn is_mended(header: &Option<Object>) -> bool {
    let text = |name| header.as_ref().and_then(|header| header.get(name)).and_then(Json::text);
    let mut texts = ["alg", "kid", "typ", "cty"].into_iter().filter_map(text);
    texts.any(|text| text.contains('\u{fffd}'))
}

fn is_null(object: &Option<Object>, name: &str) -> bool {
    object.as_ref().and_then(|object| object.get(name)) == Some(&Json::Null)
}

/// Where the backend departs from the specifications, both verdicts are allowed.
pub(super) fn depart(parts: &Parts, profile: Profile, ruling: &mut Ruling) {
    let neglected: &[Neglected] = match profile {
        Profile::Convex => &NEGLECTED_OF_ID_TOKENS,
        Profile::ConvexCustomJwt => &NEGLECTED_OF_CUSTOM_JWTS,
        _ => return,
    };
    let is_neglected = |because: &Because| {
        neglected.iter().any(|(id, when)| *id == because.requirement && when(parts))
    };
    for because in ruling.0.iter_mut().filter(|because| is_neglected(because)) {
        because.level = Level::May;
    }
    match profile {
        Profile::Convex => refuse_other_types(parts, ruling),
        _ => refuse_fractions(parts, ruling),
    }
}

/// An ID token has `typ` JWT or none.
fn refuse_other_types(parts: &Parts, ruling: &mut Ruling) {
    let Some(typ) = parts.header.as_ref().and_then(|header| header.get("typ")) else { return };
    let is_usual = typ.text().is_some_and(|typ| {
        typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("application/JWT")
    });
    if !is_usual {
        let names: Names = &[TypeMismatch, Malformed];
        let what = "`typ` is not that of an ID token";
        ruling.may(names, "rfc7515-4.1.9-typ-ignored-without-policy", what);
    }
}

/// Times are read as whole seconds.
fn refuse_fractions(parts: &Parts, ruling: &mut Ruling) {
    let Some(claims) = &parts.claims else { return };
    for name in ["exp", "nbf", "iat"] {
        if let Some(Json::Number(spelling)) = claims.get(name)
            && spelling.parse::<i64>().is_err()
        {
            let names: Names = &[ClaimInvalid, Malformed];
            let what = format!("`{name}` is not written as a whole number");
            ruling.may(names, "rfc7519-2-numericdate-fraction-accepted", what);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::tests::{judged_in, provider};
    use crate::profile::Profile::{Convex, ConvexCustomJwt, Jwt};
    use crate::scenario::Expect;
    use crate::words::{Level, Reason};

    #[test]
    fn a_scheme_and_slashes_at_the_end_do_not_matter() {
        let mut told = provider();
        told.required_claims.clear();
        for (iss, is_alike) in [
            ("@issuer/", true),
            ("@issuer///", true),
            ("@no-scheme(issuer)", false),
            ("@other-scheme(issuer)", false),
            ("@issuer/x", false),
        ] {
            let toml = format!("claims.iss = '{iss}'");
            for profile in [Convex, ConvexCustomJwt] {
                let verdict = judged_in(&told, profile, &toml).expect;
                assert_eq!(matches!(verdict, Expect::Either(_)), is_alike, "{iss}: {verdict}");
            }
            assert!(matches!(judged_in(&told, Jwt, &toml).expect, Expect::Reject(_)), "{iss}");
        }
        // What has no scheme is taken for https.
        told.issuer = told.issuer.replace("http:", "https:");
        let verdict = judged_in(&told, Convex, "claims.iss = '@no-scheme(issuer)'").expect;
        assert!(matches!(verdict, Expect::Either(_)), "{verdict}");
    }

    #[test]
    fn an_id_token_is_for_one_audience() {
        for (aud, level) in [
            ("['@audience']", None),
            ("['@audience', '@audience']", Some(Level::May)),
            ("['@audience', 'x']", Some(Level::Must)),
        ] {
            let toml = format!("claims.aud = {aud}");
            assert_eq!(judged_in(&provider(), Convex, &toml).level(), level, "{aud}");
            assert_eq!(judged_in(&provider(), ConvexCustomJwt, &toml).level(), None, "{aud}");
        }
    }

    #[test]
    fn a_custom_jwt_needs_the_kid_of_a_key() {
        for toml in ["header-without = ['kid']", "header.kid = 'nobody'"] {
            let custom = judged_in(&provider(), ConvexCustomJwt, toml);
            assert_eq!(custom.level(), Some(Level::Must), "{toml}");
            assert_eq!(judged_in(&provider(), Convex, toml).level(), Some(Level::May), "{toml}");
        }
    }

    #[test]
    fn issuer_and_audience_are_not_told_apart() {
        let verdict = judged_in(&provider(), Convex, "claims.aud = 'x'").expect;
        assert!(verdict.reasons().contains(&Reason::IssuerUnknown));
        let verdict = judged_in(&provider(), Jwt, "claims.aud = 'x'").expect;
        assert!(!verdict.reasons().contains(&Reason::IssuerUnknown));
    }

    #[test]
    fn where_the_backend_departs_both_verdicts_are_allowed() {
        for (profile, toml) in [
            (Convex, "claims.nbf = '@now+1h'"),
            (Convex, "claims.nbf = 'soon'"),
            (Convex, "header.typ = 'x+jwt'"),
            (Convex, "header.kid = '@null'"),
            (ConvexCustomJwt, "header = { crit = ['x'], x = 1 }"),
            (ConvexCustomJwt, "header.cty = 'JWT'"),
            (ConvexCustomJwt, "claims.exp = 2100000000.5"),
            (ConvexCustomJwt, "claims.nbf = '@null'"),
        ] {
            assert_eq!(judged_in(&provider(), profile, toml).level(), Some(Level::May), "{toml}");
        }
        for (profile, toml) in [
            (Convex, "header = { crit = ['x'], x = 1 }"),
            (Convex, "claims.exp = '@now-1h'"),
            (ConvexCustomJwt, "claims.nbf = '@now+1h'"),
            (ConvexCustomJwt, "claims.nbf = 'soon'"),
        ] {
            let verdict = judged_in(&provider(), profile, toml).expect;
            assert!(matches!(verdict, Expect::Reject(_)), "{toml}: {verdict}");
        }
    }
}
