//! Many issuers on one loopback server, told apart by path.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::documents::Documents;
use super::ground::{Ground, Place};
use super::ledger::{LedgerEntry, Resource};
use super::served::Served;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const JWKS: &str = "/.well-known/jwks.json";
/// Where RFC 8414 section 3.1 inserts the well-known path before the issuer's own.
const INSERTED: [&str; 2] =
    ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

/// The server could not be started.
#[derive(Debug, thiserror::Error)]
#[error(
    "failed to start the issuers on {address}: {error}\nis the port taken? leave it out to let the system choose"
)]
pub struct StartError {
    address: String,
    error: std::io::Error,
}

/// Serves issuers at `/issuer/N` below one origin.
pub struct IssuerServer {
    server: MockServer,
    desks: Arc<Desks>,
    next: AtomicUsize,
}

#[derive(Default)]
struct Desks(Mutex<HashMap<usize, Desk>>);

/// One issuer: what it serves, and what it was asked.
struct Desk {
    documents: Documents,
    ledger: Vec<LedgerEntry>,
}

impl IssuerServer {
    /// Starts on a free port of the loopback interface.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub async fn start() -> Result<Self, StartError> {
        Self::start_on(0).await
    }

    /// Starts on this port of the loopback interface; 0 lets the system choose.
    ///
    /// # Errors
    ///
    /// If the port is taken.
    pub async fn start_on(port: u16) -> Result<Self, StartError> {
        let address = format!("127.0.0.1:{port}");
        let listener =
            std::net::TcpListener::bind(&address).map_err(|error| StartError { address, error })?;
        // The ledger is ours; wiremock's own record would only grow.
        let server =
            MockServer::builder().listener(listener).disable_request_recording().start().await;
        let desks = Arc::new(Desks::default());
        Mock::given(any()).respond_with(Front(Arc::clone(&desks))).mount(&server).await;
        Ok(Self { server, desks, next: AtomicUsize::new(0) })
    }

    /// x
    pub fn ca_pem(&self) -> &str {
        ""
    }
    /// x
    pub fn ca_file(&self) -> &std::path::Path {
        std::path::Path::new("")
    }

    /// The origin, such as `http://127.0.0.1:40123`.
    pub fn origin(&self) -> String {
        self.server.uri()
    }

    /// Takes a place where an issuer can be opened.
    ///
    /// # Errors
    ///
    /// If it needs a port, and there is none.
    pub fn place(&self, _ground: Ground) -> Result<Place, StartError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Ok(Place { origin: self.origin(), number })
    }

    /// Opens an issuer, or changes what an open one serves; its ledger goes on.
    pub fn open(&self, number: usize, documents: Documents) {
        self.desks
            .lock()
            .entry(number)
            .and_modify(|desk| desk.documents = documents.clone())
            .or_insert_with(|| Desk { documents, ledger: Vec::new() });
    }

    /// Closes an issuer; what asks for it gets 404.
    pub fn close(&self, number: usize) {
        self.desks.lock().remove(&number);
    }

    /// What this issuer was asked since it was opened.
    pub fn ledger(&self, number: usize) -> Vec<LedgerEntry> {
        self.desks.lock().get(&number).map(|desk| desk.ledger.clone()).unwrap_or_default()
    }
}

impl Desks {
    /// A panic elsewhere leaves the map whole: every change of it is one insertion.
    fn lock(&self) -> MutexGuard<'_, HashMap<usize, Desk>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers every request from the desk that its path names.
struct Front(Arc<Desks>);

impl Respond for Front {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let path = request.url.path();
        let Some((number, resource)) = locate(path) else {
            return ResponseTemplate::new(404);
        };
        let mut desks = self.0.lock();
        let Some(desk) = desks.get_mut(&number) else { return ResponseTemplate::new(404) };
        desk.ledger.push(LedgerEntry {
            at: Instant::now(),
            method: request.method.to_string(),
            target: match request.url.query() {
                Some(query) => format!("{path}?{query}"),
                None => path.to_owned(),
            },
            resource,
            headers: request
                .headers
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    (name.to_string(), value)
                })
                .collect(),
        });
        let served = match resource {
            Resource::Jwks => &desk.documents.jwks,
            Resource::Discovery => &desk.documents.discovery,
            Resource::Other => return ResponseTemplate::new(404),
        };
        answer(served)
    }
}

fn answer(served: &Served) -> ResponseTemplate {
    let mut template = ResponseTemplate::new(served.status).set_delay(served.delay);
    for (name, value) in &served.headers {
        template = template.insert_header(name.as_str(), value.as_str());
    }
    template.set_body_bytes(served.body.to_vec())
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
    use crate::setting::IssuerFacts;

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

    #[tokio::test]
    async fn an_issuer_serves_its_documents_and_remembers_who_asked() {
        let server = IssuerServer::start().await.unwrap();
        let number = server.place(Ground::default()).unwrap().number;
        let facts = IssuerFacts::on(&server.origin(), number, "");
        server.open(number, Documents::honest(&facts));

        let discovery = reqwest::get(&facts.discovery_uri).await.unwrap().text().await.unwrap();
        let jwks = reqwest::get(&facts.jwks_uri).await.unwrap().text().await.unwrap();

        let discovery: serde_json::Value = serde_json::from_str(&discovery).unwrap();
        assert_eq!(discovery["issuer"], facts.identifier);
        assert_eq!(discovery["jwks_uri"], facts.jwks_uri);
        assert!(jwks.contains("\"kid\":\"rs256-a\""));
        let asked: Vec<_> = server.ledger(number).iter().map(|entry| entry.resource).collect();
        assert_eq!(asked, [Resource::Discovery, Resource::Jwks]);
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = IssuerServer::start_on(port).await.err().unwrap().to_string();
        assert!(error.starts_with(&format!("failed to start the issuers on 127.0.0.1:{port}")));
    }
}
