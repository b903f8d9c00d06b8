//! Takes the credential out of a pasted text.

use serde_json::Value;

use super::shell;
use jwtspec_jose::read_leniently;

/// The most wrappings that are taken off; more do not occur in practice.
const MOST_WRAPPINGS: usize = 6;

/// The names of tokens in URLs and JSON, most telling first.
const TOKEN_NAMES: [&str; 8] =
    ["access_token", "accessToken", "id_token", "idToken", "token", "jwt", "auth_token", "auth"];

/// A credential, and the place where it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Credential {
    /// The text that a verifier would get.
    pub(super) text: String,
    /// The texts that it was taken from, outermost first; nothing for a bare token.
    pub(super) steps: Vec<String>,
    /// The mistakes that were put right on the way.
    pub(super) notes: Vec<String>,
    /// True if the last step took off the scheme `Bearer`.
    had_scheme: bool,
}

impl Credential {
    fn found_in(step: impl Into<String>, inner: &str) -> Self {
        Self { text: inner.to_owned(), steps: vec![step.into()], ..Self::default() }
    }
}

/// Takes the credential out of a paste.
pub(super) fn extract_credential(paste: &str) -> Credential {
    let text = paste.trim_start_matches('\u{feff}').trim().to_owned();
    let mut found = Credential { text, ..Credential::default() };
    for _ in 0..MOST_WRAPPINGS {
        let Some(inner) = unwrap_once(&found.text) else { break };
        found.text = inner.text.trim().to_owned();
        found.steps.extend(inner.steps);
        found.notes.extend(inner.notes);
        // A scheme is taken off once: a verifier takes the rest for the token.
        found.had_scheme = inner.had_scheme;
        if found.had_scheme {
            break;
        }
    }
    let compact: String = found.text.chars().filter(|c| !c.is_whitespace()).collect();
    if compact != found.text && looks_like_jwt(&compact) {
        found.notes.push(
            "white space and line breaks inside the token were removed; a verifier refuses a token \
             that has them"
                .to_owned(),
        );
        found.text = compact;
    }
    found
}

const BEARER: &str = "the text after `Bearer`";

fn unwrap_once(text: &str) -> Option<Credential> {
    if shell::is_curl(text) {
        return from_command(text);
    }
    if let Some(inner) = quoted(text) {
        return Some(Credential::found_in("a text in quotes", &inner));
    }
    if text.starts_with('{') {
        return from_json(text);
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return from_url(text);
    }
    if let Some(header) = text.lines().find_map(|line| header(line, "authorization")) {
        return Some(Credential::found_in("the header `Authorization`", header));
    }
    if let Some(cookies) = text.lines().find_map(|line| header(line, "cookie")) {
        return Some(from_cookies(cookies));
    }
    let rest = after_scheme(text)?;
    Some(Credential { had_scheme: true, ..Credential::found_in(BEARER, rest) })
}

/// The text behind the scheme `Bearer`, which is written in any case.
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

fn from_command(text: &str) -> Option<Credential> {
    let request = shell::parse_curl(text);
    let step = |what: &str| format!("{what} of a `curl` command");
    let named = |name: &str| request.headers.iter().find_map(|line| header(line, name));
    if let Some(value) = named("authorization") {
        return Some(Credential::found_in(step("the header `Authorization`"), value));
    }
    if let Some(token) = &request.bearer {
        return Some(Credential::found_in(step("the option `--oauth2-bearer`"), token));
    }
    let within = |inner: Credential, what: &str| Credential {
        steps: inner.steps.iter().map(|found| format!("{found} in {what}")).collect(),
        ..inner
    };
    if let Some(found) = request.urls.iter().find_map(|url| from_url(url)) {
        return Some(within(found, &step("the URL")));
    }
    if let Some(cookies) = named("cookie").or(request.cookies.as_deref()) {
        return Some(within(from_cookies(cookies), &step("the cookies")));
    }
    let other = request.headers.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let value = value.trim();
        looks_like_jwt(after_scheme(value).unwrap_or(value)).then_some((name.trim(), value))
    });
    if let Some((name, value)) = other {
        return Some(Credential::found_in(step(&format!("the header `{name}`")), value));
    }
    if let Some(found) = request.bodies.iter().find_map(|body| from_json(body)) {
        return Some(within(found, &step("the body")));
    }
    // A verifier then gets no token at all.
    let note = "the command sends no token: it has no header `Authorization`, no cookie and no \
                token in its URL";
    let nothing = Credential::found_in(step("nothing"), "");
    Some(Credential { notes: vec![note.to_owned()], ..nothing })
}

/// A token in a JSON object; not the object itself where that is a token's JSON serialisation.
fn from_json(text: &str) -> Option<Credential> {
    let Some(Value::Object(object)) = read_leniently(text) else { return None };
    if object.contains_key("payload") || object.contains_key("signatures") {
        return None;
    }
    TOKEN_NAMES.iter().find_map(|name| {
        let token = object.get(*name)?.as_str()?;
        Some(Credential::found_in(format!("the member `{name}` of a JSON object"), token))
    })
}

fn from_url(url: &str) -> Option<Credential> {
    let (_, rest) = url.split_once(['?', '#'])?;
    let members: Vec<(&str, &str)> =
        rest.split(['&', '#', '?']).filter_map(|member| member.split_once('=')).collect();
    TOKEN_NAMES.iter().find_map(|name| {
        let (_, value) = members.iter().find(|(found, _)| found == name)?;
        let value = percent_decoded(value).unwrap_or_else(|| (*value).to_owned());
        Some(Credential::found_in(format!("the parameter `{name}`"), &value))
    })
}

/// The cookie that is most likely meant.
fn from_cookies(cookies: &str) -> Credential {
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
    let Some((name, value)) = chosen else { return Credential::found_in("the cookies", cookies) };
    let value = percent_decoded(value).unwrap_or_else(|| (*value).to_owned());
    Credential::found_in(format!("the cookie `{}`", jwtspec_mint::shorten(name)), &value)
}

/// True if a text can be nothing but a token: a header in base64url, and periods.
pub(super) fn looks_like_jwt(text: &str) -> bool {
    let periods = text.bytes().filter(|byte| *byte == b'.').count();
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=+/".contains(&byte);
    text.starts_with("ey") && (1..=4).contains(&periods) && text.bytes().all(alphabet)
}

/// The text that was percent-encoded; nothing if it was not, or is no text.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high << 4 | low).ok()?);
    }
    String::from_utf8(bytes).ok()
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
            format!("{{\"access_token\": \"{TOKEN}\", \"user\": \"\\ud83d\", \"n\": 1e400}}"),
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
            assert_eq!(extract_credential(&paste).text, TOKEN, "{paste}");
        }
    }

    #[test]
    fn what_a_verifier_would_not_forgive_stays() {
        assert_eq!(extract_credential("Bearer Bearer abc").text, "Bearer abc");
        let inner = format!("\"{TOKEN}\"");
        assert_eq!(extract_credential(&format!("Authorization: Bearer {inner}")).text, inner);
        assert_eq!(extract_credential("curl https://a.example").text, "");
        assert_eq!(extract_credential("").text, "");
        let serialised = r#"{"payload":"e30","signatures":[]}"#;
        assert_eq!(extract_credential(serialised).text, serialised);
    }

    #[test]
    fn it_is_said_what_was_taken_from_what() {
        let found = extract_credential(&format!("curl 'https://a.example?access_token={TOKEN}'"));
        assert_eq!(found.steps, ["the parameter `access_token` in the URL of a `curl` command"]);
        let found = extract_credential(&format!("\"Bearer {TOKEN}\""));
        assert_eq!(found.steps, ["a text in quotes", BEARER]);
    }
}
