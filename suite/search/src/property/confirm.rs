//! A suspicion counts once it came back every time, alone, with the control accepted in between.
//! Then its case is shrunk.

use super::TestCase;
use super::presented::{Answers, Presented};
use super::presenter::Presenter;
use super::shrink::shrink_while;
use super::verdict::Suspicion;
use jwtspec_engine::run::RunError;
use jwtspec_engine::target::Verdict;
use jwtspec_mint::MintError;

/// The number of times that a suspicion must come back.
const TIMES: usize = 3;

/// The result of presenting a suspicious case again.
pub(crate) enum Confirmed {
    /// It came back every time; the last time with this.
    Found(TestCase, Box<(Suspicion, Answers)>),
    /// It did not come back: nothing is shown.
    No,
    /// In this setup the valid token is no longer accepted.
    ControlLost(usize, Box<Presented>),
}

/// Returns what is wrong with the answers to a case, if anything.
pub(crate) type Judge<'a> = dyn Fn(&TestCase, &Answers) -> Option<Suspicion> + 'a;

/// Properties that could not be tried.
#[derive(Debug, thiserror::Error)]
pub enum PropertyError {
    /// Target, issuers or preflight.
    #[error(transparent)]
    SetUp(#[from] RunError),
    /// The target accepts its valid token no longer, and no single token is to blame.
    #[error(
        "the target no longer accepts the valid token, and no token did that alone: {0}\nlook at its log, and whether it keeps state that runs out"
    )]
    ControlLost(String),
    /// The target never accepted the valid token where cases would be presented.
    #[error(
        "the target does not accept the valid token {0}, so nothing can be shown\nlook at what `jwtspec run` says of it"
    )]
    ControlRefused(&'static str),
    /// The target takes no key that there is.
    #[error(
        "the target verifies no algorithm for which there is a fixture key\nsee `algorithms` in its target file or description"
    )]
    NoSetup,
    /// The target took no setup, by its own mistake.
    #[error("the target took none of the setups, so nothing can be shown")]
    NothingTold,
    /// A case that was minted before can no longer be.
    #[error(transparent)]
    Mint(#[from] MintError),
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
) -> Result<Confirmed, PropertyError> {
    let mut last = None;
    for time in 0..=TIMES {
        if let Some(lost) = check_control(presenter, test_case.setup).await? {
            return Ok(Confirmed::ControlLost(test_case.setup, lost));
        }
        if time == TIMES {
            break;
        }
        let presented = presenter.present_case(test_case).await?;
        match judge(test_case, &presented).filter(|found| suspicion.is_shown_by(found)) {
            Some(found) => last = Some(Box::new((found, presented))),
            None => return Ok(Confirmed::No),
        }
    }
    Ok(last.map_or(Confirmed::No, |found| Confirmed::Found(test_case.clone(), found)))
}

/// Confirms a suspicion and shrinks its case to the smallest one found that shows it.
///
/// # Errors
///
/// If the case cannot be minted, or the target died and cannot be started again.
pub(crate) async fn confirm_and_shrink(
    presenter: &Presenter,
    judge: &Judge<'_>,
    test_case: TestCase,
    suspicion: &Suspicion,
) -> Result<Confirmed, PropertyError> {
    let first = confirm(presenter, judge, &test_case, suspicion).await?;
    if !matches!(first, Confirmed::Found(..)) {
        return Ok(first);
    }
    let shows = async |candidate: &TestCase| {
        // What ends the target is found again only if it is started again.
        if presenter.revive().await.is_err() {
            return false;
        }
        let Ok(presented) = presenter.present_case(candidate).await else { return false };
        judge(candidate, &presented).is_some_and(|found| suspicion.is_shown_by(&found))
    };
    let smallest = shrink_while(presenter, &test_case, &shows).await;
    // What was shrunk must come back as often; if it does not, what was not shrunk did.
    for candidate in [smallest, test_case] {
        let again = confirm(presenter, judge, &candidate, suspicion).await?;
        if !matches!(again, Confirmed::No) {
            return Ok(again);
        }
    }
    Ok(Confirmed::No)
}

/// Presents the valid token; returns the last answer if it is refused again and again. A target
/// that died is started again first.
pub(crate) async fn check_control(
    presenter: &Presenter,
    setup: usize,
) -> Result<Option<Box<Presented>>, PropertyError> {
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
) -> Result<Option<&'s TestCase>, PropertyError> {
    presenter.reconfigure(setup).await?;
    if check_control(presenter, setup).await?.is_some() {
        return Ok(None);
    }
    let poisons = async |test_case| -> Result<bool, PropertyError> {
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
