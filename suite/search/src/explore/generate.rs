//! Cases: drawn anew from the strategies, or made from cases of the corpus.

use proptest::strategy::BoxedStrategy;

use crate::generate::{SetupSpec, credentials, requests};
use crate::mutate::{Mutator, mutate_bytes};
use crate::property::TestCase;
use crate::rng::Rng;
use jwtspec_engine::scenario::RequestSpec;
use jwtspec_mint::hex::HexBytes;

/// More differences make no better case.
const MOST_DIFFERENCES: usize = 8;
/// Longer than this is what servers refuse for its length.
const MOST_BYTES: usize = 60_000;

/// Draws cases, and makes others from them.
pub(super) struct CaseGenerator {
    /// For each setup of the pool.
    mutators: Vec<Mutator>,
    requests: BoxedStrategy<RequestSpec>,
    bytes: BoxedStrategy<Vec<u8>>,
    /// The setups in which a valid token is accepted.
    pub(super) usable: Vec<usize>,
    /// False where the target takes the token elsewhere, so that no request can be bent.
    bearer: bool,
}

impl CaseGenerator {
    /// For the setups of a pool.
    pub(super) fn new<'w>(setups: impl Iterator<Item = &'w SetupSpec>, bearer: bool) -> Self {
        Self {
            mutators: setups.map(Mutator::of).collect(),
            requests: requests(),
            bytes: credentials(),
            usable: Vec::new(),
            bearer,
        }
    }

    /// A case from the strategies alone. Every third is of the plainest setup, where finds are
    /// simplest.
    pub(super) fn fresh(&self, rng: &mut Rng) -> TestCase {
        let plainest = if rng.one_in(3) { self.usable.first() } else { None };
        let setup = plainest.or_else(|| rng.choose(&self.usable)).copied().unwrap_or(0);
        let mut case = TestCase::of(setup, Vec::new());
        let step = &mut case.steps[0];
        match rng.below(16) {
            0 if self.bearer => step.request = self.bytes(rng),
            1 if self.bearer => {
                step.request = rng.draw(&self.requests);
                step.differences = self.mutators[setup].part(rng);
            }
            _ => step.differences = self.mutators[setup].fresh(rng),
        }
        case
    }

    /// A case made from one, and now and then from a second one.
    pub(super) fn mutated(&self, case: &TestCase, other: &TestCase, rng: &mut Rng) -> TestCase {
        let mut mutant = case.clone();
        for _ in 0..=rng.below(3) {
            self.mutate(&mut mutant, other, rng);
        }
        mutant.steps[0].differences.truncate(MOST_DIFFERENCES);
        mutant
    }

    fn mutate(&self, case: &mut TestCase, other: &TestCase, rng: &mut Rng) {
        let (step, other) = (&mut case.steps[0], &other.steps[0]);
        let bytes = step.request.as_mut().and_then(|request| request.authorization_octets.as_mut());
        if let Some(HexBytes(bytes)) = bytes
            && !rng.one_in(8)
        {
            let theirs = other.request.as_ref().and_then(|it| it.authorization_octets.as_ref());
            let theirs = theirs.map_or(b"Bearer e30.e30.AA".as_slice(), |bytes| &bytes.0);
            return mutate_bytes(bytes, theirs, MOST_BYTES, rng);
        }
        match rng.below(12) {
            0 => case.setup = rng.choose(&self.usable).copied().unwrap_or(case.setup),
            1 if self.bearer && rng.one_in(2) => {
                step.request = match step.request {
                    Some(_) => None,
                    None if rng.one_in(3) => self.bytes(rng),
                    None => rng.draw(&self.requests),
                }
            }
            2 if step.request.is_none() && !other.is_bytes() => {
                step.request.clone_from(&other.request);
            }
            _ => {
                self.mutators[case.setup].mutate(&mut step.differences, &other.differences, rng);
            }
        }
    }

    fn bytes(&self, rng: &mut Rng) -> Option<RequestSpec> {
        rng.draw(&self.bytes).map(RequestSpec::bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::pool;
    use jwtspec_mint::context::MintContext;
    use jwtspec_types::capabilities::Capabilities;

    #[test]
    fn cases_are_mutated_again_and_again_without_growing_beyond_bounds() {
        let setups: Vec<SetupSpec> = pool(7, &Capabilities::all());
        let mut generator = CaseGenerator::new(setups.iter(), true);
        generator.usable = (0..setups.len()).collect();
        let mut cases = vec![TestCase::of(0, vec![])];
        let mut minted = 0;
        for number in 0..600 {
            let mut rng = Rng::new(5, &number.to_string());
            let one = rng.choose(&cases).cloned().unwrap_or_else(|| cases[0].clone());
            let two = rng.choose(&cases).cloned().unwrap_or_else(|| cases[0].clone());
            let mutant = match rng.one_in(4) {
                true => generator.fresh(&mut rng),
                false => generator.mutated(&one, &two, &mut rng),
            };
            let differences = &mutant.steps[0].differences;
            assert!(differences.len() <= MOST_DIFFERENCES);
            let recipe = setups[mutant.setup].recipe(differences.iter().cloned());
            minted += usize::from(jwtspec_mint::mint(&recipe, &MintContext::example()).is_ok());
            cases.push(mutant);
        }
        assert!(minted > 300, "{minted} of 600 could be minted");
    }
}
