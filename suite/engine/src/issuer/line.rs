//! A connection, plain or encrypted, and the ways to end it.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

/// How long a client may take to notice the end, and how much it may still send.
const PATIENCE: Duration = Duration::from_secs(5);
const LEFTOVERS: u64 = 4 << 20;

/// A connection with a client.
pub(super) trait Line: AsyncRead + AsyncWrite + Unpin + Send {
    /// What lies below any encryption.
    fn socket(&mut self) -> &mut TcpStream;
}

impl Line for TcpStream {
    fn socket(&mut self) -> &mut TcpStream {
        self
    }
}

impl Line for TlsStream<TcpStream> {
    fn socket(&mut self) -> &mut TcpStream {
        self.get_mut().0
    }
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    /// As it should.
    Polite,
    /// Below any encryption: TLS is not told (no `close_notify`).
    Abrupt,
    /// By a reset.
    Reset,
}

/// Ends a connection. What goes wrong now is the end as well.
pub(super) async fn part(mut line: impl Line, farewell: Farewell) {
    match farewell {
        Farewell::Polite => {
            let _ = line.shutdown().await;
        }
        Farewell::Abrupt => {
            let _ = line.socket().shutdown().await;
        }
        Farewell::Reset => {
            let _ = line.socket().set_zero_linger();
            return;
        }
    }
    // Closing a socket with unread octets resets the connection, and a reset may overtake the
    // end of the answer.
    let mut leftovers = line.socket().take(LEFTOVERS);
    let mut nowhere = tokio::io::sink();
    let _ = timeout(PATIENCE, tokio::io::copy(&mut leftovers, &mut nowhere)).await;
}
