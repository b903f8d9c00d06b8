//! The output that `fuzz` and `property` share: live lines beside a bar, and known deviations.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anstyle::Style;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::SearchArgs;
use super::exit::{CLEAN, FINDINGS, NO_TARGET};
use super::fail::Fail;
use super::output::write_text;
use super::run::deviations;
use super::target::target;
use jwtspec_engine::plan::Conditions;
use jwtspec_engine::report::{Failure, outcome_style};
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::Catalogue;
use jwtspec_engine::target::{Deviation, Target};
use jwtspec_search::property::SearchEvent;
use jwtspec_search::property::find::Find;
use jwtspec_types::text::visible;
use jwtspec_types::words::Outcome;

/// The command that presents a find again, without its file and options, and its effect.
type Replay = (&'static str, &'static str);

/// Lines on standard output beside a bar on a terminal, and the files of finds.
pub(super) struct LiveOutput<'a> {
    pub(super) bar: ProgressBar,
    args: &'a SearchArgs,
    replay: Replay,
    seed: u64,
    began: Instant,
    /// The cases of the properties that were tried before.
    done: usize,
    /// The property that is tried, and its cases so far.
    current: (&'static str, usize),
    /// True if the target did not take some setup by its own mistake.
    is_untold: bool,
    /// The first reason why something could not be written.
    broken: Option<Fail>,
}

impl<'a> LiveOutput<'a> {
    pub(super) fn new(template: &str, args: &'a SearchArgs, seed: u64, replay: Replay) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let (began, done, current) = (Instant::now(), 0, ("", 0));
        Self { bar, args, replay, seed, began, done, current, is_untold: false, broken: None }
    }

    /// Shows an event: on the bar, as lines, and as the file of a find.
    pub(super) fn handle(&mut self, event: &SearchEvent<'_>, options: &Options) {
        match event {
            SearchEvent::Started { target, version, setups } => {
                self.began = Instant::now();
                self.started(target, *version, *setups);
            }
            SearchEvent::Untold(untold) => {
                self.is_untold = true;
                self.say(&format!("{untold}\n"));
            }
            SearchEvent::Unread(unread) => self.warn(&format!("left alone: {unread}")),
            SearchEvent::NotWritten(why) => self.warn(&format!("not kept on disk: {why}")),
            SearchEvent::Resumed { kept, read } => {
                self.say(&format!("{read} cases read from the corpus, {kept} keys\n"));
            }
            SearchEvent::Progress { property: Some(property), cases, finds, .. } => {
                if self.current.0 != *property {
                    self.done += self.current.1;
                }
                self.current = (property, *cases);
                self.bar.set_position((self.done + cases) as u64);
                self.bar.set_message(format!("{property}, {finds} found"));
            }
            SearchEvent::Progress { property: None, cases, signatures, finds } => {
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
            SearchEvent::Found(find) => self.found(find),
        }
    }

    fn started(&mut self, target: &str, version: Option<&str>, setups: usize) {
        let version = version.map(|version| format!(" {version}")).unwrap_or_default();
        let (ours, profile, seed) = (env!("CARGO_PKG_VERSION"), self.args.profile, self.seed);
        self.say(&format!(
            "jwtspec {ours}: {target}{version}, profile {profile}, seed {seed}, {setups} setups\n"
        ));
    }

    /// Writes and prints a find.
    fn found(&mut self, find: &Find) {
        let mut why = None;
        match find.write(&self.args.out) {
            Ok(path) => why = Some(self.replay_line(&path)),
            Err(error) => {
                let what = format!("write {} into", find.file_name());
                self.broken = Some(Fail::file(&what, &self.args.out, error));
            }
        }
        self.say(&Failure::coloured(&find.result).with_why(why).to_string());
    }

    fn replay_line(&self, path: &Path) -> String {
        let (command, effect) = self.replay;
        let mut line = format!("written down; `{command} {}", path.display());
        if let Some(target) = &self.args.target.target {
            line.push_str(&format!(" --target {target}"));
        }
        if self.args.profile.as_str() != "jwt" {
            line.push_str(&format!(" --profile {}", self.args.profile));
        }
        format!("{line}` {effect}")
    }

    fn say(&mut self, text: &str) {
        let written = self.bar.suspend(|| write_text(&format!("{text}\n")));
        if let Err(error) = written {
            self.broken.get_or_insert(Fail::system("write", error));
        }
    }

    /// Prints to standard error, and ignores that it may be closed.
    fn warn(&mut self, text: &str) {
        self.bar.suspend(|| {
            let _ = writeln!(anstream::stderr(), "{}", visible(text));
        });
    }

    /// Prints the summary and returns the exit status: clean if something was `proven`, nothing
    /// unknown found, and every setup told.
    pub(super) fn end(
        &mut self,
        summary: &str,
        finds: &[Find],
        proven: bool,
        options: &Options,
    ) -> Result<u8, Fail> {
        if let Some(broken) = self.broken.take() {
            return Err(broken);
        }
        write_text(summary).map_err(|error| Fail::system("write", error))?;
        let failed = finds.iter().any(|find| !is_known(find, options));
        Ok(match () {
            () if failed || !proven => FINDINGS,
            () if self.is_untold => NO_TARGET,
            () => CLEAN,
        })
    }
}

/// The target and the options of a search.
pub(super) fn set_up(args: &SearchArgs) -> Result<(Target, Options), Fail> {
    let target = target(args.target.target.as_deref(), args.target.allow_remote)?;
    let options = Options {
        conditions: Conditions { profile: args.profile, ..Conditions::default() },
        limit: args.level,
        preflight: !args.no_preflight,
        deviations: deviations(&target, &args.deviations, &Catalogue::embedded()?)?,
        ..Options::default()
    };
    Ok((target, options))
}

/// A seed that is printed, so that the search can be repeated.
pub(super) fn some_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos()) ^ (now.as_secs() & 0xffff)
}

/// The known deviation that speaks of the find.
fn known_deviation<'o>(find: &Find, options: &'o Options) -> Option<&'o Deviation> {
    options.deviations.of(&find.id).find(|known| known.knows(Some(find.finding), find.level()))
}

/// True if a known deviation explains the find.
fn is_known(find: &Find, options: &Options) -> bool {
    known_deviation(find, options).is_some()
}

/// The known deviations among the finds, with a heading; empty if there are none.
pub(super) fn known_deviations(finds: &[Find], options: &Options) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    for find in finds {
        let Some(known) = known_deviation(find, options) else { continue };
        if text.is_empty() {
            text = format!("{bold}Known deviations{bold:#}\n");
        }
        let (level, why) = (find.level(), &known.why);
        text.push_str(&format!("  {}  {level}, {}\n      {why}\n", find.id, find.finding));
    }
    text
}

/// A line on what did not come back every time; empty if everything did.
pub(super) fn once_only(count: usize) -> String {
    let words = "seen, and not again every time, so not counted";
    let question = "does the target answer alike under load?";
    if count == 0 { String::new() } else { format!("\n{words}: {count}; {question}\n") }
}

/// The number of finds that no known deviation explains, in colour, and of the others.
pub(super) fn counts(finds: &[Find], options: &Options) -> String {
    let known = finds.iter().filter(|find| is_known(find, options)).count();
    let found = finds.len() - known;
    let style = outcome_style(if found == 0 { Outcome::Pass } else { Outcome::Fail });
    format!("{style}{found} found{style:#}, {known} known")
}

/// The number of cases in a second.
pub(super) fn per_second(cases: usize, duration: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let cases = cases as f64;
    cases / duration.as_secs_f64().max(1e-9)
}
