//! Printing a report: as JSON, or as it is displayed.

use std::fmt::Display;
use std::io::Write;

use serde::Serialize;

use super::fail::Fail;

/// Prints a report. A closed standard output is no error.
pub(super) fn print_report(report: &(impl Serialize + Display), json: bool) -> Result<(), Fail> {
    let mut stdout = anstream::stdout().lock();
    if json {
        let text = serde_json::to_string_pretty(report);
        let text = text.map_err(|error| Fail::system("write the report", error))?;
        let _ = writeln!(stdout, "{text}");
    } else {
        let _ = write!(stdout, "{report}");
    }
    Ok(())
}
