//! The probe: measures what a target does instead of believing what it declares.
//!
//! Every trust is planned before anything is started, because a target with a configuration file
//! is told all of them at once. Then each question is put to the target by presenting tokens and
//! by watching what its issuers are asked. Nothing here prints.

mod cache;
mod claims;
mod clock;
mod found;
mod measurement;
mod question;
mod search;
mod size;
mod spans;
#[cfg(test)]
mod tests;
mod told;
mod trial;
mod waits;

use std::time::Duration;

use serde::Serialize;

use self::question::Question;
use jwtspec_engine::issuer::{IssuerServer, StartError};
use jwtspec_engine::plan::{Case, Extra, MAX_WAIT, Setup};
use jwtspec_engine::run::{Options, PreflightError, RunError, TestBed, now, preflight, set_up_on};
use jwtspec_engine::target::{RunningTarget, Target, TargetError, TokenTable};
use jwtspec_types::capabilities::{Capabilities, Number};
use jwtspec_types::profile::Profile;
use jwtspec_types::trust::Trust;

pub use found::Declaration;
pub use measurement::Measurement;

/// How to probe.
#[derive(Clone, Copy, Debug)]
pub struct ProbeOptions {
    /// The profile whose valid tokens are presented.
    pub profile: Profile,
    /// How long is waited for what only real time can show.
    pub max_wait: Duration,
}

impl Default for ProbeOptions {
    fn default() -> Self {
        Self { profile: Profile::default(), max_wait: MAX_WAIT }
    }
}

/// What was measured of a target.
#[derive(Clone, Debug, Serialize)]
pub struct Probed {
    /// Its name.
    pub target: String,
    /// Its version, if it says one.
    pub version: Option<String>,
    /// The profile whose valid tokens were presented.
    pub profile: Profile,
    /// Whether it is a driver, which declares what it can do itself.
    pub driver: bool,
    /// What was measured, in a fixed order.
    pub measurements: Vec<Measurement>,
    /// What it should declare.
    pub declaration: Declaration,
}

impl Probed {
    /// Whether nothing that the target declares was found to be otherwise.
    pub fn is_as_declared(&self) -> bool {
        self.measurements.iter().all(|measurement| measurement.differences.is_empty())
    }
}

/// A probe that could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The target cannot tell a good token from a bad one.
    #[error("{}", .0.explained())]
    Preflight(PreflightError),
    /// Issuers, target or tokens.
    #[error(transparent)]
    SetUp(#[from] RunError),
}

impl From<TargetError> for ProbeError {
    fn from(error: TargetError) -> Self {
        Self::SetUp(error.into())
    }
}

impl From<StartError> for ProbeError {
    fn from(error: StartError) -> Self {
        Self::SetUp(error.into())
    }
}

/// What all questions have in common.
struct Lab<'b> {
    test_bed: &'b TestBed,
    /// The questions, in the order of the cases of the bench.
    questions: Vec<Question>,
    declared: Capabilities,
    is_driver: bool,
    profile: Profile,
    /// What requests say the time is at first, if the target heeds it.
    clock: Option<u64>,
    max_wait: Duration,
}

impl Lab<'_> {
    fn place(&self, question: Question) -> Option<usize> {
        self.questions.iter().position(|other| *other == question)
    }

    /// How many seconds the end of a span is waited for.
    fn patience(&self) -> u64 {
        match self.clock {
            Some(_) => cache::CLOCKED_PATIENCE,
            None => self.max_wait.as_secs(),
        }
    }
}

/// Measures a target.
///
/// # Errors
///
/// If it cannot be started or reached, or does not tell a good token from a bad one. What it does
/// otherwise than it declares is a result, not an error.
pub async fn probe(target: Target, options: ProbeOptions) -> Result<Probed, ProbeError> {
    let (is_driver, token) = match &target {
        Target::File(file) => (file.trust.is_none(), file.token.clone()),
        _ => (true, TokenTable::default()),
    };
    let issuers = IssuerServer::start().await?;
    let ca_file = issuers.ca_file().to_owned();
    let mut target = target.start(None, &ca_file).await?;
    let declared = target.capabilities().clone();
    let extra = Extra {
        header: Some(&token.header),
        claims: Some(&token.claims),
        ca_pem: Some(issuers.ca_pem()),
    };
    let mut set_up = Vec::new();
    for (question, case) in question::plan(options.profile, &declared, target.channel()) {
        let setup = set_up_on(&issuers, &case, extra)?;
        set_up.push((question, case, setup));
    }
    tell_all(&mut target, &mut set_up, &declared).await?;
    let questions = set_up.iter().map(|(question, ..)| *question).collect();
    let cases = set_up.into_iter().map(|(_, case, setup)| (case, setup)).collect();
    let test_bed = TestBed::of_cases(target, issuers, cases, &Options::default());
    preflight::check(&test_bed).await.map_err(ProbeError::Preflight)?;

    let ProbeOptions { profile, max_wait } = options;
    let lab =
        Lab { test_bed: &test_bed, questions, declared, is_driver, profile, clock: None, max_wait };
    // On the heap: together these futures are too large for the stack of a thread.
    let (measurements, declaration) = Box::pin(measure(lab)).await?;
    Ok(Probed {
        target: test_bed.target().name().to_owned(),
        version: test_bed.target().version().map(str::to_owned),
        profile: options.profile,
        driver: is_driver,
        measurements,
        declaration,
    })
}

/// Tells a target with a configuration file every trust. If it does not start with them, those
/// are left out that ask for more than it declares and with which it does not start.
async fn tell_all(
    target: &mut RunningTarget,
    set_up: &mut Vec<(Question, Case, Setup)>,
    declared: &Capabilities,
) -> Result<(), TargetError> {
    let trusts = |set_up: &[(Question, Case, Setup)]| -> Vec<Trust> {
        set_up.iter().map(|(.., setup)| setup.trust.clone()).collect()
    };
    let Err(error) = target.configure_all(trusts(set_up)).await else { return Ok(()) };
    let mut kept = Vec::new();
    for (question, case, setup) in set_up.drain(..) {
        let tried = question.is_declared(declared)
            || target.configure_all(vec![setup.trust.clone()]).await.is_ok();
        if tried {
            kept.push((question, case, setup));
        }
    }
    *set_up = kept;
    target.configure_all(trusts(set_up)).await.map_err(|_| error)
}

async fn measure(mut lab: Lab<'_>) -> Result<(Vec<Measurement>, Declaration), RunError> {
    let clock_seen = clock::clock(&lab).await?;
    lab.clock = clock_seen.for_claims.then(now);
    let quick = Box::pin(quick(&lab));
    let (quick, keeping) = tokio::join!(quick, Box::pin(waits::keeping(&lab)));
    let (quick, mut keeping) = (quick?, keeping?);
    let mut for_cache = lab.clock.map(|_| true).filter(|_| keeping.seen);
    if lab.clock.is_some() && !keeping.seen {
        // Nothing ended on the clock: does it in real time?
        lab.clock = None;
        let real = Box::pin(waits::keeping(&lab)).await?;
        if real.seen {
            for_cache = Some(false);
            keeping = real;
        }
    }
    let (clock_line, clock) = clock::describe(&lab, clock_seen, for_cache);
    // Last, and alone: what is too large for a target may bring it down.
    let size = size::largest_token(&lab).await?;

    let capabilities = quick
        .capabilities
        .cache_age(keeping.cache_age)
        .cooldown(keeping.cooldown)
        .http_cache(keeping.http_cache)
        .clock(clock);
    let declaration = Declaration { capabilities, is_driver: lab.is_driver };
    let mut lines = vec![clock_line];
    lines.extend(quick.lines);
    lines.extend(keeping.lines);
    lines.push(size);
    Ok((lines, declaration))
}

/// What needs no waiting.
struct Quick {
    lines: Vec<Measurement>,
    capabilities: Capabilities,
}

async fn quick(lab: &Lab<'_>) -> Result<Quick, RunError> {
    let (leeway_lines, leeway) = claims::leeways(lab).await?;
    let (keys_line, keys) = told::keys(lab).await?;
    let (providers_line, many) = told::providers(lab).await?;
    let (https_line, tls) = told::https(lab).await?;
    let (algorithms_line, algorithms) = told::algorithms_accepted(lab).await?;
    let (typ_line, typ) = told::typ(lab).await?;
    let (required_line, required_claims) = told::required_claims(lab).await?;
    let mut lines =
        vec![keys_line, providers_line, https_line, algorithms_line, typ_line, required_line];
    lines.extend(claims::audience(lab).await?);
    lines.extend(leeway_lines);
    let capabilities = Capabilities::default()
        .providers(if many { Number::Many } else { Number::One })
        .keys(keys)
        .algorithms(algorithms)
        .leeway(leeway)
        .tls(tls)
        .typ(typ)
        .required_claims(required_claims);
    Ok(Quick { lines, capabilities })
}
