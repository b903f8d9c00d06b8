//! The live progress bar, on a terminal only.

use std::collections::BTreeSet;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use jwtspec_engine::event::Event;
use jwtspec_types::words::Outcome;

/// The time without an event after which the bar names the scenarios that run.
pub(super) const QUIET: Duration = Duration::from_secs(5);
/// The most scenarios that are named.
const NAMED: usize = 3;

/// A bar on standard error that follows the events of a run.
pub(super) struct Progress {
    bar: ProgressBar,
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
        Self { bar, failed: 0, message: String::new(), running: BTreeSet::new() }
    }

    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::RunStarted(info) => {
                self.bar.set_length(info.total as u64);
                self.say(info.target.clone());
            }
            Event::CaseStarted(id) => {
                self.running.insert(id.clone());
            }
            Event::CaseFinished(result) => {
                self.running.remove(&result.id);
                self.bar.inc(1);
                if matches!(result.outcome, Outcome::Fail | Outcome::Inconclusive) {
                    self.failed += 1;
                    self.say(format!("{} not as expected, {}", self.failed, result.id));
                }
            }
            Event::StepFinished { .. } | Event::TargetRestarted(_) => {}
            Event::RunFinished(_) => self.bar.finish_and_clear(),
        }
    }

    /// Names the scenarios that run, so that one that hangs is known.
    pub(super) fn quiet(&self) {
        let mut names: Vec<&str> = self.running.iter().take(NAMED).map(String::as_str).collect();
        let more = format!("{} more", self.running.len().saturating_sub(NAMED));
        if self.running.len() > NAMED {
            names.push(&more);
        }
        if !names.is_empty() {
            self.bar.set_message(format!("{}; running: {}", self.message, names.join(", ")));
        }
    }

    fn say(&mut self, message: String) {
        self.bar.set_message(message.clone());
        self.message = message;
    }
}
