//! `jwtspec vectors`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;

use super::exit::CLEAN;
use super::fail::Fail;
use super::run::scenarios_of;
use super::scenario_args::VectorsArgs;
use jwtspec_engine::plan::Globs;
use jwtspec_engine::vectors::{Choice, LeftOut, VectorFile, Vectors};

pub(super) fn vectors(args: &VectorsArgs) -> Result<u8, Fail> {
    let catalogue = scenarios_of(&args.scenarios)?;
    let ids = Globs::new(&args.filter)?;
    let choice = Choice { profile: args.profile, ids: &ids };
    let vectors = Vectors::of(&catalogue, choice)
        .map_err(|error| Fail::usage(format!("a scenario cannot be carried out: {error}")))?;
    if vectors.files.is_empty() {
        return Err(Fail::usage("no scenario makes a vector".to_owned()).advise(summary(&vectors)));
    }
    fs::create_dir_all(&args.dir).map_err(|error| Fail::file("create", &args.dir, error))?;
    for (topic, file) in &vectors.files {
        let path = args.dir.join(format!("{topic}.json"));
        fs::write(&path, text(file)?).map_err(|error| Fail::file("write", &path, error))?;
    }
    let _ = writeln!(anstream::stdout().lock(), "{}", summary(&vectors));
    Ok(CLEAN)
}

fn text(file: &VectorFile) -> Result<String, Fail> {
    let text = serde_json::to_string_pretty(file);
    text.map(|text| text + "\n").map_err(|error| Fail::system("write the vectors", error))
}

/// The number of vectors, and of scenarios that make none, by reason.
fn summary(vectors: &Vectors) -> String {
    let mut kinds: BTreeMap<&LeftOut, usize> = BTreeMap::new();
    for why in vectors.left_out.values() {
        *kinds.entry(why).or_default() += 1;
    }
    let kinds: Vec<String> = kinds.iter().map(|(why, count)| format!("{count} {why}")).collect();
    let left_out = match vectors.left_out.len() {
        0 => "no scenario left out".to_owned(),
        count => format!("{count} scenarios left out: {}", kinds.join("; ")),
    };
    format!("{} vectors in {} files; {left_out}", vectors.count(), vectors.files.len())
}
