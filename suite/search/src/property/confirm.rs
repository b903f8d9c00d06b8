//! A suspicion counts once it came back every time, alone, with the control accepted in between.

use super::TestCase;
use super::presenter::{Presented, Presenter};
use super::verdict::Suspicion;
use jwtspec_engine::run::RunError;
use jwtspec_engine::target::Verdict;
use jwtspec_mint::MintError;

/// The number of times that a suspicion must come back.
const TIMES: usize = 3;

/// The result of presenting a suspicious case again.
pub(crate) enum Confirmed {
    /// It came back every time; the last time with this.
    Found(TestCase, Box<(Suspicion, Vec<Vec<Presented>>)>),
    /// It did not come back: nothing is shown.
    No,
    /// In this setup the valid token is no longer accepted.
    ControlLost(usize, Box<Presented>),
}

/// Returns what is wrong with the answers to a case, if anything.
pub(crate) type Judge<'a> = dyn Fn(&TestCase, &[Vec<Presented>]) -> Option<Suspicion> + 'a;

/// Why a case could not be looked at again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfirmError {
    /// It cannot be minted in its setup.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// The target could not be started again.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Looks whether a case shows the same suspicion each time, with the control before and after.
///
/// # Errors
///
/// If it cannot be minted, or the target died and cannot be started again.
pub(crate) async fn confirm(
    presenter: &Presenter,
    judge: &Judge<'_>,
    test_case: &TestCase,
    suspicion: &Suspicion,
) -> Result<Confirmed, ConfirmError> {
    let mut last = None;
    for _ in 0..TIMES {
        if let Some(lost) = check_control(presenter, test_case.setup).await? {
            return Ok(Confirmed::ControlLost(test_case.setup, lost));
        }
        let presented = presenter.present_case(test_case).await?;
        match judge(test_case, &presented).filter(|found| suspicion.is_shown_by(found)) {
            Some(found) => last = Some(Box::new((found, presented))),
            None => return Ok(Confirmed::No),
        }
    }
    if let Some(lost) = check_control(presenter, test_case.setup).await? {
        return Ok(Confirmed::ControlLost(test_case.setup, lost));
    }
    Ok(last.map_or(Confirmed::No, |found| Confirmed::Found(test_case.clone(), found)))
}

/// Presents the valid token; returns the last answer if it is refused again and again. A target
/// that died is started again first.
pub(crate) async fn check_control(
    presenter: &Presenter,
    setup: usize,
) -> Result<Option<Box<Presented>>, ConfirmError> {
    let mut last = None;
    for _ in 0..TIMES {
        let presented = presenter.control(setup).await?;
        match &presented.verdict {
            Verdict::Accept => return Ok(None),
            Verdict::Fault(_) => drop(presenter.revive().await?),
            Verdict::Reject { .. } => {}
        }
        last = Some(Box::new(presented));
    }
    Ok(last)
}

/// Where the valid token was accepted before and is no longer: which of these cases did that,
/// found by telling the target the setup anew and presenting them one by one. Nothing if it was
/// none of them, or if not even a setup told anew is of any use.
///
/// # Errors
///
/// If a case cannot be minted, or the target cannot be told the setup anew.
pub(crate) async fn find_poisoner<'s>(
    presenter: &Presenter,
    setup: usize,
    recent: impl IntoIterator<Item = &'s TestCase>,
) -> Result<Option<&'s TestCase>, ConfirmError> {
    presenter.reconfigure(setup).await?;
    if check_control(presenter, setup).await?.is_some() {
        return Ok(None);
    }
    let poisons = async |test_case| -> Result<bool, ConfirmError> {
        presenter.present_case(test_case).await?;
        Ok(check_control(presenter, setup).await?.is_some())
    };
    for test_case in recent {
        if poisons(test_case).await? {
            // Once more from the beginning: it must be this one, alone.
            presenter.reconfigure(setup).await?;
            let is_sound = check_control(presenter, setup).await?.is_none();
            return Ok((is_sound && poisons(test_case).await?).then_some(test_case));
        }
    }
    Ok(None)
}
