//! Claims: issuer, audience and time of validity (RFC 7519 section 4.1).

use super::json::{Json, Object};
use super::known_differences;
use super::ruling::{Names, Ruling};
use jwtspec_types::profile::{Profile, TokenKind};
use jwtspec_types::trust::{Provider, Trust};
use jwtspec_types::words::Level;
use jwtspec_types::words::Reason::{
    AudienceMismatch, AudienceMissing, ClaimInvalid, ClaimMissing, Expired, ExpiryMissing,
    IssuedInFuture, IssuerMissing, IssuerUnknown, Malformed, NotYetValid,
};

/// The end of the year 9999: later times are out of many a verifier's range.
const END_OF_TIME: f64 = 253_402_300_800.0;

/// A token issued longer ago than this many seconds may be too old for a verifier.
const OLD: f64 = 600.0;

/// The time at which a token is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub(super) now: f64,
    pub(super) leeway: f64,
    /// The delay until the verifier looks at it, at most.
    pub(super) margin: f64,
}

/// `iss`: the provider with exactly this issuer, as its place in the trust; where the profile's
/// backend normalizes issuers, also one whose issuer is then the same.
pub(super) fn judge_issuer(claims: &Object, trust: &Trust, ruling: &mut Ruling) -> Option<usize> {
    let iss = match claims.get("iss") {
        Some(Json::Text(iss)) => iss,
        Some(other) => {
            let names: Names =
                &[IssuerUnknown, IssuerMissing, ClaimInvalid, ClaimMissing, Malformed];
            let what = format!("`iss` is {}", other.kind());
            ruling.must(names, "rfc7519-4.1.1-iss-not-string-reject", what);
            return None;
        }
        None => {
            let names: Names = &[IssuerMissing, IssuerUnknown, ClaimMissing];
            let (level, requirement) = required_by(trust.profile, "iss");
            ruling.add(level, names, requirement, "no `iss`".to_owned());
            return None;
        }
    };
    let found = trust.providers.iter().position(|provider| provider.issuer == *iss);
    let found = found.or_else(|| known_differences::alike(iss, trust, ruling));
    if found.is_none() {
        let names: Names = if is_plain(iss) {
            &[IssuerUnknown, IssuerMissing, ClaimInvalid]
        } else {
            &[IssuerUnknown, IssuerMissing, ClaimInvalid, Malformed]
        };
        let what = "no provider has this `iss`";
        ruling.must(names, "rfc8725-3.8-untrusted-issuer-reject", what);
    }
    found
}

/// `aud`: one of the provider's audiences, as a string or in an array of strings. `anywhere` are
/// the audiences of all providers.
pub(super) fn judge_audience(
    claims: &Object,
    wanted: &[String],
    anywhere: &[String],
    profile: Profile,
    ruling: &mut Ruling,
) {
    let wrong: Names = &[AudienceMismatch, AudienceMissing, ClaimInvalid, ClaimMissing, Malformed];
    let aud = claims.get("aud");
    if wanted.is_empty() {
        if aud.is_some() {
            let what = "`aud`, and the verifier has no name to find there";
            ruling.may(wrong, "rfc7519-4.1.3-aud-unidentified-verifier-reject", what);
        }
        return;
    }
    let values: Vec<&Json> = match aud {
        None => {
            let names: Names = &[AudienceMissing, AudienceMismatch, ClaimMissing];
            ruling.must(names, "rfc8725-3.9-aud-absent-reject", "no `aud`");
            return;
        }
        Some(text @ Json::Text(_)) => vec![text],
        Some(Json::List(values)) => values.iter().collect(),
        Some(other) => {
            let what = format!("`aud` is {}", other.kind());
            ruling.must(wrong, "rfc7519-4.1.3-aud-wrong-type-reject", what);
            return;
        }
    };
    let texts = || values.iter().filter_map(|value| value.text());
    let names_one_of = |list: &[String]| texts().any(|text| list.iter().any(|one| one == text));
    if !names_one_of(wanted) {
        let names: Names = if texts().all(|text| is_plain(text) && !text.is_empty()) {
            &[AudienceMismatch, ClaimInvalid]
        } else {
            wrong
        };
        // RFC 7519 knows one set of names for the verifier; a client id belongs to one issuer.
        let (level, requirement) = match profile.tokens() {
            TokenKind::IdToken => (Level::Must, "oidc-core-3.1.3.7-aud-contains-client-id"),
            _ if names_one_of(anywhere) => (Level::Should, "rfc7519-4.1.3-aud-mismatch-reject"),
            TokenKind::AccessToken => (Level::Must, "rfc9068-4-aud-names-resource-server"),
            TokenKind::Jwt => (Level::Must, "rfc7519-4.1.3-aud-mismatch-reject"),
        };
        ruling.add(level, names, requirement, "`aud` does not name this verifier".to_owned());
    }
    if values.is_empty() || texts().count() < values.len() {
        // The audience may be there all the same; then only the type is at fault.
        let what = "`aud` is an array of something else than strings";
        ruling.should(wrong, "rfc7519-4.1.3-aud-wrong-type-reject", what);
    }
}

/// `exp`, `nbf` and `iat`.
pub(super) fn judge_times(claims: &Object, clock: Clock, ruling: &mut Ruling) {
    judge_expiry(claims.get("exp"), clock, ruling);
    judge_beginning(claims.get("nbf"), clock, ruling);
    judge_age(claims.get("iat"), clock, ruling);
}

/// At `exp` the token has expired; leeway may prolong it, and its last second is left open.
fn judge_expiry(exp: Option<&Json>, clock: Clock, ruling: &mut Ruling) {
    let Some(exp) = exp else { return };
    let Some(end) = exp.number() else {
        let names: Names = &[ExpiryMissing, ClaimInvalid, Malformed, Expired, ClaimMissing];
        let what = format!("`exp` is {}", exp.kind());
        return ruling.must(names, "rfc7519-4.1.4-exp-not-number-reject", what);
    };
    let left = end - clock.now;
    let is_past = left < -clock.leeway || left <= 0.0 && clock.leeway == 0.0;
    if is_past {
        let requirement = "rfc7519-4.1.4-exp-past-reject";
        match end {
            ..0.0 => ruling.must(&[Expired, ClaimInvalid, Malformed], requirement, "before 1970"),
            ..86_400.0 => ruling.must(&[Expired, ClaimInvalid], requirement, "expired in 1970"),
            _ => ruling.must(&[Expired], requirement, "`exp` is past"),
        }
    } else if left <= 0.0 {
        ruling.may(&[Expired], "rfc7519-4.1.4-exp-leeway-small", "past, within the leeway");
    } else if left <= clock.margin {
        ruling.may(&[Expired], "rfc7519-4.1.4-exp-boundary-exclusive", "about to expire");
    } else if end >= END_OF_TIME {
        let names: Names = &[Expired, ClaimInvalid, Malformed, ExpiryMissing];
        let what = "`exp` is out of many a range";
        ruling.may(names, "rfc7519-4.1.4-exp-extreme-number-safe", what);
    }
}

/// Before `nbf` the token is not yet valid; leeway may advance it.
fn judge_beginning(nbf: Option<&Json>, clock: Clock, ruling: &mut Ruling) {
    let Some(nbf) = nbf else { return };
    let Some(start) = nbf.number() else {
        let names: Names = &[ClaimInvalid, Malformed, ClaimMissing, NotYetValid];
        let what = format!("`nbf` is {}", nbf.kind());
        return ruling.must(names, "rfc7519-4.1.5-nbf-not-number-reject", what);
    };
    let wait = start - clock.now;
    if wait > clock.leeway + clock.margin {
        let requirement = "rfc7519-4.1.5-nbf-future-reject";
        if start >= END_OF_TIME {
            let names: Names = &[NotYetValid, ClaimInvalid, Malformed];
            ruling.must(names, requirement, "`nbf` is far ahead");
        } else {
            ruling.must(&[NotYetValid], requirement, "`nbf` lies ahead");
        }
    } else if wait > 0.0 {
        let what = "`nbf` lies ahead, within the leeway";
        ruling.may(&[NotYetValid], "rfc7519-4.1.5-nbf-leeway-small", what);
    } else if start < 0.0 {
        let names: Names = &[ClaimInvalid, Malformed];
        ruling.may(names, "rfc8259-6-number-range-limit", "`nbf` is before 1970");
    }
}

/// `iat` is a time; its consequences are left to the verifier.
fn judge_age(iat: Option<&Json>, clock: Clock, ruling: &mut Ruling) {
    let requirement = "rfc7519-4.1.6-iat-age-usable";
    let Some(iat) = iat else {
        let names: Names = &[ClaimMissing, ClaimInvalid];
        return ruling.may(names, requirement, "no `iat` to judge its age by");
    };
    let Some(start) = iat.number() else {
        let names: Names = &[ClaimInvalid, Malformed, ClaimMissing];
        let what = format!("`iat` is {}", iat.kind());
        return ruling.should(names, "rfc7519-4.1.6-iat-not-number-reject", what);
    };
    if start > clock.now {
        let names: Names = &[IssuedInFuture, NotYetValid, ClaimInvalid, Malformed];
        ruling.may(names, requirement, "`iat` lies ahead");
    } else if clock.now - start > OLD {
        ruling.may(&[ClaimInvalid, Expired, Malformed], requirement, "issued long ago");
    }
}

/// `sub` and `jti` are strings.
pub(super) fn judge_identifiers(claims: &Object, ruling: &mut Ruling) {
    let names: Names = &[ClaimInvalid, ClaimMissing, Malformed];
    if let Some(sub) = claims.get("sub").filter(|sub| sub.text().is_none()) {
        let what = format!("`sub` is {}", sub.kind());
        ruling.should(names, "rfc7519-4.1.2-sub-not-string-reject", what);
    }
    if let Some(jti) = claims.get("jti").filter(|jti| jti.text().is_none()) {
        let what = format!("`jti` is {}", jti.kind());
        ruling.may(names, "rfc7519-4.1.7-jti-not-string-reject", what);
    }
}

/// Claims that must be there: those that the trust names, and those that the profile asks for.
pub(super) fn judge_required(
    claims: &Object,
    provider: Option<&Provider>,
    profile: Profile,
    ruling: &mut Ruling,
) {
    let told: &[String] = provider.map_or(&[], |provider| &provider.required_claims);
    let asked = profile.required_claims();
    // `iss` and `aud` have rules of their own.
    let absent = |name: &str| !matches!(name, "iss" | "aud") && claims.get(name).is_none();
    for name in told.iter().map(String::as_str).filter(|name| absent(name)) {
        let what = format!("no `{name}`, which is required");
        let (level, requirement) = required_by(profile, name);
        ruling.add(level, missing(name), requirement, what);
    }
    let untold = |name: &&String| !told.contains(name);
    for name in asked.iter().filter(untold).filter(|name| absent(name)) {
        let what = format!("no `{name}`, which the profile asks for, but the trust does not");
        ruling.may(missing(name), required_by(profile, name).1, what);
    }
    if claims.get("exp").is_none() && !told.iter().any(|told| told == "exp") {
        let what = "no `exp`: RFC 7519 leaves it to the application";
        ruling.may(missing("exp"), required_by(profile, "exp").1, what);
    }
}

fn missing(name: &str) -> Names {
    if name == "exp" { &[ExpiryMissing, ClaimMissing] } else { &[ClaimMissing, ClaimInvalid] }
}

/// The text that asks for a claim. Where the profile has none, the trust asks for it, and the
/// requirement is a `should`.
fn required_by(profile: Profile, name: &str) -> (Level, &'static str) {
    match (profile.required_by(name), name) {
        (Some(text), _) => (text.level, &text.requirement),
        (None, "exp") => (Level::Should, "rfc9068-2.2-exp-required"),
        (None, _) => (Level::Should, "rfc9068-2.2-other-required-claims"),
    }
}

/// True if a text has nothing that a verifier might call malformed: no blanks, control
/// characters, markup, letters outside ASCII, and no great length.
pub(super) fn is_plain(text: &str) -> bool {
    let is_usual = |byte: u8| byte.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&byte);
    text.len() <= 1000 && text.bytes().all(is_usual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{ids, judged, judged_in, provider};
    use jwtspec_engine::scenario::Expect;

    fn times(json: &str, leeway: f64, margin: f64) -> Expect {
        let mut ruling = Ruling::default();
        let Ok((Json::Object(claims), _)) = super::super::json::parse(json) else { panic!() };
        judge_times(&claims, Clock { now: 1000.0e6, leeway, margin }, &mut ruling);
        ruling.expected().expect
    }

    #[test]
    fn exp_is_exclusive_and_leeway_prolongs_it() {
        let exp = |exp: &str, leeway| times(&format!(r#"{{"iat":1e9,"exp":{exp}}}"#), leeway, 0.0);
        let expired = || Expect::Reject(vec![Expired]);
        let either = || Expect::Either(vec![Expired]);
        assert_eq!(exp("1000000001", 0.0), Expect::Accept);
        assert_eq!(exp("1000000000", 0.0), expired());
        assert_eq!(exp("999999999.5", 0.0), expired());
        assert_eq!(exp("1000000000", 30.0), either());
        assert_eq!(exp("999999970", 30.0), either());
        assert_eq!(exp("999999969", 30.0), expired());
        assert_eq!(exp("1000000001", 30.0), Expect::Accept);
        assert!(matches!(exp("1e400", 0.0), Expect::Either(_)));
        assert!(matches!(exp("-1e400", 30.0), Expect::Reject(_)));
        assert!(matches!(exp("\"1000000001\"", 0.0), Expect::Reject(_)));
    }

    #[test]
    fn time_that_passes_meanwhile_is_allowed_for_on_the_side_where_it_matters() {
        let at =
            |claim: &str, time: u64| times(&format!(r#"{{"iat":1e9,"{claim}":{time}}}"#), 0.0, 5.0);
        assert_eq!(at("exp", 1_000_000_005), Expect::Either(vec![Expired]));
        assert_eq!(at("exp", 1_000_000_006), Expect::Accept);
        assert_eq!(at("exp", 1_000_000_000), Expect::Reject(vec![Expired]));
        assert_eq!(at("nbf", 1_000_000_005), Expect::Either(vec![NotYetValid]));
        assert_eq!(at("nbf", 1_000_000_006), Expect::Reject(vec![NotYetValid]));
        assert_eq!(at("nbf", 1_000_000_000), Expect::Accept);
    }

    #[test]
    fn nbf_and_iat() {
        let nbf = |nbf: &str, leeway| times(&format!(r#"{{"iat":1e9,"nbf":{nbf}}}"#), leeway, 0.0);
        assert_eq!(nbf("1000000001", 0.0), Expect::Reject(vec![NotYetValid]));
        assert_eq!(nbf("1000000001", 30.0), Expect::Either(vec![NotYetValid]));
        assert_eq!(nbf("0", 0.0), Expect::Accept);
        assert!(matches!(nbf("-1", 0.0), Expect::Either(_)));
        assert!(matches!(nbf("null", 0.0), Expect::Reject(_)));
        assert!(matches!(times(r#"{"iat":1000000001}"#, 0.0, 0.0), Expect::Either(_)));
        assert!(matches!(times(r#"{"iat":"now"}"#, 0.0, 0.0), Expect::Reject(_)));
        assert!(matches!(times("{}", 0.0, 0.0), Expect::Either(_)));
    }

    #[test]
    fn aud_decides_as_set_membership_does() {
        let judge = |json: &str| {
            let mut ruling = Ruling::default();
            let Ok((Json::Object(claims), _)) = super::super::json::parse(json) else { panic!() };
            let wanted = ["app".to_owned()];
            let anywhere = ["app".to_owned(), "other".to_owned()];
            judge_audience(&claims, &wanted, &anywhere, Profile::default(), &mut ruling);
            (ruling.0.first().map(|because| because.level), ids(&ruling))
        };
        for json in [r#"{"aud":"app"}"#, r#"{"aud":["x","app"]}"#] {
            assert_eq!(judge(json), (None, vec![]), "{json}");
        }
        for (json, level, id) in [
            ("{}", Level::Must, "rfc8725-3.9-aud-absent-reject"),
            (r#"{"aud":"App"}"#, Level::Must, "rfc7519-4.1.3-aud-mismatch-reject"),
            (r#"{"aud":["x","other"]}"#, Level::Should, "rfc7519-4.1.3-aud-mismatch-reject"),
            (r#"{"aud":{"app":1}}"#, Level::Must, "rfc7519-4.1.3-aud-wrong-type-reject"),
            (r#"{"aud":["app",1]}"#, Level::Should, "rfc7519-4.1.3-aud-wrong-type-reject"),
        ] {
            assert_eq!(judge(json), (Some(level), vec![id]), "{json}");
        }
    }

    #[test]
    fn iss_is_compared_character_by_character() {
        for iss in ["@issuer/", "@upper(issuer)", "", " @issuer"] {
            let expected = judged(&format!("claims.iss = '{iss}'"));
            assert_eq!(expected.because[0].requirement, "rfc8725-3.8-untrusted-issuer-reject");
        }
        assert_eq!(judged("claims.iss = ['@issuer']").because[0].reason, IssuerUnknown);
        let missing = judged("without = ['iss']");
        assert_eq!(
            (missing.because[0].reason, missing.level()),
            (IssuerMissing, Some(Level::Should))
        );
    }

    #[test]
    fn claims_are_required_by_the_trust_or_wished_for_by_the_profile() {
        let mut told = provider();
        told.required_claims = vec!["exp".to_owned(), "sub".to_owned()];
        let plain = provider();
        let level = |provider, profile, toml| judged_in(provider, profile, toml).level();
        assert_eq!(level(&told, Profile::default(), "without = ['sub']"), Some(Level::Should));
        assert_eq!(
            level(&told, Profile::named("oidc").unwrap(), "without = ['sub']"),
            Some(Level::Must)
        );
        assert_eq!(level(&told, Profile::default(), "without = ['exp']"), Some(Level::Should));
        assert_eq!(level(&plain, Profile::default(), "without = ['exp']"), Some(Level::May));
        assert_eq!(level(&plain, Profile::default(), "without = ['sub']"), None);
        assert_eq!(
            level(&plain, Profile::named("oidc").unwrap(), "without = ['sub']"),
            Some(Level::May)
        );
        assert_eq!(level(&told, Profile::default(), "claims.sub = 1"), Some(Level::Should));
        assert_eq!(level(&told, Profile::default(), "claims.jti = 1"), Some(Level::May));
    }
}
