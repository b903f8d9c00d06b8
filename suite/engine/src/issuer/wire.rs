//! Answers with what HTTP libraries do not send.

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::answer::Answer;
use super::line::{Farewell, Line};
use super::served::WireFault;

/// What is endless comes at full speed up to here, so that whoever limits the size of what it
/// reads soon finds out,
const FAST: usize = 16 << 20;
/// then a piece at a time with such a pause, so that whoever does not need not fill the memory.
const PAUSE: Duration = Duration::from_millis(8);
/// It ends here, for the sake of those who would wait for it.
const ENDLESS: usize = 256 << 20;
/// How much of it is sent at a time.
const PIECE: usize = 16 << 10;
/// How much is sent at a time by who sends slowly.
const DRIP: usize = 16;

/// How a body says where it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length,
    Chunked,
}

/// Answers wrongly; says how the connection ends.
///
/// # Errors
///
/// If the client goes away.
pub(super) async fn misanswer(
    line: &mut impl Line,
    fault: WireFault,
    answer: &Answer,
) -> io::Result<Farewell> {
    let body = &answer.body;
    // The last octet is never among those that come, or nothing would be missing.
    let first = |octets: usize| &body[..octets.min(body.len().saturating_sub(1))];
    match fault {
        WireFault::Reset => return Ok(Farewell::Reset),
        WireFault::Close => {}
        WireFault::Hang => silence(line).await,
        WireFault::Cut(octets) => {
            send(line, head(answer, Framing::Length).as_bytes()).await?;
            send(line, first(octets)).await?;
        }
        WireFault::CutChunk(octets) => {
            let head = head(answer, Framing::Chunked);
            send(line, format!("{head}{:x}\r\n", body.len()).as_bytes()).await?;
            send(line, first(octets)).await?;
        }
        WireFault::Drip(milliseconds) => {
            let whole = [head(answer, Framing::Length).as_bytes(), body].concat();
            for drop in whole.chunks(DRIP) {
                send(line, drop).await?;
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            return Ok(Farewell::Polite);
        }
        WireFault::Stall(octets) => {
            send(line, head(answer, Framing::Length).as_bytes()).await?;
            send(line, first(octets)).await?;
            silence(line).await;
        }
        WireFault::Endless => {
            send(line, head(answer, Framing::Chunked).as_bytes()).await?;
            let chunk = format!("{PIECE:x}\r\n{:PIECE$}\r\n", "");
            repeat(line, chunk.as_bytes()).await?;
        }
        WireFault::EndlessHead => {
            send(line, fields(answer).as_bytes()).await?;
            let field = format!("x-padding: {:1000}.\r\n", ".");
            repeat(line, field.repeat(PIECE / field.len()).as_bytes()).await?;
        }
        WireFault::NotHttp => {
            send(line, b"220 mail.example ESMTP, this is not HTTP\r\n").await?;
            return Ok(Farewell::Polite);
        }
    }
    Ok(Farewell::Abrupt)
}

/// A whole answer in octets.
pub(super) fn octets(answer: &Answer) -> Vec<u8> {
    [head(answer, Framing::Length).as_bytes(), &answer.body].concat()
}

fn head(answer: &Answer, framing: Framing) -> String {
    let mut head = fields(answer);
    let bodiless = matches!(answer.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if framing == Framing::Chunked {
        head.push_str("transfer-encoding: chunked\r\n");
    } else if !bodiless || !answer.body.is_empty() {
        // Writing into a string cannot fail.
        let _ = write!(head, "content-length: {}\r\n", answer.body.len());
    }
    head.push_str("\r\n");
    head
}

/// The status line and all fields but the framing, without the end of the head.
fn fields(answer: &Answer) -> String {
    let status = answer.status;
    let mut fields =
        format!("HTTP/1.1 {} {}\r\n", status.as_str(), status.canonical_reason().unwrap_or(""));
    for (name, value) in &answer.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let _ = write!(fields, "{name}: {value}\r\n");
    }
    fields.push_str("connection: close\r\n");
    fields
}

async fn send(line: &mut impl Line, octets: &[u8]) -> io::Result<()> {
    line.write_all(octets).await?;
    line.flush().await
}

async fn repeat(line: &mut impl Line, piece: &[u8]) -> io::Result<()> {
    for sent in (0..ENDLESS).step_by(piece.len()) {
        send(line, piece).await?;
        if sent > FAST {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

/// Says nothing until the client goes away.
async fn silence(line: &mut impl Line) {
    let mut ignored = [0; 1024];
    while let Ok(1..) = line.read(&mut ignored).await {}
}
