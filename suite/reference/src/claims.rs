//! Checks of type and claims. They run after the signature's, so they may say what was expected.

use serde_json::Value;

use super::check::{Check, Examination, Objection};
use super::header::media_type;
use super::provider_limits::one_audience;
use jwtspec_jose::{kind, quoted, quoted_list};
use jwtspec_types::profile::TokenKind;
use jwtspec_types::words::Reason;

pub(super) const CHECKS: [Check; 8] = [
    Check::new("type", type_expected)
        .about("is `typ` the expected type, if one is expected? (RFC 8725 section 3.11)"),
    Check::new("audience", audience)
        .about("does `aud` name this verifier? (RFC 7519 section 4.1.3)"),
    Check::new("id-token-audience", id_token_audience)
        .about("is an ID token for this client alone? (OpenID Connect Core section 3.1.3.7)"),
    Check::new("expiry", expiry).about("does `exp` lie ahead? (RFC 7519 section 4.1.4)"),
    Check::new("not-before", not_before)
        .about("has the time of `nbf` come? (RFC 7519 section 4.1.5)"),
    Check::new("issued-at", issued_at)
        .about("is `iat` a number, if it is there? (RFC 7519 section 4.1.6)"),
    Check::new("text-claims", text_claims)
        .about("are `sub` and `jti` strings, if they are there? (RFC 7519 sections 4.1.2, 4.1.7)"),
    Check::new("required-claims", required_claims)
        .about("is every claim there that the configuration requires? (RFC 7519 section 4)"),
];

fn invalid(name: &str, expected: &str, value: &Value) -> Objection {
    Objection::because(
        Reason::ClaimInvalid,
        format!("the claim `{name}` should be {expected}, but is {}", kind(value)),
    )
}

fn type_expected(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let Some(expected) = &examination.provider()?.typ else {
        // Without a policy `typ` is none of a verifier's business (RFC 7515 section 4.1.9).
        return Ok(());
    };
    let refuse = |found: String| {
        Err(Objection::because(
            Reason::TypeMismatch,
            format!("the header {found}, but {} is expected", quoted(expected)),
        ))
    };
    match examination.header()?.get("typ") {
        Some(Value::String(typ)) if media_type(typ) == media_type(expected) => Ok(()),
        Some(Value::String(typ)) => refuse(format!("has the `typ` {}", quoted(typ))),
        Some(other) => refuse(format!("has a `typ` that is {}", kind(other))),
        None => refuse("has no `typ`".to_owned()),
    }
}

fn audience(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let expected = &examination.provider()?.audiences;
    if expected.is_empty() {
        return Ok(());
    }
    let wanted = quoted_list(expected.iter().map(String::as_str));
    let received = match examination.claims()?.get("aud") {
        None => {
            return Err(Objection::because(
                Reason::AudienceMissing,
                format!(
                    "the token has no `aud`; this verifier answers to {wanted}, so ask the issuer \
                     for a token with that audience"
                ),
            ));
        }
        Some(aud) => audiences(aud)?,
    };
    if received.iter().any(|audience| expected.iter().any(|known| known == audience)) {
        return Ok(());
    }
    Err(Objection::because(
        Reason::AudienceMismatch,
        format!(
            "the claim `aud` is {}, but this verifier answers to {wanted}; ask the issuer for a \
             token with that audience",
            quoted_list(received)
        ),
    ))
}

/// Of an ID token every audience must be trusted, and `azp`, if it is there, must be this client.
fn id_token_audience(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let own = &examination.provider()?.audiences;
    if examination.trust.profile.tokens() != TokenKind::IdToken || own.is_empty() {
        return Ok(());
    }
    if examination.trust.profile.one_audience().is_some() {
        one_audience(examination)?;
    }
    let claims = examination.claims()?;
    let named = claims.get("aud").map(audiences).transpose()?.unwrap_or_default();
    if let Some(stranger) = named.iter().find(|name| !own.iter().any(|known| known == **name)) {
        return Err(Objection::because(
            Reason::AudienceMismatch,
            format!(
                "the claim `aud` also names {}, which is not trusted; an ID token for several \
                 clients is accepted only where each of them is configured",
                quoted(stranger)
            ),
        ));
    }
    match claims.get("azp") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(party)) if own.contains(party) => Ok(()),
        Some(Value::String(party)) => Err(Objection::because(
            Reason::ClaimInvalid,
            format!("the claim `azp` is {}, which is another client", quoted(party)),
        )),
        Some(other) => Err(invalid("azp", "a string", other)),
    }
}

/// The values of `aud`: a string, or an array of strings with at least one.
pub(super) fn audiences(aud: &Value) -> Result<Vec<&str>, Objection> {
    let expected = "a string or an array of strings";
    match aud {
        Value::String(only) => Ok(vec![only]),
        Value::Array(values) if values.is_empty() => Err(Objection::because(
            Reason::ClaimInvalid,
            "the claim `aud` is an empty array; it must name at least one audience",
        )),
        Value::Array(values) => {
            let stranger = |value| {
                let kind = kind(value);
                let message = format!("the claim `aud` should hold strings only, but holds {kind}");
                Objection::because(Reason::ClaimInvalid, message)
            };
            values.iter().map(|it| it.as_str().ok_or_else(|| stranger(it))).collect()
        }
        other => Err(invalid("aud", expected, other)),
    }
}

/// A NumericDate: any JSON number, fractions included (RFC 7519 section 2). Beyond 2^53 it is
/// judged by magnitude.
fn time(examination: &Examination<'_>, name: &str) -> Result<Option<f64>, Objection> {
    let Some(value) = examination.claims()?.get(name) else { return Ok(None) };
    let not_a_number = || invalid(name, "a number of seconds since 1970", value);
    value.as_f64().map(Some).ok_or_else(not_a_number)
}

fn expiry(examination: &mut Examination<'_>) -> Result<(), Objection> {
    match time(examination, "exp")? {
        // Its absence is a matter of `required-claims`: `exp` is optional (section 4.1.4).
        None => Ok(()),
        Some(exp) => judge_expiry(examination, exp),
    }
}

pub(super) fn judge_expiry(examination: &Examination<'_>, exp: f64) -> Result<(), Objection> {
    let (now, leeway) = (examination.now.as_secs_f64(), examination.trust.leeway_seconds);
    // "On or after": the instant itself is too late.
    if exp + leeway as f64 > now {
        return Ok(());
    }
    Err(Objection::because(
        Reason::Expired,
        format!(
            "the token expired: its `exp` is {}, {} seconds ago (leeway: {leeway} seconds); get a \
             fresh one",
            shown(exp),
            shown(now - exp)
        ),
    ))
}

fn not_before(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let Some(nbf) = time(examination, "nbf")? else {
        return Ok(());
    };
    let (now, leeway) = (examination.now.as_secs_f64(), examination.trust.leeway_seconds);
    if nbf <= now + leeway as f64 {
        return Ok(());
    }
    Err(Objection::because(
        Reason::NotYetValid,
        format!(
            "the token is not valid yet: its `nbf` is {}, {} seconds ahead (leeway: {leeway} \
             seconds); wait, or compare the clocks of issuer and verifier",
            shown(nbf),
            shown(nbf - now)
        ),
    ))
}

/// Nothing in the specifications asks to refuse a token from the future, so only the type counts.
fn issued_at(examination: &mut Examination<'_>) -> Result<(), Objection> {
    time(examination, "iat").map(|_| ())
}

fn text_claims(examination: &mut Examination<'_>) -> Result<(), Objection> {
    for name in ["sub", "jti"] {
        match examination.claims()?.get(name) {
            None | Some(Value::String(_)) => {}
            Some(other) => return Err(invalid(name, "a string", other)),
        }
    }
    Ok(())
}

fn required_claims(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let claims = examination.claims()?;
    for name in &examination.provider()?.required_claims {
        let reason = match (claims.get(name), name.as_str()) {
            (Some(Value::Null), _) => Reason::ClaimInvalid,
            (Some(_), _) => continue,
            (None, "exp") => Reason::ExpiryMissing,
            (None, "aud") => Reason::AudienceMissing,
            (None, _) => Reason::ClaimMissing,
        };
        let name = quoted(name);
        let message = match reason {
            Reason::ClaimInvalid => format!("the claim {name} is null, but it is required"),
            _ => format!("the token has no {name}, which is required; have the issuer add it"),
        };
        return Err(Objection::because(reason, message));
    }
    Ok(())
}

/// Seconds for people: whole ones as such, and no three hundred digits.
fn shown(seconds: f64) -> String {
    if seconds.abs() < 1e15 { format!("{seconds:.0}") } else { format!("{seconds:e}") }
}
