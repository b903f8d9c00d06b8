//! `jwtspec list`.

use std::io::Write;

use anstyle::Style;

use super::args::ListArgs;
use super::exit::CLEAN;
use super::fail::Fail;
use super::run::catalogue;
use jwtspec_engine::plan::{Plan, Selection};
use jwtspec_types::capabilities::{Capabilities, Channel};

pub(super) fn list(args: &ListArgs) -> Result<u8, Fail> {
    let catalogue = catalogue(&args.choice)?;
    let selection = Selection::new(&args.choice.filter, args.choice.level, None)?;
    let plan = Plan::new(
        &catalogue,
        &args.choice.conditions(),
        &selection,
        &Capabilities::all(),
        Channel::ALL,
    )?;
    let mut stdout = anstream::stdout().lock();
    let bold = Style::new().bold();
    let dimmed = Style::new().dimmed();
    let width = plan.cases.iter().map(|case| case.scenario.id.len()).max().unwrap_or_default();
    for case in &plan.cases {
        let scenario = &case.scenario;
        // A closed pipe (`| head`) is no error.
        if writeln!(
            stdout,
            "{bold}{:<width$}{bold:#}  {dimmed}{:<6}{dimmed:#}  {}{}",
            scenario.id,
            case.level,
            scenario.title,
            if case.has_known_difference() { " (the profile departs)" } else { "" }
        )
        .is_err()
        {
            return Ok(CLEAN);
        }
    }
    let _ = writeln!(stdout, "\n{} scenarios", plan.cases.len());
    Ok(CLEAN)
}
