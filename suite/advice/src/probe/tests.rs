//! Probes of drivers that are not what they declare.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;

use super::{ProbeOptions, Probed, probe};
use jwtspec_driver::{Description, Driver, Refusal, Unsupported, Verifier};
use jwtspec_engine::target::Target;
use jwtspec_reference::Reference;
use jwtspec_types::timing::Timing;
use jwtspec_types::trust::{KeySource, Trust};

/// Declares a clock. Heeds it for claims at most; keeps its key set in real time.
struct HalfClock {
    for_claims: bool,
}

impl Driver for HalfClock {
    fn describe(&self) -> Description {
        let mut description = Reference::default().describe();
        description.name = "half-clock".to_owned();
        description
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        let (trust, held) = (trust.clone(), Mutex::default());
        Ok(Arc::new(HalfClocked { for_claims: self.for_claims, trust, held }))
    }
}

struct HalfClocked {
    for_claims: bool,
    trust: Trust,
    held: Mutex<Option<(Instant, Trust)>>,
}

impl HalfClocked {
    /// The trust with its key set inline, no older than it may be.
    async fn inline(&self) -> Trust {
        let age = Duration::from_secs(self.trust.cache.max_age_seconds);
        let held = self.held.lock().unwrap().clone();
        if let Some((since, trust)) = held.filter(|(since, _)| since.elapsed() < age) {
            let _ = since;
            return trust;
        }
        let mut trust = self.trust.clone();
        jwtspec_reference::parts::choose_cryptography();
        if let KeySource::JwksUri(uri) = &trust.providers[0].keys
            && let Ok(answer) = reqwest::get(uri).await
            && let Ok(text) = answer.text().await
            && let Ok(keys) = serde_json::from_str(&text)
        {
            trust.providers[0].keys = KeySource::Jwks(keys);
        }
        *self.held.lock().unwrap() = Some((Instant::now(), trust.clone()));
        trust
    }
}

impl Verifier for HalfClocked {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
        async move {
            let verifier = Reference::default().configured(&self.inline().await);
            verifier.map_err(|why| Refusal::saying(why.0))?.verify(token).await
        }
        .boxed()
    }

    fn verify_at<'a>(
        &'a self,
        token: &'a str,
        now: Duration,
    ) -> BoxFuture<'a, Result<Value, Refusal>> {
        if !self.for_claims {
            return self.verify(token);
        }
        async move {
            let verifier = Reference::default().configured(&self.inline().await);
            verifier.map_err(|why| Refusal::saying(why.0))?.verify_at(token, now).await
        }
        .boxed()
    }
}

async fn probed(for_claims: bool) -> Probed {
    let options = ProbeOptions { max_wait: Duration::from_secs(3), ..ProbeOptions::default() };
    probe(Target::Rust(Arc::new(HalfClock { for_claims })), options).await.unwrap()
}

fn of<'a>(probed: &'a Probed, name: &str) -> &'a super::Measurement {
    probed.measurements.iter().find(|measurement| measurement.name == name).unwrap()
}

#[tokio::test]
async fn a_clock_that_claims_alone_heed_is_found_out() {
    let (half, none) = tokio::join!(probed(true), probed(false));
    for (probed, value) in
        [(&half, "honoured for claims, but not for what is kept"), (&none, "not honoured")]
    {
        let clock = of(probed, "Jwtspec-Time");
        assert_eq!(clock.value, value);
        assert_eq!(clock.differences, ["declares clock true, measured false"]);
        // What the clock does not move is measured in real time.
        assert_eq!(probed.declaration.capabilities.cache_age, Some(Timing::From(0)), "{probed:#?}");
        assert_eq!(probed.declaration.capabilities.leeway, Some(Timing::From(0)));
        assert!(!probed.declaration.capabilities.clock);
        let unknown_kid = of(probed, "unknown kid");
        assert_eq!(unknown_kid.value, "causes no fetch");
        assert!(unknown_kid.consequences[0].contains("valid tokens of it are refused"));
        assert!(!probed.is_as_declared());
    }
}
