//! The probe: measures what a target does instead of believing what it declares.
//!
//! Every trust is planned before anything is started, because a target with a configuration file
//! is told all of them at once. Then each question is put to the target by presenting tokens and
//! by watching the requests to its issuers. Nothing here prints.

mod cache;
mod capabilities;
mod claims;
mod clock;
mod inference;
mod measurement;
mod question;
mod search;
mod session;
mod size;
mod spans;
mod suggestion;
#[cfg(test)]
mod tests;
mod tried;
mod unmeasured;

use std::collections::BTreeSet;
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use self::question::Question;
use jwtspec_engine::issuer::IssuerServer;
use jwtspec_engine::plan::{Case, Extra, Setup};
use jwtspec_engine::run::{Options, PreflightError, RunError, TestBed, now, set_up_on};
use jwtspec_engine::target::{RunningTarget, Target, TargetError, TokenTable};
use jwtspec_engine::untold::UntoldTrusts;
use jwtspec_types::capabilities::{Capabilities, Number};
use jwtspec_types::profile::Profile;
use jwtspec_types::trust::Trust;

pub use measurement::Measurement;
pub use suggestion::Declaration;

/// The options of a probe.
#[derive(Clone, Copy, Debug)]
pub struct ProbeOptions {
    /// The profile whose valid tokens are presented.
    pub profile: Profile,
    /// The longest wait for what only real time can show.
    pub max_wait: Duration,
}

impl Default for ProbeOptions {
    fn default() -> Self {
        Self { profile: Profile::default(), max_wait: Duration::from_secs(10) }
    }
}

/// The result of a probe.
#[derive(Clone, Debug, Serialize)]
pub struct Probed {
    /// The name of the target.
    pub target: String,
    /// The version of the target, if it states one.
    pub version: Option<String>,
    /// The profile whose valid tokens were presented.
    pub profile: Profile,
    /// True for a driver, which declares its own capabilities.
    pub driver: bool,
    /// The measurements, in a fixed order.
    pub measurements: Vec<Measurement>,
    /// The suggested declaration.
    pub declaration: Declaration,
    /// The trusts that the target did not take, though it said nothing against them: they leave
    /// something unmeasured.
    #[serde(rename = "mistakes", skip_serializing_if = "UntoldTrusts::is_empty")]
    pub untold: UntoldTrusts,
}

impl Probed {
    /// True if no measurement differs from the declaration of the target.
    pub fn is_as_declared(&self) -> bool {
        self.measurements.iter().all(|measurement| measurement.differences.is_empty())
    }

    /// True if everything could be measured that the target can be told.
    pub fn is_complete(&self) -> bool {
        self.untold.is_empty()
            && !self.measurements.iter().any(|measurement| measurement.incomplete)
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

/// The environment of all questions: the test bed, the declaration and the clock.
struct ProbeRun<'b> {
    test_bed: &'b TestBed,
    /// The questions, in the order of the cases of the test bed.
    questions: Vec<Question>,
    declared: Capabilities,
    is_driver: bool,
    profile: Profile,
    /// The time that requests state at first, if the target heeds it.
    clock: Option<u64>,
    max_wait: Duration,
    /// The trusts that the target did not take by its own mistake.
    untold: &'b Mutex<UntoldTrusts>,
    /// The number of tokens that got no answer in time.
    waits: AtomicUsize,
}

impl ProbeRun<'_> {
    /// The seconds that the end of a span is waited for.
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
/// If it cannot be started or reached, or does not tell a good token from a bad one. A
/// difference from its declaration is a result, not an error.
pub async fn probe(target: Target, options: ProbeOptions) -> Result<Probed, ProbeError> {
    let (is_driver, token) = match &target {
        Target::File(file) => (file.trust.is_none(), file.token.clone()),
        _ => (true, TokenTable::default()),
    };
    let issuers = IssuerServer::start().map_err(RunError::from)?;
    let ca_file = issuers.ca_file().to_owned();
    let mut target = target.start(None, &ca_file).await.map_err(RunError::from)?;
    let declared = target.capabilities().clone();
    let extra = Extra {
        header: Some(&token.header),
        claims: Some(&token.claims),
        ca_pem: Some(issuers.ca_pem()),
    };
    let mut set_up = Vec::new();
    for (question, case) in question::plan_questions(options.profile, &declared, target.channel()) {
        let mut setup = set_up_on(&issuers, &case, extra)?;
        question::leave_text_only(question, &mut setup.trust);
        set_up.push((question, case, setup));
    }
    tell_all(&mut target, &mut set_up, &declared).await.map_err(RunError::from)?;
    let questions = set_up.iter().map(|(question, ..)| *question).collect();
    let cases = set_up.into_iter().map(|(_, case, setup)| (case, setup)).collect();
    let test_bed = TestBed::of_cases(target, issuers, cases, &Options::default());
    test_bed.preflight().await.map_err(ProbeError::Preflight)?;

    let ProbeOptions { profile, max_wait } = options;
    let untold = Mutex::default();
    let run = ProbeRun {
        test_bed: &test_bed,
        questions,
        declared,
        is_driver,
        profile,
        clock: None,
        max_wait,
        untold: &untold,
        waits: AtomicUsize::new(0),
    };
    // On the heap: together these futures are too large for the stack of a thread.
    let (measurements, declaration) = Box::pin(measure(run)).await?;
    Ok(Probed {
        target: test_bed.target().name().to_owned(),
        version: test_bed.target().version().map(str::to_owned),
        profile: options.profile,
        driver: is_driver,
        measurements,
        declaration,
        untold: untold.into_inner().unwrap_or_else(PoisonError::into_inner),
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

async fn measure(mut run: ProbeRun<'_>) -> Result<(Vec<Measurement>, Declaration), RunError> {
    let clock_seen = clock::measure_clock(&run).await?;
    run.clock = clock_seen.for_claims.then(now);
    let untimed = Box::pin(measure_untimed(&run));
    let (untimed, caching) = tokio::join!(untimed, Box::pin(inference::measure_caching(&run)));
    let ((untimed, capabilities, mut unmeasured), mut caching) = (untimed?, caching?);
    let mut for_cache = run.clock.map(|_| true).filter(|_| caching.seen);
    if run.clock.is_some() && !caching.seen && !caching.is_unknown {
        // Nothing ended on the clock: does it in real time?
        run.clock = None;
        let real = Box::pin(inference::measure_caching(&run)).await?;
        if real.seen {
            for_cache = Some(false);
            caching = real;
        }
    }
    let (clock_line, clock) = clock::describe_clock(&run, clock_seen, for_cache);
    // Last, and alone: what is too large for a target may bring it down.
    let size = size::measure_largest_token(&run).await?;

    let mut known = |name, measured: Option<bool>| or_unmeasured(&mut unmeasured, name, measured);
    let capabilities = capabilities
        .cache_age(caching.cache_age)
        .cooldown(caching.cooldown)
        .http_cache(known("http_cache", caching.http_cache))
        .clock(known("clock", clock));
    let declaration = Declaration { capabilities, unmeasured, is_driver: run.is_driver };
    let mut lines = vec![clock_line];
    lines.extend(untimed);
    lines.extend(caching.lines);
    lines.push(size);
    Ok((lines, declaration))
}

/// The value of a member; if it could not be measured, its name is added to those.
fn or_unmeasured(
    unmeasured: &mut BTreeSet<&'static str>,
    name: &'static str,
    measured: Option<bool>,
) -> bool {
    if measured.is_none() {
        unmeasured.insert(name);
    }
    measured.unwrap_or_default()
}

/// The measurements that need no waiting, the capabilities that they show, and the names of those
/// that could not be measured.
async fn measure_untimed(
    run: &ProbeRun<'_>,
) -> Result<(Vec<Measurement>, Capabilities, BTreeSet<&'static str>), RunError> {
    let (leeway_lines, leeway) = claims::measure_leeways(run).await?;
    let (keys_line, keys) = capabilities::measure_keys(run).await?;
    let (forms_line, key_forms) = capabilities::measure_key_forms(run).await?;
    let (providers_line, many) = capabilities::measure_providers(run).await?;
    let (https_line, tls) = capabilities::measure_https(run).await?;
    let (algorithms_line, algorithms) = capabilities::measure_algorithms(run).await?;
    let (typ_line, typ) = capabilities::measure_typ(run).await?;
    let (required_line, required_claims) = capabilities::measure_required_claims(run).await?;
    let mut lines = vec![
        keys_line,
        forms_line,
        providers_line,
        https_line,
        algorithms_line,
        typ_line,
        required_line,
    ];
    lines.extend(claims::measure_audience(run).await?);
    lines.extend(leeway_lines);
    let mut unmeasured = BTreeSet::new();
    let mut known = |name, measured: Option<bool>| or_unmeasured(&mut unmeasured, name, measured);
    let capabilities = Capabilities::default()
        .providers(if known("providers", many) { Number::Many } else { Number::One })
        .keys(keys)
        .key_forms(key_forms)
        .algorithms(algorithms)
        .leeway(leeway)
        .tls(known("tls", tls))
        .typ(known("typ", typ))
        .required_claims(known("required_claims", required_claims));
    Ok((lines, capabilities, unmeasured))
}
