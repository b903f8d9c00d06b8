//! The judge of the ledger: what an issuer was asked × what it may have been asked. Pure.

use crate::issuer::{LedgerEntry, Resource};
use crate::scenario::{Bounds, FetchTerms};

/// One thing that was judged in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerJudgement {
    /// What was looked at.
    pub(crate) what: String,
    /// What was expected.
    pub(crate) expected: String,
    /// What was seen.
    pub(crate) observed: String,
    /// Whether that was right.
    pub(crate) ok: bool,
}

/// Judges what came in. `allowance` is how many requests more than the upper bounds say are no
/// fault, because so much real time went by.
pub(crate) fn judge_ledger(
    terms: &FetchTerms,
    entries: &[LedgerEntry],
    allowance: usize,
) -> Vec<LedgerJudgement> {
    let count = |wanted: Option<Resource>| {
        entries.iter().filter(|entry| wanted.is_none_or(|one| entry.resource == one)).count()
    };
    let counts = [
        ("the key set", terms.jwks, count(Some(Resource::Jwks))),
        ("the discovery document", terms.discovery, count(Some(Resource::Discovery))),
        ("anything else", terms.other, count(Some(Resource::Other))),
        ("anything", terms.total, count(None)),
    ];
    let counted = counts.into_iter().filter(|(_, bounds, _)| !bounds.is_empty()).map(
        |(what, bounds, count)| LedgerJudgement {
            what: format!("count the requests to `{}` for {what}", terms.issuer),
            expected: bounds.to_string(),
            observed: count.to_string(),
            ok: widened(bounds, allowance).allow(count),
        },
    );
    let methods = terms.method.iter().map(|method| {
        let other = entries.iter().find(|entry| entry.method != *method);
        LedgerJudgement {
            what: format!("look at the method of requests to `{}`", terms.issuer),
            expected: format!("{method} only"),
            observed: other.map_or_else(|| method.clone(), |entry| entry.method.clone()),
            ok: other.is_none(),
        }
    });
    let fields = terms.header_without.iter().map(|name| {
        let carries = |entry: &&LedgerEntry| {
            entry.headers.iter().any(|(field, _)| field.eq_ignore_ascii_case(name))
        };
        let found = entries.iter().find(carries);
        LedgerJudgement {
            what: format!("look for `{name}` in requests to `{}`", terms.issuer),
            expected: "none".to_owned(),
            observed: found.map_or_else(
                || "none".to_owned(),
                |entry| format!("in {} {}", entry.method, entry.target),
            ),
            ok: found.is_none(),
        }
    });
    counted.chain(methods).chain(fields).collect()
}

/// An upper bound of nothing is meant as it stands: there time is no excuse.
fn widened(bounds: Bounds, allowance: usize) -> Bounds {
    let at_most = bounds.at_most.map(|most| match most {
        0 => 0,
        _ => most.saturating_add(allowance),
    });
    Bounds { at_most, ..bounds }
}

/// The first requests of a ledger, each with its time since the first.
pub(crate) fn ledger_text(entries: &[LedgerEntry]) -> String {
    const SHOWN: usize = 10;
    let Some(first) = entries.first() else { return String::new() };
    let mut lines: Vec<String> = entries
        .iter()
        .take(SHOWN)
        .map(|entry| {
            let after = entry.at.duration_since(first.at).as_millis();
            format!("+{after} ms {} {}", entry.method, entry.target)
        })
        .collect();
    if entries.len() > SHOWN {
        lines.push(format!("and {} more", entries.len() - SHOWN));
    }
    format!(" ({})", lines.join(", "))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn entry(method: &str, resource: Resource, field: &str) -> LedgerEntry {
        LedgerEntry {
            at: Instant::now(),
            method: method.to_owned(),
            target: "/".to_owned(),
            resource,
            headers: vec![(field.to_owned(), "x".to_owned())],
        }
    }

    fn oks(terms: &str, allowance: usize) -> Vec<bool> {
        let terms: FetchTerms = toml::from_str(terms).unwrap();
        let entries = [
            entry("GET", Resource::Jwks, "accept"),
            entry("GET", Resource::Jwks, "accept"),
            entry("POST", Resource::Other, "cookie"),
        ];
        judge_ledger(&terms, &entries, allowance).iter().map(|judged| judged.ok).collect()
    }

    #[test]
    fn counts_methods_and_fields_are_judged() {
        assert_eq!(oks("jwks.at-most = 2\nother.at-most = 0", 0), [true, false]);
        assert_eq!(oks("jwks.at-most = 1\ndiscovery.at-least = 1", 0), [false, false]);
        assert_eq!(oks("total = { at-least = 3, at-most = 3 }", 0), [true]);
        assert_eq!(oks("method = \"GET\"", 0), [false]);
        assert_eq!(oks("header-without = [\"Authorization\", \"Cookie\"]", 0), [true, false]);
    }

    #[test]
    fn time_excuses_further_requests_but_not_forbidden_ones() {
        assert_eq!(oks("jwks.at-most = 1", 1), [true]);
        assert_eq!(oks("other.at-most = 0", 9), [false]);
    }
}
