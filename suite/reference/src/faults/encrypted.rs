//! Faults in taking encrypted tokens.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use serde_json::{Map, Value};

use super::{Fault, wrapping};
use jwtspec_driver::{Refusal, Verifier};
use jwtspec_jose::{Compact, Part, Tolerance};

pub(super) const FAULTS: &[Fault] = &[
    wrapping("iterates-as-asked", "hashes a password as often as a token asks", |inner| {
        Arc::new(Iterates { inner })
    })
    .caught_by(&["compact/pbes2-with-huge-count"]),
    wrapping("believes-encrypted", "takes what is encrypted to its key for signed", |inner| {
        Arc::new(Believes { inner })
    })
    .caught_by(&["compact/encrypted-to-published-key"]),
];

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

/// A verifier that accepts whatever is encrypted under RSA. It reads nothing of it: that anyone can
/// encrypt is the point.
struct Believes {
    inner: Arc<dyn Verifier>,
}

fn is_encrypted(token: &str) -> bool {
    let header = Compact::new(token).members(Part::Header, Tolerance::NONE).unwrap_or_default();
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default();
    Compact::new(token).count() == 5 && algorithm.starts_with("RSA-OAEP")
}

impl Verifier for Believes {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Value, Refusal>> {
        match is_encrypted(token) {
            true => ready(Ok(Value::Object(Map::new()))).boxed(),
            false => self.inner.verify(token),
        }
    }

    fn verify_at<'a>(
        &'a self,
        token: &'a str,
        now: Duration,
    ) -> BoxFuture<'a, Result<Value, Refusal>> {
        match is_encrypted(token) {
            true => ready(Ok(Value::Object(Map::new()))).boxed(),
            false => self.inner.verify_at(token, now),
        }
    }
}
