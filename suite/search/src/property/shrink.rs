//! From a sample that shows something to the smallest one that still does.

use super::engine::Engine;
use super::table::Kind;
use super::verdict::{Suspicion, judge};
use super::{Sample, Shot};
use crate::generate::Minimiser;
use jwtspec_engine::scenario::RequestSpec;
use jwtspec_mint::hex::HexBytes;
use jwtspec_types::words::Finding;

/// So many octets of a header are tried to be left out, at most so often.
const MOST_CUTS: usize = 120;

/// The smallest sample found that still shows the suspicion: fewer shots, fewer and simpler
/// differences, the usual request, the simplest world.
pub async fn shrink(engine: &Engine, kind: Kind, sample: &Sample, suspicion: &Suspicion) -> Sample {
    let shows = async |candidate: &Sample| {
        // What kills the target is found again only if it lives again.
        if suspicion.finding == Finding::Fault && engine.revive().await.is_err() {
            return false;
        }
        match engine.try_sample(candidate).await {
            Ok(seen) => judge(kind, &seen).is_some_and(|found| suspicion.is_shown_by(&found)),
            Err(_) => false,
        }
    };
    shrink_while(engine, sample, suspicion.shot, &shows).await
}

/// The smallest sample found of which something still holds; `shot` is the one that shows it.
pub(crate) async fn shrink_while(
    engine: &Engine,
    sample: &Sample,
    shot: usize,
    shows: &impl AsyncFn(&Sample) -> bool,
) -> Sample {
    let mut best = sample.clone();
    fewer_shots(&mut best, shot, shows).await;
    for place in 0..best.shots.len() {
        usual_request(&mut best, place, shows).await;
        let mut minimiser = Minimiser::new(best.shots[place].differences.clone());
        while let Some(differences) = minimiser.candidate() {
            let mut candidate = best.clone();
            candidate.shots[place].differences = differences;
            minimiser.tell(shows(&candidate).await);
        }
        best.shots[place].differences = minimiser.into_best();
        fewer_octets(&mut best, place, shows).await;
    }
    // Worlds are tried from the plain one on.
    let mut worlds: Vec<(usize, usize)> =
        engine.worlds().enumerate().map(|(place, world)| (world.weight(), place)).collect();
    worlds.sort_unstable();
    for (_, world) in worlds.into_iter().take_while(|(_, place)| *place != best.world) {
        let candidate = Sample { world, ..best.clone() };
        if engine.is_usable(world) && shows(&candidate).await {
            return candidate;
        }
    }
    best
}

async fn fewer_shots(best: &mut Sample, shown: usize, shows: &impl AsyncFn(&Sample) -> bool) {
    if best.shots.len() > 1 {
        let Some(shot) = best.shots.get(shown) else { return };
        let alone = Sample { world: best.world, shots: vec![shot.clone()] };
        if shows(&alone).await {
            *best = alone;
        } else if let Some(before) = shown.checked_sub(1) {
            let pair = Sample { world: best.world, shots: best.shots[before..=shown].to_vec() };
            if shows(&pair).await {
                *best = pair;
            }
        }
    }
    for place in 0..best.shots.len() {
        while best.shots[place].times > 1 {
            let mut candidate = best.clone();
            let shot = &mut candidate.shots[place];
            shot.times -= 1;
            shot.at_once &= shot.times > 1;
            if !shows(&candidate).await {
                break;
            }
            *best = candidate;
        }
    }
}

async fn usual_request(best: &mut Sample, place: usize, shows: &impl AsyncFn(&Sample) -> bool) {
    let Some(Shot { request: Some(_), .. }) = best.shots.get(place) else { return };
    let mut candidate = best.clone();
    candidate.shots[place].request = None;
    if shows(&candidate).await {
        *best = candidate;
    }
}

/// Leaves out as many octets of `Authorization` as it can, halves first.
async fn fewer_octets(best: &mut Sample, place: usize, shows: &impl AsyncFn(&Sample) -> bool) {
    let octets = |sample: &Sample| {
        let request = sample.shots.get(place)?.request.as_ref()?;
        request.authorization_octets.as_ref().map(|octets| octets.0.clone())
    };
    let Some(mut shortest) = octets(best) else { return };
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
        candidate.shots[place].request = Some(RequestSpec {
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
