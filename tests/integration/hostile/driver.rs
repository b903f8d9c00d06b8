//! A hostile driver: the reference verifier behind a proxy that misbehaves. It is a test of this
//! binary, so that a target file can start it as a process of its own.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jwtspec_driver::serve_on;
use jwtspec_reference::Reference;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::misdeed::misbehave;

/// The variable that names a misdeed: for what comes back, after its place.
pub(super) const VARIABLE: &str = "JWTSPEC_HOSTILE";

/// True once the whole driver is silent.
static IS_SILENT: AtomicBool = AtomicBool::new(false);

/// Misdeeds of a process, by name, and in words.
pub(super) const PROCESSES: [(&str, &str); 19] = [
    ("log-flood-stdout", "1 GB of lines on standard output"),
    ("log-flood-stderr", "1 GB of lines on standard error"),
    ("log-line", "a line of 1 GB on standard output"),
    ("log-hidden", "control and direction characters on standard error, then it ends"),
    ("exit-at-start", "it ends at once"),
    ("exit-at-describe", "it ends at `GET /`"),
    ("exit-at-configure", "it ends at `POST /verifiers`"),
    ("exit-at-one-token", "it ends at one token of five"),
    ("exit-at-each-token", "it ends at each token"),
    ("abort-at-one-token", "it is aborted at one token of five"),
    ("silent-after-one-token", "it answers nothing once it saw one token of five"),
    ("never-listens", "it never listens"),
    ("another-port", "it listens on another port"),
    ("port-taken", "it says that its port is in use, and ends"),
    ("children", "it starts processes in its group and in sessions of their own"),
    ("deaf", "it does not heed the end of its input"),
    ("late", "every answer comes after 1.5 of 2 s"),
    ("late-one-token", "the answer to one token of five comes after 3 s"),
    ("closes-output", "it closes its standard output and standard error"),
];

#[tokio::test]
#[ignore = "a driver: a target file of other tests starts it"]
async fn serves() {
    let Ok(misdeed) = std::env::var(VARIABLE) else { return };
    let port: u16 = std::env::var("JWTSPEC_PORT").unwrap().parse().unwrap();
    at_start(&misdeed);
    let reference = serve_on(([127, 0, 0, 1], 0).into(), Arc::new(Reference::default()));
    let reference = reference.await.unwrap();
    let behind = reference.url().trim_start_matches("http://").to_owned();
    let port = if misdeed == "another-port" { 0 } else { port };
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let misdeed: Arc<str> = misdeed.into();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (misdeed, behind) = (Arc::clone(&misdeed), behind.clone());
        tokio::spawn(async move {
            let _ = handle(stream, &misdeed, &behind).await;
        });
    }
}

/// What is done before anything listens.
fn at_start(misdeed: &str) {
    match misdeed {
        "log-flood-stdout" => drop(std::thread::spawn(|| flood(std::io::stdout(), b"line\n"))),
        "log-flood-stderr" => drop(std::thread::spawn(|| flood(std::io::stderr(), b"line\n"))),
        "log-line" => drop(std::thread::spawn(|| flood(std::io::stdout(), b"a line "))),
        "log-hidden" => {
            say(&format!("\u{202e}\u{1b}[2J\u{7}\u{2028}{}", "x".repeat(100_000)));
            std::process::exit(1);
        }
        "exit-at-start" => std::process::exit(7),
        "never-listens" => std::thread::sleep(Duration::from_secs(3600)),
        "port-taken" => {
            say("bind: address already in use");
            std::process::exit(1);
        }
        "children" => {
            for command in ["sleep 3600", "setsid sleep 3600", "(setsid env -i sleep 3600 &)"] {
                let _ = std::process::Command::new("sh").args(["-c", command]).spawn();
            }
        }
        "closes-output" => {
            let _ = nix::unistd::close(1);
            let _ = nix::unistd::close(2);
        }
        _ => {}
    }
}

fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn flood(mut to: impl Write, part: &[u8]) {
    let block = part.repeat((1 << 16) / part.len());
    for _ in 0..1_000_000_000 / block.len() {
        if to.write_all(&block).is_err() {
            return;
        }
    }
}

async fn handle(mut stream: TcpStream, misdeed: &str, behind: &str) -> std::io::Result<()> {
    let head = read_head(&mut stream).await?;
    let text = String::from_utf8_lossy(&head).into_owned();
    let place = place(&text);
    let is_chosen = |wanted: &str| match wanted {
        "each-token" => matches!(place, "one-token" | "each-token"),
        wanted => wanted == place,
    };
    if misdeed == "silent-after-one-token" {
        IS_SILENT.fetch_or(is_chosen("one-token"), Ordering::Relaxed);
        if IS_SILENT.load(Ordering::Relaxed) {
            return std::future::pending().await;
        }
    }
    if let Some((wanted, answer)) = misdeed.split_once(':') {
        if is_chosen(wanted) {
            return misbehave(&mut stream, answer).await;
        }
    } else if let Some(wanted) = misdeed.strip_prefix("exit-at-") {
        if is_chosen(wanted) {
            std::process::exit(9);
        }
    } else if misdeed == "abort-at-one-token" && is_chosen("one-token") {
        std::process::abort();
    } else if misdeed == "late" {
        tokio::time::sleep(Duration::from_millis(1500)).await;
    } else if misdeed == "late-one-token" && is_chosen("one-token") {
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    let mut reference = TcpStream::connect(behind).await?;
    reference.write_all(&head).await?;
    copy_bidirectional(&mut stream, &mut reference).await.map(drop)
}

/// The request that a head opens.
fn place(head: &str) -> &'static str {
    match head {
        _ if head.starts_with("GET / ") => "describe",
        _ if head.starts_with("POST /verifiers ") => "configure",
        _ if head.starts_with("DELETE ") => "release",
        _ if subject(head).as_deref() == Some("hostile") => "one-token",
        _ => "each-token",
    }
}

/// Reads a request up to the end of its head, and what came with it.
async fn read_head(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await? {
            0 => break,
            count => head.extend_from_slice(&chunk[..count]),
        }
    }
    Ok(head)
}

/// The subject of the token in a head.
fn subject(head: &str) -> Option<String> {
    use base64::Engine;
    let token = head.lines().find_map(|line| line.strip_prefix("authorization: Bearer "))?;
    let claims = token.split('.').nth(1)?;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    claims["sub"].as_str().map(str::to_owned)
}
