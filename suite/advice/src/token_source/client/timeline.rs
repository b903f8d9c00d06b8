//! The timeline of a simulated client, for reports.

use std::fmt;

use anstyle::Style;
use serde::{Deserialize, Serialize};

use jwtspec_types::words::words;

words! {
    /// The view of a user.
    UserView {
        /// The user is signed in, and nothing was to be refreshed.
        SignedIn = "signed in",
        /// The user stays signed in, with new tokens.
        Refreshed = "refreshed",
        /// The client goes round in circles.
        Looped = "looped",
        /// The user is signed out.
        SignedOut = "signed out",
        /// The page goes on loading.
        Stuck = "stuck",
    }
}

/// The timeline of a simulated client.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Timeline {
    /// The target.
    pub target: String,
    /// The view of a user in the end; nothing if the target failed before.
    pub outcome: Option<UserView>,
    /// The reason, if it is not as it should be.
    pub because: Option<String>,
    /// The number of times that a new token took the place of the last.
    pub refreshes: usize,
    /// The events, in order.
    pub lines: Vec<Line>,
    /// The failure of the target, if it failed.
    pub fault: Option<String>,
    /// The assumptions.
    pub assumed: Vec<String>,
    /// True if the target refused fresh tokens.
    #[serde(skip)]
    pub(super) refused: bool,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Line {
    /// The time of the client, in seconds since the beginning.
    pub at: f64,
    /// The event.
    pub what: String,
    /// The view of the user from then on, if it changes.
    pub sees: Option<String>,
}

/// The timeline for people.
impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bold, dimmed) = (Style::new().bold(), Style::new().dimmed());
        writeln!(
            f,
            "\n{bold}what a user would see{bold:#} {dimmed}(target {}){dimmed:#}",
            self.target
        )?;
        let mut last = None;
        for line in &self.lines {
            let at = format!("{:.0} s", line.at);
            let shown = if last.as_ref() == Some(&at) { "" } else { at.as_str() };
            writeln!(f, "{shown:>9}  {}", line.what)?;
            if let Some(sees) = &line.sees {
                writeln!(f, "{:>9}  {bold}→ the user {sees}{bold:#}", "")?;
            }
            last = Some(at);
        }
        for what in &self.assumed {
            writeln!(f, "{:>9}  {dimmed}taken for granted: {what}{dimmed:#}", "")?;
        }
        let outcome = self.outcome.map_or("unknown", UserView::as_str);
        match (&self.because, &self.fault) {
            (Some(why), _) => writeln!(f, "  {bold}{outcome}{bold:#}: {why}"),
            (None, Some(fault)) => {
                writeln!(f, "  {bold}{outcome}{bold:#}: the target failed: {fault}")
            }
            (None, None) => writeln!(f, "  {bold}{outcome}{bold:#}"),
        }
    }
}
