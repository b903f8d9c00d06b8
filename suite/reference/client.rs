//! HTTP clients for fetching keys: whose certificates they trust, and what they never do.

use std::error::Error;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, redirect};

use super::fetch::is_loopback;
use super::habit::Habit;

/// Time for all that obtaining keys takes: the caller of a token waits for it.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How many clients are kept. Each run of the suite has an authority of its own, and a verifier
/// may be served for many runs.
const MOST_CLIENTS: usize = 8;

/// What makes clients differ.
#[derive(Clone, PartialEq, Eq)]
struct Kind {
    authority: Option<String>,
    habit: Habit,
}

/// Clients made so far, the latest last: to make one means to load certificates.
static CLIENTS: Mutex<Vec<(Kind, Client)>> = Mutex::new(Vec::new());

/// A client that trusts the authorities in this PEM text and no others; without one, those that
/// the system trusts.
///
/// # Errors
///
/// A clause that says why there is none.
pub(super) fn client(authority: Option<&str>, habit: Habit) -> Result<Client, String> {
    let habit = match habit {
        Habit::FollowsRedirects | Habit::IgnoresCertificates => habit,
        _ => Habit::Sound,
    };
    let kind = Kind { authority: authority.map(str::to_owned), habit };
    // A client is added in one step, so a poisoned list is still whole.
    let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, client)) = clients.iter().find(|(known, _)| *known == kind) {
        return Ok(client.clone());
    }
    let client = make(authority, habit)?;
    if clients.len() == MOST_CLIENTS {
        clients.remove(0);
    }
    clients.push((kind, client.clone()));
    Ok(client)
}

/// Redirects are not followed: where keys come from is the configuration's to say. Connections
/// are not kept, as fetches are rare. Proxies do not apply to loopback issuers.
fn make(authority: Option<&str>, habit: Habit) -> Result<Client, String> {
    let mut builder = Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .user_agent(concat!("jwtspec-reference/", env!("CARGO_PKG_VERSION")))
        .redirect(match habit {
            Habit::FollowsRedirects => redirect::Policy::custom(follow),
            _ => redirect::Policy::none(),
        });
    if habit == Habit::IgnoresCertificates {
        builder = builder.tls_danger_accept_invalid_certs(true);
    } else if let Some(pem) = authority {
        builder = trusting(builder, pem)?;
    }
    builder.build().map_err(|error| match authority {
        Some(_) => "holds a certificate that is none of an authority".to_owned(),
        None => format!("no HTTP client could be made: {error}"),
    })
}

/// Follows a redirect to any origin of this machine: a fault of the suite's own asks nobody else.
fn follow(attempt: redirect::Attempt<'_>) -> redirect::Action {
    match attempt.previous().len() {
        0..=10 if is_loopback(attempt.url()) => attempt.follow(),
        _ => attempt.stop(),
    }
}

fn trusting(builder: ClientBuilder, pem: &str) -> Result<ClientBuilder, String> {
    match Certificate::from_pem_bundle(pem.as_bytes()) {
        Ok(certificates) if !certificates.is_empty() => Ok(builder.tls_certs_only(certificates)),
        Ok(_) => Err("holds no certificate".to_owned()),
        Err(_) => Err("is not readable PEM".to_owned()),
    }
}

/// What went wrong, without the address that reqwest's own text repeats.
pub(crate) fn cause(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        return "no answer in time";
    }
    match find::<rustls::Error>(error) {
        Some(rustls::Error::InvalidCertificate(_)) => {
            return "the server's certificate is not valid for it, or not trusted";
        }
        Some(_) => return "no TLS connection could be agreed on",
        None => {}
    }
    if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
        "the answer is not HTTP"
    } else {
        "the connection broke before an answer came"
    }
}

/// What is wrong with the server's certificate, if that is what went wrong.
pub(crate) fn certificate_fault(error: &reqwest::Error) -> Option<String> {
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

    const AUTHORITY: &str = include_str!("../../fixtures/keys/es256-x.cert.pem");

    #[test]
    fn an_authority_must_be_readable() {
        let refused = |pem: &str| client(Some(pem), Habit::Sound).unwrap_err();
        assert_eq!(refused(""), "holds no certificate");
        assert_eq!(refused("certificate"), "holds no certificate");
        let head = "-----BEGIN CERTIFICATE-----\n";
        assert_eq!(refused(&format!("{head}*\n")), "is not readable PEM");
        let odd = format!("{head}bm90IERFUg==\n-----END CERTIFICATE-----\n");
        assert_eq!(refused(&odd), "holds a certificate that is none of an authority");
        assert!(client(Some(AUTHORITY), Habit::Sound).is_ok());
        assert!(client(Some(&AUTHORITY.repeat(2)), Habit::Sound).is_ok());
        assert!(client(None, Habit::Sound).is_ok());
    }

    #[test]
    fn causes_are_found_through_wrapping() {
        let inner = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let wrapped = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, inner));
        assert!(matches!(find(&wrapped), Some(rustls::Error::InvalidCertificate(_))));
        assert!(find::<rustls::Error>(&io::Error::other("x")).is_none());
    }
}
