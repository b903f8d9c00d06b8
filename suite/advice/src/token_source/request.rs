//! The request of a source that is asked over HTTP, written as templates of `force`.

use minijinja::value::ValueKind;
use minijinja::{Environment, UndefinedBehavior, context, escape_formatter};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use super::SourceError;
use jwtspec_engine::target::without_user;

/// The request that asks for a token. URL, header lines and body are templates, in which `force`
/// is true where a new token is wanted and false where a kept one will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestTemplate {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// Header lines, `name: value`.
    pub headers: Vec<String>,
    /// The body.
    pub body: Option<String>,
}

/// A request, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RenderedRequest {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<String>,
}

impl RequestTemplate {
    /// A GET of this URL.
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: "GET".to_owned(), url: url.into(), headers: Vec::new(), body: None }
    }

    /// True if the source can tell both kinds of calls apart.
    pub(super) fn depends_on_force(&self) -> bool {
        self.render(true).ok() != self.render(false).ok()
    }

    /// Renders the templates.
    ///
    /// # Errors
    ///
    /// If one of them cannot be rendered, or the result is no URL, header line or method.
    pub(super) fn render(&self, force: bool) -> Result<RenderedRequest, SourceError> {
        let method = Method::from_bytes(self.method.to_ascii_uppercase().as_bytes())
            .map_err(|_| SourceError::Method(self.method.clone()))?;
        let text = render_template("--url", &self.url, force)?;
        let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or(SourceError::NotAUrl(without_user(&text)))?;
        let mut headers = HeaderMap::new();
        for line in &self.headers {
            let (name, value) = header(&render_template("--header", line, force)?)?;
            headers.append(name, value);
        }
        let body =
            self.body.as_deref().map(|body| render_template("--body", body, force)).transpose()?;
        Ok(RenderedRequest { method, url, headers, body })
    }
}

fn header(line: &str) -> Result<(HeaderName, HeaderValue), SourceError> {
    let (name, value) = line.split_once(':').ok_or(SourceError::Header)?;
    let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| SourceError::Header)?;
    let mut value = HeaderValue::from_str(value.trim()).map_err(|_| SourceError::Header)?;
    value.set_sensitive(true);
    Ok((name, value))
}

fn render_template(
    option: &'static str,
    template: &str,
    force: bool,
) -> Result<String, SourceError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // As JSON and JavaScript write it.
    environment.set_formatter(|out, state, value| match bool::try_from(value.clone()) {
        Ok(flag) if value.kind() == ValueKind::Bool => Ok(write!(out, "{flag}")?),
        _ => escape_formatter(out, state, value),
    });
    environment
        .render_str(template, context! { force })
        .map_err(|error| SourceError::Template { option, error: format!("{error:#}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_gets_into_every_part() {
        let request = RequestTemplate {
            method: "post".to_owned(),
            url: "http://127.0.0.1:1/t?force={{ force }}".to_owned(),
            headers: vec!["cache-control: {{ 'no-cache' if force else 'max-age=60' }}".to_owned()],
            body: Some("{\"forceRefreshToken\": {{ force }}}".to_owned()),
        };
        assert!(request.depends_on_force());
        let forced = request.render(true).unwrap();
        assert_eq!(forced.method, Method::POST);
        assert_eq!(forced.url.query(), Some("force=true"));
        assert_eq!(forced.headers["cache-control"], "no-cache");
        let ordinary = request.render(false).unwrap();
        assert_eq!(ordinary.body.as_deref(), Some("{\"forceRefreshToken\": false}"));
        assert!(!RequestTemplate::get("http://127.0.0.1/force").depends_on_force());
    }

    #[test]
    fn mistakes_are_told_and_header_values_are_not() {
        let fault = |change: fn(&mut RequestTemplate)| {
            let mut request = RequestTemplate::get("http://127.0.0.1:1/");
            change(&mut request);
            request.render(true).unwrap_err().to_string()
        };
        assert!(fault(|it| it.url = "http://h/{{ froce }}".to_owned()).contains("--url"));
        assert!(fault(|it| it.url = "file:///x".to_owned()).contains("file:///x"));
        let header = fault(|it| it.headers.push("cookie hush".to_owned()));
        assert!(header.contains("name: value") && !header.contains("hush"), "{header}");
        assert!(fault(|it| it.headers.push("a: b\nc: d".to_owned())).contains("header"));
        assert!(fault(|it| it.method = "G T".to_owned()).contains("G T"));
    }
}
