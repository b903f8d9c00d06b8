//! `jwtspec fuzz`.

use std::path::PathBuf;
use std::time::Duration;

use anstyle::Style;

use super::args::FuzzArgs;
use super::fail::Fail;
use super::run::file_name;
use super::search_output::{
    LiveOutput, counts, known_deviations, once_only, per_second, set_up, some_seed,
};
use jwtspec_engine::run::Options;
use jwtspec_mint::shorten_to;
use jwtspec_search::explore::{Exploration, Limits, SearchEvent, Store, explore};

/// The time of a search, unless it is given.
const TIME: Duration = Duration::from_secs(60);
/// About how many characters of an example are shown.
const LONGEST_EXAMPLE: usize = 110;

pub(super) async fn run(args: FuzzArgs) -> Result<u8, Fail> {
    let (target, options) = set_up(&args.search)?;
    let limits = Limits {
        cases: args.cases.unwrap_or(usize::MAX),
        time: match (args.time, args.cases) {
            (Some(time), _) => Some(time.0),
            (None, Some(_)) => None,
            (None, None) => Some(TIME),
        },
        seed: args.search.seed.unwrap_or_else(some_seed),
        jobs: args.search.jobs.into(),
    };
    let folder = args
        .corpus
        .clone()
        .unwrap_or_else(|| PathBuf::from("fuzz-corpus").join(file_name(&target.name())));
    let store = Store::new(folder);
    let replay = ("jwtspec replay", "presents it again");
    let mut live = LiveOutput::new("{spinner} {elapsed}  {msg}", &args.search, limits.seed, replay);
    let tell = &mut |event: SearchEvent<'_>| live.handle(&event, &options);
    let latency = !args.no_latency;
    let explored = explore(target, Some(&store), limits, latency, &options, tell).await;
    live.bar.finish_and_clear();
    let explored = explored?;
    let text = summary(&explored, limits.seed, &store, &options);
    live.end(&text, &explored.finds, explored.cases > 0, &options)
}

/// The behaviours that were seen, and the counts of what was found.
fn summary(explored: &Exploration, seed: u64, store: &Store, options: &Options) -> String {
    let bold = Style::new().bold();
    let mut text = format!("{bold}Behaviours{bold:#}, each with its smallest example\n");
    let mut status = None;
    for (signature, kept) in &explored.corpus {
        if status != Some(signature.answer.status) {
            status = Some(signature.answer.status);
            let head =
                signature.answer.status.map_or("no answer".to_owned(), |status| status.to_string());
            text.push_str(&format!("{bold}{head}{bold:#}\n"));
        }
        let (reason, template) = (&signature.answer.reason, &signature.answer.template);
        text.push_str(&format!("{:>9}  {reason}", kept.hits));
        if !template.is_empty() {
            text.push_str(&format!("  {template}"));
        }
        if signature.latency > 0 {
            text.push_str(&format!("  ({} times slower)", 4_u64.pow(signature.latency.into())));
        }
        if !signature.fetches.is_empty() {
            text.push_str(&format!("  (fetches {})", signature.fetches));
        }
        text.push_str(&format!(
            "\n           {}\n",
            shorten_to(&kept.case.describe(), LONGEST_EXAMPLE)
        ));
    }
    let known = known_deviations(&explored.finds, options);
    if !known.is_empty() {
        text.push_str(&format!("\n{known}"));
    }
    text.push_str(&once_only(explored.unconfirmed));
    let (cases, keys) = (explored.cases, explored.corpus.len());
    let rate = per_second(cases, explored.duration);
    let (folder, counts) = (store.folder().display(), counts(&explored.finds, options));
    text.push_str(&format!(
        "\n{cases} cases, {rate:.0} a second, {keys} keys in {folder}; {counts}; seed {seed}\n"
    ));
    text
}
