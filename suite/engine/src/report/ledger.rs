//! The requests to an issuer, in words.

use crate::event::{LedgerCheck, LedgerObservation, LedgerProperty, LedgerValue};
use crate::issuer::Resource;

/// Returns what is looked for.
pub fn ledger_action(check: &LedgerCheck) -> String {
    let issuer = &check.issuer;
    match &check.subject {
        LedgerProperty::Count { resource, .. } => {
            let what = match resource {
                Some(Resource::Jwks) => "the key set",
                Some(Resource::Discovery) => "the discovery document",
                Some(Resource::Other) => "anything else",
                None => "anything",
            };
            format!("count the requests to `{issuer}` for {what}")
        }
        LedgerProperty::Method(_) => format!("look at the method of requests to `{issuer}`"),
        LedgerProperty::WithoutField(name) => {
            format!("look for `{name}` in requests to `{issuer}`")
        }
    }
}

/// Returns what must be there.
pub fn ledger_expected(check: &LedgerCheck) -> String {
    match &check.subject {
        LedgerProperty::Count { bounds, .. } => bounds.to_string(),
        LedgerProperty::Method(method) => format!("{method} only"),
        LedgerProperty::WithoutField(_) => "none".to_owned(),
    }
}

/// Returns what was there, with the first requests.
pub(super) fn ledger_observed(seen: &LedgerObservation) -> String {
    let found = match &seen.found {
        LedgerValue::Count(count) => count.to_string(),
        LedgerValue::Method(method) => method.clone(),
        LedgerValue::Field(Some(request)) => format!("in {} {}", request.method, request.target),
        LedgerValue::Field(None) => "none".to_owned(),
    };
    if seen.first.is_empty() {
        return found;
    }
    let mut lines: Vec<String> = seen
        .first
        .iter()
        .map(|one| format!("+{} ms {} {}", one.after.as_millis(), one.method, one.target))
        .collect();
    if seen.more > 0 {
        lines.push(format!("and {} more", seen.more));
    }
    format!("{found} ({})", lines.join(", "))
}
