//! The pages lead to each other. Those for authors of drivers and target files name every member
//! that these may have, and promise what the scenarios ask for.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::{CATALOGUE, in_repository};
use jwtspec_engine::scenario::AnswerSpec;
use jwtspec_engine::target::TargetFile;
use jwtspec_format::Source;
use jwtspec_types::capabilities::Capabilities;
use jwtspec_types::trust::Trust;
use regex::{Captures, Regex};
use serde_json::Value;

fn page(name: &str) -> String {
    std::fs::read_to_string(in_repository("docs").join(name)).unwrap()
}

/// The part of a page under the heading that begins so, up to the next of that rank.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let start = page.find(&format!("\n{heading}")).unwrap_or_else(|| panic!("no {heading}"));
    let text = &page[start + heading.len()..];
    &text[..text.find("\n## ").unwrap_or(text.len())]
}

/// The cells of each row of the tables in a text, without heads and rules.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines: Vec<&str> = text.lines().collect();
    let is_head =
        move |number: usize| lines.get(number + 1).is_some_and(|next| next.starts_with("|---"));
    text.lines().enumerate().filter_map(move |(number, line)| {
        let is_row = line.starts_with("| ") && !is_head(number);
        is_row.then(|| line.trim_matches('|').split(" | ").map(str::trim).collect())
    })
}

/// The texts in backticks.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The members that the first cells of a section's tables name.
fn documented(section: &str) -> BTreeSet<String> {
    rows(section).flat_map(|cells| spans(cells[0]).map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn names(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// The names of all members that a JSON Schema describes, at any depth.
fn members(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match schema {
        Value::Object(table) => {
            found.extend(table.get("properties").map(names).unwrap_or_default());
            found.extend(table.values().flat_map(members));
        }
        Value::Array(items) => found.extend(items.iter().flat_map(members)),
        _ => {}
    }
    found
}

/// The names among these that a page never shows as code.
fn unmentioned(page: &str, names: BTreeSet<String>) -> BTreeSet<String> {
    // Every second part between fences or backticks is code.
    let fenced = page.split("```").skip(1).step_by(2);
    let prose: String = page.split("```").step_by(2).collect();
    let code: Vec<&str> = fenced.chain(spans(&prose)).collect();
    let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let words: BTreeSet<&str> =
        code.iter().flat_map(|text| text.split(move |c| !is_word(c))).collect();
    names.into_iter().filter(|name| !words.contains(name.as_str())).collect()
}

/// The files of this project that a page links to, or names in full, as addresses from its folder.
fn linked(page: &str) -> BTreeSet<String> {
    let link = Regex::new(r"\]\(([^)\s#:]+)(?:#[^)]*)?\)|\b(docs/[a-z-]+\.md)\b").unwrap();
    let address = |found: Captures<'_>| found.get(1).or(found.get(2)).unwrap().as_str().to_owned();
    link.captures_iter(page).map(address).collect()
}

#[test]
fn every_page_is_reached_from_the_readme_and_no_link_is_dead() {
    let root = in_repository("").canonicalize().unwrap();
    let (mut left, mut seen) = (vec![root.join("README.md")], BTreeSet::new());
    while let Some(page) = left.pop() {
        let folder = page.parent().unwrap();
        for address in linked(&std::fs::read_to_string(&page).unwrap()) {
            // A page names others from the root, and links to them from its folder.
            let mut places = [folder, &root].into_iter().map(|from| from.join(&address));
            let file = places.find_map(|it| it.canonicalize().ok());
            let file = file.unwrap_or_else(|| panic!("{}: no {address}", page.display()));
            let is_page = file.extension().is_some_and(|it| it == "md");
            if is_page && seen.insert(file.clone()) {
                left.push(file);
            }
        }
    }
    for entry in std::fs::read_dir(root.join("docs")).unwrap() {
        let page = entry.unwrap().path();
        let is_page = page.extension().is_some_and(|it| it == "md");
        assert!(!is_page || seen.contains(&page), "nothing leads to {}", page.display());
    }
}

#[test]
fn drivers_md_explains_exactly_the_capabilities_that_a_driver_may_declare() {
    let capabilities = serde_json::to_value(Capabilities::all()).unwrap();
    let page = page("drivers.md");
    assert_eq!(documented(section(&page, "## Description")), names(&capabilities));
}

#[test]
fn targets_md_explains_exactly_the_capabilities_that_a_target_file_may_declare() {
    let schema = serde_json::to_value(schemars::schema_for!(TargetFile)).unwrap();
    let capabilities = names(&schema["$defs"]["Capabilities"]["properties"]);
    let page = page("targets.md");
    assert_eq!(documented(section(&page, "## `[trust]`")), capabilities);
}

#[test]
fn targets_md_mentions_every_member_of_a_target_file() {
    let schema = serde_json::to_value(schemars::schema_for!(TargetFile)).unwrap();
    let unmentioned = unmentioned(&page("targets.md"), members(&schema));
    assert!(unmentioned.is_empty(), "docs/targets.md does not mention {unmentioned:?}");
}

#[test]
fn drivers_md_mentions_every_member_of_a_trust() {
    let schema = serde_json::to_value(schemars::schema_for!(Trust)).unwrap();
    let unmentioned = unmentioned(&page("drivers.md"), members(&schema));
    assert!(unmentioned.is_empty(), "docs/drivers.md does not mention {unmentioned:?}");
}

#[test]
fn the_shortest_target_file_of_targets_md_is_one() {
    let page = page("targets.md");
    let file = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(file.lines().count(), 2, "{file}");
    let read = TargetFile::parse(&Source::new("target.toml", file), Path::new("."));
    let read = read.unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!((read.name.as_str(), read.about.as_str()), ("jose", ""));
}

/// The fault of an answer as the docs promise it, if the scenario asks for another one.
fn promise_fault(asked: &AnswerSpec, status: &str, challenge: &str) -> Option<String> {
    let promised: u16 = status.parse().unwrap();
    if !asked.status.is_empty() && !asked.status.contains(&promised) {
        return Some(format!("asks for {:?}, not {promised}", asked.status));
    }
    let header = spans(challenge).next().unwrap_or_default();
    let has_parameter = header.starts_with("Bearer ") && header.contains('=');
    if asked.challenge && !has_parameter {
        return Some(format!("asks for a parameter, and {header:?} has none"));
    }
    let error = header.strip_prefix("Bearer error=").map(|error| error.trim_matches('"'));
    let is_asked = |error: &str| asked.error.iter().any(|asked| asked == error);
    if !asked.error.is_empty() && !error.is_some_and(is_asked) {
        return Some(format!("asks for {:?}, not {error:?}", asked.error));
    }
    (asked.no_error && error.is_some()).then(|| format!("asks for no error, not {error:?}"))
}

#[test]
fn drivers_md_promises_the_answers_that_the_bearer_scenarios_ask_for() {
    let page = page("drivers.md");
    let mut wrong = Vec::new();
    let mut listed = BTreeSet::new();
    for cells in rows(&page).filter(|cells| cells.len() == 4) {
        let [_, status, challenge, scenarios] = cells[..] else { continue };
        for name in spans(scenarios) {
            let id = format!("bearer/{name}");
            let scenario = CATALOGUE.find(&id).unwrap_or_else(|| panic!("no scenario {id}"));
            let presentations = scenario.presentations();
            wrong.extend(presentations.filter_map(|(_, presentation)| {
                let fault = promise_fault(&presentation.answer, status, challenge)?;
                Some(format!("{id} {fault}"))
            }));
            listed.insert(id);
        }
    }
    assert!(wrong.is_empty(), "docs/drivers.md contradicts scenarios:\n{}", wrong.join("\n"));
    let asking = CATALOGUE.iter().filter(|scenario| {
        // The table is about refusals.
        let of_acceptance = |asked: &AnswerSpec| asked.private || asked.secure_cookies;
        let asks = |asked: &AnswerSpec| {
            asked.is_of_http() && !asked.well_formed && !of_acceptance(asked) || asked.no_error
        };
        scenario.id.starts_with("bearer/")
            && scenario.presentations().any(|(_, presentation)| asks(&presentation.answer))
    });
    let missing: Vec<_> = asking.map(|it| &it.id).filter(|id| !listed.contains(*id)).collect();
    assert!(missing.is_empty(), "docs/drivers.md says nothing of {missing:?}");
}
