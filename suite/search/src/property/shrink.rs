//! From a case that shows something to the smallest one that still does.

use super::presenter::Presenter;
use super::{TestCase, TestStep};
use crate::generate::{fewest, minimise};
use jwtspec_engine::scenario::RequestSpec;
use jwtspec_mint::recipe::Difference;

/// So many cases are tried with fewer steps, and so many with fewer bytes of a header.
const MOST_CUTS: usize = 120;

/// The smallest case found of which something still holds: fewer steps, fewer and simpler
/// differences, the usual request, the simplest setup.
pub(crate) async fn shrink_while(
    presenter: &Presenter,
    test_case: &TestCase,
    shows: &impl AsyncFn(&TestCase) -> bool,
) -> TestCase {
    let setup = test_case.setup;
    let with_steps = async |steps: &[TestStep]| {
        !steps.is_empty() && shows(&TestCase { setup, steps: steps.to_vec() }).await
    };
    let steps = fewest(test_case.steps.clone(), &mut (0..MOST_CUTS), &with_steps).await;
    let mut best = TestCase { setup, steps };
    for place in 0..best.steps.len() {
        let fewer = |it: &mut TestStep| {
            it.times -= 1;
            it.at_once &= it.times > 1;
        };
        while best.steps[place].times > 1 && keep_if_shown(&mut best, place, shows, fewer).await {}
        if best.steps[place].request.is_some() {
            keep_if_shown(&mut best, place, shows, |it| it.request = None).await;
        }
        let with_differences = async |differences: &[Difference]| {
            let mut candidate = best.clone();
            candidate.steps[place].differences = differences.to_vec();
            shows(&candidate).await
        };
        let differences = minimise(best.steps[place].differences.clone(), with_differences).await;
        best.steps[place].differences = differences;
        let request = best.steps[place].request.as_ref();
        let Some(bytes) = request.and_then(|it| it.authorization_octets.clone()) else { continue };
        let request = |bytes: &[u8]| Some(RequestSpec::bytes(bytes.to_vec()));
        let with_bytes = async |bytes: &[u8]| {
            let mut candidate = best.clone();
            candidate.steps[place].request = request(bytes);
            shows(&candidate).await
        };
        let bytes = fewest(bytes.0, &mut (0..MOST_CUTS), &with_bytes).await;
        best.steps[place].request = request(&bytes);
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

/// Changes a step, unless nothing is shown behind it; says whether it was changed.
async fn keep_if_shown(
    best: &mut TestCase,
    place: usize,
    shows: &impl AsyncFn(&TestCase) -> bool,
    change: impl Fn(&mut TestStep),
) -> bool {
    let mut candidate = best.clone();
    change(&mut candidate.steps[place]);
    let shown = shows(&candidate).await;
    if shown {
        *best = candidate;
    }
    shown
}
