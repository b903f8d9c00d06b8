//! Mistakes of a target file that show when its members are seen together.

use super::file::{Message, TargetFile};
use super::http_mistakes::{check_carrier, check_start, check_statuses};
use super::notes::{Notes, is_token, signs};
use super::present::{Kind, Present};
use jwtspec_format::{Document, Problem};
use jwtspec_types::capabilities::Number;

/// Every such mistake.
pub(super) fn find_mistakes(file: &TargetFile, document: &Document<'_>) -> Vec<Problem> {
    let mut notes = Notes::new(document);
    if file.start.command.is_empty() {
        notes.add(
            &["start", "command"],
            "`start.command` is empty",
            "write the program and its arguments",
        );
    }
    if file.trust.is_some() && file.start.config.is_none() {
        notes.add(
            &["trust"],
            "`[trust]` without `start.config`",
            "say how the trust reaches the target, or leave `[trust]` out for a driver",
        );
    }
    if file.trust.is_none() && file.start.config.is_some() {
        notes.add(
            &["start", "config"],
            "`start.config` without `[trust]`",
            "say what the target can be told",
        );
    }
    if file.name.is_empty() || !file.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        notes.add(
            &["name"],
            "`name` becomes part of file names",
            "use letters, digits and hyphens",
        );
    }
    match file.present.kind {
        Kind::Http => {
            check_request(file, &mut notes);
            check_statuses(file, &mut notes);
        }
        Kind::WebSocket => check_socket(file, &mut notes),
    }
    // Without it no template is read, and no such target is started.
    if cfg!(feature = "target-file") {
        check_start(file, &mut notes);
        check_carrier(file, &mut notes);
    }
    if file.present.is_socket() && !cfg!(feature = "websocket") {
        notes.add(
            &["present", "kind"],
            "this jwtspec was built without WebSockets",
            "build jwtspec with the feature `websocket`",
        );
    }
    notes.into_mistakes()
}

/// Members that only make sense beside `kind = "websocket"`.
fn check_request(file: &TargetFile, notes: &mut Notes<'_, '_>) {
    let Present { path, header, subprotocol, open, send, sign_out, tokens, .. } = &file.present;
    let help = "write `kind = \"websocket\"`, or say it in `request`";
    for (name, is_said) in [
        ("path", path.is_some()),
        ("header", !header.is_empty()),
        ("subprotocol", subprotocol.is_some()),
        ("open", !open.is_empty()),
        ("send", !send.is_empty()),
        ("sign-out", !sign_out.is_empty()),
        ("tokens", tokens.is_some()),
    ] {
        if is_said {
            notes.add(&["present", name], format!("`present.{name}` is of a socket"), help);
        }
    }
    let help = "write `kind = \"websocket\"` in `[present]`, or `status = [401]`";
    for (verdict, signs) in signs(file) {
        for (name, is_said) in
            [("message", !signs.message.is_empty()), ("close", !signs.close.is_empty())]
        {
            if is_said {
                let what = format!("`verdict.{verdict}.{name}` is of a socket");
                notes.add(&["verdict", verdict, name], what, help);
            }
        }
        if signs.status.is_empty() {
            let what = format!("`verdict.{verdict}` without `status`");
            notes.add(&["verdict", verdict], what, "write `status = [200]`, with the statuses");
        }
    }
    let help = "write `kind = \"websocket\"` in `[present]`";
    let named = [("version", &file.verdict.version), ("identity", &file.verdict.identity)];
    for (name, _) in named.iter().filter(|(_, pattern)| pattern.is_some()) {
        notes.add(&["verdict", name], format!("`verdict.{name}` is of a socket"), help);
    }
}

/// Members that a socket cannot have, and those that it must have.
fn check_socket(file: &TargetFile, notes: &mut Notes<'_, '_>) {
    let (present, verdict) = (&file.present, &file.verdict);
    if present.request.is_some() {
        notes.add(
            &["present", "request"],
            "`present.request` beside `kind = \"websocket\"`",
            "say `path` and `header` of the opening handshake, and the messages in `open` and `send`",
        );
    }
    if !present.send.iter().any(|message| message.mentions("token")) {
        notes.add(
            &["present", "send"],
            "`present.send` does not send the token",
            "write `{{ token | tojson }}` where the token belongs",
        );
    }
    for name in ["open", "sign-out"] {
        let messages = if name == "open" { &present.open } else { &present.sign_out };
        if messages.iter().any(|message| message.mentions("token")) {
            notes.add(
                &["present", name],
                format!("`present.{name}` sends the token"),
                "write what presents a token in `send`",
            );
        }
    }
    if !present.sign_out.is_empty() && present.tokens() == Number::One {
        notes.add(
            &["present", "sign-out"],
            "`present.sign-out` for a connection that takes one token",
            "write `tokens = \"many\"`, or leave it out",
        );
    }
    if let Some(name) = present.header.keys().find(|name| !is_field(name)) {
        notes.add(
            &["present", "header"],
            format!("`{name}` cannot be a header field of the opening handshake"),
            "use letters, digits and hyphens; `Sec-WebSocket-Protocol` is `subprotocol`",
        );
    }
    if present.subprotocol.as_deref().is_some_and(|name| !is_token(name)) {
        notes.add(
            &["present", "subprotocol"],
            "not the name of a subprotocol (RFC 6455 section 4.1)",
            "write one name, such as \"graphql-transport-ws\"",
        );
    }
    for (name, signs) in signs(file) {
        let is_said = !signs.message.is_empty() || !signs.close.is_empty();
        let by_status = name == "reject" && !signs.status.is_empty();
        if !is_said && !by_status {
            notes.add(
                &["verdict", name],
                format!("nothing tells that a token was {name}ed on the socket"),
                "write `message = ['/\"type\":\"…\"/']`, with what such a message has in it",
            );
        }
    }
    if notes.document.has(&["verdict", "accept", "status"]) {
        notes.add(
            &["verdict", "accept", "status"],
            "a status accepts no token on a socket",
            "write `message = […]`: no token was sent when the opening handshake is answered",
        );
    }
    if matches!(verdict.message, Message::Header(_)) {
        notes.add(
            &["verdict", "message"],
            "a message on a socket has no header",
            "write `message = \"body\"`, or `{ json = \"/error\" }`",
        );
    }
    for (name, signs) in signs(file) {
        if let Some(code) = signs.close.iter().find(|code| !(1000..5000).contains(*code)) {
            notes.add(
                &["verdict", name, "close"],
                format!("no connection is closed with {code}"),
                "write a code from 1000 to 4999; 1005 is none, 1006 no closing handshake",
            );
        }
    }
}

/// Returns true if a file can set this field. Those of the handshake itself it cannot.
fn is_field(name: &str) -> bool {
    let taken = ["connection", "upgrade", "host"];
    let lower = name.to_ascii_lowercase();
    is_token(name) && !taken.contains(&lower.as_str()) && !lower.starts_with("sec-websocket-")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use jwtspec_format::Source;

    const RIGHT: &str = r#"
name = "x"
about = "x"
start.command = ["x"]
[present]
kind = "websocket"
send = ['{"value":{{ token | tojson }}}']
[verdict]
accept.message = ['"ok"']
reject.message = ['/"error"/']
"#;

    /// The mistakes of a file, each with the line that it points at.
    fn told(text: &str) -> Vec<(usize, String)> {
        let source = Source::new("target.toml", text);
        let Err(problems) = TargetFile::parse(&source, Path::new(".")) else { return Vec::new() };
        let line = |problem: &Problem| text[..problem.span().start].matches('\n').count() + 1;
        problems
            .iter()
            .map(|problem| {
                assert!(problem.help().is_some(), "no advice: {}", problem.message());
                (line(problem), problem.message().to_owned())
            })
            .collect()
    }

    #[cfg(not(feature = "websocket"))]
    #[test]
    fn a_socket_needs_its_feature() {
        let message = "this jwtspec was built without WebSockets".to_owned();
        assert_eq!(told(RIGHT), [(6, message)]);
    }

    #[cfg(feature = "websocket")]
    #[test]
    fn each_mistake_is_told_with_its_place() {
        assert_eq!(told(RIGHT), []);
        for (from, to, line, message) in [
            ("send = [", "sent = [", 7, "unknown key `sent`"),
            ("token |", "tokn |", 7, "unknown variable `tokn`"),
            ("{{ token | tojson }}", "1", 7, "does not send the token"),
            ("{{ token | tojson }}", "{{ token | }}", 7, "not a template"),
            ("{{ token | tojson }}", "{{ token.a.b | tojson }}", 7, "failed to render"),
            ("kind = \"websocket\"", "", 7, "`present.send` is of a socket"),
            ("kind = \"websocket\"", "kind = \"socket\"", 6, "unknown word `socket`"),
            ("send = ", "request.path = \"/\"\nsend = ", 7, "`present.request` beside"),
            ("send = ", "header.host = \"x\"\nsend = ", 7, "cannot be a header field"),
            ("send = ", "subprotocol = \"a, b\"\nsend = ", 7, "name of a subprotocol"),
            ("send = ", "open = ['{{ token }}']\nsend = ", 7, "`present.open` sends the token"),
            ("send = ", "sign-out = ['x']\nsend = ", 7, "takes one token"),
            ("'/\"error\"/'", "'/(/'", 10, "not a regular expression"),
            ("'/\"error\"/'", "''", 10, "empty pattern"),
            ("'/\"error\"/'", "'/{{ vers }}/'", 10, "unknown variable `vers`"),
            ("reject.message = ['/\"error\"/']", "reject = {}", 10, "was rejected on the socket"),
            ("accept.message = ['\"ok\"']", "accept.close = [99]", 9, "no connection is closed"),
            ("accept.message", "accept.status = [200]\naccept.message", 9, "no token on a socket"),
            ("[verdict]", "[verdict]\nmessage.header = \"x\"", 9, "has no header"),
            ("[verdict]", "[verdict]\nmessage = { json = \"/a\", header = \"x\" }", 9, "one place"),
        ] {
            let text = RIGHT.replacen(from, to, 1);
            assert_ne!(text, RIGHT);
            let told = told(&text);
            let found = told.iter().find(|(_, told)| told.contains(message));
            assert_eq!(found.map(|(line, _)| *line), Some(line), "{message}: {told:?}");
        }
    }

    #[cfg(feature = "target-file")]
    #[test]
    fn mistakes_of_a_request_have_their_places() {
        let right = "name = \"x\"\n[start]\ncommand = [\"x\", \"{{ port }}\"]\n\
                     ready.http = \"/\"\ntimeout = \"9s\"\nenv.A = \"{{ ca_file }}\"\n[present]\n\
                     timeout = \"9s\"\n[present.request]\npath = \"/{{ trust.id }}\"\n\
                     header.a = \"Bearer {{ token }}\"\n[verdict]\naccept.status = [200]\n\
                     reject.status = [401]\nmessage.json = \"/a\"\n[reasons]\n\"x\" = \"expired\"\n";
        assert_eq!(told(right), []);
        for (from, to, line, message) in [
            ("{{ port }}", "{{ prot }}", 3, "unknown variable `prot`"),
            ("ready.http = \"/\"", "ready.http = \"ready\"", 4, "does not begin with `/`"),
            ("ready.http = \"/\"", "ready.tcp = \"80\"", 4, "another port than the target's"),
            ("timeout = \"9s\"\nenv", "timeout = \"0s\"\nenv", 5, "leaves no time"),
            ("{{ ca_file }}", "{{ ca-file }", 6, "not a template"),
            ("timeout = \"9s\"\n[", "timeout = \"0s\"\n[", 8, "leaves no time"),
            ("{{ trust.id }}", "{{ trust.idd }}", 10, "failed to render"),
            ("{{ trust.id }}", "{{ token }}", 10, "unknown variable `token`"),
            ("{{ token }}", "{{ tokn }}", 11, "nothing but `{{ token }}`"),
            ("{{ token }}", "{{token}}", 11, "nothing but `{{ token }}`"),
            ("{{ token }}", "token", 9, "does not send the token"),
            ("header.a", "header.\"a b\"", 11, "cannot be a header field"),
            ("[200]", "[2000]", 13, "no status has the number 2000"),
            ("[200]", "[200, 401]", 13, "401 means both"),
            ("\"/a\"", "\"a\"", 15, "not a JSON Pointer"),
            ("\"x\" = \"e", "\"\" = \"e", 17, "empty pattern"),
        ] {
            let text = right.replacen(from, to, 1);
            assert_ne!(text, right, "{from}");
            let told = told(&text);
            let found = told.iter().find(|(_, told)| told.contains(message));
            assert_eq!(found.map(|(line, _)| *line), Some(line), "{message}: {told:?}");
        }
    }

    #[test]
    fn a_request_has_no_signs_of_a_socket() {
        let text = "name = \"x\"\nabout = \"x\"\nstart.command = [\"x\"]\n[verdict]\n\
                    accept.message = ['x']\nreject.close = [4401]\nversion = 'x'\n";
        let lines: Vec<usize> = told(text).iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [5, 5, 6, 6, 7], "{:?}", told(text));
    }
}
