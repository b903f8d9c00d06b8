//! Sending of responses with faults on the wire.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::answer::{Answer, Framing};
use super::stream::{Close, Stream};
use super::wire_fault::WireFault;

/// Endless responses come at full speed up to this size, so that a client that limits the size of
/// what it reads soon reaches its limit,
const FAST: usize = 16 << 20;
/// then a piece at a time with this pause, so that a client without a limit need not fill its
/// memory.
const PAUSE: Duration = Duration::from_millis(8);
/// The size at which they end after all, so that such a client goes on at some time.
const ENDLESS: usize = 256 << 20;
/// The size of the pieces of an endless response.
const PIECE: usize = 16 << 10;
/// The size of the pieces of a slow response.
const DRIP: usize = 16;

/// Sends an answer with a fault. Returns how the connection ends.
///
/// # Errors
///
/// If the client goes away.
pub(super) async fn send_faulty(
    stream: &mut impl Stream,
    fault: WireFault,
    answer: &Answer,
) -> io::Result<Close> {
    let body = &answer.body;
    // The last byte is never among the first ones, or nothing would be missing.
    let first = |bytes: usize| &body[..bytes.min(body.len().saturating_sub(1))];
    let head = |framing| answer.head(framing).into_bytes();
    match fault {
        WireFault::Reset => return Ok(Close::Reset),
        WireFault::Close => {}
        WireFault::Hang => wait_for_end(stream).await,
        WireFault::Cut(bytes) => {
            send(stream, &[&head(Framing::Length), first(bytes)].concat()).await?;
        }
        WireFault::CutChunk(bytes) => {
            let length = format!("{:x}\r\n", body.len());
            let head = head(Framing::Chunked);
            send(stream, &[&head, length.as_bytes(), first(bytes)].concat()).await?;
        }
        WireFault::Drip(milliseconds) => {
            for drop in answer.to_bytes().chunks(DRIP) {
                send(stream, drop).await?;
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            return Ok(Close::Clean);
        }
        WireFault::Stall(bytes) => {
            send(stream, &[&head(Framing::Length), first(bytes)].concat()).await?;
            wait_for_end(stream).await;
        }
        WireFault::Endless => {
            send(stream, &head(Framing::Chunked)).await?;
            let chunk = format!("{PIECE:x}\r\n{:PIECE$}\r\n", "");
            send_endlessly(stream, chunk.as_bytes()).await?;
        }
        WireFault::EndlessHead => {
            send(stream, answer.fields().as_bytes()).await?;
            let field = format!("x-padding: {:1000}.\r\n", ".");
            send_endlessly(stream, field.repeat(PIECE / field.len()).as_bytes()).await?;
        }
        WireFault::NotHttp => {
            send(stream, b"220 mail.example ESMTP, this is not HTTP\r\n").await?;
            return Ok(Close::Clean);
        }
    }
    Ok(Close::Abrupt)
}

/// Sends all of this at once.
pub(super) async fn send(stream: &mut impl Stream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

async fn send_endlessly(stream: &mut impl Stream, piece: &[u8]) -> io::Result<()> {
    for sent in (0..ENDLESS).step_by(piece.len()) {
        send(stream, piece).await?;
        if sent > FAST {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

/// Sends nothing until the client goes away.
async fn wait_for_end(stream: &mut impl Stream) {
    let mut ignored = [0; 1024];
    while let Ok(1..) = stream.read(&mut ignored).await {}
}
