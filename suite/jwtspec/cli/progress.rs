//! What a run has come to so far: a bar on a terminal, lines elsewhere.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use jwtspec_engine::event::{CaseResult, Event};
use jwtspec_types::words::Outcome;

/// The time without an event after which the scenarios that run are named.
pub(super) const QUIET: Duration = Duration::from_secs(5);
/// The longest time without a line where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// The most scenarios that are named.
const NAMED: usize = 3;

/// Follows the events of a run on standard error.
pub(super) struct Progress {
    bar: ProgressBar,
    /// The time of the last line; none on a terminal, which has the bar.
    last_line: Option<Instant>,
    total: usize,
    done: usize,
    failed: usize,
    message: String,
    running: BTreeSet<String>,
}

impl Progress {
    pub(super) fn new() -> Self {
        // indicatif draws nothing where standard error is no terminal.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}") {
            bar.set_style(style);
        }
        let last_line = (!std::io::stderr().is_terminal()).then(Instant::now);
        let (message, running) = (String::new(), BTreeSet::new());
        Self { bar, last_line, total: 0, done: 0, failed: 0, message, running }
    }

    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::RunStarted(info) => {
                self.total = info.total;
                self.bar.set_length(info.total as u64);
                self.say(info.target.clone());
            }
            Event::CaseStarted(id) => {
                self.running.insert(id.clone());
            }
            Event::CaseFinished(result) => self.finished(result),
            Event::StepFinished { .. } | Event::TargetRestarted(_) | Event::PreflightFailed(_) => {}
            Event::RunFinished(_) => {
                self.bar.finish_and_clear();
                self.last_line = self.last_line.map(|_| Instant::now());
            }
        }
        self.line_if_due();
    }

    fn finished(&mut self, result: &CaseResult) {
        self.running.remove(&result.id);
        self.done += 1;
        self.bar.inc(1);
        if matches!(result.outcome, Outcome::Fail | Outcome::Inconclusive) {
            self.failed += 1;
            self.say(format!("{} not as expected, {}", self.failed, result.id));
            if self.last_line.is_some() {
                let finding = match result.mistake() {
                    Some(_) => "not the verifier's",
                    None => result.finding.map(|finding| finding.as_str()).unwrap_or_default(),
                };
                let outcome = result.outcome.as_str().to_uppercase();
                self.line(&format!("{outcome} {}  {}  {finding}", result.id, result.level));
            }
        }
    }

    /// Names the scenarios that run, so that one that hangs is known.
    pub(super) fn quiet(&mut self) {
        let names = self.named();
        if !names.is_empty() {
            self.bar.set_message(format!("{}; running: {names}", self.message));
        }
        self.line_if_due();
    }

    /// Says what was finished, and how to go on.
    pub(super) fn interrupted(&self, journal: &Path) {
        self.bar.finish_and_clear();
        let (done, total, failed) = (self.done, self.total, self.failed);
        let _ = writeln!(
            anstream::stderr(),
            "interrupted: {done} of {total} scenarios are finished, {failed} not as expected\n\
             go on with the same command and --resume; the results are in {}",
            journal.display()
        );
    }

    fn line_if_due(&mut self) {
        if let Some(line) = self.line_due(Instant::now()) {
            self.line(&line);
        }
    }

    /// What has been done so far, if the last line is too long ago.
    fn line_due(&self, now: Instant) -> Option<String> {
        self.last_line.filter(|last| now.saturating_duration_since(*last) >= LINE_EVERY)?;
        let names = self.named();
        let names = if names.is_empty() { names } else { format!("; running: {names}") };
        let (done, total, failed) = (self.done, self.total, self.failed);
        Some(format!("{done} of {total} finished, {failed} not as expected{names}"))
    }

    fn line(&mut self, text: &str) {
        self.last_line = Some(Instant::now());
        // Standard error may be closed.
        let _ = writeln!(anstream::stderr(), "{text}");
    }

    fn named(&self) -> String {
        let mut names: Vec<&str> = self.running.iter().take(NAMED).map(String::as_str).collect();
        let more = format!("{} more", self.running.len().saturating_sub(NAMED));
        if self.running.len() > NAMED {
            names.push(&more);
        }
        names.join(", ")
    }

    fn say(&mut self, message: String) {
        self.bar.set_message(message.clone());
        self.message = message;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_a_line_comes_at_least_every_fifteen_seconds() {
        assert!(QUIET + LINE_EVERY <= Duration::from_secs(15));
        let begin = Instant::now();
        let mut progress = Progress { last_line: Some(begin), total: 9, ..Progress::new() };
        for name in ["e", "d", "c", "b", "a"] {
            progress.event(&Event::CaseStarted(format!("few/{name}")));
        }
        assert_eq!(progress.line_due(begin), None);
        assert_eq!(
            progress.line_due(begin + LINE_EVERY).unwrap(),
            "0 of 9 finished, 0 not as expected; running: few/a, few/b, few/c, 2 more"
        );
        progress.last_line = None;
        assert_eq!(progress.line_due(begin + LINE_EVERY), None, "a terminal has the bar");
    }
}
