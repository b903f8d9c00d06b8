//! Watches keys come and go.

use std::time::{Duration, Instant};

use reqwest::Url;
use serde_json::Value;

use super::exchange::HttpClient;
use super::findings::Findings;
use super::jwks;
use super::rule::rules;
use super::token::Token;
use jwtspec_jose::{Duplicates, PublishedKey, object};

rules! { Rotation:
    STEADY = "watch-failed" Should "practice":
        "the key set came every time",
        "a verifier that fetches at such a moment has no keys",
        "find out why the key set does not come every time";
    CHANGED = "rotation-seen" Note "OpenID Connect Core 1.0 §10.1.1":
        "the keys stayed the same",
        "verifiers that hold the old set must fetch it anew",
        "nothing, if this is a rotation that was planned";
    OVERLAP = "rotation-no-overlap" Should "OpenID Connect Core 1.0 §10.1.1":
        "keys overlapped",
        "tokens of the old key are turned away, and verifiers with the old set turn new ones away, all at once",
        "publish the new key first; remove the old one when its last token has expired and no cache can hold the old set";
    SIGNER = "rotation-signer-removed" Should "OpenID Connect Core 1.0 §10.1.1":
        "the key of the token stayed published",
        "the token is still in its time, and no verifier can check it any more",
        "keep a key published for as long as tokens of it live, and caches hold the set, after its last use";
    EARLY = "rotation-early" Should "RFC 9111 §4.2":
        "no key came and went within the time that the set may be kept",
        "a verifier may never have seen the key",
        "publish a key for longer than the set may be kept";
    FLAPPING = "rotation-flapping" Should "practice":
        "no key went and came back",
        "servers behind the same URL publish different keys: tokens are turned away by chance",
        "let every server publish the same set";
}

/// The set at one time; no keys if they did not come.
pub(super) struct Snapshot {
    pub(super) at: Duration,
    pub(super) keys: Option<Vec<SeenKey>>,
}

/// A key as it was seen.
#[derive(Clone, PartialEq)]
pub(super) struct SeenKey {
    name: String,
    jwk: Value,
}

impl SeenKey {
    fn new(place: usize, key: &PublishedKey) -> Self {
        Self { name: jwks::name(place, &key.jwk), jwk: Value::Object(key.jwk.clone()) }
    }

    pub(super) fn all(keys: &[PublishedKey]) -> Vec<Self> {
        keys.iter().enumerate().map(|(place, key)| Self::new(place, key)).collect()
    }
}

/// Fetches the set again and again. The keys that are held count as the first snapshot.
pub(super) async fn watch(
    client: &HttpClient,
    url: &Url,
    held: &[PublishedKey],
    span: Duration,
) -> Vec<Snapshot> {
    let pause = (span / 10).clamp(Duration::from_millis(100), Duration::from_secs(5));
    let start = Instant::now();
    let mut snapshots = vec![Snapshot { at: Duration::ZERO, keys: Some(SeenKey::all(held)) }];
    while start.elapsed() < span {
        tokio::time::sleep(pause.min(span.saturating_sub(start.elapsed()))).await;
        let exchange = client.get(url, None).await;
        let keys = exchange.answer.ok().filter(|answer| answer.status == 200).and_then(|answer| {
            let set = object(&answer.body, Duplicates::TakeLast).ok()?;
            set.get("keys")?.as_array()?;
            Some(SeenKey::all(&jwks::parse_keys(&set)))
        });
        snapshots.push(Snapshot { at: start.elapsed(), keys });
    }
    snapshots
}

/// The signer of a token that is still in its time, and the end of that time on the watcher's clock.
pub(super) struct Signer {
    key: SeenKey,
    lives: Duration,
}

impl Signer {
    pub(super) fn find(token: &Token, keys: &[PublishedKey], now: Duration) -> Option<Self> {
        let key = token.signer(keys)?;
        let place = keys.iter().position(|it| it.jwk == key.jwk)?;
        let lives = Duration::try_from_secs_f64(token.expiry()? - now.as_secs_f64()).ok()?;
        Some(Self { key: SeenKey::new(place, key), lives })
    }
}

/// Judges the snapshots.
pub(super) fn judge_rotation(
    found: &mut Findings,
    snapshots: &[Snapshot],
    signer: Option<&Signer>,
    permitted: Option<Duration>,
) {
    let failed = snapshots.iter().filter(|snapshot| snapshot.keys.is_none()).count();
    let count = snapshots.len();
    let seen = format!("the key set did not come {failed} of {count} times");
    found.broken_if(STEADY, failed > 0, seen);
    let sets: Vec<(Duration, &Vec<SeenKey>)> = snapshots
        .iter()
        .filter_map(|snapshot| Some((snapshot.at, snapshot.keys.as_ref()?)))
        .collect();
    let mut changes = Vec::new();
    let mut overlap = None;
    for pair in sets.windows(2) {
        let [(_, before), (at, after)] = pair else { continue };
        let gone: Vec<&SeenKey> = before.iter().filter(|key| !after.contains(key)).collect();
        let come: Vec<&SeenKey> = after.iter().filter(|key| !before.contains(key)).collect();
        let seconds = at.as_secs_f64();
        if !gone.is_empty() && !come.is_empty() && gone.len() == before.len() {
            overlap.get_or_insert_with(|| {
                format!("after {seconds:.1} s every key was replaced at once")
            });
        }
        if !come.is_empty() {
            changes.push(format!("{} came after {seconds:.1} s", join_names(&come)));
        }
        if !gone.is_empty() {
            changes.push(format!("{} went after {seconds:.1} s", join_names(&gone)));
        }
    }
    if changes.is_empty() {
        found.met_by(CHANGED, format!("the keys stayed the same, {count} times asked"));
        if let Some(signer) = signer {
            found.met_by(SIGNER, format!("{}, the token's, stayed published", signer.key.name));
        }
        return;
    }
    found.broken(CHANGED, changes.join("; "));
    found.check(OVERLAP, overlap);
    if let Some(Signer { key, lives }) = signer {
        let gone = sets.iter().find(|(at, keys)| !keys.contains(key) && at < lives);
        let fault = gone.map(|(at, _)| {
            let left = lives.saturating_sub(*at).as_secs();
            format!("{}, the token's, went {left} s before the token expires", key.name)
        });
        found.check(SIGNER, fault);
    }
    judge_lifespans(found, &sets, permitted);
}

/// Judges the keys that came, went, or both.
fn judge_lifespans(
    found: &mut Findings,
    sets: &[(Duration, &Vec<SeenKey>)],
    permitted: Option<Duration>,
) {
    let mut early = None;
    let mut flapping = None;
    let mut known: Vec<&SeenKey> = Vec::new();
    for key in sets.iter().flat_map(|(_, keys)| keys.iter()) {
        if known.contains(&key) {
            continue;
        }
        known.push(key);
        let seen: Vec<bool> = sets.iter().map(|(_, keys)| keys.contains(key)).collect();
        let first = seen.iter().position(|seen| *seen).unwrap_or_default();
        let gone = seen[first..].iter().position(|seen| !seen).map(|after| first + after);
        let Some(gone) = gone else { continue };
        if seen[gone..].contains(&true) {
            flapping.get_or_insert_with(|| format!("{} went and came back", key.name));
        } else if first > 0 {
            let stayed = sets[gone].0.saturating_sub(sets[first].0);
            if permitted.is_some_and(|permitted| stayed < permitted) {
                early.get_or_insert_with(|| {
                    format!("{} was published for {:.1} s only", key.name, stayed.as_secs_f64())
                });
            }
        }
    }
    found.check(EARLY, early);
    found.check(FLAPPING, flapping);
}

/// The names of keys, which are quoted already.
fn join_names(keys: &[&SeenKey]) -> String {
    match keys.len() {
        ..=4 => keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>().join(" and "),
        many => format!("{many} keys"),
    }
}
