//! Each fault on the wire, seen from the other end of it.

use super::*;

async fn faulty(fault: WireFault) -> TestIssuer {
    let issuer = TestIssuer::on(RAW).await;
    issuer.open(|documents| documents.jwks.wire = Some(fault));
    issuer
}

/// The answer, split where the head ends; the connection must end without an error.
async fn parts(fault: WireFault) -> (String, String, String) {
    let issuer = faulty(fault).await;
    let (answer, end) = issuer.answer().await;
    end.unwrap();
    assert_eq!(issuer.asked(), [Resource::Jwks]);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"), "{head}");
    let whole = Documents::honest(&issuer.facts).jwks.body.to_vec();
    (head.to_owned(), body.to_owned(), String::from_utf8(whole).unwrap())
}

#[tokio::test]
async fn reset() {
    let (answer, end) = faulty(WireFault::Reset).await.answer().await;
    assert_eq!((answer.as_str(), end.unwrap_err().kind()), ("", io::ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn close() {
    let (answer, end) = faulty(WireFault::Close).await.answer().await;
    end.unwrap();
    assert_eq!(answer, "");
}

#[tokio::test]
async fn hang() {
    let issuer = faulty(WireFault::Hang).await;
    let mut stream = issuer.request().await;
    issuer.until_asked(1).await;
    assert!(never(stream.read_u8()).await);
    drop(issuer);
    assert!(stream.read_u8().await.is_err(), "the end of the server is the end");
}

#[tokio::test]
async fn cut() {
    let (head, body, whole) = parts(WireFault::Cut(20)).await;
    assert!(head.contains(&format!("\r\ncontent-length: {}", whole.len())));
    assert_eq!(body, whole[..20]);

    let (_, body, whole) = parts(WireFault::Cut(usize::MAX)).await;
    assert_eq!(body, whole[..whole.len() - 1], "something is missing always");
}

#[tokio::test]
async fn cut_chunk() {
    let (head, body, whole) = parts(WireFault::CutChunk(20)).await;
    assert!(head.contains("\r\ntransfer-encoding: chunked") && !head.contains("content-length"));
    assert_eq!(body, format!("{:x}\r\n{}", whole.len(), &whole[..20]));
}

#[tokio::test]
async fn drip() {
    let (head, body, whole) = parts(WireFault::Drip(0)).await;
    assert!(head.contains(&format!("\r\ncontent-length: {}", whole.len())));
    assert_eq!(body, whole);
}

#[tokio::test]
async fn stall() {
    let issuer = faulty(WireFault::Stall(20)).await;
    let whole = Documents::honest(&issuer.facts).jwks.body;
    let mut stream = issuer.request().await;
    let mut answer = Vec::new();
    while !answer.ends_with(&whole[..20]) {
        answer.push(stream.read_u8().await.unwrap());
    }
    assert!(never(stream.read_u8()).await);
    assert!(String::from_utf8(answer).unwrap().contains(&format!(": {}\r\n", whole.len())));
}

#[tokio::test]
async fn endless() {
    let issuer = faulty(WireFault::Endless).await;
    let mut answer = vec![0; 2 << 20];
    issuer.request().await.read_exact(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("\r\ntransfer-encoding: chunked"));
    let mut chunks = body.split("\r\n");
    assert_eq!(chunks.next(), Some("4000"));
    let first = chunks.next().unwrap();
    assert!(first.len() == 0x4000 && first.trim().is_empty());
    assert_eq!(chunks.next(), Some("4000"));
}

#[tokio::test]
async fn endless_head() {
    let issuer = faulty(WireFault::EndlessHead).await;
    let mut answer = vec![0; 2 << 20];
    issuer.request().await.read_exact(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && !answer.contains("\r\n\r\n"));
    let mut fields = answer.lines().skip(1);
    assert!(fields.all(|field| field.contains(": ") || field.len() < 1020), "fields only");
}

#[tokio::test]
async fn not_http() {
    let (answer, end) = faulty(WireFault::NotHttp).await.answer().await;
    end.unwrap();
    assert!(!answer.starts_with("HTTP/") && answer.ends_with("\r\n"), "{answer}");
}

#[tokio::test]
async fn an_http_client_takes_drops_for_whole_and_the_rest_for_broken() {
    for (fault, whole) in [
        (WireFault::Drip(0), true),
        (WireFault::Reset, false),
        (WireFault::Close, false),
        (WireFault::Cut(20), false),
        (WireFault::CutChunk(20), false),
        (WireFault::EndlessHead, false),
        (WireFault::NotHttp, false),
    ] {
        let issuer = faulty(fault).await;
        let answer = async { reqwest::get(&issuer.facts.jwks_uri).await?.bytes().await };
        match answer.await {
            Ok(body) => assert!(whole && body == Documents::honest(&issuer.facts).jwks.body),
            Err(error) => assert!(!whole, "{fault}: {error}"),
        }
    }
}

#[tokio::test]
async fn faults_are_of_one_document() {
    let issuer = faulty(WireFault::Reset).await;
    let discovery = reqwest::get(&issuer.facts.discovery_uri).await.unwrap();
    assert_eq!(discovery.status(), 200);
}
