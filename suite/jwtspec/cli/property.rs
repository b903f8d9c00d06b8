//! `jwtspec property`.

use std::collections::BTreeSet;

use anstyle::Style;

use super::args::PropertyArgs;
use super::exit::BAD_USAGE;
use super::fail::Fail;
use super::search_output::{
    LiveOutput, counts, known_deviations, once_only, per_second, set_up, some_seed,
};
use jwtspec_engine::run::Options;
use jwtspec_search::property::{self, Limits, Property, Row, SearchEvent, Tally};

/// The cases of each property, unless they are given or there is a time.
const CASES: usize = 300;

pub(super) async fn run(args: PropertyArgs) -> Result<u8, Fail> {
    let properties =
        Property::choose(&args.property).map_err(|error| Fail::library(BAD_USAGE, error))?;
    let (target, options) = set_up(&args.search)?;
    let limits = Limits {
        cases: args.cases.unwrap_or(if args.time.is_some() { usize::MAX } else { CASES }),
        time: args.time.map(|time| time.0),
        seed: args.search.seed.unwrap_or_else(some_seed),
        jobs: args.search.jobs.into(),
    };
    let replay = ("jwtspec run --scenarios", "runs it again");
    let mut live =
        LiveOutput::new("{bar:30} {pos}/{len}  {msg}", &args.search, limits.seed, replay);
    if let Some(total) = limits.cases.checked_mul(properties.len()) {
        live.bar.set_length(total as u64);
    }
    let tell = &mut |event: SearchEvent<'_>| live.handle(&event, &options);
    let tally = property::run(target, &properties, limits, &options, tell).await;
    live.bar.finish_and_clear();
    let tally = tally?;
    let proven = tally.rows.iter().any(|row| row.cases > row.void);
    live.end(&summary(&tally, limits.seed, &options), &tally.finds, proven, &options)
}

/// The table at the end.
fn summary(tally: &Tally, seed: u64, options: &Options) -> String {
    let bold = Style::new().bold();
    let mut text = known_deviations(&tally.finds, options);
    if !text.is_empty() {
        text.push('\n');
    }
    let head = ["property", "cases", "a second", "void", "open", "found", "again"];
    let [first, rest @ ..] = head;
    text.push_str(&format!("{bold}{first:<16}"));
    rest.iter().for_each(|name| text.push_str(&format!("{name:>10}")));
    text.push_str(&format!("{bold:#}\n"));
    for row in &tally.rows {
        text.push_str(&line(row));
    }
    let skipped = &tally.skipped_setups;
    if !skipped.is_empty() {
        text.push_str(&format!("\nsetups that the target cannot be told: {}\n", skipped.len()));
        let whys: BTreeSet<String> = skipped.iter().map(ToString::to_string).collect();
        whys.iter().for_each(|why| text.push_str(&format!("  {why}\n")));
    }
    text.push_str(&once_only(tally.rows.iter().map(|row| row.unconfirmed).sum()));
    let cases: usize = tally.rows.iter().map(|row| row.cases).sum();
    let counts = counts(&tally.finds, options);
    text.push_str(&format!("\n{cases} cases, {counts}; seed {seed}\n"));
    text
}

fn line(row: &Row) -> String {
    if let Some(why) = &row.skipped {
        return format!("{:<16}   skipped: {why}\n", row.property);
    }
    let rate = per_second(row.cases, row.duration);
    format!(
        "{:<16}{:>10}{rate:>10.0}{:>10}{:>10}{:>10}{:>10}\n",
        row.property, row.cases, row.void, row.open, row.finds, row.repeats
    )
}
