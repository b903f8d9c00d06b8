//! Header: `alg`, `crit`, `b64`, `typ`, `cty`, and members that belong to a JWE.

use super::json::{Json, Object};
use super::ruling::{Names, Ruling};
use jwtspec_types::profile::{Profile, TokenKind};
use jwtspec_types::trust::{Provider, Trust};
use jwtspec_types::words::Algorithm;
use jwtspec_types::words::Reason::{
    AlgorithmNotAllowed, ClaimInvalid, CriticalHeader, KeyNotFound, KeyUnusable, Malformed,
    SignatureInvalid, TypeMismatch,
};

/// Parameters that RFC 7515, RFC 7516 and RFC 7518 define, which `crit` must not list.
const REGISTERED: [&str; 20] = [
    "alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc",
    "zip", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c",
];

/// The rules of the header that no provider is needed for.
pub(super) fn judge_header(header: &Object, ruling: &mut Ruling) {
    judge_crit(header, ruling);
    judge_cty(header, ruling);
    let names: Names = &[Malformed, AlgorithmNotAllowed];
    for name in ["enc", "zip"].into_iter().filter(|name| header.get(name).is_some()) {
        let what = format!("`{name}`, which belongs to a JWE");
        ruling.may(names, "rfc7516-9-enc-in-three-segments", what);
    }
    let names: Names = &[Malformed, KeyUnusable, KeyNotFound, SignatureInvalid];
    for name in ["jwk", "jku", "x5c", "x5u"].into_iter().filter(|name| header.get(name).is_some()) {
        let what = format!("`{name}`, which some refuse to see");
        ruling.may(names, "oidc-core-2-header-key-parameters-unused", what);
    }
}

/// The algorithms that are allowed.
pub(super) struct Allowed<'a> {
    /// For the token's issuer, if it is known.
    pub(super) here: Option<&'a [Algorithm]>,
    /// For any issuer.
    pub(super) anywhere: &'a [Algorithm],
    pub(super) profile: Profile,
}

impl Allowed<'_> {
    fn has(&self, algorithm: Algorithm) -> bool {
        self.here.unwrap_or(self.anywhere).contains(&algorithm)
    }
}

/// The algorithm that the header names, if a key is to be looked for.
pub(super) fn algorithm(
    header: &Object,
    allowed: &Allowed<'_>,
    has_signature: bool,
    ruling: &mut Ruling,
) -> Option<Algorithm> {
    let names: Names =
        &[AlgorithmNotAllowed, KeyNotFound, KeyUnusable, SignatureInvalid, Malformed];
    let name = match header.get("alg") {
        Some(Json::Text(name)) => name,
        Some(other) => {
            let what = format!("`alg` is {}", other.kind());
            let requirement = "rfc7515-4.1.1-alg-not-string-reject";
            ruling.must(&[AlgorithmNotAllowed, Malformed], requirement, what);
            return None;
        }
        None => {
            let requirement = "rfc7515-4.1.1-alg-missing-reject";
            ruling.must(&[AlgorithmNotAllowed, Malformed], requirement, "no `alg`");
            return None;
        }
    };
    if name == "Ed25519" && allowed.has(Algorithm::EdDsa) {
        let what = "EdDSA under its newer name";
        ruling.may(names, "rfc9864-2.2-ed25519-name-accepted", what);
        return Some(Algorithm::EdDsa);
    }
    let Ok(algorithm) = name.parse::<Algorithm>() else {
        let what = format!("no algorithm is called `{name}`");
        ruling.must(names, "rfc7515-4.1.1-alg-unsupported-reject", what);
        return None;
    };
    if algorithm == Algorithm::None {
        judge_none(allowed, has_signature, names, ruling);
        return None;
    }
    if !allowed.has(algorithm) {
        if allowed.anywhere.contains(&algorithm) {
            let what = format!("{algorithm} is not allowed for this issuer");
            ruling.should(names, "rfc8725bis-3.1-algorithms-per-issuer", what);
        } else {
            let what = format!("{algorithm} is not allowed");
            ruling.must(names, "rfc8725-3.1-algorithm-allowlist-enforced", what);
        }
    }
    Some(algorithm)
}

/// `none`: refused unless the trust lists it, and even then a verifier need not accept it.
fn judge_none(allowed: &Allowed<'_>, has_signature: bool, names: Names, ruling: &mut Ruling) {
    if allowed.profile.tokens() == TokenKind::AccessToken {
        ruling.must(names, "rfc9068-4-alg-none-reject", "an access token under `none`");
    } else if !allowed.has(Algorithm::None) {
        ruling.must(names, "rfc7518-3.6-none-not-default", "`none` is not allowed");
    }
    if has_signature {
        ruling.must(names, "rfc7518-3.6-none-requires-empty-signature", "`none` with a signature");
    }
    ruling.may(names, "rfc7518-3.6-none-not-global", "an unsecured token");
}

/// `crit` (RFC 7515 section 4.1.11) and the one extension that verifiers may know, `b64`
/// (RFC 7797).
fn judge_crit(header: &Object, ruling: &mut Ruling) {
    let names: Names = &[CriticalHeader, Malformed];
    let listed = match header.get("crit") {
        None => Vec::new(),
        Some(crit) => match list_of_texts(crit) {
            Some(listed) => {
                judge_listed(&listed, header, names, ruling);
                listed
            }
            None => {
                let what = format!("`crit` is {}, no array of strings", crit.kind());
                ruling.must(names, "rfc7515-4.1.11-crit-not-array-reject", what);
                Vec::new()
            }
        },
    };
    judge_b64(header.get("b64"), listed.contains(&"b64"), ruling);
}

fn judge_listed(listed: &[&str], header: &Object, names: Names, ruling: &mut Ruling) {
    if listed.is_empty() {
        ruling.may(names, "rfc7515-4.1.11-crit-empty-reject", "`crit` is empty");
    }
    for (index, name) in listed.iter().enumerate() {
        if REGISTERED.contains(name) {
            let what = format!("`crit` lists `{name}`, which is no extension");
            ruling.may(names, "rfc7515-4.1.11-crit-registered-name-reject", what);
        } else if *name != "b64" {
            let what = format!("`{name}` is critical, and unknown");
            ruling.must(names, "rfc7515-4.1.11-crit-unknown-extension-reject", what);
        }
        if listed[..index].contains(name) {
            let what = format!("`crit` lists `{name}` twice");
            ruling.may(names, "rfc7515-4.1.11-crit-duplicate-entry-reject", what);
        }
        if header.get(name).is_none() {
            let what = format!("`crit` lists `{name}`, which is absent");
            ruling.may(names, "rfc7515-4.1.11-crit-absent-member-reject", what);
        }
    }
}

fn judge_b64(b64: Option<&Json>, is_critical: bool, ruling: &mut Ruling) {
    let names: Names = &[CriticalHeader, Malformed];
    let unencoded: Names = &[CriticalHeader, Malformed, SignatureInvalid];
    match (b64, is_critical) {
        (None, false) => {}
        (None | Some(Json::Bool(true)), _) => {
            let what = "`b64` is known to few";
            ruling.may(names, "rfc7797-7-b64-true-tolerated", what);
        }
        (Some(Json::Bool(false)), true) => {
            ruling.must(unencoded, "rfc7797-7-b64-false-in-jwt-reject", "`b64` is false in a JWT");
        }
        (Some(Json::Bool(false)), false) => {
            let what = "`b64` is false, and not critical: ignored, or refused";
            ruling.may(unencoded, "rfc7797-6-b64-false-without-crit", what);
        }
        (Some(other), true) => {
            let what = format!("`b64` is {}", other.kind());
            ruling.must(names, "rfc7797-3-b64-not-boolean-reject", what);
        }
        (Some(other), false) => {
            let what = format!("`b64` is {}, and not critical: ignored, or refused", other.kind());
            ruling.may(names, "rfc7797-3-b64-not-boolean-reject", what);
        }
    }
}

/// `cty` (RFC 7519 section 7.2, step 8).
fn judge_cty(header: &Object, ruling: &mut Ruling) {
    let names: Names = &[Malformed, TypeMismatch, ClaimInvalid];
    let requirement = "rfc7519-7.2-cty-jwt-means-nested";
    match header.get("cty") {
        None => {}
        Some(Json::Text(cty)) if is_media_type(cty, "JWT") => {
            ruling.must(names, requirement, "`cty` says that the payload is a JWT");
        }
        Some(Json::Text(_)) => {}
        Some(other) => ruling.may(names, requirement, format!("`cty` is {}", other.kind())),
    }
}

/// `typ` (RFC 7515 section 4.1.9, RFC 8725 section 3.11, RFC 9068 section 4).
pub(super) fn judge_typ(
    header: &Object,
    provider: Option<&Provider>,
    trust: &Trust,
    ruling: &mut Ruling,
) {
    let names: Names = &[TypeMismatch, Malformed];
    let told = provider.and_then(|provider| provider.typ.as_deref());
    let is_access_token = trust.profile.tokens() == TokenKind::AccessToken;
    let wanted = told.or(is_access_token.then_some("at+jwt"));
    let typ = header.get("typ");
    let fits = match (wanted, typ) {
        (Some(wanted), Some(Json::Text(typ))) => is_media_type(typ, wanted),
        (Some(_), _) => false,
        (None, _) => true,
    };
    if !fits {
        let what = format!("`typ` is not `{}`", wanted.unwrap_or_default());
        match (told, is_access_token, typ) {
            // The profile asks for it, the trust does not say so.
            (None, ..) => ruling.may(names, "rfc9068-4-typ-other-reject", what),
            (_, true, None) => ruling.must(names, "rfc9068-4-typ-missing-reject", what),
            (_, true, _) => ruling.must(names, "rfc9068-4-typ-other-reject", what),
            (_, false, _) => ruling.should(names, "rfc8725-3.11-expected-type-enforced", what),
        }
    } else if let Some(other) = typ.filter(|typ| typ.text().is_none()) {
        let what = format!("`typ` is {}", other.kind());
        ruling.may(names, "rfc7515-4.1.9-typ-ignored-without-policy", what);
    }
    let is_other_kind = |typ: &str| {
        ["at+jwt", "logout+jwt", "secevent+jwt"].iter().any(|kind| is_media_type(typ, kind))
    };
    if wanted.is_none()
        && trust.profile.tokens() == TokenKind::IdToken
        && typ.and_then(Json::text).is_some_and(is_other_kind)
    {
        let names: Names = &[TypeMismatch, ClaimInvalid];
        ruling.may(names, "rfc8725-3.12-kinds-mutually-exclusive", "`typ` is not an ID token's");
    }
}

/// True if two media types are the same: case and a leading `application/` do not count.
fn is_media_type(given: &str, wanted: &str) -> bool {
    let full = |text: &str| {
        let text = text.to_ascii_lowercase();
        if text.contains('/') { text } else { format!("application/{text}") }
    };
    full(given) == full(wanted)
}

fn list_of_texts(json: &Json) -> Option<Vec<&str>> {
    match json {
        Json::List(values) => values.iter().map(Json::text).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{judged, judged_in, provider};
    use jwtspec_engine::scenario::Expect;

    /// Header members in TOML, and the requirement that speaks against them first.
    fn check(cases: &[(&str, &str)], is_expected: impl Fn(&Expect) -> bool) {
        for (toml, id) in cases {
            let expected = judged(toml);
            assert!(is_expected(&expected.expect), "{toml}: {}", expected.expect);
            let ids: Vec<_> = expected.because.iter().map(|because| because.requirement).collect();
            assert!(ids.contains(id), "{toml}: {ids:?}");
        }
    }

    fn at_jwt() -> Profile {
        Profile::named("at-jwt").unwrap()
    }

    #[test]
    fn what_must_be_refused() {
        let cases = [
            ("header-without = ['alg']", "rfc7515-4.1.1-alg-missing-reject"),
            ("header.alg = 1", "rfc7515-4.1.1-alg-not-string-reject"),
            ("header.alg = 'rs256'", "rfc7515-4.1.1-alg-unsupported-reject"),
            ("alg = 'RS512'", "rfc8725-3.1-algorithm-allowlist-enforced"),
            ("alg = 'none'", "rfc7518-3.6-none-not-default"),
            ("header.alg = 'none'", "rfc7518-3.6-none-requires-empty-signature"),
            ("header.crit = 'x'", "rfc7515-4.1.11-crit-not-array-reject"),
            ("header.crit = [1]", "rfc7515-4.1.11-crit-not-array-reject"),
            ("header = { crit = ['x'], x = 1 }", "rfc7515-4.1.11-crit-unknown-extension-reject"),
            ("header = { crit = ['b64'], b64 = false }", "rfc7797-7-b64-false-in-jwt-reject"),
            ("header = { crit = ['b64'], b64 = 0 }", "rfc7797-3-b64-not-boolean-reject"),
            ("header.cty = 'application/jwt'", "rfc7519-7.2-cty-jwt-means-nested"),
        ];
        check(&cases, |expect| matches!(expect, Expect::Reject(_)));
    }

    #[test]
    fn what_may_be_refused() {
        let cases = [
            ("header.crit = []", "rfc7515-4.1.11-crit-empty-reject"),
            ("header.crit = ['alg']", "rfc7515-4.1.11-crit-registered-name-reject"),
            ("header.crit = ['b64']", "rfc7515-4.1.11-crit-absent-member-reject"),
            ("header.crit = ['kid', 'kid']", "rfc7515-4.1.11-crit-duplicate-entry-reject"),
            ("header.b64 = true", "rfc7797-7-b64-true-tolerated"),
            ("header.b64 = false", "rfc7797-6-b64-false-without-crit"),
            ("header.zip = 'DEF'", "rfc7516-9-enc-in-three-segments"),
            ("header.jwk = {}", "oidc-core-2-header-key-parameters-unused"),
            ("header.typ = 1", "rfc7515-4.1.9-typ-ignored-without-policy"),
        ];
        check(&cases, |expect| matches!(expect, Expect::Either(_)));
    }

    #[test]
    fn unknown_members_and_types_are_ignored() {
        for toml in ["header.x = 1", "header.typ = 'x+jwt'", "header.cty = 'json'"] {
            assert_eq!(judged(toml).because, [], "{toml}");
        }
    }

    #[test]
    fn an_expected_type_is_compared_as_a_media_type() {
        let mut told = provider();
        told.typ = Some("at+jwt".to_owned());
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
            let toml = format!("header.typ = '{typ}'");
            assert_eq!(judged_in(&told, Profile::default(), &toml).because, [], "{typ}");
        }
        for typ in ["JWT", "at", "text/at+jwt", "at+jwt-draft"] {
            let toml = format!("header.typ = '{typ}'");
            let because = judged_in(&told, Profile::default(), &toml).because;
            assert_eq!(because[0].requirement, "rfc8725-3.11-expected-type-enforced");
            let because = judged_in(&told, at_jwt(), &toml).because;
            assert_eq!(because[0].requirement, "rfc9068-4-typ-other-reject");
        }
        let because = judged_in(&provider(), at_jwt(), "").because;
        assert_eq!(because[0].level, jwtspec_types::words::Level::May, "the trust does not say so");
    }

    #[test]
    fn none_is_a_choice_only_where_the_trust_lists_it() {
        let mut careless = provider();
        careless.algorithms.push(Algorithm::None);
        let verdict = |profile, toml| judged_in(&careless, profile, toml).expect;
        assert!(matches!(verdict(Profile::default(), "alg = 'none'"), Expect::Either(_)));
        assert!(matches!(verdict(at_jwt(), "alg = 'none'"), Expect::Reject(_)));
        assert!(matches!(verdict(Profile::default(), "header.alg = 'none'"), Expect::Reject(_)));
    }
}
