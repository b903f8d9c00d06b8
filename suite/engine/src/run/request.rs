//! The request, or the messages, that present a token.

use crate::scenario::{Method, PathSpelling, RequestSpec};
use crate::target::{Facts, PreparedRequest, Presenting, RequestTable, TargetFile};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::placeholder::RequestText;
use jwtspec_mint::{MintError, fill};

/// Builds what presents a token at `url`: the request, bent as the scenario says, or the messages
/// on a connection of its own.
pub fn prepare(
    presenting: &Presenting,
    url: &str,
    token: &str,
    terms: Option<&RequestSpec>,
    mint_context: &MintContext,
) -> Result<PreparedRequest, MintError> {
    match presenting {
        Presenting::Request(table) => in_a_request(table, url, token, terms, mint_context),
        Presenting::Socket(file) => {
            on_a_socket(file, url, &Facts::new(token, &mint_context.serial))
        }
    }
}

/// Builds the opening handshake of a socket at `url`, and the messages that present a token there.
pub(crate) fn on_a_socket(
    file: &TargetFile,
    url: &str,
    facts: &Facts,
) -> Result<PreparedRequest, MintError> {
    let failed = |what: String| MintError::NoMessage(what);
    // `http` and `https` become `ws` and `wss`.
    let url = url.strip_prefix("http").map_or_else(|| url.to_owned(), |rest| format!("ws{rest}"));
    Ok(PreparedRequest {
        method: Method::Get.as_str(),
        url,
        headers: file.handshake_header(facts).map_err(failed)?,
        body: None,
        messages: Some(Box::new(file.messages(facts).map_err(failed)?)),
    })
}

fn in_a_request(
    table: &RequestTable,
    url: &str,
    token: &str,
    terms: Option<&RequestSpec>,
    mint_context: &MintContext,
) -> Result<PreparedRequest, MintError> {
    let inserted = |text: &str| text.replace(RequestTable::TOKEN, token);
    let mut request = PreparedRequest {
        method: table.method.as_str(),
        url: url.to_owned(),
        headers: table
            .header
            .iter()
            .map(|(name, value)| (name.clone(), inserted(value).into_bytes()))
            .collect(),
        body: table.body.as_deref().map(inserted),
        messages: None,
    };
    let Some(terms) = terms else { return Ok(request) };
    let filled = |text: &RequestText| fill(text, token, mint_context);
    let elsewhere = terms.query.is_some() || terms.form.is_some();
    if terms.authorization.is_some() || terms.authorization_octets.is_some() || elsewhere {
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
    }
    for value in terms.authorization.iter().flatten() {
        request.headers.push(("authorization".to_owned(), filled(value)?.into_bytes()));
    }
    if let Some(octets) = &terms.authorization_octets {
        request.headers.push(("authorization".to_owned(), octets.0.clone()));
    }
    if let Some(cookie) = &terms.cookie {
        request.headers.push(("cookie".to_owned(), filled(cookie)?.into_bytes()));
    }
    if let Some(spelling) = terms.path {
        request.url = with_path(&request.url, spelling).unwrap_or(request.url);
    }
    if let Some(query) = &terms.query {
        let separator = if request.url.contains('?') { '&' } else { '?' };
        request.url = format!("{}{separator}{}", request.url, filled(query)?);
    }
    if let Some(form) = &terms.form {
        request.method = Method::Post.as_str();
        let kind = "application/x-www-form-urlencoded";
        request.headers.push(("content-type".to_owned(), kind.into()));
        request.body = Some(filled(form)?);
    }
    if let Some(method) = terms.method {
        request.method = method.as_str();
    }
    Ok(request)
}

/// A URL with its path in another spelling; nothing if that has no letter to change.
fn with_path(url: &str, spelling: PathSpelling) -> Option<String> {
    let start = url.find("://").map_or(0, |at| at + 3);
    let start = url[start..].find('/').map_or(url.len(), |at| start + at);
    let (origin, rest) = url.split_at(start);
    let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    let path = if path.is_empty() { "/" } else { path };
    Some(format!("{origin}{}{query}", spelling.of(path)?))
}

/// Returns true if the path of this URL can be spelled so.
pub(super) fn has_spelling(url: &str, terms: &RequestSpec) -> bool {
    terms.path.is_none_or(|spelling| with_path(url, spelling).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwtspec_mint::hex::HexBytes;
    use jwtspec_mint::placeholder::{Position, Template};

    fn text(text: &str) -> RequestText {
        RequestText(Template::parse(text, Position::Request).unwrap())
    }

    fn prepared(terms: &RequestSpec) -> PreparedRequest {
        let table = Presenting::Request(RequestTable::default());
        prepare(&table, "http://h/v", "T", Some(terms), &MintContext::example()).unwrap()
    }

    #[test]
    fn the_usual_request_bears_the_token() {
        let table = Presenting::Request(RequestTable::default());
        let request = prepare(&table, "http://h/v", "T", None, &MintContext::example()).unwrap();
        assert_eq!(request.headers, [("authorization".to_owned(), b"Bearer T".to_vec())]);
        assert_eq!((request.method, request.url.as_str()), ("GET", "http://h/v"));
    }

    #[test]
    fn requests_are_bent_as_asked() {
        let none = RequestSpec { authorization: Some(vec![]), ..RequestSpec::default() };
        assert_eq!(prepared(&none).headers, []);
        let doubled = RequestSpec {
            authorization: Some(vec![text("bearer @token"), text("Bearer x")]),
            ..RequestSpec::default()
        };
        let lines: Vec<Vec<u8>> =
            prepared(&doubled).headers.into_iter().map(|(_, value)| value).collect();
        assert_eq!(lines, [&b"bearer T"[..], b"Bearer x"]);
        let octets = RequestSpec {
            authorization_octets: Some(HexBytes(b"Bearer \xff".to_vec())),
            ..RequestSpec::default()
        };
        assert_eq!(prepared(&octets).headers[0].1, b"Bearer \xff");
        let cookie = RequestSpec { cookie: Some(text("t=@token")), ..RequestSpec::default() };
        let usual = ("authorization".to_owned(), b"Bearer T".to_vec());
        assert_eq!(prepared(&cookie).headers, [usual, ("cookie".to_owned(), b"t=T".to_vec())]);
        let query =
            RequestSpec { query: Some(text("access_token=@token")), ..RequestSpec::default() };
        assert_eq!(prepared(&query).url, "http://h/v?access_token=T");
        assert_eq!(prepared(&query).headers, []);
        for (spelling, url) in [
            (PathSpelling::SlashBehind, "http://h/v/"),
            (PathSpelling::SlashDoubled, "http://h//v"),
            (PathSpelling::ParameterBehind, "http://h/v;a=b"),
            (PathSpelling::SpaceBehind, "http://h/v%20"),
            (PathSpelling::ExtensionBehind, "http://h/v.json"),
            (PathSpelling::LetterInOtherCase, "http://h/V"),
            (PathSpelling::LetterEncoded, "http://h/%76"),
        ] {
            let path = RequestSpec { path: Some(spelling), ..RequestSpec::default() };
            assert_eq!(prepared(&path).url, url);
        }
        let letter =
            RequestSpec { path: Some(PathSpelling::LetterEncoded), ..RequestSpec::default() };
        assert!(!has_spelling("http://h/1?a=b", &letter) && has_spelling("http://h/v", &letter));
        let form =
            RequestSpec { form: Some(text("access_token=@token")), ..RequestSpec::default() };
        assert_eq!(prepared(&form).method, "POST");
        assert_eq!(prepared(&form).body.as_deref(), Some("access_token=T"));
    }
}
