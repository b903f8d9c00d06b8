//! The tree itself: crates and modules have no cycles, and its language is plain.

mod modules;
mod source;
mod words;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::in_repository;

/// The crates, from the bottom: each depends on crates of lower layers only.
const LAYERS: &[&[&str]] = &[
    &["scenarios"],
    &["types"],
    &["jose", "format", "oracle", "driver"],
    &["fixtures"],
    &["mint", "reference"],
    &["engine"],
    &["search", "advice"],
    &["jwtspec"],
];

/// Crates that depend on `types` and on no other crate of the workspace.
const ON_TYPES_ONLY: [&str; 4] = ["jose", "format", "oracle", "driver"];

/// The folder of a crate, which has its manifest.
fn folder(name: &str) -> PathBuf {
    match name {
        "jwtspec" => in_repository(""),
        "fixtures" | "scenarios" => in_repository(name),
        _ => in_repository("suite").join(name),
    }
}

/// The folder of a crate's root module.
fn sources(name: &str) -> PathBuf {
    match name {
        "jwtspec" => in_repository("suite/jwtspec"),
        _ => folder(name).join("src"),
    }
}

fn crates() -> impl Iterator<Item = &'static str> {
    LAYERS.iter().copied().flatten().copied()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The crates of the workspace that a manifest has under `[dependencies]`.
fn dependencies(manifest: &str) -> BTreeSet<&str> {
    let table = manifest.split("\n[").find_map(|table| table.strip_prefix("dependencies]\n"));
    let names = table
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.strip_prefix("jwtspec-")?.split(['.', ' ', '=']).next());
    names.collect()
}

#[test]
fn crates_depend_on_lower_layers_only() {
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let mut wrong = Vec::new();
    for name in crates() {
        let manifest = read(&folder(name).join("Cargo.toml"));
        for dependency in dependencies(&manifest) {
            let is_lower = layer(dependency) < layer(name) && layer(dependency).is_some();
            if !is_lower || ON_TYPES_ONLY.contains(&name) && dependency != "types" {
                wrong.push(format!("{name} → {dependency}"));
            }
        }
    }
    assert!(wrong.is_empty(), "dependencies against the layers: {wrong:?}");
}

#[test]
fn every_crate_of_the_suite_has_a_layer() {
    let folders = std::fs::read_dir(in_repository("suite")).unwrap();
    for name in folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        assert!(crates().any(|known| known == name), "{name} is in no layer");
    }
}

/// Crates of one module.
const ONE_MODULE: &[&str] = &["fixtures", "scenarios"];

#[test]
fn modules_have_no_cycles() {
    let mut shown = String::new();
    for name in crates() {
        let graph = modules::graph(&sources(name));
        // What finds no module and no edge finds no cycle either.
        assert_eq!(graph.modules.is_empty(), ONE_MODULE.contains(&name), "modules of {name}");
        assert_eq!(graph.edges.is_empty(), ONE_MODULE.contains(&name), "edges of {name}");
        for (parent, edges) in &graph.edges {
            let parent = parent.join("::");
            for cycle in modules::cycles(edges) {
                shown += &format!("{name} {parent}: {cycle:?}\n");
                for (from, to, place) in modules::inside(edges, &cycle) {
                    shown += &format!("    {from} → {to} at {place}\n");
                }
            }
        }
    }
    assert_eq!(shown, "", "modules that depend on each other:\n{shown}");
}

#[test]
fn words_are_plain() {
    let found = words::unplain();
    assert!(found.is_empty(), "name the actor instead:\n{}", found.join("\n"));
}

#[test]
fn doc_comments_say_what_an_item_is() {
    let (all, openers) = words::doc_comments(&in_repository("suite"));
    assert!(all > 1000, "only {all} doc comments found");
    assert!(
        openers.len() * 20 < all,
        "{} of {all} doc comments are a question in disguise:\n{}",
        openers.len(),
        openers.join("\n")
    );
}
