//! The first deviations file: the failures of today, ready for the reasons to be written.

use std::fmt::Write;
use std::path::Path;

use super::fail::Fail;
use jwtspec_engine::event::CaseResult;
use jwtspec_engine::report::{expected, observed};
use jwtspec_types::words::Outcome;

/// Writes the failures of a run. Never overwrites a file, which may hold explanations.
pub(super) fn write(path: &Path, results: &[CaseResult]) -> Result<usize, Fail> {
    if path.exists() {
        return Err(Fail::usage(format!("{} exists already", path.display()))
            .advise("remove it, or write to another file and compare"));
    }
    let mut failures: Vec<&CaseResult> = results
        .iter()
        .filter(|result| matches!(result.outcome, Outcome::Fail | Outcome::Inconclusive))
        .collect();
    failures.sort_by(|a, b| a.id.cmp(&b.id));
    let mut text = String::from(
        "# Known deviations: scenario id or glob → why. Say of each why it is known and justified.\n",
    );
    for result in &failures {
        let finding = result.finding.map(|finding| finding.as_str()).unwrap_or_default();
        let _ = writeln!(
            text,
            "\n# {}: {}\n# {}; expected {}, observed {}\n{:?} = \"to be explained: {finding}\"",
            result.level,
            jwtspec_mint::shorten(&result.title),
            result.covers.join(", "),
            expected(result),
            jwtspec_mint::shorten(&observed(result)),
            result.id,
        );
    }
    std::fs::write(path, text).map_err(|error| Fail::file("write", path, error))?;
    Ok(failures.len())
}
