//! What one examination may fetch, what it is given instead, and what it did fetch.
//!
//! A verifier at work has no errand: it fetches from wherever its configuration says, and
//! remembers nothing of it. An explanation goes by the rules of whoever asked for it, and shows
//! what came back.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::Url;

use super::fetch::is_loopback;

/// How the documents of issuers are called.
pub(crate) const KEY_SET: &str = "key set";
/// How the documents of issuers are called.
pub(crate) const DISCOVERY: &str = "discovery document";

/// Whom an errand may ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Nobody.
    Nowhere,
    /// Servers on this machine.
    #[default]
    Loopback,
    /// Anyone whom the configuration names.
    Anywhere,
}

/// What one examination may fetch, and what it did fetch.
#[derive(Clone, Debug, Default)]
pub struct Errand {
    reach: Reach,
    discovery: Option<Vec<u8>>,
    key_set: Option<Vec<u8>>,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

/// One document that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What it is: the discovery document, or the key set.
    pub what: &'static str,
    /// Where it was asked for.
    pub url: String,
    /// Whether it was given beforehand, and nobody was asked.
    pub given: bool,
    /// Whether the errand did not allow to ask there.
    pub forbidden: bool,
    /// The status of the answer, if one came.
    pub status: Option<u16>,
    /// Its content type, if it states one.
    pub content_type: Option<String>,
    /// Its body, as far as it was read.
    pub body: Vec<u8>,
    /// Why it could not be used; nothing if it could.
    pub fault: Option<String>,
}

tokio::task_local! {
    static ERRAND: Errand;
}

impl Errand {
    /// An errand with this reach.
    pub fn new(reach: Reach) -> Self {
        Self { reach, ..Self::default() }
    }

    /// The same with documents that are given, so that they need not be fetched.
    #[must_use]
    pub fn given(self, discovery: Option<Vec<u8>>, key_set: Option<Vec<u8>>) -> Self {
        Self { discovery, key_set, ..self }
    }

    /// What was asked for so far, in order.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.noted().clone()
    }

    pub(super) async fn run<F: Future>(&self, work: F) -> F::Output {
        ERRAND.scope(self.clone(), work).await
    }

    fn noted(&self) -> MutexGuard<'_, Vec<Exchange>> {
        // Each change of the list is one step, so a poisoned list is still whole.
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A document that the errand at hand, if any, gives or forbids.
pub(super) enum Beforehand {
    Given(Vec<u8>),
    Forbidden,
}

/// Notes that a document is asked for, and says what is known of it beforehand.
pub(super) fn begin(what: &'static str, url: &Url) -> (Note, Option<Beforehand>) {
    let begun = ERRAND.try_with(|errand| {
        let given = match what {
            KEY_SET => errand.key_set.clone(),
            DISCOVERY => errand.discovery.clone(),
            _ => None,
        };
        let forbidden = match errand.reach {
            Reach::Nowhere => true,
            Reach::Loopback => !is_loopback(url),
            Reach::Anywhere => false,
        };
        let beforehand = match given {
            Some(octets) => Some(Beforehand::Given(octets)),
            None => forbidden.then_some(Beforehand::Forbidden),
        };
        let mut noted = errand.noted();
        noted.push(Exchange {
            what,
            url: url.to_string(),
            given: matches!(beforehand, Some(Beforehand::Given(_))),
            forbidden: matches!(beforehand, Some(Beforehand::Forbidden)),
            status: None,
            content_type: None,
            body: Vec::new(),
            // Whoever waits may run out of patience, and then nothing more is noted.
            fault: Some("no answer came in time".to_owned()),
        });
        (Note(noted.len().checked_sub(1)), beforehand)
    });
    begun.unwrap_or((Note(None), None))
}

/// The place of an exchange in the list of the errand at hand; nothing without an errand.
pub(super) struct Note(Option<usize>);

impl Note {
    /// Adds to what is noted.
    pub(super) fn change(&self, change: impl FnOnce(&mut Exchange)) {
        let Some(place) = self.0 else { return };
        let _ = ERRAND.try_with(|errand| {
            if let Some(exchange) = errand.noted().get_mut(place) {
                change(exchange);
            }
        });
    }
}
