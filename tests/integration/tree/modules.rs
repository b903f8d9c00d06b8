//! The graphs of a crate's modules, from the paths in its code: one of the modules of each folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::slice::from_ref;

use super::source::{code, files, without_tests};

/// The modules that a module names, each with the first place where it does.
pub(super) type Edges = BTreeMap<String, BTreeMap<String, String>>;

/// The modules of a crate, and the edges between those that have the same parent.
pub(super) struct Graph {
    /// Every module but the root, as a path from it.
    pub(super) modules: BTreeSet<Vec<String>>,
    /// The edges between the children of a module, by its path.
    pub(super) edges: BTreeMap<Vec<String>, Edges>,
}

/// A file of a crate: its module as a path from the root, and its code without tests.
struct Module {
    path: Vec<String>,
    file: String,
    code: String,
}

/// The graph of a crate. A parent has no edges to or from its children: it holds them together. An
/// item that it re-exports counts as one of the child that has it.
pub(super) fn graph(sources: &Path) -> Graph {
    graph_of(&modules(sources))
}

fn graph_of(files: &[Module]) -> Graph {
    let modules: BTreeSet<Vec<String>> =
        files.iter().map(|module| module.path.clone()).filter(|path| !path.is_empty()).collect();
    let exported: BTreeMap<&[String], BTreeMap<String, String>> =
        files.iter().map(|module| (module.path.as_slice(), exports(module, &modules))).collect();
    let mut edges = BTreeMap::<Vec<String>, Edges>::new();
    for module in files {
        for (path, line) in references(module) {
            let shared = module.path.iter().zip(&path).take_while(|(own, other)| own == other);
            let (parent, own) = module.path.split_at(shared.count());
            let (Some(from), Some(named)) = (own.first(), path.get(parent.len())) else { continue };
            let to = match modules.contains(&[parent, from_ref(named)].concat()) {
                true => Some(named),
                false => exported.get(parent).and_then(|exported| exported.get(named)),
            };
            if let Some(to) = to.filter(|to| *to != from) {
                let place = format!("{}:{line}", module.file);
                let siblings = edges.entry(parent.to_vec()).or_default();
                siblings.entry(from.clone()).or_default().entry(to.clone()).or_insert(place);
            }
        }
    }
    Graph { modules, edges }
}

/// The names that a module has from its children, each with the child.
fn exports(module: &Module, modules: &BTreeSet<Vec<String>>) -> BTreeMap<String, String> {
    let mut exported = BTreeMap::new();
    for path in uses(&module.code) {
        let is_child =
            |name: &String| modules.contains(&[module.path.as_slice(), from_ref(name)].concat());
        let absolute = match path.first() {
            Some(first) if is_child(first) => [module.path.clone(), path].concat(),
            _ => absolute(&module.path, path),
        };
        let Some([child, inner @ ..]) = absolute.strip_prefix(module.path.as_slice()) else {
            continue;
        };
        if let Some(name) = inner.last().filter(|_| is_child(child)) {
            exported.insert(name.clone(), child.clone());
        }
    }
    exported
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

/// The paths of the `use` items of a module.
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
fn nested_modules_have_edges_by_what_their_parent_exports() {
    let module = |path: &str, code: &str| Module {
        path: path.split_terminator("::").map(str::to_owned).collect(),
        file: path.to_owned(),
        code: code.to_owned(),
    };
    let files = [
        module("", "mod a; mod d;"),
        module("a", "mod b; mod c; pub use c::{inner::C, D as E}; use crate::d::F;"),
        module("a::b", "use super::C; use super::E;"),
        module("a::c", "mod inner; use crate::a::b::B;"),
        module("a::c::inner", "use super::super::b::B; use super::super::super::d::F;"),
        module("d", ""),
    ];
    let graph = graph_of(&files);
    let found = graph.edges.iter().flat_map(|(parent, edges)| {
        let pairs = edges.iter().flat_map(|(from, all)| all.keys().map(move |to| (from, to)));
        pairs.map(move |(from, to)| format!("{}: {from} → {to}", parent.join("::")))
    });
    assert_eq!(found.collect::<Vec<_>>(), [": a → d", "a: b → c", "a: c → b"]);
    let cycle = BTreeSet::from(["b", "c"].map(str::to_owned));
    assert_eq!(cycles(&graph.edges[["a".to_owned()].as_slice()]), BTreeSet::from([cycle]));
}

#[test]
fn a_cycle_is_found_over_any_way() {
    let edge = |to: &str| BTreeMap::from([(to.to_owned(), String::new())]);
    let ways = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("e", "f")];
    let edges: Edges = ways.into_iter().map(|(from, to)| (from.to_owned(), edge(to))).collect();
    let cycle = BTreeSet::from(["a", "b", "c"].map(str::to_owned));
    assert_eq!(cycles(&edges), BTreeSet::from([cycle]));
}
