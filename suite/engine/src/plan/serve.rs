//! The documents that an issuer serves by its spec. Pure.

use std::io::{self, Read as _};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value};

use crate::issuer::{Documents, Response, metadata};
use crate::scenario::{Coding, IssuerSpec, ServeSpec};
use jwtspec_mint::MintError;
use jwtspec_mint::context::{MintContext, key_set};
use jwtspec_mint::placeholder::{ExpandError, JsonText, Locals};
use jwtspec_mint::segment::to_bytes;

/// Bytes of white space in front of the document in a gzip bomb.
const BOMB_BYTES: u64 = 64 << 20;

/// The documents of an issuer by its spec.
pub(super) fn documents(
    name: &str,
    spec: &IssuerSpec,
    mint_context: &MintContext,
) -> Result<Documents, MintError> {
    let facts =
        mint_context.issuer(name).ok_or_else(|| ExpandError::UnknownIssuer(name.to_owned()))?;
    let jwks = spec.jwks.clone().unwrap_or_default();
    let jwks = ServeSpec { body: jwks.body.or_else(|| spec.jwks_json.clone()), ..jwks };
    let discovery = spec.discovery.clone().unwrap_or_default();
    Ok(Documents {
        discovery: serve(&discovery, metadata(facts), mint_context)?,
        jwks: serve(&jwks, key_set(&facts.keys), mint_context)?,
        down: spec.down.unwrap_or(false),
    })
}

fn serve(
    spec: &ServeSpec,
    honest: Map<String, Value>,
    mint_context: &MintContext,
) -> Result<Response, MintError> {
    let text = match &spec.body {
        Some(JsonText(body)) => body.text(mint_context, Locals::default())?,
        None => Value::Object(changed(honest, spec, mint_context)?).to_string(),
    };
    let body = to_bytes(&text, spec.encoding)?;
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    if spec.coding.is_some() {
        headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
    }
    if let Some(target) = &spec.redirect {
        headers.push(("location".to_owned(), target.0.text(mint_context, Locals::default())?));
    }
    for (name, value) in &spec.header {
        let name = name.to_ascii_lowercase();
        headers.retain(|(other, _)| *other != name);
        headers.push((name, value.0.text(mint_context, Locals::default())?));
    }
    headers.retain(|(name, _)| {
        !spec.header_without.iter().any(|left_out| left_out.eq_ignore_ascii_case(name))
    });
    for (name, value) in &headers {
        if http::HeaderValue::from_str(value).is_err() {
            return Err(MintError::NotAField(name.clone(), value.clone()));
        }
    }
    let redirected = spec.redirect.as_ref().map(|_| 302);
    Ok(Response {
        status: spec.status.or(redirected).unwrap_or(200),
        headers,
        body: match spec.coding {
            None | Some(Coding::Mislabelled) => body.into(),
            Some(Coding::Gzip) => gzip(0, &body),
            Some(Coding::GzipBomb) => gzip(BOMB_BYTES, &body),
        },
        delay: spec.delay.map_or(Duration::ZERO, |delay| delay.0),
        etag: spec.etag,
        wire: spec.wire,
    })
}

fn changed(
    mut document: Map<String, Value>,
    spec: &ServeSpec,
    mint_context: &MintContext,
) -> Result<Map<String, Value>, MintError> {
    for (name, value) in &spec.set {
        document.insert(name.clone(), value.expand(mint_context)?);
    }
    for name in &spec.without {
        document.shift_remove(name);
    }
    Ok(document)
}

/// White space and then the document, compressed.
fn gzip(spaces: u64, document: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let copied = io::copy(&mut io::repeat(b' ').take(spaces).chain(document), &mut encoder);
    // Writing to memory does not fail.
    copied.and_then(|_| encoder.finish()).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwtspec_mint::context::IssuerFacts;

    fn spec(text: &str) -> IssuerSpec {
        toml::from_str(text).unwrap()
    }

    fn served(text: &str) -> Documents {
        documents(MintContext::MAIN, &spec(text), &MintContext::example()).unwrap()
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
        assert_eq!(
            (text.len(), &text[text.len() - 3..]),
            (BOMB_BYTES as usize + 2, b" []".as_slice())
        );
    }

    #[test]
    fn what_http_cannot_carry_is_an_error() {
        let spec = spec("jwks = { header = { x = \"a\\nb\" } }");
        let error = documents(MintContext::MAIN, &spec, &MintContext::example()).unwrap_err();
        assert_eq!(error, MintError::NotAField("x".to_owned(), "a\nb".to_owned()));
    }
}
