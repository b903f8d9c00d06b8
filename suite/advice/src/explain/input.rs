//! What people paste, and the credential in it.

use serde_json::Value;

use super::shell;

/// How many wrappings are taken off: nobody quotes a quoted quotation of a header.
const MOST_WRAPPINGS: usize = 6;

/// Where tokens stand in URLs and JSON, most telling first.
const TOKEN_NAMES: [&str; 8] =
    ["access_token", "accessToken", "id_token", "idToken", "token", "jwt", "auth_token", "auth"];

/// A credential, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// What a verifier would get.
    pub(super) credential: String,
    /// What it was taken from, outermost first; nothing for a bare token.
    pub(super) steps: Vec<String>,
    /// What was put right on the way, for people to know.
    pub(super) notes: Vec<String>,
}

impl Taken {
    fn bare(text: &str) -> Self {
        Self { credential: text.to_owned(), steps: Vec::new(), notes: Vec::new() }
    }

    fn found_in(step: impl Into<String>, inner: &str) -> Self {
        Self { steps: vec![step.into()], ..Self::bare(inner) }
    }
}

/// Takes the credential out of a paste.
pub(super) fn take(paste: &str) -> Taken {
    let mut taken = Taken::bare(paste.trim_start_matches('\u{feff}').trim());
    for _ in 0..MOST_WRAPPINGS {
        let Some(inner) = unwrap_once(&taken.credential) else { break };
        taken.credential = inner.credential.trim().to_owned();
        taken.steps.extend(inner.steps);
        taken.notes.extend(inner.notes);
        // A scheme is taken off once: what stands behind it is what a verifier takes for the token.
        if taken.steps.last().is_some_and(|step| step == BEARER) {
            break;
        }
    }
    let compact: String = taken.credential.chars().filter(|c| !c.is_whitespace()).collect();
    if compact != taken.credential && looks_like_jwt(&compact) {
        taken.notes.push(
            "white space and line breaks inside the token were removed; a verifier refuses a token \
             that has them"
                .to_owned(),
        );
        taken.credential = compact;
    }
    taken
}

const BEARER: &str = "what stands behind `Bearer`";

fn unwrap_once(text: &str) -> Option<Taken> {
    if shell::is_curl(text) {
        return from_command(text);
    }
    if let Some(inner) = quoted(text) {
        return Some(Taken::found_in("a text in quotes", &inner));
    }
    if text.starts_with('{') {
        return from_json(text);
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return from_url(text);
    }
    if let Some(header) = text.lines().find_map(|line| header(line, "authorization")) {
        return Some(Taken::found_in("the header `Authorization`", header));
    }
    if let Some(cookies) = text.lines().find_map(|line| header(line, "cookie")) {
        return Some(from_cookies(cookies));
    }
    let rest = after_scheme(text)?;
    Some(Taken::found_in(BEARER, rest))
}

/// What stands behind the scheme `Bearer`, which is written in any case.
pub(super) fn after_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked("bearer".len())?;
    let separated = rest.starts_with(char::is_whitespace) || rest.starts_with(':');
    (scheme.eq_ignore_ascii_case("bearer") && separated)
        .then(|| rest.trim_start_matches(':').trim_start())
}

/// The text between quotes that surround the whole; JSON's escapes are resolved.
pub(super) fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    if quote == '"'
        && let Ok(Value::String(text)) = serde_json::from_str(text)
    {
        return Some(text);
    }
    Some(inner.to_owned())
}

fn header<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = line.split_once(':')?;
    let found = found.trim().trim_start_matches(['"', '\'']);
    found.eq_ignore_ascii_case(name).then_some(value.trim())
}

fn from_command(text: &str) -> Option<Taken> {
    let request = shell::request(text);
    let step = |what: &str| format!("{what} of a `curl` command");
    let named = |name: &str| request.headers.iter().find_map(|line| header(line, name));
    if let Some(value) = named("authorization") {
        return Some(Taken::found_in(step("the header `Authorization`"), value));
    }
    if let Some(token) = &request.bearer {
        return Some(Taken::found_in(step("the option `--oauth2-bearer`"), token));
    }
    let within = |inner: Taken, what: &str| Taken {
        steps: inner.steps.iter().map(|found| format!("{found} in {what}")).collect(),
        ..inner
    };
    if let Some(found) = request.urls.iter().find_map(|url| from_url(url)) {
        return Some(within(found, &step("the URL")));
    }
    let cookies = named("cookie").or(request.cookies.as_deref());
    if let Some(cookies) = cookies {
        return Some(within(from_cookies(cookies), &step("the cookies")));
    }
    let other = request.headers.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let value = value.trim();
        looks_like_jwt(after_scheme(value).unwrap_or(value)).then_some((name.trim(), value))
    });
    if let Some((name, value)) = other {
        return Some(Taken::found_in(step(&format!("the header `{name}`")), value));
    }
    let (what, found) = match request.bodies.iter().find_map(|body| from_json(body)) {
        Some(found) => ("the body", found),
        None => return Some(nothing_in(&step("nothing"))),
    };
    Some(within(found, &step(what)))
}

/// A command without a credential: what a verifier then gets is no token at all.
fn nothing_in(step: &str) -> Taken {
    let note = "the command sends no token: it has no header `Authorization`, no cookie and no \
                token in its URL";
    Taken { notes: vec![note.to_owned()], ..Taken::found_in(step, "") }
}

/// A token in a JSON object; not the object itself where that is a token's JSON serialisation.
fn from_json(text: &str) -> Option<Taken> {
    let Ok(Value::Object(object)) = serde_json::from_str::<Value>(text) else { return None };
    if object.contains_key("payload") || object.contains_key("signatures") {
        return None;
    }
    TOKEN_NAMES.iter().find_map(|name| {
        let token = object.get(*name)?.as_str()?;
        Some(Taken::found_in(format!("the member `{name}` of a JSON object"), token))
    })
}

fn from_url(url: &str) -> Option<Taken> {
    let (_, rest) = url.split_once(['?', '#'])?;
    let members: Vec<(&str, &str)> =
        rest.split(['&', '#', '?']).filter_map(|member| member.split_once('=')).collect();
    TOKEN_NAMES.iter().find_map(|name| {
        let (_, value) = members.iter().find(|(found, _)| found == name)?;
        let value = percent_decoded(value).unwrap_or_else(|| (*value).to_owned());
        Some(Taken::found_in(format!("the parameter `{name}`"), &value))
    })
}

/// The cookie that is most likely meant.
fn from_cookies(cookies: &str) -> Taken {
    let all: Vec<(&str, &str)> =
        cookies.split(';').filter_map(|cookie| cookie.trim().split_once('=')).collect();
    let telling = |name: &str| {
        let small = name.to_ascii_lowercase();
        ["session", "token", "jwt", "auth", "sid"].iter().any(|word| small.contains(word))
    };
    let chosen = all
        .iter()
        .find(|(_, value)| looks_like_jwt(value))
        .or_else(|| all.iter().find(|(name, _)| telling(name)))
        .or_else(|| all.first());
    let Some((name, value)) = chosen else { return Taken::found_in("the cookies", cookies) };
    let value = percent_decoded(value).unwrap_or_else(|| (*value).to_owned());
    Taken::found_in(format!("the cookie `{}`", jwtspec_mint::shorten(name)), &value)
}

/// Whether a text can be nothing but a token: a header in base64url, and periods.
pub(super) fn looks_like_jwt(text: &str) -> bool {
    let periods = text.bytes().filter(|octet| *octet == b'.').count();
    let alphabet = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.=+/".contains(&octet);
    text.starts_with("ey") && (1..=4).contains(&periods) && text.bytes().all(alphabet)
}

/// The text that was percent-encoded; nothing if it was not, or is no text.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        if octet != b'%' {
            octets.push(octet);
            continue;
        }
        let digit = |octet: Option<u8>| char::from(octet?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        octets.push(u8::try_from(high << 4 | low).ok()?);
    }
    String::from_utf8(octets).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln";

    #[test]
    fn every_paste_gives_the_token() {
        let pastes = [
            TOKEN.to_owned(),
            format!("  {TOKEN}\n"),
            format!("{}\n{}", &TOKEN[..25], &TOKEN[25..]),
            format!("Bearer {TOKEN}"),
            format!("bearer   {TOKEN}"),
            format!("Authorization: Bearer {TOKEN}"),
            format!("GET / HTTP/1.1\nHost: a\nauthorization: Bearer {TOKEN}\n"),
            format!("\"{TOKEN}\""),
            format!("'{TOKEN}'"),
            format!("{{\"access_token\": \"{TOKEN}\", \"expires_in\": 300}}"),
            format!("https://app.example/cb?state=1&access_token={TOKEN}"),
            format!("https://app.example/cb#access_token={TOKEN}&x=1"),
            format!("Cookie: theme=dark; __session={TOKEN}"),
            format!("curl https://a.example -H 'Authorization: Bearer {TOKEN}'"),
            format!("curl -HAuthorization:\\ Bearer\\ {TOKEN} https://a.example"),
            format!(
                "$ curl \\\n  --header=\"Authorization: Bearer {TOKEN}\" \\\n  https://a.example"
            ),
            format!("curl.exe ^\n -H \"authorization: Bearer {TOKEN}\" ^\n https://a.example"),
            format!("curl --oauth2-bearer {TOKEN} https://a.example"),
            format!("curl 'https://a.example/q?token={TOKEN}'"),
            format!("curl -b 'a=b; token={TOKEN}' https://a.example"),
            format!("curl -H 'Cookie: token={TOKEN}' https://a.example"),
            format!("curl -H $'X-Access: {TOKEN}' https://a.example"),
            format!("curl -d '{{\"token\":\"{TOKEN}\"}}' https://a.example"),
        ];
        for paste in pastes {
            assert_eq!(take(&paste).credential, TOKEN, "{paste}");
        }
    }

    #[test]
    fn what_a_verifier_would_not_forgive_stays() {
        assert_eq!(take("Bearer Bearer abc").credential, "Bearer abc");
        let inner = format!("\"{TOKEN}\"");
        assert_eq!(take(&format!("Authorization: Bearer {inner}")).credential, inner);
        assert_eq!(take("curl https://a.example").credential, "");
        assert_eq!(take("").credential, "");
        let serialised = r#"{"payload":"e30","signatures":[]}"#;
        assert_eq!(take(serialised).credential, serialised);
    }

    #[test]
    fn it_is_said_what_was_taken_from_what() {
        let taken = take(&format!("curl 'https://a.example?access_token={TOKEN}'"));
        assert_eq!(taken.steps, ["the parameter `access_token` in the URL of a `curl` command"]);
        let taken = take(&format!("\"Bearer {TOKEN}\""));
        assert_eq!(taken.steps, ["a text in quotes", BEARER]);
    }
}
