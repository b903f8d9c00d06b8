//! From a suspicious case, or a valid token that is suddenly refused, to the smallest case to blame.

use std::collections::BTreeSet;

use super::TestCase;
use super::confirm::{ConfirmError, Confirmed, Judge, check_control, confirm, find_poisoner};
use super::presenter::{Presented, Presenter};
use super::shrink::shrink_while;
use super::verdict::Suspicion;
use jwtspec_engine::run::RunError;

/// Properties that could not be tried.
#[derive(Debug, thiserror::Error)]
pub enum PropertyError {
    /// Target, issuers or preflight.
    #[error(transparent)]
    SetUp(#[from] RunError),
    /// The target accepts its valid token no longer, and no token is to blame.
    #[error(
        "the target no longer accepts the valid token, and no token did that: {0}\nlook at its log, and whether it keeps state that runs out"
    )]
    ControlLost(String),
    /// The target takes no key that there is.
    #[error(
        "the target verifies no algorithm for which there is a fixture key\nsee `algorithms` in its target file or description"
    )]
    NoSetup,
}

impl From<ConfirmError> for PropertyError {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::Run(error) => Self::SetUp(error),
            ConfirmError::Mint(error) => Self::ControlLost(error.to_string()),
        }
    }
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
) -> Result<Confirmed, ConfirmError> {
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
    let smallest = shrink_while(presenter, &test_case, suspicion.step, &shows).await;
    // What was shrunk must come back as often; if it does not, what was not shrunk did.
    for candidate in [smallest, test_case] {
        let again = confirm(presenter, judge, &candidate, suspicion).await?;
        if !matches!(again, Confirmed::No) {
            return Ok(again);
        }
    }
    Ok(Confirmed::No)
}

/// The setups of these cases in which the valid token is no longer accepted, with the answer.
///
/// # Errors
///
/// If it cannot be minted, or the target died and cannot be started again.
pub(crate) async fn lost_controls(
    presenter: &Presenter,
    recent: &[TestCase],
) -> Result<Vec<(usize, Presented)>, ConfirmError> {
    let setups: BTreeSet<usize> = recent.iter().map(|test_case| test_case.setup).collect();
    let mut lost = Vec::new();
    for setup in setups.into_iter().filter(|setup| presenter.is_usable(*setup)) {
        lost.extend(check_control(presenter, setup).await?.map(|answer| (setup, *answer)));
    }
    Ok(lost)
}

/// The one of these cases after which the valid token of a setup is refused, with its answers.
///
/// # Errors
///
/// If it is none of them, or the target cannot be told the setup anew.
pub(crate) async fn blame(
    presenter: &Presenter,
    (setup, lost): (usize, Presented),
    recent: &[TestCase],
) -> Result<(TestCase, Vec<Vec<Presented>>), PropertyError> {
    let there = recent.iter().filter(|test_case| test_case.setup == setup);
    let Some(test_case) = find_poisoner(presenter, setup, there).await? else {
        return Err(PropertyError::ControlLost(lost.refusal_message()));
    };
    presenter.reconfigure(setup).await?;
    let presented = presenter.present_case(test_case).await.map_err(ConfirmError::Mint)?;
    // Others may have been refused by it too; from here on everything is as new.
    presenter.reconfigure(setup).await?;
    Ok((test_case.clone(), presented))
}
