//! Takes in one connection: reads its request, and answers wrongly or passes it on.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::answer::Answer;
use super::clerk::Mark;
use super::desks::{Desks, Door};
use super::head::{self, Head, NoHead};
use super::line::{Farewell, Line, part};
use super::wire;

/// How long a client may take to agree on encryption.
const PATIENCE: Duration = Duration::from_secs(30);

/// What stands behind the listeners that are no HTTP library's.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) door: Door,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) desks: Arc<Desks>,
    /// The server that answers what is answered rightly.
    pub(super) behind: SocketAddr,
    pub(super) mark: Mark,
}

impl Front {
    /// Takes in a connection.
    pub(super) async fn visit(self, stream: TcpStream) {
        // Without it, small pieces wait for the client's delayed acknowledgement. A refusal costs
        // speed only.
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => self.converse(stream).await,
            // A client that refuses the certificate has not asked for anything.
            Some(tls) => {
                if let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await {
                    self.converse(stream).await;
                }
            }
        }
    }

    async fn converse(&self, mut line: impl Line) {
        let farewell = match head::read(&mut line).await {
            Ok(head) => self.answer(&mut line, head).await,
            Err(NoHead::Silent) => {
                // Many clients look at the certificate once encryption is agreed on, and leave.
                if self.tls.is_none() {
                    self.desks.note(self.door, "(connection without a request)");
                }
                return;
            }
            Err(NoHead::Malformed) => {
                self.desks.note(self.door, "(not an HTTP request)");
                refuse(&mut line, StatusCode::BAD_REQUEST).await
            }
        };
        // An error means that the client went away.
        if let Ok(farewell) = farewell {
            part(line, farewell).await;
        }
    }

    async fn answer(&self, line: &mut impl Line, head: Head) -> io::Result<Farewell> {
        let Some(served) = self.desks.receive(self.door, head.entry()) else {
            return refuse(line, StatusCode::NOT_FOUND).await;
        };
        match served.wire {
            None => self.relay(line, head).await,
            Some(fault) => {
                tokio::time::sleep(served.delay).await;
                wire::misanswer(line, fault, &Answer::new(&served)).await
            }
        }
    }

    /// Has the server behind answer. Both sides are told that this is the only request of the
    /// connection, so everything that comes until its end is the answer.
    async fn relay(&self, line: &mut impl Line, head: Head) -> io::Result<Farewell> {
        let mut behind = TcpStream::connect(self.behind).await?;
        behind.set_nodelay(true)?;
        behind.write_all(&head.relayed(Mark::FIELD, self.mark.value())).await?;
        let (mut answer, mut request) = behind.split();
        let (reader, mut writer) = tokio::io::split(line);
        let mut body = head.rest.chain(reader);
        let forth = async {
            // A client that is done with sending still waits for the answer.
            let _ = tokio::io::copy(&mut body, &mut request).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            copied = tokio::io::copy(&mut answer, &mut writer) => copied?,
            () = forth => 0,
        };
        Ok(Farewell::Polite)
    }
}

async fn refuse(line: &mut impl Line, status: StatusCode) -> io::Result<Farewell> {
    let answer = Answer { status, headers: Vec::new(), body: Bytes::new() };
    line.write_all(&wire::octets(&answer)).await?;
    line.flush().await?;
    Ok(Farewell::Polite)
}
