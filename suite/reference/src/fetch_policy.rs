//! A policy for fetching: which servers may be asked, which documents are given instead, and a
//! record of what was fetched.
//!
//! No fetch policy is installed in normal operation: a verifier fetches from where its
//! configuration says, and records nothing. An explanation installs one.

use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

use super::client::TransportFault;
use super::document::{Content, content, members};
use super::fetch::is_loopback;
use super::fetcher::{DISCOVERY, FetchError, Fetching, KEY_SET, KeyFetcher, Request, Response};

/// The servers that a fetch policy lets a verifier ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// None.
    Nowhere,
    /// Servers on this machine.
    #[default]
    Loopback,
    /// Every server that the configuration names.
    Anywhere,
}

/// A restriction of what a verifier fetches, together with a record of it.
///
/// Clones share the record.
#[derive(Clone, Debug, Default)]
pub struct FetchPolicy {
    reach: Reach,
    discovery: Option<Vec<u8>>,
    key_set: Option<Vec<u8>>,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

/// One document that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The name of the document: the discovery document, or the key set.
    pub what: &'static str,
    /// The URL that was asked for.
    pub url: String,
    /// True if it was given beforehand, so that no server was asked.
    pub given: bool,
    /// True if the policy did not allow to ask there.
    pub forbidden: bool,
    /// The status of the answer, if one came.
    pub status: Option<u16>,
    /// Its content type, if it states one.
    pub content_type: Option<String>,
    /// Its body, as far as it was read.
    pub body: Vec<u8>,
    /// The reason why it could not be used; nothing if it could.
    pub fault: Option<String>,
    /// The fault of the connection, if that is the reason.
    pub transport: Option<TransportFault>,
}

impl FetchPolicy {
    /// A policy with this reach, under which no document is given.
    pub fn new(reach: Reach) -> Self {
        Self { reach, ..Self::default() }
    }

    /// The same with documents that are given, so that they need not be fetched.
    #[must_use]
    pub fn given(self, discovery: Option<Vec<u8>>, key_set: Option<Vec<u8>>) -> Self {
        Self { discovery, key_set, ..self }
    }

    /// The documents that were asked for so far, in order.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.record().clone()
    }

    fn decide(&self, request: &Request<'_>) -> Decision {
        let given = match request.what {
            KEY_SET => &self.key_set,
            DISCOVERY => &self.discovery,
            _ => &None,
        };
        match (given, self.reach) {
            (Some(bytes), _) => Decision::Give(bytes.clone()),
            (None, Reach::Anywhere) => Decision::Fetch,
            (None, Reach::Loopback) if is_loopback(&request.url) => Decision::Fetch,
            (None, Reach::Loopback | Reach::Nowhere) => Decision::Forbid,
        }
    }

    /// Adds an exchange to the record, and returns its number there.
    fn begin(&self, request: &Request<'_>, decision: &Decision) -> usize {
        let mut record = self.record();
        record.push(Exchange {
            what: request.what,
            url: request.url.to_string(),
            given: matches!(decision, Decision::Give(_)),
            forbidden: matches!(decision, Decision::Forbid),
            status: None,
            content_type: None,
            body: Vec::new(),
            // After a timeout nothing more is recorded.
            fault: Some("no answer came in time".to_owned()),
            transport: Some(TransportFault::Timeout),
        });
        record.len() - 1
    }

    fn change(&self, number: usize, change: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = self.record().get_mut(number) {
            change(exchange);
        }
    }

    fn record(&self) -> MutexGuard<'_, Vec<Exchange>> {
        // Each change of the list is one step, so a poisoned list is still whole.
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The decision of a policy on one document.
enum Decision {
    Give(Vec<u8>),
    Forbid,
    Fetch,
}

/// A fetcher under a policy.
pub(super) struct RestrictedFetcher<F> {
    pub(super) policy: FetchPolicy,
    pub(super) inner: F,
}

impl<F: KeyFetcher> RestrictedFetcher<F> {
    async fn answer(
        &self,
        number: usize,
        decision: Decision,
        request: &Request<'_>,
    ) -> Result<Response, FetchError> {
        let response = match decision {
            Decision::Give(bytes) => given(bytes),
            Decision::Forbid => {
                return Err(format!("the {} was not asked for", request.what).into());
            }
            Decision::Fetch => {
                let response = self.inner.fetch(request).await?;
                let kind = response.headers.get(CONTENT_TYPE);
                self.policy.change(number, |exchange| {
                    exchange.status = Some(response.status.as_u16());
                    exchange.content_type =
                        kind.map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
                });
                response
            }
        };
        // The caller holds the response to the same rules; here their outcome is recorded.
        if let Content::Confirmation = content(request, &response)? {
            return Ok(response);
        }
        let bytes = response.body.await?;
        self.policy.change(number, |exchange| exchange.body.clone_from(&bytes));
        members(&bytes, request.what)?;
        Ok(Response { body: ready(Ok(bytes)).boxed(), ..response })
    }
}

impl<F: KeyFetcher> KeyFetcher for RestrictedFetcher<F> {
    fn fetch<'a>(&'a self, request: &'a Request<'a>) -> Fetching<'a> {
        async move {
            let decision = self.policy.decide(request);
            let number = self.policy.begin(request, &decision);
            let fetched = self.answer(number, decision, request).await;
            let error = fetched.as_ref().err();
            self.policy.change(number, |exchange| {
                exchange.fault = error.map(|error| error.why.clone());
                exchange.transport = error.and_then(|error| error.transport);
            });
            fetched
        }
        .boxed()
    }

    fn patience(&self) -> Duration {
        self.inner.patience()
    }
}

/// A response with a document that needs no fetching.
fn given(bytes: Vec<u8>) -> Response {
    let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Response {
        status: StatusCode::OK,
        headers: HeaderMap::from_iter([json]),
        body: ready(Ok(bytes)).boxed(),
    }
}
