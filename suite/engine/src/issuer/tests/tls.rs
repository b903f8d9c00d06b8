//! Certificates: the right one is believed, each wrong one is not.

use std::sync::Arc;

use reqwest::Client;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::*;

/// A client that trusts the authority of a server, and no other.
pub(super) fn trusting(server: &IssuerServer) -> Client {
    let _ = ring::default_provider().install_default();
    let authority = reqwest::Certificate::from_pem(server.ca_pem().as_bytes()).unwrap();
    Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap()
}

fn shown(certificate: Certificate) -> EndpointSpec {
    EndpointSpec { certificate: Some(certificate), ..PLAIN }
}

#[tokio::test]
async fn wrong_certificates_are_refused_and_nothing_is_asked() {
    for (kind, problem) in [
        (Certificate::Valid, None),
        (Certificate::Untrusted, Some("UnknownIssuer")),
        (Certificate::SelfSigned, Some("UnknownIssuer")),
        (Certificate::Expired, Some("Expired")),
        (Certificate::NotYetValid, Some("NotValidYet")),
        (Certificate::WrongHost, Some("NotValidForName")),
    ] {
        for own_port in [false, true] {
            let issuer = TestIssuer::on(EndpointSpec { own_port, ..shown(kind) }).await;
            issuer.open(|_| {});
            assert!(issuer.facts.jwks_uri.starts_with("https://127.0.0.1:"));

            let answer = trusting(&issuer.server).get(&issuer.facts.jwks_uri).send().await;

            match problem {
                None => {
                    assert_eq!(answer.unwrap().status(), 200);
                    assert_eq!(issuer.asked(), [Resource::Jwks]);
                }
                Some(problem) => {
                    let error = format!("{:?}", answer.unwrap_err());
                    assert!(error.contains(problem), "{kind:?}: {error}");
                    assert_eq!(issuer.asked(), []);
                }
            }

            // But for its certificate, the server is a good one.
            let careless = Client::builder().no_proxy().tls_danger_accept_invalid_certs(true);
            let answer = careless.build().unwrap().get(&issuer.facts.jwks_uri).send().await;
            assert_eq!(answer.unwrap().status(), 200, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn the_authority_is_also_in_a_file_while_the_server_lives() {
    let server = IssuerServer::start().unwrap();
    let path = server.ca_file().to_owned();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), server.ca_pem());
    drop(server);
    assert!(!path.parent().unwrap().exists());
}

#[tokio::test]
async fn plain_text_to_an_encrypted_port_is_no_request() {
    let issuer = TestIssuer::on(EndpointSpec { own_port: true, ..shown(Certificate::Valid) }).await;
    issuer.open(|_| {});
    let (answer, _) = issuer.answer().await;
    assert!(!answer.starts_with("HTTP/"));
    drop(TcpStream::connect(issuer.address()).await.unwrap());
    // Requests are answered in order: the ledger would have the others by now.
    trusting(&issuer.server).get(&issuer.facts.jwks_uri).send().await.unwrap();
    assert_eq!(issuer.asked(), [Resource::Jwks]);
}

#[tokio::test]
async fn encryption_is_told_the_end_of_whole_answers_only() {
    let issuer = TestIssuer::on(shown(Certificate::Valid)).await;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(issuer.server.ca_pem().as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let end = async |wire| {
        issuer.open(|documents| documents.jwks.wire = wire);
        let stream = TcpStream::connect(issuer.address()).await.unwrap();
        let host = ServerName::try_from("localhost").unwrap();
        let mut stream = connector.connect(host, stream).await.unwrap();
        let request = format!("GET {} HTTP/1.1\r\nhost: localhost\r\n\r\n", issuer.jwks_path());
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.map_err(|error| error.kind()).err()
    };
    assert_eq!(end(None).await, None);
    assert_eq!(end(Some(WireFault::Drip(0))).await, None);
    for fault in [WireFault::Close, WireFault::Cut(10), WireFault::CutChunk(10)] {
        assert_eq!(end(Some(fault)).await, Some(io::ErrorKind::UnexpectedEof), "{fault}");
    }
    assert_eq!(end(Some(WireFault::Reset)).await, Some(io::ErrorKind::ConnectionReset));
}
