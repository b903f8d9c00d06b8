//! Where a Convex-style backend is stricter or laxer than the specifications, by its profiles.

use super::json::{Json, Object};
use super::keys::KeySet;
use super::ruling::{Names, Ruling};
use crate::trust::Trust;
use crate::words::Reason::{
    AudienceMismatch, ClaimInvalid, IssuerMissing, IssuerUnknown, KeyNotFound, KeysUnavailable,
    Malformed, SignatureInvalid,
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
}
