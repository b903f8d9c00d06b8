//! Targets that crash, hang, reset, flood or send rubbish cost their scenario and nothing else.

use std::time::Duration;

use crate::support;
use jwtspec_engine::event::Ending;
use jwtspec_engine::report::observed;
use jwtspec_engine::run::{Options, RunError};
use jwtspec_engine::scenario::Catalogue;
use jwtspec_engine::target::Target;
use jwtspec_format::Source;
use jwtspec_types::words::Finding;
use jwtspec_types::words::Outcome;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Misbehaviours of the rude driver, each chosen by the token's subject.
const MISDEEDS: [&str; 5] = ["reset", "rubbish", "flood", "cut", "silence"];

fn scenarios() -> Catalogue {
    let mut toml = String::from("about = \"misdeeds\"\n");
    for misdeed in MISDEEDS.iter().chain(&["good-a", "good-b"]) {
        toml.push_str(&format!(
            "[{misdeed}]\ntitle = \"{misdeed}\"\ncovers = [\"rfc7519-4.1.3-aud-array\"]\n\
             token = {{ claims.sub = \"{misdeed}\" }}\nexpect = \"accept\"\n"
        ));
    }
    Catalogue::from_text("rude", &Source::new("rude.toml", toml)).unwrap()
}

/// A driver, by hand, that misbehaves where the token's subject asks for it.
async fn rude_driver() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            tokio::spawn(async move {
                let _ = answer(stream).await;
            });
        }
    });
    url
}

/// Reads a request up to the end of its head.
async fn read_head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await? {
            0 => break,
            count => head.extend_from_slice(&chunk[..count]),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn reply(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let text = read_head(&mut stream).await?;
    if text.starts_with("GET / ") {
        let description = r#"{"contract":1,"name":"rude","version":"0","capabilities":{"keys":["jwks-uri"],"algorithms":["RS256"]}}"#;
        return stream.write_all(reply("200 OK", description).as_bytes()).await;
    }
    if text.starts_with("POST") {
        return stream.write_all(reply("201 Created", r#"{"path":"/v"}"#).as_bytes()).await;
    }
    match misdeed(&text) {
        Some("reset") => stream.set_zero_linger(),
        Some("rubbish") => stream.write_all(b"\x00\x01 not http at all\r\n\r\n").await,
        Some("flood") => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            let chunk = vec![b'x'; 1 << 16];
            for _ in 0..64 {
                stream.write_all(&chunk).await?;
            }
            Ok(())
        }
        Some("cut") => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await,
        Some("silence") => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(())
        }
        _ => stream.write_all(reply("200 OK", "{}").as_bytes()).await,
    }
}

fn misdeed(head: &str) -> Option<&'static str> {
    use base64::Engine;
    let token = head.lines().find_map(|line| line.strip_prefix("authorization: Bearer "))?;
    let claims = token.split('.').nth(1)?;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    let subject = claims["sub"].as_str()?.to_owned();
    MISDEEDS.iter().copied().find(|misdeed| *misdeed == subject)
}

#[tokio::test]
async fn every_misdeed_is_a_fault_of_its_own_scenario() {
    let options = Options {
        preflight: false,
        answer_within: Some(Duration::from_secs(2)),
        ..Options::default()
    };
    let target = Target::Url(rude_driver().await);
    let (summary, results) = support::results(&scenarios(), target, &options).await.unwrap();
    assert_eq!((summary.pass, summary.fail), (2, MISDEEDS.len()));
    for result in results {
        let name = result.id.strip_prefix("rude/").unwrap();
        if MISDEEDS.contains(&name) {
            assert_eq!(result.finding, Some(Finding::Fault), "{name}: {}", observed(&result));
            assert!(observed(&result).starts_with("fault: "), "{}", observed(&result));
        } else {
            assert_eq!(result.outcome, Outcome::Pass);
        }
    }
}

#[tokio::test]
async fn a_target_that_is_not_there_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let run = support::results(&scenarios(), Target::Url(url), &Options::default()).await;
    assert!(matches!(run, Err(RunError::Target(_))));
}

#[tokio::test]
async fn a_target_that_accepts_everything_fails_the_preflight() {
    let target = Target::Url(rude_driver().await);
    let run = support::results(&scenarios(), target, &Options::default()).await;
    let (summary, _) = run.unwrap();
    assert_eq!(summary.ending, Ending::PreflightFailed);
    assert!(!summary.is_clean(false));
}

#[tokio::test]
async fn a_driver_of_a_later_contract_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let body = r#"{"contract":99,"name":"x","version":"0","capabilities":{"keys":[],"algorithms":[]}}"#;
            let _ = read_head(&mut stream).await;
            let _ = stream.write_all(reply("200 OK", body).as_bytes()).await;
        }
    });
    let run = support::results(&scenarios(), Target::Url(url), &Options::default()).await;
    let error = run.unwrap_err().to_string();
    assert!(error.contains("speaks version 99 of the contract"), "{error}");
}
