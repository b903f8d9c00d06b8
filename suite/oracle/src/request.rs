//! The credential of a request (RFC 6750 section 2, RFC 9110 section 11).

use super::ruling::{Names, Ruling};
use jwtspec_types::words::Reason::{Malformed, SignatureInvalid, TokenMissing};

/// The parts of a request on which the verdict depends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The values of `Authorization`, one header line each.
    pub authorization: Vec<Vec<u8>>,
    /// The query string.
    pub query: Option<String>,
    /// The form body.
    pub form: Option<String>,
    /// The cookies.
    pub cookie: Option<String>,
    /// True if a form body is sent by another method than POST.
    pub is_body_meaningless: bool,
}

impl Request {
    /// The credential to be judged, if there is one.
    pub(super) fn credential(&self, ruling: &mut Ruling) -> Option<String> {
        let none: Names = &[TokenMissing, Malformed];
        let query = self.query.as_deref().and_then(parameter);
        let form = self.form.as_deref().and_then(parameter);
        if form.is_some() && self.is_body_meaningless {
            let what = "a token in the body of a request that has none";
            ruling.must(none, "rfc6750-2.2-form-body-conditions", what);
        }
        let elsewhere = query.or(form.filter(|_| !self.is_body_meaningless));
        match (self.authorization.as_slice(), elsewhere) {
            ([], None) if self.cookie.as_deref().is_some_and(|it| in_cookie(it).is_some()) => {
                let requirement = "rfc6750-2.1-authorization-header-supported";
                ruling.may(none, requirement, "the token is in a cookie");
                self.cookie.as_deref().and_then(in_cookie).map(str::to_owned)
            }
            ([], None) => {
                ruling.must(none, "rfc6750-2.1-authorization-header-supported", "no credentials");
                None
            }
            ([], Some(token)) => {
                let (requirement, what) = match query {
                    Some(_) => ("rfc6750-2.3-query-token-optional", "the token is in the query"),
                    None => ("rfc6750-2.2-form-body-optional", "the token is in the body"),
                };
                ruling.may(none, requirement, what);
                Some(token.to_owned())
            }
            ([value], elsewhere) => {
                if elsewhere.is_some() {
                    let what = "a token by two methods";
                    ruling.may(none, "rfc6750-2-multiple-methods-refused", what);
                }
                bearer(value, ruling)
            }
            _ => {
                let names: Names = &[TokenMissing, Malformed, SignatureInvalid];
                let what = "several `Authorization` lines";
                ruling.should(names, "rfc9110-5.3-single-authorization-line", what);
                None
            }
        }
    }
}

fn parameter(text: &str) -> Option<&str> {
    text.split('&').find_map(|pair| pair.strip_prefix("access_token="))
}

fn in_cookie(text: &str) -> Option<&str> {
    text.split("; ").find_map(|pair| pair.strip_prefix("access_token="))
}

/// The credential of `Bearer` credentials (RFC 6750 section 2.1).
fn bearer(value: &[u8], ruling: &mut Ruling) -> Option<String> {
    let none: Names = &[TokenMissing, Malformed];
    let wrong: Names = &[TokenMissing, Malformed, SignatureInvalid];
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let value = value.trim_ascii();
    let end = value.iter().position(is_blank).unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        let what = "not the scheme Bearer";
        ruling.must(none, "rfc6750-2.1-authorization-header-supported", what);
        return None;
    }
    let start = rest.iter().position(|byte| !is_blank(byte)).unwrap_or(rest.len());
    let (blanks, credential) = rest.split_at(start);
    let letters = credential.iter().take_while(|byte| is_token68(**byte)).count();
    let padding = credential[letters..].iter().all(|byte| *byte == b'=');
    if letters == 0 || !padding {
        let what = "no credential of the grammar";
        ruling.must(wrong, "rfc6750-2.1-credentials-syntax-enforced", what);
    }
    if blanks.contains(&b'\t') {
        let what = "a tab behind the scheme";
        ruling.may(none, "rfc6750-2.1-credentials-syntax-enforced", what);
    }
    if credential.is_empty() {
        None
    } else {
        Some(String::from_utf8_lossy(credential).into_owned())
    }
}

const fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::ids;

    fn credential(request: &Request) -> (Option<String>, Vec<&'static str>) {
        let mut ruling = Ruling::default();
        (request.credential(&mut ruling), ids(&ruling))
    }

    fn header(values: &[&str]) -> (Option<String>, Vec<&'static str>) {
        let authorization = values.iter().map(|value| value.as_bytes().to_vec()).collect();
        credential(&Request { authorization, ..Request::default() })
    }

    #[test]
    fn bearer_credentials_as_they_may_be_written() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c", " \t Bearer a.b.c\t "] {
            assert_eq!(header(&[value]), (Some("a.b.c".to_owned()), vec![]), "{value}");
        }
        let tab = header(&["Bearer\ta"]);
        assert_eq!(tab, (Some("a".to_owned()), vec!["rfc6750-2.1-credentials-syntax-enforced"]));
    }

    #[test]
    fn credentials_that_are_none() {
        for value in ["", "Basic a", "a.b.c", "BearerX a", "Bearer: a", "Bearera"] {
            let none = vec!["rfc6750-2.1-authorization-header-supported"];
            assert_eq!(header(&[value]), (None, none), "{value}");
        }
        for value in ["Bearer", "Bearer \"a\"", "Bearer a b", "Bearer a, Bearer a", "Bearer a=b"] {
            assert_eq!(header(&[value]).1, ["rfc6750-2.1-credentials-syntax-enforced"], "{value}");
        }
        assert_eq!(header(&[]).1, ["rfc6750-2.1-authorization-header-supported"]);
        assert_eq!(header(&["Bearer a", "Bearer b"]).1, ["rfc9110-5.3-single-authorization-line"]);
    }

    #[test]
    fn tokens_elsewhere() {
        let query = Request { query: Some("x=1&access_token=a".to_owned()), ..Request::default() };
        let optional = vec!["rfc6750-2.3-query-token-optional"];
        assert_eq!(credential(&query), (Some("a".to_owned()), optional));
        let cookie =
            Request { cookie: Some("x=1; access_token=a".to_owned()), ..Request::default() };
        let header = vec!["rfc6750-2.1-authorization-header-supported"];
        assert_eq!(credential(&cookie), (Some("a".to_owned()), header));
        let both = Request { authorization: vec![b"Bearer a".to_vec()], ..query };
        assert_eq!(credential(&both).1, ["rfc6750-2-multiple-methods-refused"]);
        let form = Request { form: Some("access_token=a".to_owned()), ..Request::default() };
        assert_eq!(credential(&form).1, ["rfc6750-2.2-form-body-optional"]);
        let (token, ids) = credential(&Request { is_body_meaningless: true, ..form });
        assert_eq!(token, None);
        assert_eq!(ids[0], "rfc6750-2.2-form-body-conditions");
    }
}
