//! From a case to a vector.

use serde_json::{Map, Value};

use super::flags::{flags, key_types, needs};
use super::format::{Difference, Expectation, Group, Vector};
use super::left_out::{LeftOut, only_token};
use crate::judge::{Maker, meaning_of, needs_control, needs_control_afterwards, opposite_finding};
use crate::plan::{Case, DryStep, Setup, dry_run};
use crate::report::describe_meaning;
use crate::scenario::Expect;
use jwtspec_jose::{Duplicates, object, repeated_names};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::{MintError, mint};
use jwtspec_types::trust::{KeySource, Trust};
use jwtspec_types::words::Algorithm;

/// The time at which everything is minted and judged, in seconds since 1970.
const CLOCK: u64 = 1_800_000_000;
/// The longest token or key set, in bytes.
const LONGEST: usize = 64 * 1024;

/// A vector, and the group that it is in.
pub(super) struct Built {
    /// The group, without vectors.
    pub(super) group: Group,
    /// The control of the group, minted so that equal recipes give equal tokens; none if it has none.
    pub(super) control: Option<String>,
    /// The vector.
    pub(super) vector: Vector,
}

/// The reason why a case makes no vector.
pub(super) enum NoVector {
    /// It is not about a token alone.
    LeftOut(LeftOut),
    /// It cannot be carried out.
    Mint(MintError),
}

impl From<LeftOut> for NoVector {
    fn from(why: LeftOut) -> Self {
        Self::LeftOut(why)
    }
}

impl From<MintError> for NoVector {
    fn from(error: MintError) -> Self {
        Self::Mint(error)
    }
}

/// The vector of a case.
pub(super) fn build(case: &Case) -> Result<Built, NoVector> {
    only_token(case)?;
    let dry = dry_run(case, CLOCK)?;
    let ([setup], [step]) = (dry.setups.as_slice(), dry.steps.as_slice()) else {
        return Err(LeftOut::Steps.into());
    };
    let trust = with_given_keys(setup)?;
    let vector = vector(case, step, &trust);
    if vector.token.len() > LONGEST {
        return Err(LeftOut::Long.into());
    }
    let expect = case.expect(step.index, step.presentation);
    let is_needed =
        needs_control(&expect, false) || needs_control_afterwards(case, expect == Expect::Accept);
    let control = |serial: &str| {
        let context = MintContext { serial: serial.to_owned(), ..setup.mint_context.clone() };
        let mint = || mint(&case.scenario.control, &context).map(|minted| minted.token);
        is_needed.then(mint).transpose()
    };
    let group = Group {
        clock: CLOCK,
        algorithms: algorithms(&trust),
        key_types: key_types(&trust),
        needs: needs(&trust),
        control: control(&format!("{}#control", case.scenario.id))?,
        vectors: Vec::new(),
        trust,
    };
    Ok(Built { group, control: control("control")?, vector })
}

fn vector(case: &Case, step: &DryStep<'_>, trust: &Trust) -> Vector {
    let scenario = &case.scenario;
    let expect = case.expect(step.index, step.presentation);
    let maker = Maker::of_token(&step.minted, &step.mint_context, trust);
    let finding = opposite_finding(&expect, maker);
    let impact = finding.map(|finding| meaning_of(scenario, Some(&expect), finding));
    let difference = case.known_difference(step.index);
    Vector {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        level: case.level,
        expectation: Expectation::of(&expect),
        reasons: expect.reasons().to_vec(),
        finding,
        impact: impact.map(|meaning| describe_meaning(&meaning).to_owned()),
        known_difference: difference.and_then(|difference| {
            let expect = difference.expect?;
            Some(Difference { expectation: Expectation::of(&expect), why: difference.why })
        }),
        requirements: scenario.covers.iter().map(|it| it.id.clone()).collect(),
        flags: flags(case, step),
        token: step.minted.token.clone(),
    }
}

impl Expectation {
    fn of(expect: &Expect) -> Self {
        match expect {
            Expect::Accept => Self::Accept,
            Expect::Reject(_) => Self::Reject,
            Expect::Either(_) => Self::Either,
        }
    }
}

/// The trust of a setup with the key sets in it, whichever way the verifier would get them.
fn with_given_keys(setup: &Setup) -> Result<Trust, LeftOut> {
    let key_sets = setup.key_sets().ok_or(LeftOut::Fetching)?;
    let mut trust = setup.trust.clone();
    for (provider, bytes) in trust.providers.iter_mut().zip(key_sets) {
        if matches!(provider.keys, KeySource::Jwks(_)) {
            continue;
        }
        let bytes = bytes.ok_or(LeftOut::Fetching)?;
        if bytes.len() > LONGEST {
            return Err(LeftOut::Long);
        }
        let set = plain_object(&bytes).ok_or(LeftOut::KeySet)?;
        if has_secret(&set) {
            return Err(LeftOut::PublishedSecret);
        }
        provider.keys = KeySource::Jwks(set);
    }
    Ok(trust)
}

/// The JSON object that these bytes are to every parser.
fn plain_object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let set = object(bytes, Duplicates::Refuse).ok()?;
    repeated_names(bytes).is_empty().then_some(set)
}

/// True if a key set has a shared secret, or a private key. Where it is published anyone can read
/// it; given to the verifier alone, it is in order.
fn has_secret(set: &Map<String, Value>) -> bool {
    let keys = set.get("keys").and_then(Value::as_array);
    keys.into_iter().flatten().any(|key| key.get("k").is_some() || key.get("d").is_some())
}

fn algorithms(trust: &Trust) -> Vec<Algorithm> {
    let mut algorithms: Vec<Algorithm> =
        trust.providers.iter().flat_map(|provider| provider.algorithms.clone()).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    algorithms
}
