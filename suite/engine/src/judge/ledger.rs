//! The requests to an issuer × what it may have been asked.

use crate::event::{IssuerRequest, LedgerCheck, LedgerObservation, LedgerProperty, LedgerValue};
use crate::issuer::{LedgerEntry, Resource};
use crate::scenario::{Bounds, FetchSpec};
use jwtspec_types::words::Finding;

/// The number of requests that are shown.
const SHOWN: usize = 10;

/// One thing that was looked for in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerJudgement {
    /// The check.
    pub check: LedgerCheck,
    /// Its result.
    pub(crate) seen: LedgerObservation,
    /// The finding, if anything is wrong.
    pub(crate) finding: Option<Finding>,
}

/// Judges what came in. `allowance` is how many requests more than the upper bounds say are no
/// fault, because so much real time went by.
pub fn judge_ledger(
    terms: &FetchSpec,
    entries: &[LedgerEntry],
    allowance: usize,
) -> Vec<LedgerJudgement> {
    let judged = |subject: LedgerProperty, found: LedgerValue, ok: bool| LedgerJudgement {
        check: LedgerCheck { issuer: terms.issuer.clone(), subject },
        seen: seen(found, entries),
        finding: (!ok).then_some(Finding::IssuerAbused),
    };
    let counts = [
        (Some(Resource::Jwks), terms.jwks),
        (Some(Resource::Discovery), terms.discovery),
        (Some(Resource::Other), terms.other),
        (None, terms.total),
    ];
    let asked = counts.into_iter().filter(|(_, bounds)| !bounds.is_empty());
    let counted = asked.map(|(resource, bounds)| {
        let of_it = entries.iter().filter(|entry| resource.is_none_or(|one| entry.resource == one));
        let count = of_it.count();
        let ok = widened(bounds, allowance).allow(count);
        judged(LedgerProperty::Count { resource, bounds }, LedgerValue::Count(count), ok)
    });
    let methods = terms.method.iter().map(|method| {
        let other = entries.iter().find(|entry| entry.method != *method);
        let found = other.map_or(method, |entry| &entry.method).clone();
        judged(LedgerProperty::Method(method.clone()), LedgerValue::Method(found), other.is_none())
    });
    let fields = terms.header_without.iter().map(|name| {
        let carries = |entry: &&LedgerEntry| {
            entry.headers.iter().any(|(field, _)| field.eq_ignore_ascii_case(name))
        };
        let entry = entries.iter().find(carries);
        let found = LedgerValue::Field(entry.map(|entry| issuer_request(entry, entries)));
        judged(LedgerProperty::WithoutField(name.clone()), found, entry.is_none())
    });
    counted.chain(methods).chain(fields).collect()
}

/// The bounds with the allowance. An upper bound of nothing is kept: there time is no excuse.
fn widened(bounds: Bounds, allowance: usize) -> Bounds {
    let at_most = bounds.at_most.map(|most| match most {
        0 => 0,
        _ => most.saturating_add(allowance),
    });
    Bounds { at_most, ..bounds }
}

/// The result of a check, with the first requests, each with its time since the first.
fn seen(found: LedgerValue, entries: &[LedgerEntry]) -> LedgerObservation {
    let shown = entries.iter().take(SHOWN);
    let first = shown.map(|entry| issuer_request(entry, entries)).collect();
    LedgerObservation { found, first, more: entries.len().saturating_sub(SHOWN) }
}

fn issuer_request(entry: &LedgerEntry, entries: &[LedgerEntry]) -> IssuerRequest {
    IssuerRequest {
        after: entry.at.duration_since(entries[0].at),
        method: entry.method.clone(),
        target: entry.target.clone(),
    }
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
        let terms: FetchSpec = toml::from_str(terms).unwrap();
        let entries = [
            entry("GET", Resource::Jwks, "accept"),
            entry("GET", Resource::Jwks, "accept"),
            entry("POST", Resource::Other, "cookie"),
        ];
        judge_ledger(&terms, &entries, allowance)
            .iter()
            .map(|judged| judged.finding.is_none())
            .collect()
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
