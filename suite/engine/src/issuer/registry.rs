//! The registry of issuers: their listeners, their documents, and their ledgers.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::documents::Documents;
use super::endpoint::{Certificate, EndpointSpec};
use super::ledger::{LedgerEntry, Resource};
use super::listener::Port;
use super::response::Response;
use super::tls::TlsAcceptor;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const JWKS: &str = "/.well-known/jwks.json";
/// The well-known paths that RFC 8414 section 3.1 inserts before the issuer's own.
const INSERTED: [&str; 2] =
    ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

/// The listener through which an issuer is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListenerId {
    /// The one for plain HTTP.
    Plain,
    /// One that issuers with this certificate, or none, share.
    Shared(Option<Certificate>),
    /// The one of this issuer alone.
    Own(usize),
}

impl ListenerId {
    /// The listener for an issuer with this number and such an endpoint.
    pub(super) fn of_endpoint(spec: EndpointSpec, number: usize) -> Self {
        match spec {
            EndpointSpec { own_port: true, .. } => Self::Own(number),
            EndpointSpec { certificate: None, raw: false, .. } => Self::Plain,
            EndpointSpec { certificate, .. } => Self::Shared(certificate),
        }
    }
}

/// One issuer: its listener, its documents, and its ledger.
pub(super) struct HostedIssuer {
    pub(super) listener: ListenerId,
    /// Its own port, if it has one.
    pub(super) port: Option<Port>,
    /// The TLS side of its own port, if that is encrypted.
    pub(super) tls: Option<TlsAcceptor>,
    /// Nothing until it is opened.
    pub(super) documents: Option<Documents>,
    pub(super) ledger: Vec<LedgerEntry>,
}

/// All issuers, by number.
#[derive(Default)]
pub(super) struct Registry {
    issuers: Mutex<HashMap<usize, HostedIssuer>>,
    /// The number of connections that the system did not let this process accept, and why it
    /// refused the last one.
    refusals: Mutex<(usize, String)>,
}

impl Registry {
    /// A panic elsewhere leaves the map whole: every change of it is one insertion.
    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<usize, HostedIssuer>> {
        self.issuers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a connection that could not be accepted.
    pub(super) fn note_refusal(&self, error: &io::Error) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        *refusals = (refusals.0 + 1, error.to_string());
    }

    /// The connections that could not be accepted so far, and why the last one could not.
    pub(super) fn refusals(&self) -> (usize, String) {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Enters a request into the ledger of the issuer that it concerns. Returns the response for
    /// it, if there is one.
    pub(super) fn receive(&self, listener: ListenerId, request: &LedgerEntry) -> Option<Response> {
        let (number, resource) = match (listener, locate(&request.target)) {
            (ListenerId::Own(own), Some((number, resource))) if number == own => (own, resource),
            // No other issuer is behind this listener.
            (ListenerId::Own(own), _) => (own, Resource::Other),
            (_, located) => located?,
        };
        let mut issuers = self.lock();
        let issuer = issuers.get_mut(&number)?;
        let documents = issuer.documents.as_ref()?;
        // The documents are at the issuer's own listener only; elsewhere it is found by guessing.
        let resource = if issuer.listener == listener { resource } else { Resource::Other };
        let response = documents.response(resource).cloned();
        issuer.ledger.push(LedgerEntry { resource, ..request.clone() });
        response
    }

    /// Enters something that is no request into the ledger, if it came through the listener of one
    /// issuer alone.
    pub(super) fn note(&self, listener: ListenerId, remark: &str) {
        if let ListenerId::Own(_) = listener {
            self.receive(listener, &LedgerEntry::new("-", remark, Vec::new()));
        }
    }
}

/// The issuer that a request target belongs to, and the resource it asks for.
fn locate(target: &str) -> Option<(usize, Resource)> {
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let inserted = INSERTED.iter().find_map(|prefix| path.strip_prefix(prefix));
    let below = inserted.unwrap_or(path).strip_prefix("/issuer/")?;
    let digits = below.find(|c: char| !c.is_ascii_digit()).unwrap_or(below.len());
    let number = below[..digits].parse().ok()?;
    let resource = match (inserted, &below[digits..]) {
        (Some(_), _) | (None, DISCOVERY) => Resource::Discovery,
        (None, JWKS) => Resource::Jwks,
        _ => Resource::Other,
    };
    Some((number, resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart() {
        assert_eq!(locate("/issuer/7/.well-known/jwks.json"), Some((7, Resource::Jwks)));
        assert_eq!(
            locate("/issuer/7/.well-known/openid-configuration"),
            Some((7, Resource::Discovery))
        );
        assert_eq!(
            locate("/.well-known/oauth-authorization-server/issuer/7"),
            Some((7, Resource::Discovery))
        );
        assert_eq!(locate("/issuer/7/keys"), Some((7, Resource::Other)));
        assert_eq!(locate("/other"), None);
    }

    #[test]
    fn each_endpoint_has_its_listener() {
        let plain = EndpointSpec::default();
        assert_eq!(ListenerId::of_endpoint(plain, 1), ListenerId::Plain);
        assert_eq!(
            ListenerId::of_endpoint(EndpointSpec { raw: true, ..plain }, 1),
            ListenerId::Shared(None)
        );
        let expired = EndpointSpec { certificate: Some(Certificate::Expired), ..plain };
        assert_eq!(
            ListenerId::of_endpoint(expired, 1),
            ListenerId::Shared(Some(Certificate::Expired))
        );
        assert_eq!(
            ListenerId::of_endpoint(EndpointSpec { own_port: true, ..expired }, 1),
            ListenerId::Own(1)
        );
    }
}
