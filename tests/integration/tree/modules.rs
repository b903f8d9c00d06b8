//! The graph of a crate's top-level modules, from the paths in its code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::source::{code, files, without_tests};

/// The modules that a module names, each with the first place where it does.
pub(super) type Edges = BTreeMap<String, BTreeMap<String, String>>;

/// A file of a crate: its module as a path from the root, and its code without tests.
struct Module {
    path: Vec<String>,
    file: String,
    code: String,
}

/// The edges between the top-level modules of a crate. The root module has none: it holds the
/// others together. An item that it re-exports counts as one of the module that has it.
pub(super) fn edges(sources: &Path) -> Edges {
    let modules = modules(sources);
    let names: BTreeSet<&str> =
        modules.iter().filter_map(|module| module.path.first()).map(String::as_str).collect();
    let mut exported = BTreeMap::new();
    for module in modules.iter().filter(|module| module.path.is_empty()) {
        for path in uses(&module.code).iter().filter(|path| path.len() > 1) {
            let first = path.iter().find(|part| *part != "crate" && *part != "self");
            let first = first.filter(|part| names.contains(part.as_str()));
            exported.extend(path.last().cloned().zip(first.cloned()));
        }
    }
    let mut edges = Edges::new();
    for module in &modules {
        let Some(from) = module.path.first() else { continue };
        for (path, line) in references(module) {
            let Some(first) = path.first() else { continue };
            let to = if names.contains(first.as_str()) { Some(first) } else { exported.get(first) };
            if let Some(to) = to.filter(|to| *to != from) {
                let place = format!("{}:{line}", module.file);
                edges.entry(from.clone()).or_default().entry(to.clone()).or_insert(place);
            }
        }
    }
    edges
}

fn modules(sources: &Path) -> Vec<Module> {
    let (mut modules, mut tests) = (Vec::new(), Vec::new());
    for file in files(sources, "rs") {
        let inner = file.strip_prefix(sources).unwrap().with_extension("");
        let mut path: Vec<String> =
            inner.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let is_root = ["lib", "main"].map(|name| vec![name.to_owned()]).contains(&path);
        if is_root || path.last().is_some_and(|name| name == "mod") {
            path.pop();
        }
        let (code, declared) = without_tests(&code(&super::read(&file)));
        tests.extend(declared.into_iter().map(|name| [path.clone(), vec![name]].concat()));
        modules.push(Module { path, file: file.display().to_string(), code });
    }
    // `#[path = "x_tests.rs"] mod tests;` keeps the tests of `x` beside it.
    let is_test = |module: &Module| {
        tests.iter().any(|test| module.path.starts_with(test))
            || module.path.iter().any(|part| part.ends_with("_tests"))
    };
    modules.retain(|module| !is_test(module));
    modules
}

/// The paths that a module's code has from `crate` or `super`, from the crate's root on, with
/// their lines.
fn references(module: &Module) -> Vec<(Vec<String>, usize)> {
    let mut found = Vec::new();
    // The inline modules around a place, each with the depth of its brackets.
    let mut inline: Vec<(usize, String)> = Vec::new();
    let (mut depth, mut at, mut line) = (0, 0, 1);
    let mut before = "";
    let mut declared = None;
    while let Some(token) = token(&module.code[at..]) {
        let start = at;
        at += token.len();
        match token {
            "{" => {
                depth += 1;
                inline.extend(declared.take().map(|name| (depth, name)));
            }
            "}" => {
                inline.retain(|(opened, _)| *opened < depth);
                depth -= 1;
            }
            ";" => declared = None,
            "crate" | "super" if before != "in" && before != "::" => {
                let mut base = module.path.clone();
                base.extend(inline.iter().map(|(_, name)| name.clone()));
                let (paths, _) = tree(&module.code[start..]);
                found.extend(paths.into_iter().map(|path| (absolute(&base, path), line)));
            }
            name if before == "mod" => declared = Some(name.to_owned()),
            _ => {}
        }
        line += token.matches('\n').count();
        if !token.trim().is_empty() {
            before = token;
        }
    }
    found
}

fn absolute(base: &[String], path: Vec<String>) -> Vec<String> {
    let mut absolute = base.to_vec();
    for part in path {
        match part.as_str() {
            "crate" => absolute.clear(),
            "super" => drop(absolute.pop()),
            "self" => {}
            _ => absolute.push(part),
        }
    }
    absolute
}

/// The paths of the `use` items of the root module.
fn uses(code: &str) -> Vec<Vec<String>> {
    let items = code.split(';').filter_map(|item| item.rsplit_once("use "));
    items.flat_map(|(_, path)| tree(path).0).collect()
}

/// The paths of the tree at the start of a text, such as `a::{b, c::d}`, and the text's rest.
/// Where an item is renamed, its path ends in the new name.
fn tree(text: &str) -> (Vec<Vec<String>>, &str) {
    let mut rest = text.trim_start();
    if let Some(mut inside) = rest.strip_prefix('{') {
        let mut paths = Vec::new();
        loop {
            inside = inside.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            match token(inside) {
                None => return (paths, inside),
                Some("}") => return (paths, &inside[1..]),
                Some(_) => {
                    let (more, after) = tree(inside);
                    paths.extend(more);
                    // What is no path is passed over, so that this comes to an end.
                    inside = if after.len() < inside.len() { after } else { &inside[1..] };
                }
            }
        }
    }
    let Some(name) = token(rest).filter(|token| token.starts_with(is_word)) else {
        return (Vec::new(), rest);
    };
    rest = &rest[name.len()..];
    let mut paths = vec![Vec::new()];
    if let Some(after) = rest.trim_start().strip_prefix("::") {
        let (more, after) = tree(after);
        if !more.is_empty() {
            paths = more;
        }
        rest = after;
    } else if let Some(after) = rest.strip_prefix(" as ") {
        let renamed = token(after).unwrap_or_default();
        paths = vec![vec![renamed.to_owned()]];
        rest = &after[renamed.len()..];
    }
    for path in &mut paths {
        path.insert(0, name.to_owned());
    }
    (paths, rest)
}

/// The first word, sign or run of white space of a text.
fn token(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    let length = if text.starts_with("::") {
        2
    } else if is_word(first) {
        text.find(|c| !is_word(c)).unwrap_or(text.len())
    } else if first.is_whitespace() {
        text.find(|c: char| !c.is_whitespace()).unwrap_or(text.len())
    } else {
        first.len_utf8()
    };
    Some(&text[..length])
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The largest sets of modules each of which depends on all others, directly or not.
pub(super) fn cycles(edges: &Edges) -> BTreeSet<BTreeSet<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        edges.keys().map(|from| (from.as_str(), reachable(edges, from))).collect();
    let reaches = |from: &str, to: &str| reached.get(from).is_some_and(|all| all.contains(to));
    let cycle = |module: &String| -> BTreeSet<String> {
        let both = |other: &&String| reaches(module, other) && reaches(other, module);
        edges.keys().filter(both).cloned().collect()
    };
    edges.keys().map(cycle).filter(|cycle| cycle.len() > 1).collect()
}

fn reachable<'e>(edges: &'e Edges, from: &str) -> BTreeSet<&'e str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = vec![from];
    while let Some(module) = open.pop() {
        for to in edges.get(module).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to.as_str()) {
                open.push(to);
            }
        }
    }
    reached
}

/// The edges inside a set of modules, each with its place.
pub(super) fn inside<'e>(
    edges: &'e Edges,
    cycle: &BTreeSet<String>,
) -> impl Iterator<Item = (&'e str, &'e str, &'e str)> {
    edges.iter().filter(|(from, _)| cycle.contains(*from)).flat_map(move |(from, all)| {
        let inner = all.iter().filter(|(to, _)| cycle.contains(*to));
        inner.map(move |(to, place)| (from.as_str(), to.as_str(), place.as_str()))
    })
}

#[test]
fn paths_are_read_from_code() {
    let code = "use super::{b::C, d::{self, E as F}};\nfn f() { crate::g::h(super::super::i::J) }\n\
                mod inner { use super::k::L; use super::super::m; } pub(in crate::n) struct O;";
    let module = Module {
        path: vec!["x".to_owned(), "y".to_owned()],
        file: "x/y.rs".to_owned(),
        code: code.to_owned(),
    };
    let found: Vec<_> =
        references(&module).into_iter().map(|(path, line)| (path.join("::"), line)).collect();
    let expected = [
        ("x::b::C", 1),
        ("x::d", 1),
        ("x::d::E::F", 1),
        ("g::h", 2),
        ("i::J", 2),
        ("x::y::k::L", 3),
        ("x::m", 3),
    ];
    assert_eq!(found, expected.map(|(path, line)| (path.to_owned(), line)));
}

#[test]
fn a_cycle_is_found_over_any_way() {
    let edge = |to: &str| BTreeMap::from([(to.to_owned(), String::new())]);
    let ways = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("e", "f")];
    let edges: Edges = ways.into_iter().map(|(from, to)| (from.to_owned(), edge(to))).collect();
    let cycle = BTreeSet::from(["a", "b", "c"].map(str::to_owned));
    assert_eq!(cycles(&edges), BTreeSet::from([cycle]));
}
