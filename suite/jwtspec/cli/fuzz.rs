//! `jwtspec fuzz`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anstyle::Style;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::FuzzArgs;
use super::exit::{CLEAN, FINDINGS};
use super::fail::Fail;
use super::property::{is_known, some_seed};
use super::run::{deviations, file_name, target};
use jwtspec_engine::plan::Conditions;
use jwtspec_engine::report::{Failure, Look, Part, Styled};
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::Catalogue;
use jwtspec_search::explore::{Exploration, Limits, SearchEvent, Store, explore};
use jwtspec_search::property::find::Find;
use jwtspec_types::words::Outcome;

/// How long to search, unless it is said.
const TIME: Duration = Duration::from_secs(60);
/// So much of an example is shown.
const LONGEST_EXAMPLE: usize = 110;

pub(super) async fn run(args: FuzzArgs) -> Result<u8, Fail> {
    let target = target(args.target.as_deref(), args.allow_remote)?;
    let deviations = deviations(&target, &args.deviations, &Catalogue::embedded()?)?;
    let options = Options {
        conditions: Conditions { profile: args.profile, ..Conditions::default() },
        limit: args.level,
        preflight: !args.no_preflight,
        deviations,
        ..Options::default()
    };
    let limits = Limits {
        cases: args.cases.unwrap_or(usize::MAX),
        time: match (args.time, args.cases) {
            (Some(time), _) => Some(time.0),
            (None, Some(_)) => None,
            (None, None) => Some(TIME),
        },
        seed: args.seed.unwrap_or_else(some_seed),
        jobs: args.jobs.into(),
        latency: !args.no_latency,
    };
    let folder = args
        .corpus
        .clone()
        .unwrap_or_else(|| PathBuf::from("fuzz-corpus").join(file_name(&target.name())));
    let store = Store::new(folder);
    let mut telling = Telling::new(&args, limits);
    let tell = &mut |event: SearchEvent<'_>| telling.handle(&event, &options);
    let explored = explore(target, Some(&store), limits, &options, tell).await;
    telling.bar.finish_and_clear();
    let explored = explored?;
    if let Some(error) = telling.broken.take() {
        return Err(error);
    }
    let text = summary(&explored, limits.seed, &store, &options);
    write!(anstream::stdout(), "{text}").map_err(|error| Fail::system("write", error))?;
    let failed = explored.finds.iter().any(|find| !is_known(find, &options));
    Ok(if failed || explored.cases == 0 { FINDINGS } else { CLEAN })
}

/// Tells what happens: a line on a terminal, and each find as it comes.
struct Telling<'a> {
    args: &'a FuzzArgs,
    bar: ProgressBar,
    seed: u64,
    began: Instant,
    /// Why something could not be told or kept.
    broken: Option<Fail>,
}

impl<'a> Telling<'a> {
    fn new(args: &'a FuzzArgs, limits: Limits) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed}  {msg}") {
            bar.set_style(style);
        }
        Self { args, bar, seed: limits.seed, began: Instant::now(), broken: None }
    }

    fn handle(&mut self, event: &SearchEvent<'_>, options: &Options) {
        match event {
            SearchEvent::Started { target, version, setups } => {
                self.began = Instant::now();
                let version = version.map(|version| format!(" {version}")).unwrap_or_default();
                let (profile, seed) = (self.args.profile, self.seed);
                let ours = env!("CARGO_PKG_VERSION");
                self.say(&format!(
                    "jwtspec {ours}: {target}{version}, profile {profile}, seed {seed}, {setups} worlds\n"
                ));
            }
            SearchEvent::Unread(unread) => self.warn(&format!("left alone: {unread}")),
            SearchEvent::NotWritten(why) => self.warn(&format!("not kept on disk: {why}")),
            SearchEvent::Resumed { kept, read } => {
                self.say(&format!("{read} cases read from the corpus, {kept} keys\n"));
            }
            SearchEvent::Kept { .. } => {}
            SearchEvent::Progress { cases, signatures, finds } => {
                let rate = per_second(*cases, self.began.elapsed());
                self.bar.set_message(format!(
                    "{cases} cases, {rate:.0} a second, {signatures} keys in the corpus, {finds} found"
                ));
                self.bar.tick();
            }
            SearchEvent::Restarted { ended } => {
                self.say(&format!("the target died and was started again: {ended}\n"));
            }
            SearchEvent::Found(find) if is_known(find, options) => {}
            SearchEvent::Found(find) => {
                let mut why = None;
                match find.write(&self.args.out) {
                    Ok(path) => why = Some(self.replay(&path)),
                    Err(error) => {
                        let what = format!("write {} into", find.file_name());
                        self.broken = Some(Fail::file(&what, &self.args.out, error));
                    }
                }
                self.say(&Failure::new(&find.result, Styled).with_why(why).to_string());
            }
        }
    }

    /// The command that presents it again.
    fn replay(&self, path: &Path) -> String {
        let mut line = format!("written down; `jwtspec replay {}", path.display());
        if let Some(target) = &self.args.target {
            line.push_str(&format!(" --target {target}"));
        }
        if self.args.profile.as_str() != "jwt" {
            line.push_str(&format!(" --profile {}", self.args.profile));
        }
        line + "` presents it again"
    }

    fn say(&mut self, text: &str) {
        let written = self.bar.suspend(|| -> io::Result<()> {
            let mut stdout = anstream::stdout();
            writeln!(stdout, "{text}")?;
            stdout.flush()
        });
        if let Err(error) = written {
            self.broken.get_or_insert(Fail::system("write", error));
        }
    }

    /// Nobody is to be told if that fails.
    fn warn(&mut self, text: &str) {
        self.bar.suspend(|| {
            let _ = writeln!(anstream::stderr(), "{text}");
        });
    }
}

/// What was seen and what was found.
fn summary(explored: &Exploration, seed: u64, store: &Store, options: &Options) -> String {
    let bold = Style::new().bold();
    let mut text = format!("{bold}Behaviours{bold:#}, each with its smallest example\n");
    let mut status = None;
    for (signature, kept) in &explored.corpus {
        if status != Some(signature.answer.status) {
            status = Some(signature.answer.status);
            let head =
                signature.answer.status.map_or("no answer".to_owned(), |status| status.to_string());
            text.push_str(&format!("{bold}{head}{bold:#}\n"));
        }
        let (reason, template) = (&signature.answer.reason, &signature.answer.template);
        text.push_str(&format!("{:>9}  {reason}", kept.hits));
        if !template.is_empty() {
            text.push_str(&format!("  {template}"));
        }
        if signature.latency > 0 {
            text.push_str(&format!("  ({} times slower)", 4_u64.pow(signature.latency.into())));
        }
        if !signature.fetches.is_empty() {
            text.push_str(&format!("  (fetches {})", signature.fetches));
        }
        text.push_str(&format!("\n           {}\n", shortened(&kept.case.describe())));
    }
    let known: Vec<&Find> = explored.finds.iter().filter(|find| is_known(find, options)).collect();
    if !known.is_empty() {
        text.push_str(&format!("\n{bold}Known deviations{bold:#}\n"));
        for find in &known {
            let why = options.deviations.find(&find.id).map(|known| known.why.as_str());
            let (level, why) = (find.level(), why.unwrap_or_default());
            text.push_str(&format!("  {}  {level}, {}\n      {why}\n", find.id, find.finding));
        }
    }
    if explored.unconfirmed > 0 {
        text.push_str(&format!(
            "\nseen once and not again, so not counted: {}\n",
            explored.unconfirmed
        ));
    }
    let (cases, keys) = (explored.cases, explored.corpus.len());
    let rate = per_second(cases, explored.duration);
    let found = explored.finds.len() - known.len();
    let word = if found == 0 { Outcome::Pass } else { Outcome::Fail };
    let style = Styled.style(Part::Outcome(word));
    text.push_str(&format!(
        "\n{cases} cases, {rate:.0} a second, {keys} keys in {}; {style}{found} found{style:#}, {} known; seed {seed}\n",
        store.folder().display(),
        known.len()
    ));
    text
}

fn shortened(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if plain.chars().count() <= LONGEST_EXAMPLE {
        return plain;
    }
    plain.chars().take(LONGEST_EXAMPLE - 1).chain(['…']).collect()
}

fn per_second(cases: usize, duration: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let cases = cases as f64;
    cases / duration.as_secs_f64().max(1e-9)
}
