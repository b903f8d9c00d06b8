//! URLs of targets, as people write them.

use super::url::HttpUrl;

/// A text that is no URL of a target. No part of it that may hold a password is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetUrlError {
    /// No URL at all, or one of another scheme.
    #[error(
        "`{0}`, as the URL of the target, is not an http or https URL\nwrite `http://127.0.0.1:4000`, with the host and the port"
    )]
    NotAUrl(String),
    /// User information; its URL without it.
    #[error(
        "the URL of the target has a user in front of its host, which no request may say there (RFC 9110 section 4.2.4)\nwrite `{0}`"
    )]
    User(String),
    /// A query; its URL without it.
    #[error(
        "the URL of the target has a query, behind which no path can be put\nwrite `{0}`; what is asked there is `GET /`, and the paths of the driver contract"
    )]
    Query(String),
    /// A fragment; its URL without it.
    #[error("the URL of the target has a fragment, which is never sent\nwrite `{0}`")]
    Fragment(String),
}

/// Returns true if a text names a URL, and no file.
pub fn is_url(text: &str) -> bool {
    text.contains("://")
}

/// Returns the base URL of a driver, behind which paths are put: its scheme in small letters, and no
/// white space around it.
///
/// # Errors
///
/// If it is no such URL, or has a user, a query or a fragment.
pub fn base_url(text: &str) -> Result<String, TargetUrlError> {
    let url = resource_url(text)?;
    match url.split_once('?') {
        Some((before, _)) => Err(TargetUrlError::Query(before.to_owned())),
        None => Ok(url),
    }
}

/// Returns the URL of a resource, which may have a query.
///
/// # Errors
///
/// If it is no such URL, or has a user or a fragment.
pub fn resource_url(text: &str) -> Result<String, TargetUrlError> {
    let not_a_url = || TargetUrlError::NotAUrl(without_user(text.trim()));
    let parsed: HttpUrl = text.parse().map_err(|_| not_a_url())?;
    let (scheme, rest) = text.trim().split_once("://").ok_or_else(not_a_url)?;
    let scheme = scheme.to_ascii_lowercase();
    if let Some(user) = &parsed.user {
        let rest = rest.strip_prefix(user.as_str()).unwrap_or(rest).trim_start_matches('@');
        let bare = rest.split(['?', '#']).next().unwrap_or_default();
        return Err(TargetUrlError::User(format!("{scheme}://{bare}")));
    }
    match rest.split_once('#') {
        Some((before, _)) => Err(TargetUrlError::Fragment(format!("{scheme}://{before}"))),
        None => Ok(format!("{scheme}://{rest}")),
    }
}

/// Returns a URL to be shown: a user and a password in it are left out.
pub fn without_user(url: &str) -> String {
    if url.parse::<HttpUrl>().is_ok_and(|parsed| parsed.user.is_none()) {
        return url.to_owned();
    }
    // Of what is no URL any part before an `@` may be a password.
    let (scheme, rest) = url.split_at(url.find("://").map_or(0, |at| at + "://".len()));
    rest.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, host)| format!("{scheme}…@{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_the_case_of_the_scheme_do_not_count() {
        for text in ["http://h:1/a", " http://h:1/a", "HTTP://h:1/a\n", "\tHttp://h:1/a "] {
            assert_eq!(base_url(text).as_deref(), Ok("http://h:1/a"), "{text:?}");
            assert!(is_url(text));
        }
        assert_eq!(resource_url("HTTPS://h/?a=b").as_deref(), Ok("https://h/?a=b"));
    }

    #[test]
    fn what_would_be_misread_is_refused_with_what_to_write() {
        use TargetUrlError::{Fragment, NotAUrl, Query, User};
        let text = |text: &str| text.to_owned();
        for (url, error) in [
            ("http://h/?x=y", Query(text("http://h/"))),
            ("http://h?", Query(text("http://h"))),
            ("http://h/a#b?c", Fragment(text("http://h/a"))),
            ("HTTP://me:hush@h/a@b", User(text("http://h/a@b"))),
            ("http://me:hush@h?x#y", User(text("http://h"))),
            ("ftp://me:hush@h/", NotAUrl(text("ftp://…@h/"))),
            ("http://me:hu/sh@h/", NotAUrl(text("http://…@h/"))),
            ("http://h:99999/", NotAUrl(text("http://h:99999/"))),
        ] {
            assert_eq!(base_url(url), Err(error.clone()), "{url}");
            assert!(!error.to_string().contains("hu"), "{error}");
        }
    }
}
