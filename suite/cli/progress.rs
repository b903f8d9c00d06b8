//! The live progress bar, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::event::Event;
use crate::words::Outcome;

/// A bar on standard error that follows the events of a run.
pub(super) struct Progress {
    bar: ProgressBar,
    failed: usize,
}

impl Progress {
    pub(super) fn new() -> Self {
        // indicatif draws nothing where standard error is no terminal.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}") {
            bar.set_style(style);
        }
        Self { bar, failed: 0 }
    }

    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::Started(info) => {
                self.bar.set_length(info.total as u64);
                self.bar.set_message(info.target.clone());
            }
            Event::Finished(result) => {
                self.bar.inc(1);
                if matches!(result.outcome, Outcome::Fail | Outcome::Inconclusive) {
                    self.failed += 1;
                    self.bar.set_message(format!("{} not as expected, {}", self.failed, result.id));
                }
            }
            Event::Restarted { .. } => {}
            Event::Ended(_) => self.bar.finish_and_clear(),
        }
    }
}
