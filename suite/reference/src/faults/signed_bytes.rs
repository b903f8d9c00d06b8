//! Faults in which bytes a signature is over: not those of the token as it came (RFC 7515 section
//! 5.2), or claims that are not encoded (RFC 7797).

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;

use super::json_syntax::reread;
use super::verified;
use super::{Fault, as_before, changed, fault, wrapping};
use crate::crypto::verifies;
use crate::{Check, Examination, Objection};
use jwtspec_driver::{Refusal, Verifier};
use jwtspec_jose::{Compact, Part, Tolerance, decode, encode};
use jwtspec_types::words::Reason;

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "verifies-what-it-writes",
        "verifies header and claims as it would write them, not as they came",
        |it| it.replacing(WITHOUT_MARK).replacing(REWRITTEN),
    )
    .caught_by(&[
        "json/white-space",
        "json/escapes-in-*",
        "json/every-escape",
        "json/number-forms",
        "encoding/byte-order-mark-in-*",
    ]),
    fault(
        "b64-without-crit-taken",
        "verifies the signature over unencoded claims where `b64` is false, without a `crit`",
        |it| it.replacing(CRIT_ALONE).replacing(UNENCODED_ONLY),
    )
    .caught_by(&["critical/b64-false-without-crit"]),
    fault("b64-understood", "takes unencoded claims where `b64` is false", |it| {
        it.replacing(AROUND_CLAIMS).replacing(RAW).replacing(B64_KNOWN)
    })
    .taking_any_credentials()
    .caught_by(&["critical/b64-false"]),
    wrapping("encodes-claims-itself", "encodes claims that are plain JSON", |inner| {
        Arc::new(Encodes { inner })
    })
    .taking_any_credentials()
    .caught_by(&["compact/unencoded-claims"]),
];

/// Decoders of text leave a byte order mark out.
const WITHOUT_MARK: Check = changed("base64url", |examination| {
    reread(examination, |bytes| {
        let text = bytes.strip_prefix("\u{feff}".as_bytes())?;
        String::from_utf8(text.to_vec()).ok()
    })
});

const REWRITTEN: Check = changed("signature", |examination| {
    let parts = [examination.header()?, examination.claims()?];
    let [header, claims] = parts.map(|it| encode(Value::Object(it.clone()).to_string()));
    verify_over(examination, format!("{header}.{claims}"))
});

const CRIT_ALONE: Check =
    changed("critical", |examination| match examination.header()?.contains_key("crit") {
        true => as_before("critical", examination),
        false => Ok(()),
    });

const UNENCODED_ONLY: Check = changed("signature", |examination| {
    if !is_unencoded(examination) {
        return as_before("signature", examination);
    }
    let ([header, ..], [_, claims, _]) = (examination.segments()?, examination.decoded()?);
    let message = [header.as_bytes(), b".", claims].concat();
    verify_over(examination, message)
});

/// Unencoded claims may have periods of their own.
const AROUND_CLAIMS: Check = changed("segments", |examination| {
    if is_unencoded(examination)
        && let Some((start, signature)) = examination.token.rsplit_once('.')
        && let Some((header, claims)) = start.split_once('.')
    {
        examination.segments = Some([header, claims, signature]);
        return Ok(());
    }
    as_before("segments", examination)
});

const RAW: Check = changed("base64url", |examination| {
    let [header, claims, signature] = examination.segments()?;
    match (decode(header), decode(signature)) {
        (Ok(header), Ok(signature)) if is_unencoded(examination) => {
            examination.decoded = Some([header, claims.as_bytes().to_vec(), signature]);
            Ok(())
        }
        _ => as_before("base64url", examination),
    }
});

const B64_KNOWN: Check = changed("critical", |examination| {
    match examination.header()?.get("crit").and_then(Value::as_array) {
        Some(names) if !names.is_empty() && names.iter().all(|name| name == "b64") => Ok(()),
        _ => as_before("critical", examination),
    }
});

fn is_unencoded(examination: &Examination<'_>) -> bool {
    let header = Compact::new(examination.token).members(Part::Header, Tolerance::NONE);
    header.is_some_and(|header| header.get("b64") == Some(&Value::Bool(false)))
}

fn verify_over(examination: &Examination<'_>, message: impl AsRef<[u8]>) -> Result<(), Objection> {
    let algorithm = examination.algorithm()?;
    let [_, _, signature] = examination.decoded()?;
    let mut keys = examination.candidates()?.iter().filter_map(|key| key.material.as_ref().ok());
    if keys.any(|key| verifies(algorithm, key, message.as_ref(), signature)) {
        return Ok(());
    }
    let message = "the signature is not that of header and payload";
    Err(Objection::because(Reason::SignatureInvalid, message))
}

/// A verifier that is handed claims as base64url, whatever they came as.
struct Encodes {
    inner: Arc<dyn Verifier>,
}

impl Encodes {
    async fn verify(&self, token: &str, now: Option<Duration>) -> Result<Value, Refusal> {
        let parts = token.split_once(".{").zip(token.rsplit_once("}."));
        let Some(((header, _), (start, signature))) = parts else {
            return verified(&*self.inner, token, now).await;
        };
        let claims = encode(format!("{}}}", start.get(header.len() + 1..).unwrap_or_default()));
        verified(&*self.inner, &format!("{header}.{claims}.{signature}"), now).await
    }
}

verifies!(Encodes);
