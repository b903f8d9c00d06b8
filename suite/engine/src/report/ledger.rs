//! The requests to an issuer, in words.

use crate::event::{LedgerCheck, LedgerFound, LedgerSeen, LedgerSubject};
use crate::issuer::Resource;

/// Returns what is looked for.
pub fn ledger_action(check: &LedgerCheck) -> String {
    let issuer = &check.issuer;
    match &check.subject {
        LedgerSubject::Count { resource, .. } => {
            let what = match resource {
                Some(Resource::Jwks) => "the key set",
                Some(Resource::Discovery) => "the discovery document",
                Some(Resource::Other) => "anything else",
                None => "anything",
            };
            format!("count the requests to `{issuer}` for {what}")
        }
        LedgerSubject::Method(_) => format!("look at the method of requests to `{issuer}`"),
        LedgerSubject::WithoutField(name) => {
            format!("look for `{name}` in requests to `{issuer}`")
        }
    }
}

/// Returns what must be there.
pub fn ledger_expected(check: &LedgerCheck) -> String {
    match &check.subject {
        LedgerSubject::Count { bounds, .. } => bounds.to_string(),
        LedgerSubject::Method(method) => format!("{method} only"),
        LedgerSubject::WithoutField(_) => "none".to_owned(),
    }
}

/// Returns what was there, with the first requests.
pub(super) fn ledger_observed(seen: &LedgerSeen) -> String {
    let found = match &seen.found {
        LedgerFound::Count(count) => count.to_string(),
        LedgerFound::Method(method) => method.clone(),
        LedgerFound::Field { method, target } => format!("in {method} {target}"),
        LedgerFound::NoField => "none".to_owned(),
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
