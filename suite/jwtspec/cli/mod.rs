//! The command: arguments in, exit status out. The only part that prints.

mod args;
mod baseline;
mod check;
mod coverage;
mod exit;
mod explain;
mod explanation;
mod fail;
mod fixed_spans;
mod fuzz;
mod interrupt;
mod lint_issuer;
mod list;
mod output;
mod power;
mod power_page;
mod probe;
mod progress;
mod property;
mod reasons;
mod replay;
mod run;
mod scenario_args;
mod search_output;
mod seeds;
mod serve;
mod show;
mod snapshot;
mod snapshot_texts;
mod target;
mod token_source;
mod vectors;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Args, Command};
pub use exit::{BAD_USAGE, CLEAN, FINDINGS, INTERRUPTED, NO_TARGET};
use fail::Fail;
use interrupt::interrupted;
use jwtspec_engine::run::{raise_limit, require_descriptors};
use jwtspec_engine::target::adopt_orphans;
use output::print_clap;

/// Runs the command with the arguments of the process.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return print_clap(&error),
    };
    raise_limit();
    adopt_orphans();
    let command = args.command.unwrap_or_default();
    let outcome = match command {
        Command::Run(args) => to_its_end(run::run(args)),
        Command::List(args) => list::list(&args),
        Command::Show(args) => show::show(&args),
        Command::Power(args) => on_runtime(power::power(args)),
        Command::Coverage(args) => coverage::coverage(&args),
        Command::Explain(args) => on_runtime(explain::explain(args)),
        Command::Check { paths } => check::check(&paths),
        Command::Probe(args) => on_runtime(probe::run(args)),
        Command::Property(args) => on_runtime(property::run(args)),
        Command::Fuzz(args) => on_runtime(fuzz::run(args)),
        Command::Replay(args) => on_runtime(replay::run(args)),
        Command::Snapshot(args) => on_runtime(snapshot::run(args)),
        Command::Issuer(args) => on_runtime(serve::issuer(args)),
        Command::Reference(args) => on_runtime(serve::reference(args)),
        Command::LintIssuer(args) => on_runtime(lint_issuer::lint_issuer(args)),
        Command::TokenSource(args) => on_runtime(token_source::token_source(*args)),
        Command::Schema { of } => show::schema(of),
        Command::Seeds(args) => seeds::write(&args),
        Command::Vectors(args) => vectors::vectors(&args),
        Command::Completions { shell } => {
            let mut command = Args::command();
            clap_complete::generate(shell, &mut command, "jwtspec", &mut anstream::stdout());
            Ok(CLEAN)
        }
    };
    let status = outcome.unwrap_or_else(|failure| {
        failure.print();
        failure.status()
    });
    ExitCode::from(status)
}

/// Runs until done or interrupted; a process ends with the future that started it.
fn on_runtime(work: impl Future<Output = Result<u8, Fail>>) -> Result<u8, Fail> {
    to_its_end(async {
        tokio::select! {
            outcome = work => outcome,
            () = interrupted() => Ok(INTERRUPTED),
        }
    })
}

/// Runs what heeds signals itself, and may open connections.
fn to_its_end(work: impl Future<Output = Result<u8, Fail>>) -> Result<u8, Fail> {
    require_descriptors()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fail::system("start the runtime", error))?;
    let outcome = runtime.block_on(work);
    // Reading from a target that has been ended may hold a thread: do not wait for it.
    runtime.shutdown_background();
    outcome
}
