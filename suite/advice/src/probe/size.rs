//! The largest token that a verifier takes.

use serde_json::json;

use super::ProbeRun;
use super::measurement::Measurement;
use super::question::Question;
use super::search::Search;
use super::session::{Session, claims};
use jwtspec_engine::run::RunError;
use jwtspec_mint::recipe::Recipe;

/// The largest claim that is tried: 1 MiB, less so much that an answer that repeats the claims is
/// not too long to be read.
const LARGEST_CLAIM: i64 = (1 << 20) - (4 << 10);

/// Finds the largest token that is accepted, by the size of one claim.
pub(super) async fn measure_largest_token(run: &ProbeRun<'_>) -> Result<Measurement, RunError> {
    const NAME: &str = "largest token";
    let mut session = match Session::open(run, Question::Size).await? {
        Ok(session) => session,
        Err(why) => return Ok(Measurement::unmeasured(NAME, why.to_string(), &why)),
    };
    let mut search = Search::new(0, LARGEST_CLAIM);
    let mut largest = 0;
    let mut beyond = None;
    let mut gone = None;
    while let Some(bytes) = search.next() {
        let filler = "x".repeat(usize::try_from(bytes).unwrap_or_default());
        let presented = session.present(&claims([("filler", json!(filler))])).await?;
        search.record(bytes, presented.accepted == Ok(true));
        if presented.accepted == Ok(true) {
            largest = presented.bytes;
            continue;
        }
        // A fault is due to the size only if a small token is accepted after it.
        if presented.accepted.is_err() {
            gone = session.present(&Recipe::default()).await?.accepted.err();
        }
        beyond = Some(presented);
        if gone.is_some() {
            break;
        }
    }
    session.close().await;
    let Some(beyond) = beyond else {
        let seen = "the largest that was tried is accepted";
        return Ok(Measurement::new(NAME, format!("{largest} bytes or more"), seen));
    };
    let seen = format!("one of {} bytes: {}", beyond.bytes, beyond.verdict());
    Ok(match gone {
        Some(why) if largest == 0 => Measurement::unmeasured(NAME, seen, &why),
        Some(why) => {
            let seen = format!("{seen}; a small one after it: {why}");
            Measurement::new(NAME, format!("{largest} bytes or more"), seen).lacking([&why])
        }
        None => Measurement::new(NAME, format!("{largest} bytes"), seen),
    })
}
