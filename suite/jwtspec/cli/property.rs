//! `jwtspec property`.

use std::io::{self, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anstyle::Style;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::PropertyArgs;
use super::exit::{CLEAN, FINDINGS};
use super::fail::Fail;
use super::run::{deviations, target};
use jwtspec_engine::plan::Conditions;
use jwtspec_engine::report::{Failure, Look, Part, Styled};
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::Catalogue;
use jwtspec_search::property::find::Find;
use jwtspec_search::property::{self, Limits, Property, PropertyEvent, Row, Tally};
use jwtspec_types::words::Outcome;

/// Cases of each property, unless it is said or there is a time.
const CASES: usize = 300;

pub(super) async fn run(args: PropertyArgs) -> Result<u8, Fail> {
    let properties = Property::choose(&args.property).map_err(Fail::usage)?;
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
        cases: args.cases.unwrap_or(if args.time.is_some() { usize::MAX } else { CASES }),
        time: args.time.map(|time| time.0),
        seed: args.seed.unwrap_or_else(some_seed),
        jobs: args.jobs.into(),
    };
    let mut telling = Telling::new(&args, &properties, limits);
    let tell = &mut |event: PropertyEvent<'_>| telling.handle(&event, &options);
    let tally = property::run(target, &properties, limits, &options, tell).await;
    telling.bar.finish_and_clear();
    let tally = tally?;
    if let Some(error) = telling.broken.take() {
        return Err(error);
    }
    let failed = tally.finds.iter().filter(|find| !is_known(find, &options)).count();
    let text = summary(&tally, limits.seed, &options);
    write!(anstream::stdout(), "{text}").map_err(|error| Fail::system("write", error))?;
    let proven = tally.rows.iter().any(|row| row.cases > row.void);
    Ok(if failed > 0 || !proven { FINDINGS } else { CLEAN })
}

/// Any seed will do, as long as it is told.
pub(super) fn some_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos()) ^ (now.as_secs() & 0xffff)
}

pub(super) fn is_known(find: &Find, options: &Options) -> bool {
    options.deviations.find(&find.id).is_some()
}

/// Tells what happens: a bar on a terminal, and each find as it comes.
struct Telling<'a> {
    args: &'a PropertyArgs,
    bar: ProgressBar,
    seed: u64,
    done: u64,
    current: (&'static str, usize),
    finds: usize,
    /// Why something could not be told or kept.
    broken: Option<Fail>,
}

impl<'a> Telling<'a> {
    fn new(args: &'a PropertyArgs, properties: &[&Property], limits: Limits) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}") {
            bar.set_style(style);
        }
        if let Some(total) = limits.cases.checked_mul(properties.len()) {
            bar.set_length(total as u64);
        }
        let current = ("", 0);
        Self { args, bar, seed: limits.seed, done: 0, current, finds: 0, broken: None }
    }

    fn handle(&mut self, event: &PropertyEvent<'_>, options: &Options) {
        match event {
            PropertyEvent::Started { target, version, setups } => {
                let version = version.map(|version| format!(" {version}")).unwrap_or_default();
                let (profile, seed) = (self.args.profile, self.seed);
                let version_of_ours = env!("CARGO_PKG_VERSION");
                self.say(&format!(
                    "jwtspec {version_of_ours}: {target}{version}, profile {profile}, seed {seed}, {setups} worlds\n"
                ));
            }
            PropertyEvent::Progress { property, cases } => {
                let before = if self.current.0 == *property { self.current.1 } else { 0 };
                self.done += (cases - before) as u64;
                self.current = (property, *cases);
                self.bar.set_position(self.done);
                self.bar.set_message(format!("{property}, {} found", self.finds));
            }
            PropertyEvent::Restarted { ended } => {
                self.say(&format!("the target died and was started again: {ended}\n"));
            }
            PropertyEvent::Found(find) if is_known(find, options) => {}
            PropertyEvent::Found(find) => {
                self.finds += 1;
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

    /// The command that runs the scenario again.
    fn replay(&self, path: &Path) -> String {
        let mut line = format!("written down; `jwtspec run --scenarios {}", path.display());
        if let Some(target) = &self.args.target {
            line.push_str(&format!(" --target {target}"));
        }
        if self.args.profile.as_str() != "jwt" {
            line.push_str(&format!(" --profile {}", self.args.profile));
        }
        line + "` runs it again"
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
}

/// The table at the end.
fn summary(tally: &Tally, seed: u64, options: &Options) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    let known: Vec<&Find> = tally.finds.iter().filter(|find| is_known(find, options)).collect();
    if !known.is_empty() {
        text.push_str(&format!("{bold}Known deviations{bold:#}\n"));
        for find in &known {
            let why = options.deviations.find(&find.id).map(|known| known.why.as_str());
            let (level, why) = (find.level(), why.unwrap_or_default());
            text.push_str(&format!("  {}  {level}, {}\n      {why}\n", find.id, find.finding));
        }
        text.push('\n');
    }
    let head = ["property", "cases", "a second", "void", "open", "found", "again"];
    let [first, rest @ ..] = head;
    text.push_str(&format!("{bold}{first:<16}"));
    rest.iter().for_each(|name| text.push_str(&format!("{name:>10}")));
    text.push_str(&format!("{bold:#}\n"));
    for row in &tally.rows {
        text.push_str(&line(row));
    }
    let skipped: usize = tally.skipped_setups.len();
    if skipped > 0 {
        text.push_str(&format!("\nworlds that the target cannot be told: {skipped}\n"));
        let mut whys: Vec<String> = tally.skipped_setups.iter().map(ToString::to_string).collect();
        whys.sort();
        whys.dedup();
        whys.iter().for_each(|why| text.push_str(&format!("  {why}\n")));
    }
    let unconfirmed: usize = tally.rows.iter().map(|row| row.unconfirmed).sum();
    if unconfirmed > 0 {
        text.push_str(&format!(
            "\nseen once and not again, so not counted: {unconfirmed}; does the target answer alike under load?\n"
        ));
    }
    let cases: usize = tally.rows.iter().map(|row| row.cases).sum();
    let found = tally.finds.len() - known.len();
    let word = if found == 0 { Outcome::Pass } else { Outcome::Fail };
    let style = Styled.style(Part::Outcome(word));
    text.push_str(&format!(
        "\n{cases} cases, {style}{found} found{style:#}, {} known; seed {seed}\n",
        known.len()
    ));
    text
}

fn line(row: &Row) -> String {
    if let Some(why) = &row.skipped {
        return format!("{:<16}   skipped: {why}\n", row.property);
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = row.cases as f64 / row.duration.as_secs_f64().max(1e-9);
    format!(
        "{:<16}{:>10}{rate:>10.0}{:>10}{:>10}{:>10}{:>10}\n",
        row.property, row.cases, row.void, row.open, row.finds, row.repeats
    )
}
