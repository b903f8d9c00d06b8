//! The misdeeds of hostile targets.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Bytes of the longest answers.
const FLOOD_BYTES: usize = 5_000_000_000;
/// A time that no run waits for.
const FOREVER: Duration = Duration::from_secs(3600);

/// The requests that a misdeed answers.
pub(super) const PLACES: [(&str, &str); 4] = [
    ("describe", "`GET /`"),
    ("configure", "`POST /verifiers`"),
    ("one-token", "one token of five"),
    ("each-token", "each token"),
];

/// What is done in the place of an answer, by name, and in words.
pub(super) const ANSWERS: [(&str, &str); 22] = [
    ("silence", "no answer, the connection stays open"),
    ("reset", "the connection is reset"),
    ("close", "the connection is closed without an answer"),
    ("rubbish", "bytes that are not HTTP"),
    ("http-0.9", "a body without a head, as in HTTP/0.9"),
    ("cut", "a body shorter than its `content-length`"),
    ("flood", "a body of 5 GB"),
    ("endless-header", "a header line of 5 GB"),
    ("header-lines", "100,000 header lines"),
    ("drip", "a body without an end, a byte each 50 ms"),
    ("informational", "100 and 103 without an end, and no final status"),
    ("bad-chunks", "chunks whose lengths are no numbers"),
    ("claimed-size", "a `content-length` of 1 EB, and a few bytes"),
    ("two-lengths", "two `content-length` that differ"),
    ("status-0", "status 0"),
    ("status-999", "status 999"),
    ("redirect", "a redirect to itself"),
    ("gzip-bomb", "20 MB of zeros as 90 kB of gzip"),
    ("status-500", "status 500 with a page of HTML"),
    ("deep-json", "JSON nested 100,000 deep"),
    ("not-utf-8", "bytes that are not UTF-8, and NULs"),
    ("long-string", "JSON with a string of 900 kB, direction and control characters"),
];

/// Answers a request with a misdeed.
pub(super) async fn misbehave(stream: &mut TcpStream, misdeed: &str) -> std::io::Result<()> {
    let head = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
    match misdeed {
        "silence" => tokio::time::sleep(FOREVER).await,
        "reset" => stream.set_zero_linger()?,
        "close" => stream.shutdown().await?,
        "rubbish" => stream.write_all(b"\x16\x03\x01\0\xff not HTTP\r\n\r\n").await?,
        "http-0.9" => stream.write_all(b"<html>an answer without a head</html>\r\n").await?,
        "cut" => stream.write_all(head("content-length: 100\r\n").as_bytes()).await?,
        "flood" => {
            stream.write_all(head("").as_bytes()).await?;
            repeat(stream, &vec![b'x'; 1 << 16], FLOOD_BYTES).await?;
        }
        "endless-header" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await?;
            repeat(stream, &vec![b'x'; 1 << 16], FLOOD_BYTES).await?;
        }
        "header-lines" => {
            let lines: String = (0..100_000).map(|number| format!("x-{number}: y\r\n")).collect();
            stream.write_all(head(&lines).as_bytes()).await?;
        }
        "drip" => {
            stream.write_all(head("").as_bytes()).await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        "informational" => {
            let some =
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n";
            repeat(stream, some, FLOOD_BYTES).await?;
        }
        "bad-chunks" => {
            let text = head("transfer-encoding: chunked\r\n") + "zz\r\nabc\r\n-1\r\n\r\n";
            stream.write_all(text.as_bytes()).await?;
        }
        "claimed-size" => {
            let text = head("content-length: 1000000000000000000\r\n") + "a few";
            stream.write_all(text.as_bytes()).await?;
            tokio::time::sleep(FOREVER).await;
        }
        "two-lengths" => {
            let text = head("content-length: 2\r\ncontent-length: 5\r\n") + "{}";
            stream.write_all(text.as_bytes()).await?;
        }
        "status-0" => stream.write_all(b"HTTP/1.1 0 Nothing\r\n\r\n").await?,
        "status-999" => stream.write_all(&answer("999 Nothing", "", b"{}")).await?,
        "redirect" => stream.write_all(&answer("302 Found", "location: /\r\n", b"")).await?,
        "gzip-bomb" => {
            let fields = "content-encoding: gzip\r\ncontent-type: application/json\r\n";
            stream.write_all(&answer("200 OK", fields, gzip_bomb())).await?;
        }
        "status-500" => {
            let page = format!("<html><pre>{}</pre></html>", "at Verifier\n".repeat(10_000));
            stream.write_all(&answer("500 Broken", "", page.as_bytes())).await?;
        }
        "deep-json" => {
            let deep = format!("{}{}", "{\"a\":[".repeat(50_000), "]}".repeat(50_000));
            stream.write_all(&answer("200 OK", "", deep.as_bytes())).await?;
        }
        "not-utf-8" => stream.write_all(&answer("401 No", "", b"\xff\xfe\0\0\xc3(")).await?,
        "long-string" => {
            let long = format!("{{\"error\":\"\u{202e}\u{7}\u{1b}[2J{}\"}}", "x".repeat(900_000));
            stream.write_all(&answer("401 No", "", long.as_bytes())).await?;
        }
        other => panic!("no misdeed {other}"),
    }
    // What is read no longer is a reset where it should be an end.
    let _ = stream.shutdown().await;
    let _ = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut [0; 4096])).await;
    Ok(())
}

fn answer(status: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{fields}connection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

async fn repeat(stream: &mut TcpStream, part: &[u8], bytes: usize) -> std::io::Result<()> {
    for _ in 0..bytes / part.len() {
        stream.write_all(part).await?;
    }
    Ok(())
}

/// Many zeros, compressed to a thousandth.
fn gzip_bomb() -> &'static [u8] {
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;
    use std::sync::LazyLock;

    static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&vec![0; 20_000_000]).unwrap();
        encoder.finish().unwrap()
    });
    &BOMB
}
