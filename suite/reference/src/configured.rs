//! A configured verifier: runs the checks in their order on a token, with the fetches that they
//! need in between.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value};

use super::Reference;
use super::cache::KeyCache;
use super::check::{Check, Examination, Judged, Judgement, Needs, Objection};
use super::clock::{Clock, Timestamp};
use super::fetch::Source;
use super::fetcher::KeyFetcher;
use super::signature_fault::SignatureFault;
use jwtspec_driver::{Refusal, Unsupported, Verifier};
use jwtspec_types::trust::{KeySource, Trust};

/// The checks together with a trust, and the keys held so far.
pub struct ConfiguredVerifier {
    trust: Trust,
    checks: Vec<Check>,
    clock: Clock,
    fetcher: Arc<dyn KeyFetcher>,
    cache: Arc<dyn KeyCache>,
}

/// The outcome of every check on one token, and what could be read of it.
pub struct Examined {
    /// The checks in their order.
    pub checks: Vec<Judged>,
    /// The header, if it could be read.
    pub header: Option<Map<String, Value>>,
    /// The claims, if they could be read. They are worth nothing unless every check passed.
    pub claims: Option<Map<String, Value>>,
    /// The fault of the signature, if it was checked and has one.
    pub signature_fault: Option<SignatureFault>,
}

impl ConfiguredVerifier {
    pub(super) fn new(reference: &Reference, trust: &Trust) -> Result<Self, Unsupported> {
        let fetcher = (reference.fetcher)(trust)?;
        Ok(Self {
            trust: trust.clone(),
            checks: reference.checks.clone(),
            clock: reference.clock.clone(),
            cache: (reference.cache)(trust, &fetcher),
            fetcher,
        })
    }

    /// Runs every check on a token, also those after the first that objects.
    ///
    /// Keys are fetched as far as the token names its issuer. A fetch policy records only what is
    /// fetched, so examine with a fresh verifier: it holds no keys yet.
    pub async fn examine(&self, token: &str) -> Examined {
        let now = Timestamp::now(&self.clock);
        let mut examination = Examination::new(token, &self.trust, now.wall);
        let mut judged = Vec::with_capacity(self.checks.len());
        for check in &self.checks {
            let judgement = match self.ask(check, &mut examination, now).await {
                Ok(()) => Judgement::Passed,
                Err(Objection::Refused(refusal)) => Judgement::Refused(refusal),
                Err(Objection::Unasked(why)) => Judgement::Unasked(why),
            };
            judged.push(Judged { name: check.name, about: check.about, judgement });
        }
        Examined {
            checks: judged,
            header: examination.header,
            claims: examination.claims,
            signature_fault: examination.signature_fault,
        }
    }

    /// Asks for a document that no check needs, for the record of the fetch policy.
    pub async fn look(&self, url: &str, what: &'static str) {
        let keys = KeySource::JwksUri(url.to_owned());
        let source = Source::new(String::new(), keys, Arc::clone(&self.fetcher));
        source.look(url, what, (self.clock)()).await;
    }

    async fn verify_token(&self, token: &str, now: Timestamp) -> Result<Value, Refusal> {
        let mut examination = Examination::new(token, &self.trust, now.wall);
        for check in &self.checks {
            self.ask(check, &mut examination, now).await.map_err(|objection| match objection {
                Objection::Refused(refusal) => refusal,
                // Cannot happen with the whole list; with a changed one it must not let in.
                Objection::Unasked(why) => {
                    Refusal::saying(format!("`{}` cannot be checked: {why}", check.name))
                }
            })?;
        }
        Ok(Value::Object(examination.claims.unwrap_or_default()))
    }

    async fn ask(
        &self,
        check: &Check,
        examination: &mut Examination<'_>,
        now: Timestamp,
    ) -> Result<(), Objection> {
        if check.needs == Needs::Keys {
            let obtained = self.cache.obtain(examination, now).await?;
            examination.keys = Some(obtained.keys);
            examination.keys_trouble = obtained.trouble;
        }
        (check.run)(examination)
    }
}

impl Verifier for ConfiguredVerifier {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
        self.verify_token(token, Timestamp::now(&self.clock)).boxed()
    }

    fn verify_at<'a>(
        &'a self,
        token: &'a str,
        now: Duration,
    ) -> BoxFuture<'a, Result<Value, Refusal>> {
        self.verify_token(token, Timestamp::stated(now)).boxed()
    }
}
