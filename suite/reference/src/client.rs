//! HTTP clients for fetching keys: whose certificates they trust, and what they never do.

use std::error::Error;
use std::io;
use std::sync::{Mutex, PoisonError};

use reqwest::{Certificate, Client, ClientBuilder, redirect};

/// The most clients that are kept. Each run of the suite has an authority of its own, and a verifier
/// may be served for many runs.
const MOST_CLIENTS: usize = 8;

/// Clients made so far by their authority, the latest last: to make one means to load
/// certificates.
static CLIENTS: Mutex<Vec<(Option<String>, Client)>> = Mutex::new(Vec::new());

/// A client that trusts the authorities in this PEM text and no others; without one, those that
/// the system trusts.
///
/// # Errors
///
/// A clause that says why there is none.
pub(super) fn client(authority: Option<&str>) -> Result<Client, String> {
    // A client is added in one step, so a poisoned list is still whole.
    let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, client)) = clients.iter().find(|(known, _)| known.as_deref() == authority) {
        return Ok(client.clone());
    }
    let client = build(authority, |builder| builder)?;
    if clients.len() == MOST_CLIENTS {
        clients.remove(0);
    }
    clients.push((authority.map(str::to_owned), client.clone()));
    Ok(client)
}

/// Builds a client with a change of the caller's.
///
/// Redirects are not followed: where keys come from is the configuration's to say. Connections
/// are not kept, as fetches are rare. Proxies do not apply to loopback issuers.
pub(super) fn build(
    authority: Option<&str>,
    change: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<Client, String> {
    choose_cryptography();
    let mut builder = Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .user_agent(concat!("jwtspec-reference/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none());
    if let Some(pem) = authority {
        builder = trusting(builder, pem)?;
    }
    change(builder).build().map_err(|error| match authority {
        Some(_) => "holds a certificate that is none of an authority".to_owned(),
        None => format!("no HTTP client could be made: {error}"),
    })
}

/// Lets TLS clients of this process use ring, unless the process has chosen already.
pub fn choose_cryptography() {
    // An error says that there is a provider, which is all that is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn trusting(builder: ClientBuilder, pem: &str) -> Result<ClientBuilder, String> {
    match Certificate::from_pem_bundle(pem.as_bytes()) {
        Ok(certificates) if !certificates.is_empty() => Ok(builder.tls_certs_only(certificates)),
        Ok(_) => Err("holds no certificate".to_owned()),
        Err(_) => Err("is not readable PEM".to_owned()),
    }
}

/// The cause by which a request got no answer that can be read. Its text has no address, which
/// reqwest's own repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportFault {
    /// No answer came in time.
    #[error("no answer in time")]
    Timeout,
    /// The server has no certificate that is valid for it and trusted.
    #[error("the server's certificate is not valid for it, or not trusted")]
    Certificate,
    /// The TLS handshake failed for another cause.
    #[error("no TLS connection could be agreed on")]
    Tls,
    /// No server listens there.
    #[error("no connection")]
    Unconnected,
    /// The answer ended too early.
    #[error("the answer broke off")]
    CutAnswer,
    /// The answer cannot be parsed.
    #[error("the answer is not HTTP")]
    NotHttp,
    /// The connection ended without an answer.
    #[error("the connection broke before an answer came")]
    NoAnswer,
}

impl From<&reqwest::Error> for TransportFault {
    fn from(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Timeout;
        }
        match find::<rustls::Error>(error) {
            Some(rustls::Error::InvalidCertificate(_)) => return Self::Certificate,
            Some(_) => return Self::Tls,
            None => {}
        }
        if error.is_connect() {
            Self::Unconnected
        } else if error.is_body() || error.is_decode() {
            Self::CutAnswer
        } else if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
            Self::NotHttp
        } else {
            Self::NoAnswer
        }
    }
}

/// Returns what is wrong with the server's certificate, if that is what went wrong.
pub fn certificate_fault(error: &reqwest::Error) -> Option<String> {
    find::<rustls::Error>(error)
        .filter(|error| matches!(error, rustls::Error::InvalidCertificate(_)))
        .map(ToString::to_string)
}

/// The first error of a type among the causes of another. What an [`io::Error`] wraps is not
/// among its sources, so it is looked for there too.
fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => find(wrapped),
        None => find(error.source()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORITY: &str = include_str!("../../../fixtures/keys/es256-x.cert.pem");

    #[test]
    fn an_authority_must_be_readable() {
        let refused = |pem: &str| client(Some(pem)).unwrap_err();
        assert_eq!(refused(""), "holds no certificate");
        assert_eq!(refused("certificate"), "holds no certificate");
        let head = "-----BEGIN CERTIFICATE-----\n";
        assert_eq!(refused(&format!("{head}*\n")), "is not readable PEM");
        let odd = format!("{head}bm90IERFUg==\n-----END CERTIFICATE-----\n");
        assert_eq!(refused(&odd), "holds a certificate that is none of an authority");
        assert!(client(Some(AUTHORITY)).is_ok());
        assert!(client(Some(&AUTHORITY.repeat(2))).is_ok());
        assert!(client(None).is_ok());
    }

    #[test]
    fn causes_are_found_through_wrapping() {
        let inner = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let wrapped = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, inner));
        assert!(matches!(find(&wrapped), Some(rustls::Error::InvalidCertificate(_))));
        assert!(find::<rustls::Error>(&io::Error::other("x")).is_none());
    }
}
