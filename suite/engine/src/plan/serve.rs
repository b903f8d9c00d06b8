//! From what a scenario says of an issuer to what the issuer serves. Pure.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value};

use crate::issuer::{Documents, Served, metadata};
use crate::scenario::{Coding, IssuerSpec, ServeSpec};
use jwtspec_mint::MintError;
use jwtspec_mint::context::{MintContext, key_set};
use jwtspec_mint::placeholder::{ExpandError, JsonText, Locals};
use jwtspec_mint::segment::to_bytes;

/// Octets of white space in front of the document in a gzip bomb.
const BOMB_OCTETS: usize = 64 << 20;

/// What an issuer serves under these terms.
pub(super) fn documents(
    name: &str,
    terms: &IssuerSpec,
    mint_context: &MintContext,
) -> Result<Documents, MintError> {
    let facts =
        mint_context.issuer(name).ok_or_else(|| ExpandError::UnknownIssuer(name.to_owned()))?;
    let jwks = terms.jwks.clone().unwrap_or_default();
    let jwks = ServeSpec { body: jwks.body.or_else(|| terms.jwks_json.clone()), ..jwks };
    let discovery = terms.discovery.clone().unwrap_or_default();
    Ok(Documents {
        discovery: serve(&discovery, metadata(facts), mint_context)?,
        jwks: serve(&jwks, key_set(&facts.keys), mint_context)?,
        down: terms.down.unwrap_or(false),
    })
}

fn serve(
    terms: &ServeSpec,
    honest: Map<String, Value>,
    mint_context: &MintContext,
) -> Result<Served, MintError> {
    let text = match &terms.body {
        Some(JsonText(body)) => body.text(mint_context, Locals::default())?,
        None => Value::Object(changed(honest, terms, mint_context)?).to_string(),
    };
    let body = to_bytes(&text, terms.encoding)?;
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    if terms.coding.is_some() {
        headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
    }
    if let Some(target) = &terms.redirect {
        headers.push(("location".to_owned(), target.0.text(mint_context, Locals::default())?));
    }
    for (name, value) in &terms.header {
        let name = name.to_ascii_lowercase();
        headers.retain(|(other, _)| *other != name);
        headers.push((name, value.0.text(mint_context, Locals::default())?));
    }
    headers.retain(|(name, _)| {
        !terms.header_without.iter().any(|left_out| left_out.eq_ignore_ascii_case(name))
    });
    for (name, value) in &headers {
        if http::HeaderValue::from_str(value).is_err() {
            return Err(MintError::NotAField(name.clone(), value.clone()));
        }
    }
    let redirected = terms.redirect.as_ref().map(|_| 302);
    Ok(Served {
        status: terms.status.or(redirected).unwrap_or(200),
        headers,
        body: match terms.coding {
            None | Some(Coding::Mislabelled) => body.into(),
            Some(Coding::Gzip) => gzip(0, &body),
            Some(Coding::GzipBomb) => gzip(BOMB_OCTETS, &body),
        },
        delay: terms.delay.map_or(Duration::ZERO, |delay| delay.0),
        etag: terms.etag,
        wire: terms.wire,
    })
}

fn changed(
    mut document: Map<String, Value>,
    terms: &ServeSpec,
    mint_context: &MintContext,
) -> Result<Map<String, Value>, MintError> {
    for (name, value) in &terms.set {
        document.insert(name.clone(), value.expand(mint_context)?);
    }
    for name in &terms.without {
        document.shift_remove(name);
    }
    Ok(document)
}

/// White space and then the document, compressed.
fn gzip(spaces: usize, document: &[u8]) -> Bytes {
    static BLOCK: [u8; 1 << 16] = [b' '; 1 << 16];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let mut left = spaces;
    let written = std::iter::from_fn(|| {
        let size = left.min(BLOCK.len());
        left -= size;
        (size > 0).then(|| encoder.write_all(&BLOCK[..size]))
    })
    .collect::<std::io::Result<Vec<()>>>();
    let compressed =
        written.and_then(|_| encoder.write_all(document)).and_then(|()| encoder.finish());
    // Writing to memory does not fail.
    compressed.unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use jwtspec_mint::context::IssuerFacts;

    fn terms(text: &str) -> IssuerSpec {
        toml::from_str(text).unwrap()
    }

    fn served(text: &str) -> Documents {
        documents(MintContext::MAIN, &terms(text), &MintContext::example()).unwrap()
    }

    #[test]
    fn an_issuer_is_honest_until_it_is_said_otherwise() {
        let facts = IssuerFacts::on("http://127.0.0.1:1", 0, "");
        assert_eq!(served(""), Documents::honest(&facts));
    }

    #[test]
    fn members_headers_and_status_are_changed() {
        let documents = served(
            r#"
            discovery = { set = { issuer = "@issuer/x", jwks_uri = "@null" }, without = ["token_endpoint"] }
            jwks = { status = 404, header = { Cache-Control = "max-age=1", content-type = "text/html" } }
            "#,
        );
        let discovery: Value = serde_json::from_slice(&documents.discovery.body).unwrap();
        assert_eq!(discovery["issuer"], "http://127.0.0.1:1/issuer/0/x");
        assert_eq!(discovery["jwks_uri"], Value::Null);
        assert!(discovery.get("token_endpoint").is_none());
        assert_eq!(documents.jwks.status, 404);
        let headers = [("cache-control", "max-age=1"), ("content-type", "text/html")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(documents.jwks.headers, headers);
    }

    #[test]
    fn a_redirect_has_its_status_and_place() {
        let documents =
            served(r#"jwks = { redirect = "@jwks-uri", header-without = ["Content-Type"] }"#);
        assert_eq!(documents.jwks.status, 302);
        let place = "http://127.0.0.1:1/issuer/0/.well-known/jwks.json";
        assert_eq!(documents.jwks.headers, [("location".to_owned(), place.to_owned())]);
    }

    #[test]
    fn texts_are_encoded_and_coded() {
        let documents = served(
            r#"
            discovery = { encoding = "utf-16le", body = "{}" }
            jwks = { coding = "gzip-bomb", body = "[]" }
            "#,
        );
        assert_eq!(&*documents.discovery.body, b"{\0}\0");
        assert!(documents.jwks.body.len() < 1 << 20);
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&*documents.jwks.body).read_to_end(&mut text).unwrap();
        assert_eq!((text.len(), &text[text.len() - 3..]), (BOMB_OCTETS + 2, b" []".as_slice()));
    }

    #[test]
    fn what_http_cannot_carry_is_an_error() {
        let terms = terms("jwks = { header = { x = \"a\\nb\" } }");
        let error = documents(MintContext::MAIN, &terms, &MintContext::example()).unwrap_err();
        assert_eq!(error, MintError::NotAField("x".to_owned(), "a\nb".to_owned()));
    }
}
