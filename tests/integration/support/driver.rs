//! A driver that fails to take some trusts.

use std::sync::Arc;

use jwtspec_driver::serve_on;
use jwtspec_reference::Reference;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// The URL of the reference verifier behind a driver that answers the chosen trusts with this status
/// and body; with nothing it resets the connection.
pub(crate) async fn driver_failing(
    answer: Option<(&'static str, &'static str)>,
    is_chosen: impl Fn(&Value) -> bool + Clone + Send + 'static,
) -> String {
    let reference = serve_on(([127, 0, 0, 1], 0).into(), Arc::new(Reference::default()));
    let reference = reference.await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let behind = reference.url().trim_start_matches("http://").to_owned();
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, behind.clone(), answer, is_chosen.clone()));
        }
    });
    url
}

async fn serve(
    mut stream: TcpStream,
    behind: String,
    answer: Option<(&str, &str)>,
    is_chosen: impl Fn(&Value) -> bool,
) -> std::io::Result<()> {
    let request = read_request(&mut stream).await?;
    let text = String::from_utf8_lossy(&request).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let trust = head.starts_with("POST").then(|| serde_json::from_str(body).unwrap());
    if trust.as_ref().is_some_and(is_chosen) {
        let Some((status, body)) = answer else { return stream.set_zero_linger() };
        let length = body.len();
        let text = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
        return stream.write_all(text.as_bytes()).await;
    }
    let mut reference = TcpStream::connect(behind).await?;
    reference.write_all(&request).await?;
    copy_bidirectional(&mut stream, &mut reference).await.map(drop)
}

/// Reads a request with its body.
async fn read_request(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
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
