//! The desks of the issuers: who is asked at which door, what is served there, and the ledgers.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio_rustls::TlsAcceptor;

use super::documents::Documents;
use super::endpoint::{Certificate, EndpointSpec};
use super::gate::Port;
use super::ledger::{LedgerEntry, Resource};
use super::served::Served;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const JWKS: &str = "/.well-known/jwks.json";
/// Where RFC 8414 section 3.1 inserts the well-known path before the issuer's own.
const INSERTED: [&str; 2] =
    ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

/// The listener through which an issuer is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// The one for plain HTTP, behind which an HTTP library answers.
    Plain,
    /// One that issuers with such a certificate, or none, share.
    Shared(Option<Certificate>),
    /// The one of this issuer alone.
    Own(usize),
}

impl Door {
    pub(super) fn on(endpoint_spec: EndpointSpec, number: usize) -> Self {
        match endpoint_spec {
            EndpointSpec { own_port: true, .. } => Self::Own(number),
            EndpointSpec { certificate: None, raw: false, .. } => Self::Plain,
            EndpointSpec { certificate, .. } => Self::Shared(certificate),
        }
    }
}

/// One issuer: where it is asked, what it serves, and what it was asked.
pub(super) struct Desk {
    pub(super) door: Door,
    /// Its own port, if it has one.
    pub(super) port: Option<Port>,
    /// What agrees on encryption there.
    pub(super) tls: Option<TlsAcceptor>,
    /// Nothing until it is opened.
    pub(super) documents: Option<Documents>,
    pub(super) ledger: Vec<LedgerEntry>,
}

/// All desks, by number.
#[derive(Default)]
pub(super) struct Desks(Mutex<HashMap<usize, Desk>>);

impl Desks {
    /// A panic elsewhere leaves the map whole: every change of it is one insertion.
    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<usize, Desk>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a request into the ledger of the issuer that it concerns, and says what is served
    /// for it, if anything.
    pub(super) fn receive(&self, door: Door, mut entry: LedgerEntry) -> Option<Served> {
        let (number, resource) = match (door, locate(path(&entry.target))) {
            (Door::Own(own), Some((number, resource))) if number == own => (own, resource),
            // Nobody else is behind this door.
            (Door::Own(own), _) => (own, Resource::Other),
            (_, located) => located?,
        };
        let mut desks = self.lock();
        let desk = desks.get_mut(&number)?;
        let documents = desk.documents.as_ref()?;
        // The documents are at the issuer's own door only; elsewhere it is found by guessing.
        entry.resource = if desk.door == door { resource } else { Resource::Other };
        let served = documents.answer(entry.resource).cloned();
        desk.ledger.push(entry);
        served
    }

    /// What is served for a request that is in the ledger already.
    pub(super) fn look(&self, target: &str) -> Option<Served> {
        let (number, resource) = locate(path(target))?;
        self.lock().get(&number)?.documents.as_ref()?.answer(resource).cloned()
    }

    /// Enters something that is no request into the ledger, if it came through the door of one
    /// issuer alone.
    pub(super) fn note(&self, door: Door, what: &str) {
        if let Door::Own(_) = door {
            self.receive(
                door,
                LedgerEntry {
                    at: Instant::now(),
                    method: "-".to_owned(),
                    target: what.to_owned(),
                    resource: Resource::Other,
                    headers: Vec::new(),
                },
            );
        }
    }
}

fn path(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
}

/// Which issuer a path belongs to, and what of it is asked for.
fn locate(path: &str) -> Option<(usize, Resource)> {
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
    fn each_ground_has_its_door() {
        let plain = EndpointSpec::default();
        assert_eq!(Door::on(plain, 1), Door::Plain);
        assert_eq!(Door::on(EndpointSpec { raw: true, ..plain }, 1), Door::Shared(None));
        let expired = EndpointSpec { certificate: Some(Certificate::Expired), ..plain };
        assert_eq!(Door::on(expired, 1), Door::Shared(Some(Certificate::Expired)));
        assert_eq!(Door::on(EndpointSpec { own_port: true, ..expired }, 1), Door::Own(1));
    }
}
