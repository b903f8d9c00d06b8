//! From a case that shows something to the smallest one that still does.

use super::TestCase;
use super::presenter::Presenter;
use crate::generate::minimise;
use jwtspec_engine::scenario::RequestSpec;
use jwtspec_mint::recipe::Difference;

/// So many bytes of a header are tried to be left out, at most so often.
const MOST_CUTS: usize = 120;

/// The smallest case found of which something still holds: fewer steps, fewer and simpler
/// differences, the usual request, the simplest setup. `step` is the one that shows it.
pub(crate) async fn shrink_while(
    presenter: &Presenter,
    test_case: &TestCase,
    step: usize,
    shows: &impl AsyncFn(&TestCase) -> bool,
) -> TestCase {
    let mut best = test_case.clone();
    fewer_steps(&mut best, step, shows).await;
    for place in 0..best.steps.len() {
        if best.steps[place].request.is_some() {
            keep_if_shown(&mut best, shows, |it| it.steps[place].request = None).await;
        }
        let with_differences = async |differences: &[Difference]| {
            let mut candidate = best.clone();
            candidate.steps[place].differences = differences.to_vec();
            shows(&candidate).await
        };
        let differences = best.steps[place].differences.clone();
        best.steps[place].differences = minimise(differences, with_differences).await;
        fewer_bytes(&mut best, place, shows).await;
    }
    // Setups are tried from the plain one on.
    let mut setups: Vec<(usize, usize)> =
        presenter.setups().enumerate().map(|(place, setup)| (setup.weight(), place)).collect();
    setups.sort_unstable();
    for (_, setup) in setups.into_iter().take_while(|(_, place)| *place != best.setup) {
        let candidate = TestCase { setup, ..best.clone() };
        if presenter.is_usable(setup) && shows(&candidate).await {
            return candidate;
        }
    }
    best
}

/// Makes a change, unless nothing is shown behind it; says whether it was made.
async fn keep_if_shown(
    best: &mut TestCase,
    shows: &impl AsyncFn(&TestCase) -> bool,
    change: impl Fn(&mut TestCase),
) -> bool {
    let mut candidate = best.clone();
    change(&mut candidate);
    let shown = shows(&candidate).await;
    if shown {
        *best = candidate;
    }
    shown
}

async fn fewer_steps(best: &mut TestCase, shown: usize, shows: &impl AsyncFn(&TestCase) -> bool) {
    if best.steps.len() > 1 {
        let alone = keep_if_shown(best, shows, |it| it.steps = vec![it.steps[shown].clone()]).await;
        if let (false, Some(before)) = (alone, shown.checked_sub(1)) {
            keep_if_shown(best, shows, |it| it.steps = it.steps[before..=shown].to_vec()).await;
        }
    }
    for place in 0..best.steps.len() {
        let fewer = |it: &mut TestCase| {
            let step = &mut it.steps[place];
            step.times -= 1;
            step.at_once &= step.times > 1;
        };
        while best.steps[place].times > 1 && keep_if_shown(best, shows, fewer).await {}
    }
}

/// Leaves out as many bytes of `Authorization` as it can, halves first.
async fn fewer_bytes(best: &mut TestCase, place: usize, shows: &impl AsyncFn(&TestCase) -> bool) {
    let bytes = |test_case: &TestCase| {
        let request = test_case.steps.get(place)?.request.as_ref()?;
        request.authorization_octets.as_ref().map(|bytes| bytes.0.clone())
    };
    let Some(mut shortest) = bytes(best) else { return };
    let mut chunk = shortest.len().div_ceil(2);
    let mut at = 0;
    for _ in 0..MOST_CUTS {
        if at >= shortest.len() {
            (at, chunk) = (0, chunk / 2);
        }
        if chunk == 0 {
            break;
        }
        let mut fewer = shortest.clone();
        fewer.drain(at..(at + chunk).min(fewer.len()));
        let request = Some(RequestSpec::octets(fewer.clone()));
        if keep_if_shown(best, shows, |it| it.steps[place].request.clone_from(&request)).await {
            shortest = fewer;
        } else {
            at += chunk;
        }
    }
}
