//! `jwtspec coverage`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anstyle::Style;
use serde::Serialize;

use super::exit::{CLEAN, FINDINGS};
use super::fail::Fail;
use super::output::print_report;
use super::run::scenarios_of;
use super::scenario_args::CoverageArgs;
use jwtspec_engine::coverage::{Coverage, Row, State};
use jwtspec_engine::plan::Globs;

pub(super) fn coverage(args: &CoverageArgs) -> Result<u8, Fail> {
    let mut coverage = Coverage::of(&scenarios_of(&args.scenarios)?);
    let globs = Globs::new(&args.requirement)?;
    globs.check_requirements()?;
    coverage.rows.retain(|row| globs.is_empty() || globs.is_match(&row.requirement));
    let in_detail = !args.requirement.is_empty();
    print_report(&Report { coverage: &coverage, in_detail }, args.json)?;
    Ok(if coverage.open().next().is_none() { CLEAN } else { FINDINGS })
}

/// What is printed; in detail, each row with the scenarios that cover it.
#[derive(Serialize)]
#[serde(transparent)]
struct Report<'c> {
    coverage: &'c Coverage,
    #[serde(skip)]
    in_detail: bool,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { coverage, in_detail } = self;
        write_documents(f, coverage, *in_detail)?;
        write_rest(f, coverage)
    }
}

fn write_documents(
    f: &mut fmt::Formatter<'_>,
    coverage: &Coverage,
    in_detail: bool,
) -> fmt::Result {
    let bold = Style::new().bold();
    for (document, sections) in coverage.by_document() {
        let rows: Vec<&Row> = sections.values().flatten().copied().collect();
        writeln!(f, "{bold}{document}{bold:#}  {}", sums(&rows))?;
        match in_detail {
            true => sections.values().flatten().try_for_each(|row| write_row(f, row))?,
            false => {
                let section = |(section, rows): (&&str, &Vec<&Row>)| {
                    let covered = rows.iter().filter(|row| is_covered(row)).count();
                    format!("§{section} {covered}/{}", rows.len())
                };
                let sections: Vec<String> = sections.iter().map(section).collect();
                writeln!(f, "  {}", sections.join("  "))?;
            }
        }
    }
    Ok(())
}

fn write_rest(f: &mut fmt::Formatter<'_>, coverage: &Coverage) -> fmt::Result {
    let bold = Style::new().bold();
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in &coverage.rows {
        if let State::NotObservable(why) = &row.state {
            let why = why.split_once(". ").map_or(why.as_str(), |(why, _)| why);
            reasons.entry(why).or_default().push(&row.requirement);
        }
    }
    if !reasons.is_empty() {
        writeln!(f, "\n{bold}Not observable{bold:#}")?;
    }
    for (why, rows) in reasons {
        writeln!(f, "  {why}\n      {}", rows.join(" "))?;
    }
    let open: Vec<&Row> = coverage.open().collect();
    if !open.is_empty() {
        writeln!(f, "\n{bold}Without a scenario{bold:#}")?;
        open.iter().try_for_each(|row| write_row(f, row))?;
    }
    let rows: Vec<&Row> = coverage.rows.iter().collect();
    let scenarios = rows.iter().flat_map(|row| match &row.state {
        State::Covered(scenarios) => scenarios.as_slice(),
        State::NotObservable(_) | State::Open => &[],
    });
    let scenarios: BTreeSet<&String> = scenarios.collect();
    writeln!(f, "\n{}, by {} scenarios", sums(&rows), scenarios.len())
}

fn write_row(f: &mut fmt::Formatter<'_>, row: &Row) -> fmt::Result {
    let dimmed = Style::new().dimmed();
    writeln!(
        f,
        "  {}  {dimmed}§{} {}{dimmed:#}  {}",
        row.requirement, row.section, row.level, row.text
    )?;
    match &row.state {
        State::Covered(scenarios) => writeln!(f, "      {}", scenarios.join(" ")),
        State::NotObservable(why) => writeln!(f, "      not observable: {why}"),
        State::Open => writeln!(f, "      no scenario"),
    }
}

fn is_covered(row: &Row) -> bool {
    matches!(row.state, State::Covered(_))
}

fn sums(rows: &[&Row]) -> String {
    let covered = rows.iter().filter(|row| is_covered(row)).count();
    let open = rows.iter().filter(|row| row.state == State::Open).count();
    let unseen = rows.len() - covered - open;
    let seen = covered + open;
    let share = (covered * 100).checked_div(seen).unwrap_or(100);
    let s = if rows.len() == 1 { "" } else { "s" };
    format!(
        "{} requirement{s}: {covered} covered, {unseen} not observable, {open} without a scenario ({share} %)",
        rows.len()
    )
}
