//! A suspicion counts once it came back every time, alone, with the control accepted in between.

use super::Sample;
use super::engine::{Engine, Seen};
use super::table::Kind;
use super::verdict::{Suspicion, judge};
use jwtspec_engine::run::RunError;
use jwtspec_engine::target::Verdict;
use jwtspec_mint::MintError;

/// The number of times that a suspicion must come back.
const TIMES: usize = 3;

/// The result of presenting a suspicious sample again.
pub enum Confirmed {
    /// It came back every time; the last time with this.
    Find(Box<(Suspicion, Vec<Vec<Seen>>)>),
    /// It did not come back: nothing is shown.
    No,
    /// The valid token is no longer accepted.
    ControlLost(Box<Seen>),
}

/// Why a sample could not be looked at again.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// It cannot be minted in its world.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// The target could not be started again.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Looks whether a sample shows the same suspicion each time, with the control before and after.
///
/// # Errors
///
/// If it cannot be minted, or the target died and cannot be started again.
pub async fn confirm(
    engine: &Engine,
    kind: Kind,
    sample: &Sample,
    suspicion: &Suspicion,
) -> Result<Confirmed, ConfirmError> {
    confirm_by(engine, &|seen| judge(kind, seen), sample, suspicion).await
}

/// The same with another judge.
pub(crate) async fn confirm_by(
    engine: &Engine,
    judge: &dyn Fn(&[Vec<Seen>]) -> Option<Suspicion>,
    sample: &Sample,
    suspicion: &Suspicion,
) -> Result<Confirmed, ConfirmError> {
    let mut last = None;
    for _ in 0..TIMES {
        if let Some(lost) = control(engine, sample.world).await? {
            return Ok(Confirmed::ControlLost(lost));
        }
        let seen = engine.try_sample(sample).await?;
        match judge(&seen).filter(|found| suspicion.is_shown_by(found)) {
            Some(found) => last = Some(Box::new((found, seen))),
            None => return Ok(Confirmed::No),
        }
    }
    if let Some(lost) = control(engine, sample.world).await? {
        return Ok(Confirmed::ControlLost(lost));
    }
    Ok(last.map_or(Confirmed::No, Confirmed::Find))
}

/// Presents the valid token; returns the last answer if it is refused again and again. A target
/// that died is started again first.
pub(crate) async fn control(
    engine: &Engine,
    world: usize,
) -> Result<Option<Box<Seen>>, ConfirmError> {
    let mut last = None;
    for _ in 0..TIMES {
        let seen = engine.control(world).await?;
        match &seen.verdict {
            Verdict::Accept => return Ok(None),
            Verdict::Fault(_) => drop(engine.revive().await?),
            Verdict::Reject { .. } => {}
        }
        last = Some(Box::new(seen));
    }
    Ok(last)
}

/// Where the valid token was accepted before and is no longer: which of these samples did that,
/// found by telling the target the world anew and presenting them one by one. Nothing if it was
/// none of them, or if not even a world told anew is of any use.
///
/// # Errors
///
/// If a sample cannot be minted, or the target cannot be told the world anew.
pub async fn poison<'s>(
    engine: &Engine,
    world: usize,
    recent: impl IntoIterator<Item = &'s Sample>,
) -> Result<Option<&'s Sample>, ConfirmError> {
    engine.refresh(world).await?;
    if control(engine, world).await?.is_some() {
        return Ok(None);
    }
    for sample in recent {
        engine.try_sample(sample).await?;
        if control(engine, world).await?.is_some() {
            // Once more from the beginning: it must be this one, alone.
            engine.refresh(world).await?;
            if control(engine, world).await?.is_none() {
                engine.try_sample(sample).await?;
                if control(engine, world).await?.is_some() {
                    return Ok(Some(sample));
                }
            }
            return Ok(None);
        }
    }
    Ok(None)
}
