//! Mistakes of a target file for which a verifier over HTTP would seem to be wrong.

use serde_json::json;

use super::file::{Message, Ready, TargetFile};
use super::notes::{Notes, is_token, signs};
use super::present::RequestTable;
use super::render;
use super::template::{OF_START, Variables};

/// The numbers that a status can have (RFC 9110 section 15).
const STATUSES: std::ops::RangeInclusive<u16> = 100..=999;

/// Mistakes in how the target is started, and in the times that it has.
pub(super) fn check_start(file: &TargetFile, notes: &mut Notes<'_, '_>) {
    let start = &file.start;
    let examples = Variables::examples(&file.folder, file.capabilities().as_ref());
    let command = start.command.iter().map(|text| (vec!["start", "command"], text));
    let env = start.env.iter().map(|(name, text)| (vec!["start", "env", name.as_str()], text));
    for (place, text) in command.chain(env) {
        if let Err(mistake) = render::check(text, &OF_START, &examples) {
            notes.add_advised(&place, mistake);
        }
    }
    match &start.ready {
        Some(Ready::Http(path)) if path.contains("{{") || path.contains("{%") => {
            let message = format!("`{path}` is no template: nothing is replaced here");
            notes.add(&["start", "ready"], message, "write `http = \"/ready\"`");
        }
        Some(Ready::Http(path)) if !path.starts_with('/') => {
            let message = format!("the path `{path}` does not begin with `/`");
            notes.add(&["start", "ready"], message, "write `http = \"/ready\"`");
        }
        Some(Ready::Tcp(port)) if !render::mentions(port, "port") => {
            let message = format!("`{port}` is another port than the target's");
            notes.add(&["start", "ready"], message, "write `tcp = \"{{ port }}\"`");
        }
        _ => {}
    }
    for (table, timeout) in [("start", &start.timeout), ("present", &file.present.timeout)] {
        if timeout.as_ref().is_some_and(|timeout| timeout.0.is_zero()) {
            let message = format!("`{table}.timeout` leaves no time");
            notes.add(&[table, "timeout"], message, "write \"10s\", or leave it out");
        }
    }
    if let Message::Json(pointer) = &file.verdict.message
        && !pointer.is_empty()
        && !pointer.starts_with('/')
    {
        let message = format!("`{pointer}` is not a JSON Pointer (RFC 6901)");
        let help = format!("write \"/{pointer}\"");
        notes.add(&["verdict", "message", "json"], message, &help);
    }
}

/// Mistakes in the request that carries a token.
pub(super) fn check_carrier(file: &TargetFile, notes: &mut Notes<'_, '_>) {
    check_path(file, notes);
    let Some(request) = &file.present.request else { return };
    let place = ["present", "request"];
    let fields = request.header.iter().map(|(name, text)| (vec!["header", name.as_str()], text));
    let texts: Vec<_> =
        fields.chain(request.body.iter().map(|text| (vec!["body"], text))).collect();
    let mut is_sent = false;
    for (member, text) in texts {
        let rest = text.replace(RequestTable::TOKEN, "");
        is_sent |= rest.len() < text.len();
        if rest.contains("{{") || rest.contains("{%") {
            is_sent = true;
            let message = format!("nothing but `{}` is replaced here", RequestTable::TOKEN);
            let help = "write it so, with one space on each side, where the token belongs";
            notes.add(&[&place[..], &member[..]].concat(), message, help);
        }
        if let ["header", name] = member[..]
            && !is_token(name)
        {
            let message = format!("`{name}` cannot be a header field");
            notes.add(
                &[&place[..], &member[..]].concat(),
                message,
                "use letters, digits and hyphens",
            );
        }
    }
    if !is_sent {
        let message = "`present.request` does not send the token";
        notes.add(&place, message, "write `header.authorization = \"Bearer {{ token }}\"`");
    }
}

/// Mistakes in the path at which tokens are presented.
fn check_path(file: &TargetFile, notes: &mut Notes<'_, '_>) {
    let place: &[&str] = match file.present.is_socket() {
        true => &["present", "path"],
        false => &["present", "request", "path"],
    };
    let path = file.present.path();
    let example = json!({ "trust": { "id": "t0" } });
    if let Err(mistake) = render::check(&path, &["trust"], &[&example]) {
        notes.add_advised(place, mistake);
        return;
    }
    let Ok(path) = render::render("the path", &path, &example) else { return };
    if !path.starts_with('/') {
        let message = format!("the path `{path}` does not begin with `/`");
        notes.add(place, message, "write `/`, and what comes behind it");
    } else if path.contains('#') {
        let message = format!("the path `{path}` has a fragment, which is never sent");
        notes.add(place, message, "leave out what is behind `#`, or write `%23` for it");
    }
}

/// Mistakes in the statuses by which verdicts are known.
pub(super) fn check_statuses(file: &TargetFile, notes: &mut Notes<'_, '_>) {
    for (verdict, signs) in signs(file) {
        if let Some(status) = signs.status.iter().find(|status| !STATUSES.contains(status)) {
            let message = format!("no status has the number {status}");
            notes.add(&["verdict", verdict, "status"], message, "write three digits");
        }
    }
    let [(_, accept), (_, reject)] = signs(file);
    if let Some(status) = accept.status.iter().find(|status| reject.status.contains(status)) {
        let message = format!("{status} means both accept and reject");
        let help = "leave it out of one; an answer has to tell a good token from a bad one";
        notes.add(&["verdict", "accept", "status"], message, help);
    }
}
