//! Answers, through an HTTP library, whatever such a library can answer.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Instant;

use wiremock::{Request, Respond, ResponseTemplate};

use super::answer::Answer;
use super::desks::{Desks, Door};
use super::ledger::{LedgerEntry, Resource};

/// By what the clerk knows that a request is in the ledger already. It is different on every
/// server, so that no client can keep out of the ledger by what it sends.
#[derive(Clone)]
pub(super) struct Mark(Arc<str>);

impl Mark {
    /// The header field that carries it.
    pub(super) const FIELD: &str = "jwtspec-relayed";

    pub(super) fn new() -> Self {
        Self(format!("{:016x}", RandomState::new().hash_one(Self::FIELD)).into())
    }

    pub(super) fn value(&self) -> &str {
        &self.0
    }
}

/// Answers every request from the desk that its path names.
pub(super) struct Clerk {
    pub(super) desks: Arc<Desks>,
    pub(super) mark: Mark,
}

impl Respond for Clerk {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let header = |name| request.headers.get_all(name).iter().filter_map(|v| v.to_str().ok());
        let entry = entry(request);
        let served = if header(Mark::FIELD).any(|value| value == self.mark.value()) {
            self.desks.look(&entry.target)
        } else {
            self.desks.receive(Door::Plain, entry)
        };
        let Some(served) = served else { return ResponseTemplate::new(404) };
        let answer =
            Answer::new(&served).unless_known(request.method.as_str(), header("if-none-match"));
        ResponseTemplate::from(answer).set_delay(served.delay)
    }
}

fn entry(request: &Request) -> LedgerEntry {
    let path = request.url.path();
    LedgerEntry {
        at: Instant::now(),
        method: request.method.to_string(),
        target: match request.url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        },
        resource: Resource::Other,
        headers: request
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.to_string(), value)
            })
            .collect(),
    }
}
