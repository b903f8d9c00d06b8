//! From a case that shows something to the smallest one that still does.

use super::presenter::Presenter;
use super::{TestCase, TestStep};
use crate::generate::Minimiser;
use jwtspec_engine::scenario::RequestSpec;
use jwtspec_mint::hex::HexBytes;

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
        usual_request(&mut best, place, shows).await;
        let mut minimiser = Minimiser::new(best.steps[place].differences.clone());
        while let Some(differences) = minimiser.candidate() {
            let mut candidate = best.clone();
            candidate.steps[place].differences = differences;
            minimiser.tell(shows(&candidate).await);
        }
        best.steps[place].differences = minimiser.into_best();
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

async fn fewer_steps(best: &mut TestCase, shown: usize, shows: &impl AsyncFn(&TestCase) -> bool) {
    if best.steps.len() > 1 {
        let Some(step) = best.steps.get(shown) else { return };
        let alone = TestCase { setup: best.setup, steps: vec![step.clone()] };
        if shows(&alone).await {
            *best = alone;
        } else if let Some(before) = shown.checked_sub(1) {
            let pair = TestCase { setup: best.setup, steps: best.steps[before..=shown].to_vec() };
            if shows(&pair).await {
                *best = pair;
            }
        }
    }
    for place in 0..best.steps.len() {
        while best.steps[place].times > 1 {
            let mut candidate = best.clone();
            let step = &mut candidate.steps[place];
            step.times -= 1;
            step.at_once &= step.times > 1;
            if !shows(&candidate).await {
                break;
            }
            *best = candidate;
        }
    }
}

async fn usual_request(best: &mut TestCase, place: usize, shows: &impl AsyncFn(&TestCase) -> bool) {
    let Some(TestStep { request: Some(_), .. }) = best.steps.get(place) else { return };
    let mut candidate = best.clone();
    candidate.steps[place].request = None;
    if shows(&candidate).await {
        *best = candidate;
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
        let mut candidate = best.clone();
        candidate.steps[place].request = Some(RequestSpec {
            authorization_octets: Some(HexBytes(fewer.clone())),
            ..RequestSpec::default()
        });
        if shows(&candidate).await {
            (*best, shortest) = (candidate, fewer);
        } else {
            at += chunk;
        }
    }
}
