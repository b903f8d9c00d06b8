//! The largest token that a verifier takes.

use serde_json::json;

use super::Lab;
use super::measurement::Measurement;
use super::question::Question;
use super::search::Search;
use super::trial::{Trial, claims};
use jwtspec_engine::run::RunError;

/// The largest claim that is tried: 1 MiB, less so much that an answer that repeats the claims is
/// not too long to be read.
const LARGEST_CLAIM: i64 = (1 << 20) - (4 << 10);

/// Finds the largest token that is accepted, by the size of one claim.
pub(super) async fn largest_token(lab: &Lab<'_>) -> Result<Measurement, RunError> {
    const NAME: &str = "largest token";
    let mut trial = match Trial::open(lab, Question::Size).await {
        Ok(trial) => trial,
        Err(why) => return Ok(Measurement::new(NAME, "not measured", why)),
    };
    let mut search = Search::new(0, LARGEST_CLAIM);
    let mut largest = 0;
    let mut refusal = None;
    while let Some(octets) = search.next() {
        let filler = "x".repeat(usize::try_from(octets).unwrap_or_default());
        let shown = trial.present(&claims([("filler", json!(filler))])).await?;
        search.note(octets, shown.accepted);
        if shown.accepted {
            largest = shown.octets;
        } else {
            refusal = Some(shown);
        }
    }
    trial.close().await;
    Ok(match refusal {
        None => Measurement::new(
            NAME,
            format!("{largest} octets or more"),
            "the largest that was tried is accepted",
        ),
        Some(refusal) => Measurement::new(
            NAME,
            format!("{largest} octets"),
            format!("one of {} octets is refused: {}", refusal.octets, refusal.answer),
        ),
    })
}
