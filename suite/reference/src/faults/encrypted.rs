//! Faults in taking encrypted tokens.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use flate2::read::DeflateDecoder;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value};

use super::{Fault, fault, verified, wrapping};
use crate::decrypt::Rules;
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
    .caught_by(&["compact/encrypted-to-published-ec-key", "compact/encrypted-to-published-key"]),
    fault(
        "decrypted-claims-believed",
        "takes claims that are encrypted to its key for signed",
        |it| it.with_decryption(Rules { takes_claims: true, ..Rules::default() }),
    )
    .caught_by(&["encrypted/claims-unsigned", "encrypted/claims-unsigned-ecdh-es"]),
    fault("authentication-tag-ignored", "decrypts whatever the authentication tag is", |it| {
        it.with_decryption(Rules { ignores_tag: true, ..Rules::default() })
    })
    .caught_by(&["encrypted/header-changed", "encrypted/tag-changed"]),
    fault(
        "nested-token-believed",
        "verifies nothing of a token that was encrypted to its key",
        |it| it.with_decryption(Rules { believes_token: true, ..Rules::default() }),
    )
    .caught_by(&[
        "encrypted/nested-expired",
        "encrypted/nested-for-another-audience",
        "encrypted/nested-forged",
        "encrypted/nested-unsigned",
    ]),
    fault("any-key-encryption", "decrypts by other algorithms than the one of its key", |it| {
        it.with_decryption(Rules { any_algorithm: true, ..Rules::default() })
    })
    .caught_by(&["encrypted/other-algorithm"]),
    fault("content-encryption-assumed", "takes an unknown `enc` for its own", |it| {
        it.with_decryption(Rules { assumes_content: true, ..Rules::default() })
    })
    .caught_by(&["encrypted/enc-missing", "encrypted/enc-unknown"]),
    fault("unknown-zip-ignored", "ignores a `zip` that it does not know", |it| {
        it.with_decryption(Rules { ignores_zip: true, ..Rules::default() })
    })
    .caught_by(&["encrypted/zip-number", "encrypted/zip-unknown"]),
    fault("inflates-without-limit", "decompresses a token to whatever size", |it| {
        it.with_decryption(Rules { inflate: Some(inflated), ..Rules::default() }).without("size")
    })
    .caught_by(&["encrypted/zip-bomb"]),
    fault("epk-curve-unchecked", "takes any two numbers for a sender's point", |it| {
        it.with_decryption(Rules { ignores_curve: true, ..Rules::default() })
    })
    .caught_by(&["encrypted/epk-off-curve"]),
    fault(
        "encrypted-key-ignored",
        "takes an encrypted key where the content key is agreed on",
        |it| it.with_decryption(Rules { ignores_key: true, ..Rules::default() }),
    )
    .caught_by(&["encrypted/key-beside-agreed-one"]),
    fault("decrypts-nothing", "has a key of its own, and refuses what is encrypted to it", |it| {
        it.with_decryption(Rules { refuses: true, ..Rules::default() })
    })
    .caught_by(&["encrypted/nested", "encrypted/nested-ecdh-es"]),
];

/// Decompresses whatever there is.
fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    DeflateDecoder::new(bytes).read_to_end(&mut text).ok()?;
    Some(text)
}

/// A fast machine takes some nanoseconds for an iteration.
const ITERATION: Duration = Duration::from_nanos(8);

/// A verifier that derives a key before anything else. It sleeps so long and spares the machine.
struct Iterates {
    inner: Arc<dyn Verifier>,
}

fn header(token: &str) -> Map<String, Value> {
    Compact::new(token).members(Part::Header, Tolerance::NONE).unwrap_or_default()
}

impl Iterates {
    async fn verify(&self, token: &str, now: Option<Duration>) -> Result<Value, Refusal> {
        let count = header(token).get("p2c").and_then(Value::as_u64).unwrap_or_default();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        tokio::time::sleep(ITERATION.saturating_mul(count)).await;
        verified(&*self.inner, token, now).await
    }
}

/// A verifier that accepts whatever is encrypted to a public key. It reads nothing of it: that
/// anyone can encrypt is the point.
struct Believes {
    inner: Arc<dyn Verifier>,
}

impl Believes {
    async fn verify(&self, token: &str, now: Option<Duration>) -> Result<Value, Refusal> {
        let header = header(token);
        let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let is_public = algorithm.starts_with("RSA-OAEP") || algorithm.starts_with("ECDH-ES");
        match is_public && Compact::new(token).count() == 5 {
            true => Ok(Value::Object(Map::new())),
            false => verified(&*self.inner, token, now).await,
        }
    }
}

verifies!(Iterates, Believes);
