//! The checks at work: run in their order on a token, with the fetches that they need in between.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use reqwest::Client;
use serde_json::{Map, Value};

use super::check::{Check, Examination, Judged, Judgement, Needs, Objection};
use super::client::client;
use super::clock::{Clock, Moment};
use super::fetch::{Source, is_on_loopback};
use super::fetch_policy::Errand;
use super::habit::Habit;
use super::keys::ProviderKeys;
use super::{Reference, Voice, signature};
use crate::profile::Profile;
use crate::trust::{KeySource, Trust};
use crate::verifier::{Refusal, Unsupported, Verifier};
use crate::words::Reason;

/// The checks together with whom to trust, and the keys held so far.
pub struct TrustingVerifier {
    trust: Trust,
    checks: Vec<Check>,
    clock: Clock,
    client: Result<Client, String>,
    habit: Habit,
    voice: Voice,
    /// Those of each provider, in the order of the trust.
    keys: Vec<ProviderKeys>,
}

/// Every check on one token, and what could be read of it.
pub struct Examined {
    /// The checks in their order.
    pub checks: Vec<Judged>,
    /// The header, if it could be read.
    pub header: Option<Map<String, Value>>,
    /// The claims, if they could be read. They are worth nothing unless every check passed.
    pub claims: Option<Map<String, Value>>,
}

impl TrustingVerifier {
    pub(super) fn new(reference: &Reference, trust: &Trust) -> Result<Self, Unsupported> {
        let habit = reference.habit;
        let client = client(trust.ca_pem.as_deref(), habit);
        // Without an authority of its own it may still verify by inline keys.
        if let (Err(why), Some(_)) = (&client, &trust.ca_pem) {
            return Err(Unsupported(format!("`ca_pem` {why}")));
        }
        let keys = trust.providers.iter().map(|provider| {
            let (issuer, keys) = (provider.issuer.clone(), provider.keys.clone());
            let source = Source::new(issuer, keys, client.clone(), habit);
            let source = match trust.profile {
                Profile::ConvexCustomJwt => source.labelled(),
                _ => source,
            };
            ProviderKeys::new(source, trust.cache, habit)
        });
        Ok(Self {
            checks: reference.checks.clone(),
            clock: reference.clock.clone(),
            habit,
            keys: keys.collect(),
            trust: trust.clone(),
            client,
            voice: reference.voice,
        })
    }

    /// Runs every check on a token, also those after the first that objects.
    ///
    /// Keys are fetched as far as the token says from whom.
    pub async fn examine(&self, token: &str) -> Examined {
        let now = Moment::read(&self.clock);
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
        Examined { checks: judged, header: examination.header, claims: examination.claims }
    }

    /// The same on an errand: it says whom to ask, and notes what was fetched.
    ///
    /// Keys that are held already are not fetched, so use a fresh verifier.
    pub async fn examine_on(&self, errand: &Errand, token: &str) -> Examined {
        errand.run(self.examine(token)).await
    }

    /// Asks for a document that no check needs, to find out where a misplaced one is.
    pub(crate) async fn look(&self, errand: &Errand, url: &str, what: &'static str) {
        let source = self.source(String::new(), KeySource::JwksUri(url.to_owned()));
        errand.run(source.look(url, what, (self.clock)())).await;
    }

    async fn judge(&self, token: &str, now: Moment) -> Result<Value, Refusal> {
        self.run(token, now).await.map_err(|refusal| (self.voice)(token, &self.trust, refusal))
    }

    async fn run(&self, token: &str, now: Moment) -> Result<Value, Refusal> {
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
        now: Moment,
    ) -> Result<(), Objection> {
        match check.needs {
            Needs::Nothing => {}
            Needs::Keys => self.fetch_keys(examination, now).await?,
            deliberately_wrong => {
                self.fetch_otherwise(deliberately_wrong, examination, now).await?;
            }
        }
        (check.run)(examination)
    }

    async fn fetch_keys(
        &self,
        examination: &mut Examination<'_>,
        now: Moment,
    ) -> Result<(), Objection> {
        let issuer = &examination.provider()?.issuer;
        let algorithm = examination.algorithm()?;
        let place = self.trust.providers.iter().position(|provider| provider.issuer == *issuer);
        let Some(keys) = place.and_then(|place| self.keys.get(place)) else {
            return Err(Objection::Unasked("the issuer is not known"));
        };
        let kid = examination.kid().map(str::to_owned);
        let obtained = keys
            .obtain(now, |keys| signature::may_hold(keys, kid.as_deref(), algorithm))
            .await
            .map_err(|why| unavailable(&why))?;
        examination.keys = Some(obtained.keys);
        examination.keys_trouble = obtained.trouble;
        Ok(())
    }

    /// What only faulty verifiers need. Whoever writes a token makes them ask anyone, but on this
    /// machine only.
    async fn fetch_otherwise(
        &self,
        needs: Needs,
        examination: &mut Examination<'_>,
        now: Moment,
    ) -> Result<(), Objection> {
        match needs {
            Needs::EveryKey => {
                let (mut all, mut outage) = (Vec::new(), None);
                for keys in &self.keys {
                    match keys.obtain(now, |_| true).await {
                        Ok(obtained) => all.extend(obtained.keys.iter().cloned()),
                        Err(why) => outage = Some(why),
                    }
                }
                match outage {
                    Some(why) if all.is_empty() => return Err(unavailable(&why)),
                    _ => examination.keys = Some(all.into()),
                }
            }
            Needs::EverySet => {
                for keys in &self.keys {
                    keys.obtain(now, |_| true).await.map_err(|why| unavailable(&why))?;
                }
            }
            Needs::KeysOrOutage => match self.fetch_keys(examination, now).await {
                Err(Objection::Refused(refusal)) => {
                    examination.keys_trouble = Some(refusal.message);
                }
                other => return other,
            },
            Needs::KeysOfJku => {
                let jku = examination.header()?.get("jku").and_then(Value::as_str);
                let Some(jku) = jku.map(str::to_owned) else {
                    return self.fetch_keys(examination, now).await;
                };
                if !is_on_loopback(&jku) {
                    return Err(unavailable("this fault stays on this machine"));
                }
                let source = self.source(String::new(), KeySource::JwksUri(jku));
                let fetched = source.fetch(None, now.wall).await;
                examination.keys = Some(fetched.map_err(|error| unavailable(&error.why))?.keys);
            }
            Needs::KeysOfIss => {
                let named = examination.claims()?.get("iss").and_then(Value::as_str);
                let strange = |issuer: &&str| {
                    let known = self.trust.providers.iter().any(|it| it.issuer == **issuer);
                    !known && is_on_loopback(issuer)
                };
                if let Some(issuer) = named.filter(strange).map(str::to_owned) {
                    let source = self.source(issuer, KeySource::Discovery(true));
                    let fetched = source.fetch(None, now.wall).await;
                    examination.keys = fetched.ok().map(|set| set.keys);
                }
            }
            Needs::Nothing | Needs::Keys => {}
        }
        Ok(())
    }

    /// A source that nobody configured.
    fn source(&self, issuer: String, keys: KeySource) -> Source {
        Source::new(issuer, keys, self.client.clone(), self.habit)
    }
}

fn unavailable(why: &str) -> Objection {
    Objection::because(
        Reason::KeysUnavailable,
        format!(
            "the issuer's keys could not be obtained: {why}; this is not the token's fault, so \
             try again later"
        ),
    )
}

impl Verifier for TrustingVerifier {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
        self.judge(token, Moment::read(&self.clock)).boxed()
    }

    fn verify_at<'a>(
        &'a self,
        token: &'a str,
        now: Duration,
    ) -> BoxFuture<'a, Result<Value, Refusal>> {
        self.judge(token, Moment::stated(now)).boxed()
    }
}
