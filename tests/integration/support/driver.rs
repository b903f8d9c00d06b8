//! A driver that fails at some trusts and tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jwtspec_driver::serve_on;
use jwtspec_jose::{Compact, Part, Tolerance};
use jwtspec_reference::Reference;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// The response of the driver where it fails.
#[derive(Clone, Copy)]
pub(crate) enum Failure {
    /// This status and body.
    Answer(&'static str, &'static str),
    /// A reset of the connection.
    Reset,
    /// Nothing; the connection stays open.
    Hang,
}

/// A request to the driver: to take a trust, or to verify a token under it.
pub(crate) struct Asked {
    pub(crate) trust: Value,
    pub(crate) token: Option<Presented>,
}

/// A token that is presented.
pub(crate) struct Presented {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) bytes: usize,
    /// The time of the request.
    pub(crate) now: u64,
}

type Choose = Arc<dyn Fn(&Asked) -> Option<Failure> + Send + Sync>;
/// The trusts that were taken, by the path of the verifier.
type Taken = Arc<Mutex<HashMap<String, Value>>>;

/// The URL of the reference verifier behind a driver that answers the chosen trusts with this status
/// and body; with nothing it resets the connection.
pub(crate) async fn driver_failing(
    answer: Option<(&'static str, &'static str)>,
    is_chosen: impl Fn(&Value) -> bool + Send + Sync + 'static,
) -> String {
    let failure = answer.map_or(Failure::Reset, |(status, body)| Failure::Answer(status, body));
    let choose =
        move |asked: &Asked| (asked.token.is_none() && is_chosen(&asked.trust)).then_some(failure);
    driver_failing_at(choose).await
}

/// The URL of the reference verifier behind a driver that fails at the chosen requests.
pub(crate) async fn driver_failing_at(
    choose: impl Fn(&Asked) -> Option<Failure> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    serve_failing(listener, choose).await;
    url
}

/// Serves the reference verifier behind a driver that fails at the chosen requests.
pub(crate) async fn serve_failing(
    listener: TcpListener,
    choose: impl Fn(&Asked) -> Option<Failure> + Send + Sync + 'static,
) {
    let reference = serve_on(([127, 0, 0, 1], 0).into(), Arc::new(Reference::default()));
    let reference = reference.await.unwrap();
    let (choose, taken): (Choose, Taken) = (Arc::new(choose), Taken::default());
    tokio::spawn(async move {
        let behind = reference.url().trim_start_matches("http://").to_owned();
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, behind.clone(), choose.clone(), taken.clone()));
        }
    });
}

async fn serve(
    mut stream: TcpStream,
    behind: String,
    choose: Choose,
    taken: Taken,
) -> std::io::Result<()> {
    let request = read_message(&mut stream).await?;
    let text = String::from_utf8_lossy(&request).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let told = head.starts_with("POST").then(|| serde_json::from_str::<Value>(body).unwrap());
    let asked = match &told {
        Some(trust) => Some(Asked { trust: trust.clone(), token: None }),
        None => presented(head, &taken.lock().unwrap()),
    };
    match asked.as_ref().and_then(|asked| choose(asked)) {
        Some(Failure::Reset) => return stream.set_zero_linger(),
        Some(Failure::Hang) => return std::future::pending().await,
        Some(Failure::Answer(status, body)) => {
            let length = body.len();
            let text = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
            return stream.write_all(text.as_bytes()).await;
        }
        None => {}
    }
    let mut reference = TcpStream::connect(behind).await?;
    reference.write_all(&request).await?;
    if let Some(trust) = told {
        let answer = read_message(&mut reference).await?;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let body: Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
        if let Some(path) = body["path"].as_str() {
            taken.lock().unwrap().insert(path.to_owned(), trust);
        }
        return stream.write_all(&answer).await;
    }
    copy_bidirectional(&mut stream, &mut reference).await.map(drop)
}

/// The token that a request presents, and the trust under which it does.
fn presented(head: &str, taken: &HashMap<String, Value>) -> Option<Asked> {
    let line = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let trust = taken.get(head.split(' ').nth(1)?)?.clone();
    let token = line("authorization")?.strip_prefix("Bearer ")?;
    let part = |part| {
        let bytes = Compact::new(token).bytes(part, Tolerance::NONE)?;
        serde_json::from_slice::<Value>(&bytes).ok()
    };
    let token = Presented {
        header: part(Part::Header)?,
        claims: part(Part::Claims)?,
        bytes: token.len(),
        now: line("jwtspec-time").map_or_else(super::now, |now| now.parse().unwrap()),
    };
    Some(Asked { trust, token: Some(token) })
}

/// Reads a request or a response with its body.
async fn read_message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await?;
        request.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Ok(request);
            }
        }
        if count == 0 {
            return Ok(request);
        }
    }
}
