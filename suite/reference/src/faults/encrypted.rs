//! Faults in taking encrypted tokens.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;

use super::{Fault, wrapping};
use jwtspec_driver::{Refusal, Verifier};
use jwtspec_jose::{Compact, Part, Tolerance};

pub(super) const FAULTS: &[Fault] =
    &[wrapping("iterates-as-asked", "hashes a password as often as a token asks", |inner| {
        Arc::new(Iterates { inner })
    })
    .caught_by(&["compact/pbes2-with-huge-count"])];

/// A fast machine takes some nanoseconds for an iteration.
const ITERATION: Duration = Duration::from_nanos(8);

/// A verifier that derives a key before anything else. It sleeps so long and spares the machine.
struct Iterates {
    inner: Arc<dyn Verifier>,
}

async fn derive(token: &str) {
    let header = Compact::new(token).members(Part::Header, Tolerance::NONE).unwrap_or_default();
    let count = header.get("p2c").and_then(Value::as_u64).unwrap_or_default();
    tokio::time::sleep(ITERATION.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))).await;
}

impl Verifier for Iterates {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
        derive(token).then(|()| self.inner.verify(token)).boxed()
    }

    fn verify_at<'a>(
        &'a self,
        token: &'a str,
        now: Duration,
    ) -> BoxFuture<'a, Result<Value, Refusal>> {
        derive(token).then(move |()| self.inner.verify_at(token, now)).boxed()
    }
}
