//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::scenario_args::{ChoiceArgs, CoverageArgs, PowerArgs, VectorsArgs, words};
use super::token_source::TokenSourceArgs;
use jwtspec_engine::plan::Shard;
use jwtspec_engine::report::Destination;
use jwtspec_engine::scenario::WholeSeconds;
use jwtspec_search::explore::InputKind;
use jwtspec_search::fuzz::seeds::SeedTarget;
use jwtspec_types::profile::Profile;
use jwtspec_types::timing::Span;
use jwtspec_types::words::Level;

/// Conformance tests for JWT verifiers, over HTTP, whatever their language.
///
/// Without a command, `run` runs every scenario against the embedded reference verifier.
///
/// Exit status: 0 nothing wrong; 1 findings; 2 bad usage or bad file; 3 the target could not be
/// started, reached or configured.
#[derive(Parser)]
#[command(name = "jwtspec", version, about, long_about)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Run scenarios against a verifier
    Run(RunArgs),
    /// List scenarios
    List(ChoiceArgs),
    /// Show what one scenario does, its tokens decoded
    Show(ShowArgs),
    /// Run the scenarios against every fault of the bank: what each fault fails, and what proves each
    /// scenario
    Power(PowerArgs),
    /// Show which requirements of the specifications the scenarios exercise
    Coverage(CoverageArgs),
    /// Explain why a token is accepted or refused, and what to change on which side
    Explain(ExplainArgs),
    /// Check scenario, target and deviations files for mistakes
    Check {
        /// Files and folders; `target.toml` is read as a target, `deviations.toml` as deviations,
        /// everything else as scenarios [default: the embedded scenarios]
        paths: Vec<PathBuf>,
    },
    /// Measure what a target does, and print what its target file should say
    Probe(ProbeArgs),
    /// Try what must hold for every token with many of them, and keep what is found as scenarios
    Property(PropertyArgs),
    /// Search for tokens that a verifier treats wrongly, steered by what comes back
    Fuzz(FuzzArgs),
    /// Present finds, cases of a corpus and inputs of fuzz targets again
    Replay(ReplayArgs),
    /// Keep what a target says when it refuses, for review, and compare with what was kept
    Snapshot(SnapshotArgs),
    /// Serve an issuer, for use by hand
    Issuer(IssuerArgs),
    /// Serve the reference verifier, for use by hand
    Reference(ReferenceArgs),
    /// Judge whether an issuer is fit to be verified
    LintIssuer(LintIssuerArgs),
    /// Test a token endpoint or fetcher, and simulate a client that gets its tokens there
    TokenSource(Box<TokenSourceArgs>),
    /// Print the JSON Schema of a file format
    Schema {
        /// Which format
        of: SchemaOf,
    },
    /// Write seeds for the fuzz targets, made from scenarios and fixtures
    Seeds(SeedsArgs),
    /// Write the scenarios that need no network as test vectors: JSON for verifiers in any language
    Vectors(VectorsArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

impl Default for Command {
    fn default() -> Self {
        Self::Run(RunArgs::default())
    }
}

#[derive(ClapArgs)]
pub(super) struct RunArgs {
    /// What to test: a target file, or the URL of a driver that runs already [default: the
    /// embedded reference verifier]
    #[arg(long, short, value_name = "FILE|URL")]
    pub(super) target: Vec<String>,
    #[command(flatten)]
    pub(super) choice: ChoiceArgs,
    /// A report, to standard output or to a file; `{target}` in the file name is
    /// replaced by the target's name
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub(super) report: Vec<Destination>,
    /// How many scenarios run at the same time
    #[arg(long, short, value_name = "N", default_value_t = 8)]
    pub(super) jobs: u16,
    /// Run the K-th of N shares, counted from 1
    #[arg(long, value_name = "K/N")]
    pub(super) shard: Option<Shard>,
    /// Go on with the run that the journal tells of
    #[arg(long)]
    pub(super) resume: bool,
    /// Where results are noted as they come [default: .jwtspec/TARGET-PROFILE.jsonl]
    #[arg(long, value_name = "FILE")]
    pub(super) journal: Option<PathBuf>,
    /// Unproven reasons are findings; skipped and flaky scenarios, and deviations that name no
    /// finding, are not clean
    #[arg(long)]
    pub(super) strict: bool,
    /// Known failures: a TOML file from scenario id or glob to why
    #[arg(long, value_name = "FILE")]
    pub(super) deviations: Vec<PathBuf>,
    /// Write the failures of this run as a deviations file, or bring one up to date: what it
    /// explains already is kept, what no longer fails is left out. What entries of other files say
    /// wrongly is written here, and they are named
    #[arg(long, value_name = "FILE")]
    pub(super) write_deviations: Option<PathBuf>,
    /// Serve issuers over HTTPS, except where a scenario says otherwise
    #[arg(long)]
    pub(super) https: bool,
    /// How long the steps of one scenario may wait in all, where the target has no clock that
    /// requests can set
    #[arg(long, value_name = "TIME", default_value = "60s")]
    pub(super) max_wait: Span,
    /// Write the messages that `[reasons]` of the target file does not map as a first such table
    #[arg(long, value_name = "FILE")]
    pub(super) write_reasons: Option<PathBuf>,
    /// Do not ask first whether the target tells a good token from a bad one
    #[arg(long)]
    pub(super) no_preflight: bool,
    /// Send hostile input to a target that is not on this machine
    #[arg(long)]
    pub(super) allow_remote: bool,
}

impl Default for RunArgs {
    fn default() -> Self {
        /// The arguments of `jwtspec run`, as the command line would give them.
        #[derive(Parser)]
        struct Alone {
            #[command(flatten)]
            run: RunArgs,
        }
        Alone::parse_from(["jwtspec"]).run
    }
}

/// The verifier that a command is about. Named first in its help, and allowed last.
#[derive(ClapArgs)]
pub(super) struct TargetArgs {
    /// The verifier: a target file, or the URL of a driver that runs already [default: the
    /// embedded reference verifier]
    #[arg(long, short, value_name = "FILE|URL", display_order = 1)]
    pub(super) target: Option<String>,
    /// Send hostile input to a target that is not on this machine
    #[arg(long, display_order = 14)]
    pub(super) allow_remote: bool,
}

#[derive(ClapArgs)]
pub(super) struct SnapshotArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    #[command(flatten)]
    pub(super) choice: ChoiceArgs,
    /// Where snapshots are kept [default: snapshots/TARGET]
    #[arg(long, value_name = "FOLDER")]
    pub(super) dir: Option<PathBuf>,
    /// Take what there is now for right
    #[arg(long)]
    pub(super) accept: bool,
    /// How long the steps of one scenario may wait in all
    #[arg(long, value_name = "TIME", default_value = "60s")]
    pub(super) max_wait: Span,
}

#[derive(ClapArgs)]
pub(super) struct ShowArgs {
    /// The id of a scenario, such as `audience/missing`
    pub(super) id: String,
    #[command(flatten)]
    pub(super) choice: ChoiceArgs,
}

/// Exit status: 0 the token would be accepted; 1 it would not; 2 bad usage or bad file; 3 its
/// keys could not be fetched.
#[derive(ClapArgs)]
pub(super) struct ExplainArgs {
    /// The token as you have it: bare, with `Bearer`, in a `curl` command, in JSON, in a URL
    /// [default: standard input, and so is `-`]
    pub(super) token: Option<String>,
    /// The issuers that the verifier trusts: a trust of the driver contract, or the providers of a Convex
    /// `auth.config`, as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) trust: PathBuf,
    /// The time to go by: 2027-01-15T08:00:00Z, seconds since 1970, +1h or -5m
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(super) now: Option<String>,
    /// Print the explanation as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Print the signature too, which makes the output as secret as the token
    #[arg(long)]
    pub(super) show_signature: bool,
    /// Read the issuer's key set from this file, and fetch nothing
    #[arg(long, value_name = "FILE")]
    pub(super) jwks: Option<PathBuf>,
    /// Read the issuer's discovery document from this file, and fetch nothing
    #[arg(long, value_name = "FILE")]
    pub(super) discovery: Option<PathBuf>,
    /// Fetch from issuers that are not on this machine
    #[arg(long)]
    pub(super) allow_remote: bool,
}

#[derive(ClapArgs)]
pub(super) struct ProbeArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    /// The profile whose valid tokens are presented
    #[arg(long, short, default_value = "jwt", value_parser = words::<Profile>(Profile::names()))]
    pub(super) profile: Profile,
    /// How long to wait for what only real time can show
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub(super) max_wait: Span,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// The arguments that the searching commands share. Those of one command are listed between them
/// in its help, by their `display_order`.
#[derive(ClapArgs)]
pub(super) struct SearchArgs {
    #[command(flatten)]
    pub(super) target: TargetArgs,
    /// The set of expectations where specifications leave a choice
    #[arg(long, short, default_value = "jwt", display_order = 2,
          value_parser = words::<Profile>(Profile::names()))]
    pub(super) profile: Profile,
    /// Nothing less binding than this
    #[arg(long, short, default_value = "may", display_order = 4,
          value_parser = words::<Level>(Level::NAMES))]
    pub(super) level: Level,
    /// Where chance begins; the same seed gives the same cases as long as the answers, and a
    /// corpus that is read, are the same [default: another each time]
    #[arg(long, value_name = "N", display_order = 7)]
    pub(super) seed: Option<u64>,
    /// How many cases are under way at the same time
    #[arg(long, short, value_name = "N", default_value_t = 8, display_order = 8)]
    pub(super) jobs: u16,
    /// Where scenario files of what is found are written
    #[arg(long, value_name = "FOLDER", default_value = ".jwtspec/found", display_order = 10)]
    pub(super) out: PathBuf,
    /// Known failures: a TOML file from id or glob, such as `property/any--claim-aud--*`, to why
    #[arg(long, value_name = "FILE", display_order = 12)]
    pub(super) deviations: Vec<PathBuf>,
    /// Do not ask first whether the target tells a good token from a bad one
    #[arg(long, display_order = 13)]
    pub(super) no_preflight: bool,
}

/// Exit status: 0 nothing found; 1 something found; 2 bad usage or bad file; 3 the target could
/// not be started, reached or configured, also for some setups only, or accepts its valid token no
/// longer.
#[derive(ClapArgs)]
pub(super) struct PropertyArgs {
    #[command(flatten)]
    pub(super) search: SearchArgs,
    /// Only properties whose name matches, such as `audience` or `*-expiry`
    #[arg(long, value_name = "GLOB", display_order = 3)]
    pub(super) property: Vec<String>,
    /// How many cases of each property [default: 300, or as many as there is time for]
    #[arg(long, value_name = "N", display_order = 5)]
    pub(super) cases: Option<usize>,
    /// How long to try all properties together, what is found excepted
    #[arg(long, value_name = "TIME", display_order = 6)]
    pub(super) time: Option<Span>,
}

/// Exit status: 0 nothing found; 1 something found; 2 bad usage or bad file; 3 the target could
/// not be started, reached or configured, also for some setups only, or accepts its valid token no
/// longer.
#[derive(ClapArgs)]
pub(super) struct FuzzArgs {
    #[command(flatten)]
    pub(super) search: SearchArgs,
    /// How many cases [default: as many as there is time for]
    #[arg(long, value_name = "N", display_order = 5)]
    pub(super) cases: Option<usize>,
    /// How long to search [default: 60s, unless cases are given]
    #[arg(long, value_name = "TIME", display_order = 6)]
    pub(super) time: Option<Span>,
    /// Where cases are kept that showed something new, and read from to go on [default:
    /// fuzz-corpus/TARGET]
    #[arg(long, value_name = "FOLDER", display_order = 9)]
    pub(super) corpus: Option<PathBuf>,
    /// Do not take much slower answers for something new; they depend on the machine
    #[arg(long, display_order = 11)]
    pub(super) no_latency: bool,
}

/// Exit status: 0 nothing wrong shows; 1 something does, or nothing is proven; 2 bad usage or bad
/// file; 3 the target could not be started, reached or configured.
#[derive(ClapArgs)]
pub(super) struct ReplayArgs {
    /// Scenario files and inputs of libFuzzer; of a folder, every file in it
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// What the files hold [default: what they seem to]
    #[arg(long = "as", value_name = "KIND", value_enum)]
    pub(super) kind: Option<InputKind>,
    /// To what they are presented: a target file, or the URL of a driver that runs already
    /// [default: scenario files to the embedded reference verifier, inputs to none]
    #[arg(long, short, value_name = "FILE|URL")]
    pub(super) target: Option<String>,
    /// The set of expectations where specifications leave a choice
    #[arg(long, short, default_value = "jwt", value_parser = words::<Profile>(Profile::names()))]
    pub(super) profile: Profile,
    /// Where scenario files made of inputs are written
    #[arg(long, value_name = "FOLDER", default_value = ".jwtspec/replayed")]
    pub(super) out: PathBuf,
    /// Send hostile input to a target that is not on this machine
    #[arg(long)]
    pub(super) allow_remote: bool,
}

#[derive(ClapArgs)]
pub(super) struct IssuerArgs {
    /// The port to listen on [default: the system chooses]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(super) port: u16,
    /// A fixture key to publish; the first one signs
    #[arg(long, value_name = "NAME", default_value = "rs256-a")]
    pub(super) key: Vec<String>,
    /// The audience of the tokens
    #[arg(long, value_name = "AUD")]
    pub(super) audience: Option<String>,
    /// A recipe for the printed token, as TOML: `claims.aud = "x"`
    #[arg(long, value_name = "TOML", default_value = "", hide_default_value = true)]
    pub(super) recipe: String,
}

#[derive(ClapArgs)]
pub(super) struct ReferenceArgs {
    /// The port to listen on [default: the system chooses]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(super) port: u16,
    /// A leeway that it has whatever it is told
    #[arg(long, value_name = "TIME")]
    pub(super) leeway: Option<WholeSeconds>,
    /// A cache age that it has whatever it is told
    #[arg(long, value_name = "TIME")]
    pub(super) cache_age: Option<WholeSeconds>,
    /// A cool-down that it has whatever it is told
    #[arg(long, value_name = "TIME")]
    pub(super) cooldown: Option<WholeSeconds>,
    /// Go by the time of this machine, whatever requests say
    #[arg(long)]
    pub(super) no_clock: bool,
}

#[derive(ClapArgs)]
pub(super) struct LintIssuerArgs {
    /// The issuer identifier; the URL of its discovery document or key set is recognised too
    pub(super) url: String,
    /// A token of this issuer; `-` reads it from standard input
    #[arg(long, value_name = "TOKEN|-", group = "source")]
    pub(super) token: Option<String>,
    /// A command for `sh` that prints a token; JWTSPEC_FORCE_REFRESH is 1 where a new one is
    /// wanted, and 0 otherwise
    #[arg(long, value_name = "CMD", group = "source")]
    pub(super) token_command: Option<String>,
    /// A token endpoint, to which `--form` is posted
    #[arg(long, value_name = "URL", group = "source")]
    pub(super) token_endpoint: Option<String>,
    /// A field of the form, such as `grant_type=client_credentials`
    #[arg(long, value_name = "NAME=VALUE", requires = "token_endpoint")]
    pub(super) form: Vec<String>,
    /// What tokens should have as `aud`
    #[arg(long, value_name = "AUD", requires = "source")]
    pub(super) audience: Option<String>,
    /// Watch the key set for so long, to see keys rotate
    #[arg(long, value_name = "TIME")]
    pub(super) watch: Option<Span>,
    /// Print the report as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// The authority behind the issuer's certificate, PEM [default: those of the system]
    #[arg(long, value_name = "PEM")]
    pub(super) ca_file: Option<PathBuf>,
    /// Ask an issuer that is not on this machine
    #[arg(long)]
    pub(super) allow_remote: bool,
}

#[derive(ClapArgs)]
pub(super) struct SeedsArgs {
    /// The corpus: each target has a folder in it. Its files `seed-*` are written anew
    #[arg(value_name = "DIR")]
    pub(super) dir: PathBuf,
    /// One target only [default: all]
    #[arg(long, value_name = "TARGET",
          value_parser = words::<SeedTarget>(SeedTarget::NAMES))]
    pub(super) target: Option<SeedTarget>,
}

/// A format that has a JSON Schema.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum SchemaOf {
    /// Scenario files
    Scenario,
    /// Target files
    Target,
    /// The JSON report
    Report,
    /// The JSON report on an issuer
    LintIssuer,
    /// The JSON report on a token source
    TokenSource,
    /// The trust of the driver contract
    Trust,
    /// What `explain --json` prints
    Explanation,
    /// The files that `vectors` writes
    Vectors,
}
