//! Answers requests through an HTTP library.

use std::sync::Arc;

use wiremock::{Request, Respond, ResponseTemplate};

use super::answer::Answer;
use super::ledger::LedgerEntry;
use super::registry::{ListenerId, Registry};

/// The handler of the HTTP library: answers every request for the issuer that its path names.
pub(super) struct Handler(pub(super) Arc<Registry>);

impl Respond for Handler {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let path = request.url.path();
        let target = match request.url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = request.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), text(value.as_bytes())));
        let entry = LedgerEntry::new(request.method.as_str(), &target, headers.collect());
        let Some(response) = self.0.receive(ListenerId::Plain, &entry) else {
            return ResponseTemplate::new(404);
        };
        let answer = Answer::to_request(&response, &entry);
        ResponseTemplate::from(answer).set_delay(response.delay)
    }
}
