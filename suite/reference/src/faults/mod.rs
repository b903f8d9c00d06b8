//! The fault bank: deliberately wrong verifiers, with which the tester is tested.
//!
//! Each is the reference verifier with one change, of the kind that real libraries and services
//! have shipped: another check, another `KeyFetcher`, another `KeyCache`, or other words. A
//! scenario that no fault fails proves nothing; a fault that passes every scenario shows a gap.

/// Makes verifiers of types that have `async fn verify(&self, token, time)`.
macro_rules! verifies {
    ($($name:ty),+) => {
        $(impl Verifier for $name {
            fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
                self.verify(token, None).boxed()
            }

            fn verify_at<'a>(
                &'a self,
                token: &'a str,
                now: Duration,
            ) -> BoxFuture<'a, Result<Value, Refusal>> {
                self.verify(token, Some(now)).boxed()
            }
        })+
    };
}

mod algorithms;
mod asking;
mod bearer;
mod caching;
mod charsets;
mod claims;
mod ecdsa;
mod encrypted;
mod everything;
mod fetching;
mod few_algorithms;
mod form;
mod header;
mod issuer_spelling;
mod issuers;
mod json_syntax;
mod key_algorithm;
mod key_choice;
mod key_set_reading;
mod key_text;
mod keys;
mod kids;
mod lax;
mod letters;
mod memory;
mod messages;
mod outages;
mod planted;
mod profiles;
mod provenance;
mod pss;
mod requests;
mod rsa;
mod serializations;
mod sessions;
mod several_issuers;
mod signed_bytes;
mod strict;
mod times;
mod unhandled;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::check::Question;
use super::{Check, Examination, Objection, Reference};
use jwtspec_driver::{Description, Driver, Refusal, ServiceFault, Unsupported, Verifier};
use jwtspec_types::trust::Trust;
use jwtspec_types::words::Algorithm;

pub use planted::PLANTED;

use messages::{Rephrase, Rephrased};

/// The faults by family.
const FAMILIES: &[&[Fault]] = &[
    everything::FAULTS,
    messages::FAULTS,
    requests::FAULTS,
    form::FAULTS,
    serializations::FAULTS,
    encrypted::FAULTS,
    header::FAULTS,
    algorithms::FAULTS,
    issuers::FAULTS,
    issuer_spelling::FAULTS,
    keys::FAULTS,
    key_choice::FAULTS,
    key_algorithm::FAULTS,
    key_text::FAULTS,
    rsa::FAULTS,
    pss::FAULTS,
    ecdsa::FAULTS,
    provenance::FAULTS,
    fetching::FAULTS,
    caching::FAULTS,
    outages::FAULTS,
    claims::FAULTS,
    times::FAULTS,
    memory::FAULTS,
    json_syntax::FAULTS,
    letters::FAULTS,
    charsets::FAULTS,
    signed_bytes::FAULTS,
    strict::FAULTS,
    unhandled::FAULTS,
    bearer::FAULTS,
    few_algorithms::FAULTS,
    kids::FAULTS,
    key_set_reading::FAULTS,
    asking::FAULTS,
    several_issuers::FAULTS,
    profiles::FAULTS,
    sessions::FAULTS,
];

/// Returns every fault that scenarios are held to, family by family.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    FAMILIES.iter().copied().flatten()
}

/// A deliberately wrong verifier.
#[derive(Clone, Copy)]
pub struct Fault {
    /// Its name, in reports and on the command line.
    pub name: &'static str,
    /// The mistake, in one line.
    pub about: &'static str,
    /// Ids of scenarios, or globs over them. For each of them a scenario fails.
    pub caught_by: &'static [&'static str],
    /// The reason why no scenario catches it; empty if one does.
    pub why_uncaught: &'static str,
    /// The topics of the scenarios that it can prove; none means all. That one fails for a verifier
    /// that does the same with every token, or says too much in every refusal, shows nothing of what
    /// the scenario is about.
    topics: Option<&'static [&'static str]>,
    /// [`Driver::unescaped_refusals`].
    unescaped: Option<&'static str>,
    /// [`Driver::takes_any_credentials`].
    any_credentials: bool,
    /// True if it can be told to allow `none`, though it does not accept it.
    is_told_none: bool,
    change: Change,
}

#[derive(Clone, Copy)]
enum Change {
    /// Another check.
    Check(Check),
    /// Other checks, another fetcher or another cache.
    Part(fn(Reference) -> Reference),
    /// Other words of a refusal.
    Message(Rephrase),
    /// Something around the verifier.
    Wrapper(Wrap),
    /// Another way to take tokens out of requests or to answer them.
    Service(ServiceFault),
    /// Another session on a socket, by a service that is no part of this bank.
    Session,
}

/// Puts something around a verifier.
type Wrap = fn(Arc<dyn Verifier>) -> Arc<dyn Verifier>;

impl Fault {
    /// Returns true if a scenario that fails for it is shown to test what it is about.
    pub fn proves(&self, scenario: &str) -> bool {
        let topic = scenario.split('/').next().unwrap_or_default();
        self.topics.is_none_or(|topics| topics.contains(&topic))
    }

    /// Returns true if only a service with sessions on a socket has it. Its driver is right, then.
    pub fn is_of_sessions(&self) -> bool {
        matches!(self.change, Change::Session)
    }

    /// The verifier, ready to be served.
    pub fn driver(&self) -> FaultyDriver {
        self.changing(Reference::default())
    }

    /// The change, done to a reference verifier that has, for instance, another clock.
    pub fn changing(&self, reference: Reference) -> FaultyDriver {
        let mut driver = FaultyDriver {
            fault: *self,
            reference: reference.called(self.name),
            rephrase: None,
            wrap: None,
            service: None,
        };
        match self.change {
            Change::Check(check) => driver.reference = driver.reference.replacing(check),
            Change::Part(change) => driver.reference = change(driver.reference),
            Change::Message(rephrase) => driver.rephrase = Some(rephrase),
            Change::Wrapper(wrap) => driver.wrap = Some(wrap),
            Change::Service(fault) => driver.service = Some(fault),
            Change::Session => {}
        }
        driver
    }

    /// Returns the fault of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        all().find(|fault| fault.name == name)
    }

    const fn caught_by(self, caught_by: &'static [&'static str]) -> Self {
        Self { caught_by, ..self }
    }

    const fn unescaped(self, content_type: &'static str) -> Self {
        Self { unescaped: Some(content_type), ..self }
    }

    /// The same before which no server refuses what is no `b64token`.
    const fn taking_any_credentials(self) -> Self {
        Self { any_credentials: true, ..self }
    }

    const fn proving_only(self, topics: &'static [&'static str]) -> Self {
        Self { topics: Some(topics), ..self }
    }

    const fn told_none(self) -> Self {
        Self { is_told_none: true, ..self }
    }

    const fn uncaught(self, why_uncaught: &'static str) -> Self {
        Self { why_uncaught, ..self }
    }
}

/// The reference verifier with a fault.
#[derive(Clone)]
pub struct FaultyDriver {
    fault: Fault,
    reference: Reference,
    rephrase: Option<Rephrase>,
    wrap: Option<Wrap>,
    service: Option<ServiceFault>,
}

impl Driver for FaultyDriver {
    fn unescaped_refusals(&self) -> Option<&'static str> {
        self.fault.unescaped
    }

    fn service_fault(&self) -> Option<ServiceFault> {
        self.service
    }

    fn takes_any_credentials(&self) -> bool {
        self.fault.any_credentials
    }

    fn describe(&self) -> Description {
        self.reference.describe()
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        let mut told = trust.clone();
        if self.fault.is_told_none {
            for provider in &mut told.providers {
                provider.algorithms.retain(|algorithm| *algorithm != Algorithm::None);
            }
        }
        let verifier = self.reference.configure(&told)?;
        let verifier = match self.wrap {
            Some(wrap) => wrap(verifier),
            None => verifier,
        };
        Ok(match self.rephrase {
            Some(rephrase) => Arc::new(Rephrased { verifier, trust: trust.clone(), rephrase }),
            None => verifier,
        })
    }
}

/// A fault in one check.
const fn wrong_check(name: &'static str, about: &'static str, check: Check) -> Fault {
    new(name, about, Change::Check(check))
}

/// A fault in several checks, in the fetcher or in the cache.
const fn fault(
    name: &'static str,
    about: &'static str,
    change: fn(Reference) -> Reference,
) -> Fault {
    new(name, about, Change::Part(change))
}

/// A fault in the words of a refusal.
const fn message_fault(name: &'static str, about: &'static str, rephrase: Rephrase) -> Fault {
    new(name, about, Change::Message(rephrase))
}

/// A fault around the verifier.
const fn wrapping(name: &'static str, about: &'static str, wrap: Wrap) -> Fault {
    new(name, about, Change::Wrapper(wrap))
}

/// A fault of the service around the verifier.
const fn serving(name: &'static str, about: &'static str, fault: ServiceFault) -> Fault {
    new(name, about, Change::Service(fault))
}

/// A fault of a service that takes tokens on a socket.
const fn in_session(name: &'static str, about: &'static str) -> Fault {
    new(name, about, Change::Session)
}

const fn new(name: &'static str, about: &'static str, change: Change) -> Fault {
    Fault {
        name,
        about,
        caught_by: &[],
        why_uncaught: "",
        topics: None,
        unescaped: None,
        any_credentials: false,
        is_told_none: false,
        change,
    }
}

/// A check in another's place, or at the end.
const fn changed(name: &'static str, run: Question) -> Check {
    Check::new(name, run).about("deliberately wrong")
}

/// The same for a check that needs the keys.
const fn with_keys(name: &'static str, run: Question) -> Check {
    changed(name, run).with_keys()
}

/// Asks what the reference verifier's check of this name asks.
fn as_before(name: &str, examination: &mut Examination<'_>) -> Result<(), Objection> {
    match Reference::default().checks().iter().find(|check| check.name == name) {
        Some(check) => (check.run)(examination),
        None => Err(Objection::Unasked("the reference verifier has no such check")),
    }
}

/// Asks a verifier, at this time if one is stated.
async fn verified(
    verifier: &dyn Verifier,
    token: &str,
    now: Option<Duration>,
) -> Result<Value, Refusal> {
    match now {
        Some(now) => verifier.verify_at(token, now).await,
        None => verifier.verify(token).await,
    }
}

#[cfg(test)]
mod tests;
