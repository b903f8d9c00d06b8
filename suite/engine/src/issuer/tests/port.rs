//! Ports of one issuer alone: there, gone, and what comes to them.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};

use tokio::io::AsyncReadExt as _;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_is_down_and_up_from_when_it_is_said() {
    let issuer = TestIssuer::on(OWN).await;
    let refused = || TcpStream::connect(issuer.address()).err().map(|error| error.kind());
    assert_eq!(refused(), Some(ErrorKind::ConnectionRefused), "before it is opened");
    for round in 0..50 {
        issuer.open(|_| {});
        assert_eq!(refused(), None, "round {round}");
        issuer.open(|documents| documents.down = true);
        assert_eq!(refused(), Some(ErrorKind::ConnectionRefused), "round {round}");
        let taken = TcpListener::bind(issuer.address()).err().map(|error| error.kind());
        assert_eq!(taken, Some(ErrorKind::AddrInUse), "round {round}");
    }
    issuer.open(|_| {});
    assert!(issuer.answer().await.0.starts_with("HTTP/1.1 200 OK\r\n"));
}

#[tokio::test]
async fn going_down_ends_connections() {
    let issuer = TestIssuer::on(OWN).await;
    issuer.open(|documents| documents.jwks.wire = Some(WireFault::Hang));
    let mut stream = issuer.request().await;
    issuer.until_asked(1).await;

    issuer.open(|documents| documents.down = true);

    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    assert!(bytes.is_empty());
    assert_eq!(issuer.asked(), [Resource::Jwks], "the ledger goes on");
}

/// True if a port is free after this was done to an issuer on it. Another program may take a free
/// port, but not every time.
async fn frees(
    endpoint_spec: EndpointSpec,
    done: impl Fn(TestIssuer) -> Option<TestIssuer>,
) -> bool {
    for _ in 0..5 {
        let issuer = TestIssuer::on(endpoint_spec).await;
        issuer.open(|_| {});
        let address = issuer.address();
        let _left = done(issuer);
        if TcpListener::bind(address).is_ok() {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn a_closed_issuer_keeps_its_port_and_can_be_opened_again() {
    let issuer = TestIssuer::on(OWN).await;
    for _ in 0..10 {
        issuer.open(|_| {});
        assert!(TcpStream::connect(issuer.address()).is_ok());
        issuer.server.close(issuer.number);
        assert!(TcpStream::connect(issuer.address()).is_err());
        assert!(issuer.server.ledger(issuer.number).is_empty());
    }
    assert!(
        !frees(OWN, |issuer| {
            issuer.server.close(issuer.number);
            Some(issuer)
        })
        .await
    );
}

#[tokio::test]
async fn a_released_issuer_gives_up_its_port_and_is_forgotten() {
    assert!(
        frees(OWN, |issuer| {
            issuer.server.release(issuer.number);
            Some(issuer)
        })
        .await
    );
    let issuer = TestIssuer::on(PLAIN).await;
    issuer.open(|_| {});
    issuer.server.release(issuer.number);
    assert_eq!(reqwest::get(&issuer.facts.jwks_uri).await.unwrap().status(), 404);
    let reopened = issuer.server.open(issuer.number, Documents::honest(&issuer.facts));
    assert!(matches!(reopened, Err(StartError::NotReserved(_))));
}

#[tokio::test]
async fn dropping_the_server_frees_every_port() {
    for endpoint_spec in [RAW, OWN] {
        assert!(frees(endpoint_spec, |_| None).await, "{endpoint_spec:?}");
    }
}

#[tokio::test]
async fn all_that_comes_to_an_own_port_is_in_its_ledger() {
    let issuer = TestIssuer::on(OWN).await;
    issuer.open(|_| {});
    let ask = |path: &str| reqwest::get(format!("http://{}{path}", issuer.address()));

    assert_eq!(ask("/elsewhere?a=b").await.unwrap().status(), 404);
    assert_eq!(ask("/issuer/99/.well-known/jwks.json").await.unwrap().status(), 404);
    drop(TcpStream::connect(issuer.address()).unwrap());
    issuer.until_asked(3).await;
    let mut stream = tokio::net::TcpStream::connect(issuer.address()).await.unwrap();
    stream.write_all(b"\x16\x03\x01 not HTTP\r\n\r\n").await.unwrap();
    issuer.until_asked(4).await;

    let ledger = issuer.server.ledger(issuer.number);
    let asked: Vec<_> = ledger.iter().map(|e| (e.method.as_str(), e.target.as_str())).collect();
    let expected = [
        ("GET", "/elsewhere?a=b"),
        ("GET", "/issuer/99/.well-known/jwks.json"),
        ("-", "(connection without a request)"),
        ("-", "(not an HTTP request)"),
    ];
    assert_eq!(asked, expected);
    assert!(ledger.iter().all(|entry| entry.resource == Resource::Other));
}

#[tokio::test]
async fn an_issuer_is_at_its_own_listener_only() {
    let issuer = TestIssuer::on(RAW).await;
    issuer.open(|_| {});
    let guessed = format!("{}{}", issuer.server.origin(), issuer.jwks_path());
    assert_eq!(reqwest::get(guessed).await.unwrap().status(), 404);
    assert_eq!(issuer.asked(), [Resource::Other]);
}
