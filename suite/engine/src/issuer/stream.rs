//! A connection, plain or encrypted, and the ways to close it.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The time that a client may take to notice the end.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The number of bytes that it may still send.
const LEFTOVERS: u64 = 4 << 20;

/// A connection with a client.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {
    /// The socket below any encryption.
    fn socket(&mut self) -> &mut TcpStream;
}

impl Stream for TcpStream {
    fn socket(&mut self) -> &mut TcpStream {
        self
    }
}

/// The way in which a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Close {
    /// As it should.
    Clean,
    /// Below any encryption: TLS is not told (no `close_notify`).
    Abrupt,
    /// By a reset.
    Reset,
}

/// Closes a connection. What goes wrong now is the end as well.
pub(super) async fn close(mut stream: impl Stream, ending: Close) {
    match ending {
        Close::Clean => drop(stream.shutdown().await),
        Close::Abrupt => drop(stream.socket().shutdown().await),
        Close::Reset => return drop(stream.socket().set_zero_linger()),
    }
    // Closing a socket with unread bytes resets the connection, and a reset may overtake the
    // end of the answer.
    let mut leftovers = stream.socket().take(LEFTOVERS);
    let mut nowhere = tokio::io::sink();
    let _ = timeout(TIMEOUT, tokio::io::copy(&mut leftovers, &mut nowhere)).await;
}
