//! Rust source as text: files, and their code without comments, strings and tests.

use std::path::{Path, PathBuf};

/// The files below a folder that have this extension; folders of builds and of tools are left out.
pub(super) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            // Cargo marks its folders with a tag; a module may be called `target`, too.
            let is_built = name == "node_modules" || path.join("CACHEDIR.TAG").exists();
            if !(name.starts_with('.') || is_built) {
                found.extend(files(&path, extension));
            }
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The text with blanks for comments, strings and character literals; lines stay where they are.
pub(super) fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = literal(rest);
        let (taken, after) = rest.split_at(length.unwrap_or(first.len_utf8()));
        match length {
            Some(_) => code.extend(taken.chars().map(|c| if c == '\n' { '\n' } else { ' ' })),
            None => code.push_str(taken),
        }
        // `r"` and `b"` begin literals, but not inside a word.
        let word = match length {
            None if is_word(first) => after.find(|c| !is_word(c)).unwrap_or(after.len()),
            _ => 0,
        };
        let is_prefix = ["r", "b", "br", "c", "cr"].contains(&&rest[..first.len_utf8() + word]);
        code.push_str(if is_prefix { "" } else { &after[..word] });
        rest = if is_prefix { after } else { &after[word..] };
    }
    code
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the comment, string or character literal at the start of a text.
fn literal(text: &str) -> Option<usize> {
    let end_of = |from: usize, end: &str| {
        text[from..].find(end).map_or(text.len(), |at| from + at + end.len())
    };
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(end_of(2, "*/"));
    }
    let unprefixed = text.trim_start_matches(['b', 'c']);
    let prefix = text.len() - unprefixed.len();
    if let Some(raw) = unprefixed.strip_prefix('r').filter(|_| prefix <= 1) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            return Some(end_of(prefix + 2 + hashes, &end));
        }
    }
    if unprefixed.starts_with('"') && prefix <= 1 {
        return Some(prefix + quoted(unprefixed));
    }
    // A lifetime has no quote behind its first letter.
    let mut characters = unprefixed.strip_prefix('\'').filter(|_| prefix <= 1)?.char_indices();
    match characters.next()? {
        (_, '\\') => {
            let end = characters.skip(1).find(|(_, c)| *c == '\'')?.0;
            Some(prefix + end + 2)
        }
        _ => characters.next().filter(|(_, c)| *c == '\'').map(|(end, _)| prefix + end + 2),
    }
}

/// The length of the string in double quotes at the start of a text.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// Code without the items under `#[cfg(test)]`, and the modules that are declared there.
pub(super) fn without_tests(code: &str) -> (String, Vec<String>) {
    const TEST: &str = "#[cfg(test)]";
    let (mut kept, mut declared) = (String::new(), Vec::new());
    let mut rest = code;
    while let Some(at) = rest.find(TEST) {
        kept.push_str(&rest[..at]);
        let item = &rest[at + TEST.len()..];
        let end = end_of_item(item);
        let words: Vec<&str> = item[..end].split(|c| !is_word(c)).collect();
        if let Some(place) = words.iter().position(|word| *word == "mod") {
            declared.extend(words.get(place + 1).map(|name| (*name).to_owned()));
        }
        kept.extend(item[..end].chars().filter(|c| *c == '\n'));
        rest = &item[end..];
    }
    kept.push_str(rest);
    (kept, declared)
}

/// The place behind a `;`, or behind the bracket that closes the first `{`.
fn end_of_item(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at + 1,
            b'}' => depth -= 1,
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[test]
fn only_code_is_left() {
    let text = "a::b /* c */ \"d\\\"\" r#\"e\"\"# b'f' '\\'' &'g h // i\nj";
    let left: Vec<_> = code(text).split_whitespace().map(str::to_owned).collect();
    assert_eq!(left, ["a::b", "&'g", "h", "j"]);
    let (kept, declared) = without_tests("a;\n#[cfg(test)]\nmod b { c; }\nd; #[cfg(test)] mod e;");
    assert_eq!((kept.trim(), declared), ("a;\n\n\nd;", vec!["b".to_owned(), "e".to_owned()]));
}
