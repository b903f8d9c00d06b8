//! The largest token that a verifier takes.

use serde_json::json;

use super::ProbeRun;
use super::measurement::Measurement;
use super::question::Question;
use super::search::Search;
use super::session::{Session, claims};
use super::unmeasured::NOT_MEASURED;
use jwtspec_engine::run::RunError;

/// The largest claim that is tried: 1 MiB, less so much that an answer that repeats the claims is
/// not too long to be read.
const LARGEST_CLAIM: i64 = (1 << 20) - (4 << 10);

/// Finds the largest token that is accepted, by the size of one claim.
pub(super) async fn measure_largest_token(run: &ProbeRun<'_>) -> Result<Measurement, RunError> {
    const NAME: &str = "largest token";
    let mut session = match Session::open(run, Question::Size).await? {
        Ok(session) => session,
        Err(why) => return Ok(Measurement::new(NAME, NOT_MEASURED, why.to_string())),
    };
    let mut search = Search::new(0, LARGEST_CLAIM);
    let mut largest = 0;
    let mut refusal = None;
    while let Some(bytes) = search.next() {
        let filler = "x".repeat(usize::try_from(bytes).unwrap_or_default());
        let presented = session.present(&claims([("filler", json!(filler))])).await?;
        search.record(bytes, presented.accepted);
        if presented.accepted {
            largest = presented.bytes;
        } else {
            refusal = Some(presented);
        }
    }
    session.close().await;
    Ok(match refusal {
        None => Measurement::new(
            NAME,
            format!("{largest} bytes or more"),
            "the largest that was tried is accepted",
        ),
        Some(refusal) => Measurement::new(
            NAME,
            format!("{largest} bytes"),
            format!("one of {} bytes is refused: {}", refusal.bytes, refusal.answer),
        ),
    })
}
