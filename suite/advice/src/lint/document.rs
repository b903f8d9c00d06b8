//! Rules for both documents: that they come, and that they are JSON as it should be.

use std::time::Duration;

use serde_json::{Map, Value};

use super::exchange::{Exchange, LARGEST};
use super::findings::Findings;
use super::rule::Rule;
use jwtspec_jose::{Duplicates, ObjectFault, object, quoted, repeated_names};

/// Larger documents cost every verifier, each time.
const LARGE: usize = 64 << 10;
/// A caller of a token waits this long, at least once.
const SLOW: Duration = Duration::from_secs(1);
/// The byte order mark, which some editors write before a text.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The rules of one of the documents.
pub(super) struct Rules {
    /// The name of the document.
    pub(super) what: &'static str,
    pub(super) comes: &'static Rule,
    pub(super) redirect: &'static Rule,
    pub(super) status: &'static Rule,
    pub(super) content_type: &'static Rule,
    pub(super) content_types: &'static [&'static str],
    pub(super) mark: &'static Rule,
    pub(super) json: &'static Rule,
    pub(super) limits: &'static Rule,
    pub(super) unique: &'static Rule,
    pub(super) size: &'static Rule,
    pub(super) time: &'static Rule,
}

/// Judges the answer for a document, and reads it as far as it can be read. A wrong label or status
/// does not keep it from being read: the rest is worth knowing too.
pub(super) fn judge_document(
    found: &mut Findings,
    rules: &Rules,
    exchange: &Exchange,
) -> Option<Map<String, Value>> {
    let what = rules.what;
    let failed = |why| found.broken(rules.comes, format!("the {what} did not come: {why}"));
    let answer = exchange.answer.as_ref().map_err(failed).ok()?;
    found.met_by(rules.comes, format!("the {what} is served at {}", exchange.url));
    let hops = exchange.hops.iter().map(|(status, to)| format!("{status} to {}", quoted(to)));
    let hops: Vec<String> = hops.collect();
    let hop = (!hops.is_empty()).then(|| format!("the {what} is redirected: {}", hops.join(", ")));
    found.check(rules.redirect, hop);
    let status = answer.status;
    let seen = format!("the {what} is answered with status {status}");
    found.broken_if(rules.status, status != 200, seen);
    if !(200..300).contains(&status) {
        return None;
    }
    label(found, rules, answer.header("content-type"));
    let millis = answer.took.as_millis();
    let seen = format!("the {what} took {millis} ms to come");
    found.broken_if(rules.time, answer.took > SLOW, seen);
    let length = answer.body.len();
    let large = if answer.is_cut {
        Some(format!("the {what} has more than {LARGEST} bytes, and was not read to its end"))
    } else {
        (length > LARGE).then(|| format!("the {what} has {length} bytes"))
    };
    found.check(rules.size, large);
    if answer.is_cut {
        return None;
    }
    let body = answer.body.strip_prefix(MARK);
    found.check(rules.mark, body.map(|_| format!("the {what} starts with a byte order mark")));
    let body = body.unwrap_or(&answer.body);
    let read = object(body, Duplicates::TakeLast);
    if let Err(fault) = &read {
        let is_beyond = matches!(fault, ObjectFault::Beyond(_));
        let rule = if is_beyond { rules.limits } else { rules.json };
        found.broken(rule, format!("the {what} {fault}"));
        if is_beyond {
            found.met(rules.json);
        }
    }
    let members = read.ok()?;
    found.met(rules.json);
    found.met(rules.limits);
    let repeated: Vec<String> = repeated_names(body).iter().map(|name| quoted(name)).collect();
    let seen = format!("the {what} has members twice: {}", repeated.join(", "));
    found.broken_if(rules.unique, !repeated.is_empty(), seen);
    Some(members)
}

fn label(found: &mut Findings, rules: &Rules, label: Option<&str>) {
    let what = rules.what;
    let kind = label.map(|label| label.split(';').next().unwrap_or_default().trim());
    let fits = |kind| rules.content_types.iter().any(|it| it.eq_ignore_ascii_case(kind));
    let seen = match kind {
        None => format!("the {what} has no content type"),
        Some(kind) if fits(kind) => format!("the {what} is labelled {kind}"),
        Some(kind) => format!("the {what} has the content type {}", quoted(kind)),
    };
    found.tell(rules.content_type, kind.is_some_and(fits), seen);
}
