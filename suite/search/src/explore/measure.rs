//! The signature of a case, observed alone: with other cases under way it is a hint at most.

use std::time::{Duration, Instant};

use super::latency::Latency;
use super::{Came, Case, Key};
use crate::property::engine::{Engine, Seen};
use crate::property::{ConfirmError, control};
use jwtspec_mint::MintError;

/// The number of times that a signature must come back.
const TIMES: usize = 3;

/// The observations of one presentation.
pub(super) struct Look {
    pub(super) seen: Seen,
    pub(super) took: Duration,
    /// The documents of issuers that were fetched meanwhile, for this case or another.
    pub(super) asked: String,
}

/// Presents a case once.
pub(super) async fn look(engine: &Engine, case: &Case) -> Result<Look, MintError> {
    let recipe = engine.recipe(case.world, &case.differences);
    let prepared = engine.prepare(case.world, &recipe, case.request.as_ref()).await?;
    let before = engine.asked(case.world);
    let began = Instant::now();
    let seen = engine.send(prepared).await;
    let took = began.elapsed();
    let asked = fetched(&before, &engine.asked(case.world));
    Ok(Look { seen, took, asked })
}

/// The documents that were fetched between two counts. Their number does not matter: retries are a
/// matter of time.
fn fetched(before: &[(&str, [usize; 3])], after: &[(&str, [usize; 3])]) -> String {
    const DOCUMENTS: [&str; 3] = ["key set", "discovery", "another place"];
    let mut issuers = Vec::new();
    for ((name, before), (_, after)) in before.iter().zip(after) {
        let documents: Vec<&str> = (DOCUMENTS.iter().zip(before.iter().zip(after)))
            .filter(|(_, (before, after))| before < after)
            .map(|(document, _)| *document)
            .collect();
        if !documents.is_empty() {
            issuers.push(format!("{name}: {}", documents.join(" and ")));
        }
    }
    issuers.join(", ")
}

/// A signature, and the presentation that it is taken from.
pub(super) struct Measured {
    pub(super) key: Key,
    pub(super) seen: Seen,
}

/// The key of a case, if it has the same one each time. Nothing else may be presented meanwhile.
pub(super) async fn measure(
    engine: &Engine,
    case: &Case,
    latency: &Latency,
) -> Result<Option<Measured>, ConfirmError> {
    // Only a verifier that has the keys already, and has not just been told to wait, shows what
    // it fetches because of this token.
    engine.refresh(case.world).await?;
    if control(engine, case.world).await?.is_some() {
        return Ok(None);
    }
    let first = look(engine, case).await?;
    let came = Came::of(&first.seen);
    let mut took = first.took;
    for _ in 1..TIMES {
        let again = look(engine, case).await?;
        if Came::of(&again.seen) != came {
            return Ok(None);
        }
        took = took.min(again.took);
    }
    let key = Key { came, latency: latency.class(took), asked: first.asked };
    Ok(Some(Measured { key, seen: first.seen }))
}

/// True if a case has this signature, found with as few requests as can tell.
pub(super) async fn has_key(engine: &Engine, case: &Case, key: &Key, latency: &Latency) -> bool {
    if key.asked.is_empty() {
        let Ok(look) = look(engine, case).await else { return false };
        return Came::of(&look.seen) == key.came && latency.class(look.took) == key.latency;
    }
    let measured = measure(engine, case, latency).await;
    measured.is_ok_and(|measured| measured.is_some_and(|measured| measured.key == *key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_fetched_is_told_by_issuer_and_document() {
        let before = [("main", [1, 1, 0]), ("second", [0, 0, 0])];
        let after = [("main", [1, 1, 0]), ("second", [2, 1, 0])];
        assert_eq!(fetched(&before, &after), "second: key set and discovery");
        assert_eq!(fetched(&before, &before), "");
    }
}
