//! Where a Convex-style backend asks otherwise than the reference verifier.

use serde_json::Value;

use super::near::SERVED;
use super::trust::Kind;
use crate::reference::parts::{is_json, key_id_needed, one_audience};
use crate::reference::{Check, Examination, Exchange, Judged, Judgement, KEY_SET, Needs};
use crate::reference::{Objection, Reference};
use crate::verifier::Refusal;
use crate::words::Reason;

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

const SERVED_ABOUT: &str = "is the key set served as JSON, as this backend wants it?";

/// The checks that a token undergoes there.
pub(super) fn reference(kind: Option<Kind>) -> Reference {
    match kind {
        None => Reference::default(),
        Some(Kind::Oidc) => Reference::default().replacing(ONE_AUDIENCE.name, ONE_AUDIENCE),
        Some(Kind::CustomJwt) => Reference::default().replacing(KEY_ID.name, KEY_ID),
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

/// Adds the question how the key set is served: it is about an answer, which checks never see.
pub(super) fn add_served(checks: &mut Vec<Judged>, exchanges: &[Exchange]) {
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
    checks.insert(place, Judged { name: SERVED, about: SERVED_ABOUT, judgement });
}
