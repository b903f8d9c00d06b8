//! `jwtspec list`.

use anstyle::Style;

use super::exit::CLEAN;
use super::fail::Fail;
use super::output::{print_text, write_text};
use super::run::{catalogue, plan};
use super::scenario_args::ChoiceArgs;

pub(super) fn list(choice: &ChoiceArgs) -> Result<u8, Fail> {
    let catalogue = catalogue(choice)?;
    let plan = plan(&catalogue, choice, &choice.filter, choice.level)?;
    let bold = Style::new().bold();
    let dimmed = Style::new().dimmed();
    let width = plan.cases.iter().map(|case| case.scenario.id.len()).max().unwrap_or_default();
    for case in &plan.cases {
        let scenario = &case.scenario;
        // A closed pipe (`| head`) is no error.
        let line = format!(
            "{bold}{:<width$}{bold:#}  {dimmed}{:<6}{dimmed:#}  {}{}\n",
            scenario.id,
            case.level,
            scenario.title,
            if case.has_known_difference() { " (known difference of this profile)" } else { "" }
        );
        if write_text(&line).is_err() {
            return Ok(CLEAN);
        }
    }
    print_text(&format!("\n{} scenarios\n", plan.cases.len()));
    Ok(CLEAN)
}
