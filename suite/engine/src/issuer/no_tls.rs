//! The stand-in for TLS in a build without the feature `https`: there is none.

use std::io;
use std::path::Path;

use tokio::net::TcpStream;

use super::endpoint::Certificate;
use super::error::StartError;

/// The authority that verifiers would trust. It has no certificate, and makes none.
pub(super) struct Authority;

impl Authority {
    pub(super) fn new() -> Result<Self, StartError> {
        Ok(Self)
    }

    pub(super) fn pem(&self) -> &str {
        ""
    }

    pub(super) fn file(&self) -> &Path {
        Path::new("")
    }

    pub(super) fn acceptor(&self, certificate: Certificate) -> Result<TlsAcceptor, StartError> {
        Err(StartError::NoHttps(certificate.subject()))
    }
}

/// The TLS side of a listener, of which there is none.
#[derive(Clone)]
pub(super) enum TlsAcceptor {}

impl TlsAcceptor {
    pub(super) async fn accept(&self, _: TcpStream) -> io::Result<TcpStream> {
        match *self {}
    }
}
