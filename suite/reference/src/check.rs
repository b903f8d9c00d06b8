//! A named check, and the state that checks hand on to each other.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::signature_fault::SignatureFault;
use jwtspec_driver::Refusal;
use jwtspec_jose::PublishedKey;
use jwtspec_types::trust::{Provider, Trust};
use jwtspec_types::words::{Algorithm, Reason};

/// One question that is asked of every token.
#[derive(Clone, Copy)]
pub struct Check {
    /// Its name, by which it can be left out or replaced.
    pub name: &'static str,
    /// The question and the clause that it comes from, in one line.
    pub about: &'static str,
    /// The documents that must be fetched before it can run.
    pub needs: Needs,
    /// The question itself.
    pub run: Question,
}

/// The function of a check.
pub(crate) type Question = fn(&mut Examination<'_>) -> Result<(), Objection>;

impl Check {
    /// A check that needs nothing fetched.
    pub(crate) const fn new(name: &'static str, run: Question) -> Self {
        Self { name, about: "", needs: Needs::Nothing, run }
    }

    /// The same check with its question in words.
    pub(crate) const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// The same check after the keys of the token's issuer have been obtained.
    pub(crate) const fn with_keys(self) -> Self {
        Self { needs: Needs::Keys, ..self }
    }
}

/// The documents that must be fetched before a check can run.
///
/// Checks themselves do no input or output. So a token that fails an earlier check causes no
/// request to any issuer (RFC 7519 section 11.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing but the token and the trust.
    Nothing,
    /// The keys of the token's issuer.
    Keys,
}

/// Why a check does not let a token pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// The token is refused.
    Refused(Refusal),
    /// It cannot be asked, because an earlier check failed to bring this to light.
    Unasked(&'static str),
}

impl Objection {
    /// A refusal for a known cause.
    pub fn because(reason: Reason, message: impl Into<String>) -> Self {
        Self::Refused(Refusal::because(reason, message))
    }
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing to object.
    Passed,
    /// The token is refused.
    Refused(Refusal),
    /// It could not be asked, for want of this.
    Unasked(&'static str),
}

/// A check's name and purpose with its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// [`Check::name`].
    pub name: &'static str,
    /// `Check::about`.
    pub about: &'static str,
    /// The outcome.
    pub judgement: Judgement,
}

/// A token under examination: what is given, and what checks have brought to light so far.
pub struct Examination<'a> {
    /// The credential as received.
    pub token: &'a str,
    /// The trust of the verifier.
    pub trust: &'a Trust,
    /// The time since 1970.
    pub now: Duration,
    /// Its three segments, once they are known to be three.
    pub(crate) segments: Option<[&'a str; 3]>,
    /// The decoded segments.
    pub(crate) decoded: Option<[Vec<u8>; 3]>,
    pub(crate) header: Option<Map<String, Value>>,
    pub(crate) claims: Option<Map<String, Value>>,
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) provider: Option<&'a Provider>,
    /// The keys to choose from, once they have been obtained.
    pub(crate) keys: Option<Arc<[PublishedKey]>>,
    /// Why the last attempt to get newer keys failed, if it did.
    pub(crate) keys_trouble: Option<String>,
    /// The keys that have been chosen.
    pub(crate) candidates: Option<Vec<PublishedKey>>,
    /// The fault of its signature, once it is known to have one.
    pub(crate) signature_fault: Option<SignatureFault>,
}

impl<'a> Examination<'a> {
    pub(super) fn new(token: &'a str, trust: &'a Trust, now: Duration) -> Self {
        Self {
            token,
            trust,
            now,
            segments: None,
            decoded: None,
            header: None,
            claims: None,
            algorithm: None,
            provider: None,
            keys: None,
            keys_trouble: None,
            candidates: None,
            signature_fault: None,
        }
    }

    pub(crate) fn segments(&self) -> Result<[&'a str; 3], Objection> {
        self.segments.ok_or(Objection::Unasked("the segments are not known"))
    }

    pub(crate) fn decoded(&self) -> Result<&[Vec<u8>; 3], Objection> {
        self.decoded.as_ref().ok_or(Objection::Unasked("the segments are not decoded"))
    }

    /// The header's members.
    ///
    /// # Errors
    ///
    /// If they could not be read.
    pub fn header(&self) -> Result<&Map<String, Value>, Objection> {
        self.header.as_ref().ok_or(Objection::Unasked("the header could not be read"))
    }

    /// The claims.
    ///
    /// # Errors
    ///
    /// If they could not be read.
    pub fn claims(&self) -> Result<&Map<String, Value>, Objection> {
        self.claims.as_ref().ok_or(Objection::Unasked("the claims could not be read"))
    }

    pub(crate) fn algorithm(&self) -> Result<Algorithm, Objection> {
        self.algorithm.ok_or(Objection::Unasked("the algorithm is not known"))
    }

    /// The provider that the token names.
    ///
    /// # Errors
    ///
    /// If it names none that is configured.
    pub fn provider(&self) -> Result<&'a Provider, Objection> {
        self.provider.ok_or(Objection::Unasked("the issuer is not known"))
    }

    pub(crate) fn keys(&self) -> Result<&[PublishedKey], Objection> {
        self.keys.as_deref().ok_or(Objection::Unasked("the issuer's keys are not known"))
    }

    pub(crate) fn candidates(&self) -> Result<&[PublishedKey], Objection> {
        self.candidates.as_deref().ok_or(Objection::Unasked("no key has been chosen"))
    }

    /// The `kid`, if it is a string.
    pub(crate) fn kid(&self) -> Option<&str> {
        self.header.as_ref()?.get("kid")?.as_str()
    }
}
