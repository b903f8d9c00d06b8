//! Issuers on every kind of endpoint, asked over real connections.

mod descriptors;
mod faults;
mod port;
#[cfg(feature = "https")]
mod responses;
#[cfg(feature = "https")]
mod tls;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;
use jwtspec_mint::context::IssuerFacts;

const PLAIN: EndpointSpec = EndpointSpec { certificate: None, own_port: false, raw: false };
const RAW: EndpointSpec = EndpointSpec { raw: true, ..PLAIN };
const OWN: EndpointSpec = EndpointSpec { own_port: true, ..PLAIN };

/// A server with one issuer.
struct TestIssuer {
    server: IssuerServer,
    number: usize,
    facts: IssuerFacts,
}

impl TestIssuer {
    async fn on(endpoint_spec: EndpointSpec) -> Self {
        #[cfg(feature = "https")]
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let server = IssuerServer::start().unwrap();
        let endpoint = server.reserve(endpoint_spec).unwrap();
        let facts = IssuerFacts::on(&endpoint.origin, endpoint.number, "");
        Self { server, number: endpoint.number, facts }
    }

    /// Opens the issuer with documents that are honest but for this change.
    fn open(&self, change: impl FnOnce(&mut Documents)) {
        let mut documents = Documents::honest(&self.facts);
        change(&mut documents);
        self.server.open(self.number, documents).unwrap();
    }

    fn address(&self) -> SocketAddr {
        self.facts
            .jwks_uri
            .parse::<http::Uri>()
            .unwrap()
            .authority()
            .unwrap()
            .as_str()
            .parse()
            .unwrap()
    }

    fn jwks_path(&self) -> String {
        self.facts.jwks_uri.parse::<http::Uri>().unwrap().path().to_owned()
    }

    fn asked(&self) -> Vec<Resource> {
        self.server.ledger(self.number).iter().map(|entry| entry.resource).collect()
    }

    /// Waits until the ledger has so many entries.
    async fn until_asked(&self, times: usize) {
        while self.asked().len() < times {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Sends a request for the key set.
    async fn request(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.address()).await.unwrap();
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: issuer\r\nConnection: close\r\n\r\n",
            self.jwks_path()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// The bytes that come for the key set, and the end of the connection.
    async fn answer(&self) -> (String, io::Result<()>) {
        let mut answer = Vec::new();
        let end = self.request().await.read_to_end(&mut answer).await.map(|_| ());
        (String::from_utf8_lossy(&answer).into_owned(), end)
    }
}

/// True if this does not happen. Slowness of the machine cannot make it fail.
async fn never<T>(future: impl Future<Output = T>) -> bool {
    timeout(Duration::from_millis(20), future).await.is_err()
}

#[tokio::test]
async fn an_issuer_serves_its_documents_and_remembers_requests() {
    for endpoint_spec in [PLAIN, RAW, OWN] {
        let issuer = TestIssuer::on(endpoint_spec).await;
        issuer.open(|_| {});
        let facts = &issuer.facts;

        let discovery = reqwest::get(&facts.discovery_uri).await.unwrap().text().await.unwrap();
        let jwks = reqwest::get(&facts.jwks_uri).await.unwrap().text().await.unwrap();

        let discovery: serde_json::Value = serde_json::from_str(&discovery).unwrap();
        assert_eq!(discovery["issuer"], facts.identifier);
        assert_eq!(discovery["jwks_uri"], facts.jwks_uri);
        assert!(jwks.contains("\"kid\":\"rs256-a\""));
        assert_eq!(issuer.asked(), [Resource::Discovery, Resource::Jwks]);
    }
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = IssuerServer::start_on(port).err().unwrap().to_string();
    assert!(error.starts_with(&format!("failed to start the issuers on 127.0.0.1:{port}")));
}

#[tokio::test]
async fn an_endpoint_has_to_fit() {
    let issuer = TestIssuer::on(PLAIN).await;
    let mut documents = Documents::honest(&issuer.facts);
    documents.down = true;
    let error = issuer.server.open(issuer.number, documents.clone()).unwrap_err().to_string();
    assert_eq!(
        error,
        "failed to open issuer 0: being down needs an endpoint with a port of its own"
    );

    documents.down = false;
    documents.jwks.wire = Some(WireFault::Hang);
    let error = issuer.server.open(issuer.number, documents.clone()).unwrap_err().to_string();
    assert_eq!(
        error,
        "failed to open issuer 0: a fault on the wire needs an endpoint with a raw socket"
    );

    let error = issuer.server.open(7, documents).unwrap_err().to_string();
    assert_eq!(error, "failed to open issuer 7: it has no place; take one first");
}

#[cfg(not(feature = "https"))]
#[tokio::test]
async fn https_needs_its_feature() {
    let server = IssuerServer::start().unwrap();
    let spec = EndpointSpec { certificate: Some(Certificate::Expired), ..PLAIN };
    let error = server.reserve(spec).unwrap_err().to_string();
    assert!(error.starts_with("failed to set up issuers with an expired certificate"), "{error}");
    assert!(error.ends_with("\nbuild it with the feature `https`"), "{error}");
}
