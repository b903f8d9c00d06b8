//! `jwtspec power`.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use tokio::sync::mpsc;

use super::exit::{CLEAN, FINDINGS};
use super::fail::Fail;
use super::power_page::{Page, proofs};
use super::run::scenarios_of;
use super::scenario_args::PowerArgs;
use jwtspec_engine::event::Event;
use jwtspec_engine::plan::{Conditions, Globs, Selection};
use jwtspec_engine::power::{Matrix, by_profile};
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::{Catalogue, Scenario};
use jwtspec_engine::target::Target;
use jwtspec_reference::faults::{self, Fault};
use jwtspec_types::profile::Profile;
use jwtspec_types::words::Outcome;

/// Faults that are run at the same time: some scenarios wait for time-outs.
const AT_THE_SAME_TIME: usize = 8;
/// The reference answers within two seconds; some faults never do.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);
/// So many failing scenarios, or more, are no luck.
const FEW: usize = 50;
/// How often in a row all of a few must fail.
const TIMES_FOR_FEW: usize = 5;
/// The scenarios that are named in a line.
const NAMED: usize = 4;

pub(super) async fn power(args: PowerArgs) -> Result<u8, Fail> {
    let catalogue = Arc::new(scenarios_of(&args.scenarios)?);
    let chosen = Globs::new(&args.filter)?;
    let runs = by_profile(&catalogue, |id| chosen.is_empty() || chosen.is_match(id));
    let runs = Arc::new(runs);
    let wanted = Globs::new(&args.fault)?;
    let faults: Vec<&'static Fault> =
        faults::all().filter(|fault| wanted.is_empty() || wanted.is_match(fault.name)).collect();
    if faults.is_empty() {
        return Err(Fail::usage("no fault of the bank has such a name".to_owned()));
    }
    let is_whole = args.fault.is_empty() && args.filter.is_empty() && !args.known;
    let mut matrix =
        if is_whole { Matrix::default() } else { known_matrix(args.write.as_deref())? };
    if !args.known {
        measure(&catalogue, &runs, &faults, &mut matrix).await?;
    }
    let scenarios: Vec<&Scenario> =
        runs.iter().flat_map(|(_, ids)| ids).filter_map(|id| catalogue.find(id)).collect();
    let mut amiss: Vec<String> = faults
        .iter()
        .filter(|fault| fault.why_uncaught.is_empty())
        .filter(|fault| matrix.failing(fault.name).is_none_or(BTreeSet::is_empty))
        .map(|fault| format!("no scenario fails for the fault {}", fault.name))
        .collect();
    if args.fault.is_empty() {
        amiss.extend(scenarios.iter().filter_map(|scenario| amiss_in(&matrix, scenario)));
    }
    let mut stdout = anstream::stdout().lock();
    for line in &amiss {
        let _ = writeln!(stdout, "{line}");
    }
    let _ = writeln!(stdout, "\n{} faults, {} amiss", faults.len(), amiss.len());
    if let Some(file) = &args.write {
        matrix.retain(|fault| Fault::named(fault).is_some());
        std::fs::write(file, matrix.to_toml()).map_err(|error| Fail::file("write", file, error))?;
    }
    if let Some(file) = &args.page {
        let page = Page { matrix: &matrix, faults: &faults, scenarios: &scenarios };
        std::fs::write(file, page.to_string()).map_err(|error| Fail::file("write", file, error))?;
    }
    Ok(if amiss.is_empty() { CLEAN } else { FINDINGS })
}

/// The matrix so far: that of the file that will be written, if it exists, or the embedded one.
fn known_matrix(file: Option<&Path>) -> Result<Matrix, Fail> {
    let Some(file) = file.filter(|file| file.exists()) else {
        return Matrix::embedded().map_err(|error| Fail::system("read the matrix", error));
    };
    let text = std::fs::read_to_string(file).map_err(|error| Fail::file("read", file, error))?;
    Matrix::parse(&text).map_err(|error| Fail::file("read", file, error))
}

/// Runs every fault, prints a line for each, and enters what failed into the matrix.
async fn measure(
    catalogue: &Arc<Catalogue>,
    runs: &Arc<Vec<(Profile, Vec<String>)>>,
    faults: &[&'static Fault],
    matrix: &mut Matrix,
) -> Result<(), Fail> {
    let measured_ids: BTreeSet<&str> =
        runs.iter().flat_map(|(_, ids)| ids).map(String::as_str).collect();
    let measure = |fault: &'static Fault| {
        let (catalogue, runs) = (Arc::clone(catalogue), Arc::clone(runs));
        // A task each: planning takes time, in which the others' answers must be read.
        let failing = tokio::spawn(async move { failing(&catalogue, fault, &runs).await });
        async move {
            let failing = failing.await.map_err(|error| Fail::system("run a fault", error))?;
            Ok::<_, Fail>((fault, failing?))
        }
    };
    // Some faults are panics.
    std::panic::set_hook(Box::new(|_| {}));
    let (of_sessions, of_verifiers): (Vec<&'static Fault>, Vec<&'static Fault>) =
        faults.iter().copied().partition(|fault| fault.is_of_sessions());
    // The tests have a service for each of these, and hold it to what the fault names.
    let told = of_sessions.into_iter().map(|fault| Ok((fault, named_by(fault))));
    let measured = stream::iter(of_verifiers).map(measure).buffered(AT_THE_SAME_TIME);
    let mut rows = measured.chain(stream::iter(told));
    while let Some(row) = rows.next().await {
        let (fault, failing): (&Fault, BTreeSet<String>) = row?;
        let named: Vec<&str> = failing.iter().take(NAMED).map(String::as_str).collect();
        let more = if failing.len() > NAMED { " …" } else { "" };
        let _ = writeln!(
            anstream::stdout(),
            "{:<36} {:>4}  {}{more}",
            fault.name,
            failing.len(),
            named.join(" ")
        );
        matrix.update(fault.name, failing, &measured_ids);
    }
    Ok(())
}

fn named_by(fault: &Fault) -> BTreeSet<String> {
    fault.caught_by.iter().map(ToString::to_string).collect()
}

/// Returns a line if a scenario is neither proven nor says why, or both.
fn amiss_in(matrix: &Matrix, scenario: &Scenario) -> Option<String> {
    let id = &scenario.id;
    match (proofs(matrix, scenario).is_empty(), &scenario.unproven_because) {
        (true, None) => Some(format!("no fault proves {id}")),
        (false, Some(_)) => Some(format!("{id} is proven, though it says `unproven-because`")),
        _ => None,
    }
}

/// The scenarios that fail for a fault, each time: a signature may by chance be one that it refuses.
async fn failing(
    catalogue: &Catalogue,
    fault: &Fault,
    runs: &[(Profile, Vec<String>)],
) -> Result<BTreeSet<String>, Fail> {
    let mut failing = BTreeSet::new();
    for (profile, ids) in runs {
        let mut ids = failing_once(catalogue, fault, *profile, ids).await?;
        let mut again = 0;
        while !ids.is_empty() && again < if ids.len() < FEW { TIMES_FOR_FEW } else { 1 } {
            let still = failing_once(catalogue, fault, *profile, &ids).await?;
            again = if still.len() == ids.len() { again + 1 } else { 0 };
            ids = still;
        }
        failing.extend(ids);
    }
    Ok(failing)
}

async fn failing_once(
    catalogue: &Catalogue,
    fault: &Fault,
    profile: Profile,
    ids: &[String],
) -> Result<Vec<String>, Fail> {
    let options = Options {
        conditions: Conditions { profile, ..Conditions::default() },
        selection: Selection::new(ids, jwtspec_types::words::Level::May, None)?,
        preflight: false,
        // A fault is a fault, however busy the machine is.
        retry: false,
        answer_within: Some(ANSWER_WITHIN),
        ..Options::default()
    };
    let target = Target::Rust(Arc::new(fault.driver()));
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let run = async {
        let summary = jwtspec_engine::run::run(catalogue, target, &options, &sender).await;
        drop(sender);
        summary
    };
    let mut failing = Vec::new();
    let follow = async {
        while let Some(event) = receiver.recv().await {
            if let Event::CaseFinished(result) = event
                && result.outcome == Outcome::Fail
            {
                failing.push(result.id);
            }
        }
    };
    let (summary, ()) = tokio::join!(run, follow);
    summary?;
    Ok(failing)
}
