//! The checks of a Convex-style backend, where they differ from those of the reference verifier.

use serde_json::Value;

use super::near_misses::KEY_SET_TYPE;
use super::trust::Kind;
use jwtspec_driver::Refusal;
use jwtspec_reference::parts::{is_json, key_id_needed, one_audience};
use jwtspec_reference::{Check, Examination, Exchange, Judged, Judgement, KEY_SET, Needs};
use jwtspec_reference::{Objection, Reference};
use jwtspec_types::words::Reason;

const ONE_AUDIENCE: Check = Check {
    name: "id-token-audience",
    about: "is `aud` one audience only, as this backend wants it of ID tokens?",
    needs: Needs::Nothing,
    run: |examination| one_audience(examination),
};

const KEY_ID: Check = Check {
    name: "key-id",
    about: "is there a `kid`, by which this backend chooses the key?",
    needs: Needs::Nothing,
    run: key_id,
};

const TYPE: Check = Check {
    name: "type",
    about: "is `typ` that of an ID token, `JWT`, or none?",
    needs: Needs::Nothing,
    run: id_token_type,
};

const WHOLE_SECONDS: Check = Check {
    name: "issued-at",
    about: "are all times whole seconds, as this backend reads them?",
    needs: Needs::Nothing,
    run: whole_seconds,
};

/// A check of the reference verifier that the backend does not have.
const fn skipped(name: &'static str, about: &'static str) -> Check {
    Check { name, about, needs: Needs::Nothing, run: |_| Ok(()) }
}

const KEY_SET_TYPE_ABOUT: &str = "is the key set served as JSON, as this backend wants it?";

/// The checks that a token undergoes there.
pub(super) fn reference(kind: Option<Kind>) -> Reference {
    match kind {
        None => Reference::default(),
        Some(Kind::Oidc) => Reference::default()
            .replacing(ONE_AUDIENCE)
            .replacing(TYPE)
            .replacing(skipped("not-before", "`nbf`: this backend does not ask")),
        Some(Kind::CustomJwt) => Reference::default()
            .replacing(KEY_ID)
            .replacing(WHOLE_SECONDS)
            .replacing(skipped("critical", "`crit`: this backend does not ask"))
            .replacing(skipped("not-nested", "`cty`: this backend does not ask")),
    }
}

fn key_id(examination: &mut Examination<'_>) -> Result<(), Objection> {
    match examination.header()?.get("kid") {
        None | Some(Value::String(_)) => key_id_needed(examination),
        Some(_) => {
            Err(Objection::because(Reason::Malformed, "the header's `kid` should be a string"))
        }
    }
}

fn id_token_type(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let is_usual = |typ: &Value| {
        let typ = typ.as_str().unwrap_or_default();
        typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("application/JWT")
    };
    match examination.header()?.get("typ") {
        Some(typ) if !is_usual(typ) => Err(Objection::because(
            Reason::TypeMismatch,
            format!("the header's `typ` is {typ}, and this backend takes `JWT` or none"),
        )),
        _ => Ok(()),
    }
}

fn whole_seconds(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let claims = examination.claims()?;
    let is_fraction = |value: &Value| value.is_number() && value.as_i64().is_none();
    for name in ["exp", "nbf", "iat"] {
        if let Some(value) = claims.get(name).filter(|value| is_fraction(value)) {
            return Err(Objection::because(
                Reason::ClaimInvalid,
                format!(
                    "`{name}` is {value}, and this backend reads whole seconds only; the issuer \
                     should leave the fraction out"
                ),
            ));
        }
    }
    match Reference::default().checks().iter().find(|check| check.name == WHOLE_SECONDS.name) {
        Some(check) => (check.run)(examination),
        None => Err(Objection::Unasked("there is no such check")),
    }
}

/// Adds the check of how the key set is served: it is about an answer, which checks never see.
pub(super) fn add_key_set_type(checks: &mut Vec<Judged>, exchanges: &[Exchange]) {
    let Some(place) = checks.iter().position(|judged| judged.name == "key") else { return };
    let answered = exchanges.iter().rev().find(|it| it.what == KEY_SET && it.status == Some(200));
    let judgement = match answered {
        None => Judgement::Unasked("the key set was not fetched"),
        Some(exchange) if is_json(exchange.content_type.as_deref()) => Judgement::Passed,
        Some(_) => Judgement::Refused(Refusal::because(
            Reason::KeysUnavailable,
            "the key set is not served as `application/json` or `application/jwk-set+json`",
        )),
    };
    checks.insert(place, Judged { name: KEY_SET_TYPE, about: KEY_SET_TYPE_ABOUT, judgement });
}
