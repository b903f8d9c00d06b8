//! From a token to the request that presents it.

use crate::mint::{MintError, fill};
use crate::placeholder::RequestText;
use crate::scenario::{Method, RequestTerms};
use crate::setting::Setting;
use crate::target::{PreparedRequest, RequestTable};

/// Builds the request that presents a token at `url`, bent as the scenario says.
pub(crate) fn prepare(
    table: &RequestTable,
    url: &str,
    token: &str,
    terms: Option<&RequestTerms>,
    setting: &Setting,
) -> Result<PreparedRequest, MintError> {
    let inserted = |text: &str| text.replace("{{ token }}", token);
    let mut request = PreparedRequest {
        method: table.method.as_str(),
        url: url.to_owned(),
        headers: table
            .header
            .iter()
            .map(|(name, value)| (name.clone(), inserted(value).into_bytes()))
            .collect(),
        body: table.body.as_deref().map(inserted),
    };
    let Some(terms) = terms else { return Ok(request) };
    let filled = |text: &RequestText| fill(text, token, setting);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octets::Octets;
    use crate::placeholder::{Position, Template};

    fn text(text: &str) -> RequestText {
        RequestText(Template::parse(text, Position::Request).unwrap())
    }

    fn prepared(terms: &RequestTerms) -> PreparedRequest {
        let table = RequestTable::default();
        prepare(&table, "http://h/v", "T", Some(terms), &Setting::example()).unwrap()
    }

    #[test]
    fn the_usual_request_bears_the_token() {
        let table = RequestTable::default();
        let request = prepare(&table, "http://h/v", "T", None, &Setting::example()).unwrap();
        assert_eq!(request.headers, [("authorization".to_owned(), b"Bearer T".to_vec())]);
        assert_eq!((request.method, request.url.as_str()), ("GET", "http://h/v"));
    }

    #[test]
    fn requests_are_bent_as_asked() {
        let none = RequestTerms { authorization: Some(vec![]), ..RequestTerms::default() };
        assert_eq!(prepared(&none).headers, []);
        let doubled = RequestTerms {
            authorization: Some(vec![text("bearer @token"), text("Bearer x")]),
            ..RequestTerms::default()
        };
        let lines: Vec<Vec<u8>> =
            prepared(&doubled).headers.into_iter().map(|(_, value)| value).collect();
        assert_eq!(lines, [&b"bearer T"[..], b"Bearer x"]);
        let octets = RequestTerms {
            authorization_octets: Some(Octets(b"Bearer \xff".to_vec())),
            ..RequestTerms::default()
        };
        assert_eq!(prepared(&octets).headers[0].1, b"Bearer \xff");
        let query =
            RequestTerms { query: Some(text("access_token=@token")), ..RequestTerms::default() };
        assert_eq!(prepared(&query).url, "http://h/v?access_token=T");
        assert_eq!(prepared(&query).headers, []);
        let form =
            RequestTerms { form: Some(text("access_token=@token")), ..RequestTerms::default() };
        assert_eq!(prepared(&form).method, "POST");
        assert_eq!(prepared(&form).body.as_deref(), Some("access_token=T"));
    }
}
