//! The arguments of commands about the scenarios themselves.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use jwtspec_types::profile::Profile;
use jwtspec_types::words::Level;

/// Which scenarios, under which profile.
#[derive(ClapArgs)]
pub(super) struct ChoiceArgs {
    /// The set of expectations where specifications leave a choice
    #[arg(long, short, default_value = "jwt", value_parser = words::<Profile>(Profile::names()))]
    pub(super) profile: Profile,
    /// Only scenarios whose id matches, such as `audience/*`
    #[arg(long, short, value_name = "GLOB")]
    pub(super) filter: Vec<String>,
    /// Only scenarios that exercise a requirement whose id matches, such as `rfc7519-4.1.3-*`
    #[arg(long, value_name = "GLOB")]
    pub(super) requirement: Vec<String>,
    /// Nothing less binding than this
    #[arg(long, short, default_value = "may", value_parser = words::<Level>(Level::NAMES))]
    pub(super) level: Level,
    /// A scenario file or a folder of them, instead of the embedded ones
    #[arg(long, value_name = "PATH")]
    pub(super) scenarios: Vec<PathBuf>,
}

/// Exit status: 0 every requirement that a test can see has a scenario; 1 one has none; 2 bad usage or
/// bad file.
#[derive(ClapArgs)]
pub(super) struct CoverageArgs {
    /// Only requirements whose id matches, such as `rfc7519-4.1.3-*`, each with its scenarios
    #[arg(long, value_name = "GLOB")]
    pub(super) requirement: Vec<String>,
    /// A scenario file or a folder of them, instead of the embedded ones
    #[arg(long, value_name = "PATH")]
    pub(super) scenarios: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Exit status: 0 each fault fails a scenario, and each scenario fails for a fault; 1 one does not; 2 bad
/// usage or bad file.
#[derive(ClapArgs)]
pub(super) struct PowerArgs {
    /// Only faults whose name matches, such as `*audience*`
    #[arg(long, value_name = "GLOB")]
    pub(super) fault: Vec<String>,
    /// Only scenarios whose id matches, such as `audience/*`
    #[arg(long, short, value_name = "GLOB")]
    pub(super) filter: Vec<String>,
    /// A scenario file or a folder of them, instead of the embedded ones
    #[arg(long, value_name = "PATH")]
    pub(super) scenarios: Vec<PathBuf>,
    /// Write the matrix of faults and scenarios to this file. What is not measured stays as it is
    /// there, or, if there is no such file, as it is in the matrix that is part of jwtspec
    #[arg(long, value_name = "FILE")]
    pub(super) write: Option<PathBuf>,
    /// Write the faults and what they prove to this file, as a page of Markdown
    #[arg(long, value_name = "FILE")]
    pub(super) page: Option<PathBuf>,
    /// Run nothing: take the matrix that is part of jwtspec
    #[arg(long, conflicts_with = "write")]
    pub(super) known: bool,
}

/// Exit status: 0 the files are written; 2 bad usage or bad file, or no scenario makes a vector.
#[derive(ClapArgs)]
pub(super) struct VectorsArgs {
    /// The folder: a file for each topic
    #[arg(value_name = "DIR")]
    pub(super) dir: PathBuf,
    /// The profile under which every scenario is taken [default: the first under which it runs]
    #[arg(long, short, value_parser = words::<Profile>(Profile::names()))]
    pub(super) profile: Option<Profile>,
    /// Only scenarios whose id matches, such as `audience/*`
    #[arg(long, short, value_name = "GLOB")]
    pub(super) filter: Vec<String>,
    /// A scenario file or a folder of them, instead of the embedded ones
    #[arg(long, value_name = "PATH")]
    pub(super) scenarios: Vec<PathBuf>,
}

/// Reads a word of a closed list, so that clap can show the list and complete it.
pub(super) fn words<T>(names: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: std::str::FromStr<Err = jwtspec_types::words::UnknownWord> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}
