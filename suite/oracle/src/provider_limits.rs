//! Provider limits: rules of a profile's backend that are stricter than the specifications.

use super::form::Parts;
use super::json::{Json, Object};
use super::keys::KeySet;
use super::ruling::{Names, Ruling};
use jwtspec_types::profile::Profile;
use jwtspec_types::words::Reason::{
    AudienceMismatch, ClaimInvalid, KeyNotFound, Malformed, SignatureInvalid, TypeMismatch,
};

/// Judges several audiences, where a token names one only.
pub(super) fn judge_audience(claims: &Object, profile: Profile, ruling: &mut Ruling) {
    let Some(requirement) = profile.one_audience() else { return };
    let Some(Json::List(audiences)) = claims.get("aud") else { return };
    let mut others = audiences.iter().skip(1);
    if others.any(|other| Some(other) != audiences.first()) {
        let names: Names = &[AudienceMismatch, ClaimInvalid];
        ruling.must(names, requirement, "`aud` names several audiences");
    } else if audiences.len() > 1 {
        let names: Names = &[AudienceMismatch, ClaimInvalid];
        ruling.may(names, requirement, "`aud` names one audience several times");
    }
}

/// Judges the `kid`, where the key is chosen by it and by nothing else.
pub(super) fn judge_key_id(
    header: &Object,
    set: Option<&KeySet>,
    profile: Profile,
    ruling: &mut Ruling,
) {
    let Some(requirement) = profile.key_id() else { return };
    let names: Names = &[KeyNotFound, SignatureInvalid, Malformed];
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

/// Judges how `typ` and times are spelled. The specifications allow more, so both verdicts are
/// right.
pub(super) fn judge_spelling(parts: &Parts, profile: Profile, ruling: &mut Ruling) {
    let Some(limits) = profile.limits() else { return };
    if limits.only_typ_jwt {
        refuse_other_types(parts, ruling);
    }
    if limits.whole_seconds {
        refuse_fractions(parts, ruling);
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
    use crate::tests::{judged_in, provider};
    use jwtspec_types::profile::Profile;
    use jwtspec_types::words::Level;

    fn convex() -> Profile {
        Profile::named("convex").unwrap()
    }

    fn custom_jwt() -> Profile {
        Profile::named("convex-custom-jwt").unwrap()
    }

    #[test]
    fn an_id_token_is_for_one_audience() {
        for (aud, level) in [
            ("['@audience']", None),
            ("['@audience', '@audience']", Some(Level::May)),
            ("['@audience', 'x']", Some(Level::Must)),
        ] {
            let toml = format!("claims.aud = {aud}");
            assert_eq!(judged_in(&provider(), convex(), &toml).level(), level, "{aud}");
            assert_eq!(judged_in(&provider(), custom_jwt(), &toml).level(), None, "{aud}");
        }
    }

    #[test]
    fn a_custom_jwt_needs_the_kid_of_a_key() {
        for toml in ["header-without = ['kid']", "header.kid = 'unknown'"] {
            let custom = judged_in(&provider(), custom_jwt(), toml);
            assert_eq!(custom.level(), Some(Level::Must), "{toml}");
            assert_eq!(judged_in(&provider(), convex(), toml).level(), Some(Level::May), "{toml}");
        }
    }
}
