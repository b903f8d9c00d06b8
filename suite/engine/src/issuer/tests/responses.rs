//! Responses are the same on every endpoint.

use futures::future::join_all;

use super::*;

/// Everything of an answer that is not about its connection or its time.
async fn seen(issuer: &TestIssuer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let client = tls::trusting(&issuer.server);
    let answer = client.get(&issuer.facts.jwks_uri).send().await.unwrap();
    let mut headers: Vec<_> = answer
        .headers()
        .iter()
        .filter(|(name, _)| !["connection", "date"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (answer.status().as_u16(), headers, answer.bytes().await.unwrap().to_vec())
}

fn endpoint_specs() -> [EndpointSpec; 5] {
    let encrypted = EndpointSpec { certificate: Some(Certificate::Valid), ..PLAIN };
    [PLAIN, RAW, OWN, encrypted, EndpointSpec { own_port: true, ..encrypted }]
}

#[tokio::test]
async fn answers_are_the_same_on_every_endpoint() {
    let mut answers = Vec::new();
    for endpoint_spec in endpoint_specs() {
        let issuer = TestIssuer::on(endpoint_spec).await;
        issuer.open(|documents| {
            let jwks = &mut documents.jwks;
            jwks.status = 203;
            jwks.headers = vec![
                ("Cache-Control".to_owned(), "max-age=1".to_owned()),
                ("content-type".to_owned(), "text/odd".to_owned()),
                ("content-length".to_owned(), "7".to_owned()),
            ];
            jwks.body = (0..=u8::MAX).cycle().take(300_000).collect::<Vec<_>>().into();
        });
        answers.push(seen(&issuer).await);
    }
    let expected = [
        ("cache-control", "max-age=1"),
        ("content-length", "300000"),
        ("content-type", "text/odd"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!((answers[0].0, &answers[0].1[..]), (203, &expected[..]));
    assert_eq!(answers[0].2.len(), 300_000);
    assert!(answers.iter().all(|answer| answer == &answers[0]));
}

#[tokio::test]
async fn answers_without_a_body_are_sane() {
    for endpoint_spec in endpoint_specs() {
        let issuer = TestIssuer::on(endpoint_spec).await;
        for status in [204, 304, 404, 500] {
            issuer.open(|documents| {
                documents.jwks.status = status;
                documents.jwks.headers = Vec::new();
                documents.jwks.body = bytes::Bytes::new();
            });
            let (seen, headers, body) = seen(&issuer).await;
            assert_eq!((seen, body.len()), (status, 0));
            let framing = headers.iter().filter(|(name, _)| name != "content-length").count();
            assert_eq!(framing, 0, "{headers:?}");
        }
    }
}

#[tokio::test]
async fn a_known_answer_is_not_sent_again() {
    for endpoint_spec in endpoint_specs() {
        let issuer = TestIssuer::on(endpoint_spec).await;
        let client = tls::trusting(&issuer.server);
        issuer.open(|documents| documents.jwks.etag = true);
        let first = client.get(&issuer.facts.jwks_uri).send().await.unwrap();
        let tag = first.headers()["etag"].clone();
        let again =
            || client.get(&issuer.facts.jwks_uri).header("if-none-match", tag.clone()).send();

        let second = again().await.unwrap();
        assert_eq!((second.status().as_u16(), &second.headers()["etag"]), (304, &tag));
        assert_eq!(second.bytes().await.unwrap().len(), 0);

        issuer.open(|documents| {
            documents.jwks.etag = true;
            documents.jwks.body = "{}".into();
        });
        assert_eq!(again().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn the_ledger_has_each_request_once_and_as_it_was_sent() {
    for endpoint_spec in endpoint_specs() {
        let issuer = TestIssuer::on(endpoint_spec).await;
        issuer.open(|_| {});
        let client = tls::trusting(&issuer.server);
        let request = client.post(&issuer.facts.jwks_uri).header("X-Asks", "me").body("a body");
        assert_eq!(request.send().await.unwrap().status(), 200);

        let ledger = issuer.server.ledger(issuer.number);
        let [entry] = &ledger[..] else { panic!("{ledger:?}") };
        assert_eq!((entry.method.as_str(), entry.target.as_str()), ("POST", &*issuer.jwks_path()));
        let names: Vec<_> = entry.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.iter().filter(|name| **name == "x-asks").count(), 1);
        assert!(!names.contains(&"connection"));
    }
}

#[tokio::test]
async fn one_client_may_ask_many_times_and_all_at_once() {
    for endpoint_spec in endpoint_specs() {
        let issuer = TestIssuer::on(endpoint_spec).await;
        issuer.open(|_| {});
        let client = tls::trusting(&issuer.server);
        let ask = || async {
            let answer = client.get(&issuer.facts.jwks_uri).send().await.unwrap();
            answer.text().await.unwrap()
        };
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(ask().await);
        }
        answers.extend(join_all((0..50).map(|_| ask())).await);
        assert!(answers.iter().all(|answer| answer == &answers[0]));
        assert_eq!(issuer.asked(), [Resource::Jwks; 53]);
    }
}

#[tokio::test]
async fn an_answer_is_kept_back() {
    for endpoint_spec in [PLAIN, RAW] {
        let issuer = TestIssuer::on(endpoint_spec).await;
        let delay = Duration::from_millis(30);
        issuer.open(|documents| {
            documents.jwks.delay = delay;
            documents.discovery.delay = delay;
            if endpoint_spec.raw {
                documents.discovery.wire = Some(WireFault::NotHttp);
            }
        });
        let started = std::time::Instant::now();
        for document in [&issuer.facts.jwks_uri, &issuer.facts.discovery_uri] {
            // An error is an answer too.
            let _ = reqwest::get(document).await;
        }
        assert!(started.elapsed() >= 2 * delay);
    }
}
