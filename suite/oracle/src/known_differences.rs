//! Known differences: where the backend of a profile is laxer than the specifications.

use super::form::Parts;
use super::json::{Json, Object};
use super::ruling::{Because, Names, Ruling};
use jwtspec_types::profile::{Profile, Unenforced};
use jwtspec_types::trust::Trust;
use jwtspec_types::words::Level;
use jwtspec_types::words::Reason::{ClaimInvalid, IssuerMissing, IssuerUnknown, KeysUnavailable};

/// The first provider whose issuer the backend takes for the same as `iss`. Keys are then looked
/// for at the `iss` of the token, where they need not be.
pub(super) fn alike(iss: &str, trust: &Trust, ruling: &mut Ruling) -> Option<usize> {
    let requirement = trust.profile.limits()?.normalized_issuer.as_deref()?;
    let same = |issuer: &str| normal(issuer) == normal(iss);
    let found = trust.providers.iter().position(|provider| same(&provider.issuer))?;
    let names: Names = &[IssuerUnknown, IssuerMissing, ClaimInvalid, KeysUnavailable];
    let what = "`iss` is a provider's but for a scheme or a slash at its end";
    ruling.may(names, requirement, what);
    Some(found)
}

fn normal(issuer: &str) -> String {
    let bare = issuer.trim_end_matches('/');
    if bare.contains("://") { bare.to_owned() } else { format!("https://{bare}") }
}

/// Allows both verdicts where the backend does not enforce a requirement.
pub(super) fn waive(parts: &Parts, profile: Profile, ruling: &mut Ruling) {
    let unenforced = profile.unenforced();
    let is_waived = |because: &Because| {
        unenforced.get(because.requirement).is_some_and(|tokens| is_among(parts, tokens))
    };
    for because in ruling.0.iter_mut().filter(|because| is_waived(because)) {
        because.level = Level::May;
    }
}

fn is_among(parts: &Parts, tokens: &Unenforced) -> bool {
    match tokens {
        Unenforced::Always => true,
        Unenforced::NullHeader(name) => is_null(&parts.header, name),
        Unenforced::NullClaim(name) => is_null(&parts.claims, name),
        Unenforced::UnreadHeader => !is_mended(&parts.header),
    }
}

/// Returns true if a header member that has a meaning there was no UTF-8.
fn is_mended(header: &Option<Object>) -> bool {
    let text = |name| header.as_ref().and_then(|header| header.get(name)).and_then(Json::text);
    let mut texts = ["alg", "kid", "typ", "cty"].into_iter().filter_map(text);
    texts.any(|text| text.contains('\u{fffd}'))
}

fn is_null(object: &Option<Object>, name: &str) -> bool {
    object.as_ref().and_then(|object| object.get(name)) == Some(&Json::Null)
}

#[cfg(test)]
mod tests {
    use crate::tests::{judged_in, provider};
    use jwtspec_engine::scenario::Expect;
    use jwtspec_types::profile::Profile;
    use jwtspec_types::words::{Level, Reason};

    fn convex() -> Profile {
        Profile::named("convex").unwrap()
    }

    fn custom_jwt() -> Profile {
        Profile::named("convex-custom-jwt").unwrap()
    }

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
            for profile in [convex(), custom_jwt()] {
                let verdict = judged_in(&told, profile, &toml).expect;
                assert_eq!(matches!(verdict, Expect::Either(_)), is_alike, "{iss}: {verdict}");
            }
            assert!(
                matches!(judged_in(&told, Profile::default(), &toml).expect, Expect::Reject(_)),
                "{iss}"
            );
        }
        // What has no scheme is taken for https.
        told.issuer = told.issuer.replace("http:", "https:");
        let verdict = judged_in(&told, convex(), "claims.iss = '@no-scheme(issuer)'").expect;
        assert!(matches!(verdict, Expect::Either(_)), "{verdict}");
    }

    #[test]
    fn issuer_and_audience_are_not_told_apart() {
        let verdict = judged_in(&provider(), convex(), "claims.aud = 'x'").expect;
        assert!(verdict.reasons().contains(&Reason::IssuerUnknown));
        let verdict = judged_in(&provider(), Profile::default(), "claims.aud = 'x'").expect;
        assert!(!verdict.reasons().contains(&Reason::IssuerUnknown));
    }

    #[test]
    fn where_the_backend_departs_both_verdicts_are_allowed() {
        for (profile, toml) in [
            (convex(), "claims.nbf = '@now+1h'"),
            (convex(), "claims.nbf = 'soon'"),
            (convex(), "header.typ = 'x+jwt'"),
            (convex(), "header.kid = '@null'"),
            (custom_jwt(), "header = { crit = ['x'], x = 1 }"),
            (custom_jwt(), "header.cty = 'JWT'"),
            (custom_jwt(), "claims.exp = 2100000000.5"),
            (custom_jwt(), "claims.nbf = '@null'"),
        ] {
            assert_eq!(judged_in(&provider(), profile, toml).level(), Some(Level::May), "{toml}");
        }
        for (profile, toml) in [
            (convex(), "header = { crit = ['x'], x = 1 }"),
            (convex(), "claims.exp = '@now-1h'"),
            (custom_jwt(), "claims.nbf = '@now+1h'"),
            (custom_jwt(), "claims.nbf = 'soon'"),
        ] {
            let verdict = judged_in(&provider(), profile, toml).expect;
            assert!(matches!(verdict, Expect::Reject(_)), "{toml}: {verdict}");
        }
    }
}
