//! Errors in setting up issuers.

use std::io;

/// Issuers could not be set up as they are wanted.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The server of all issuers cannot listen.
    #[error(
        "failed to start the issuers on {address}: {error}\nis the port taken? leave it out to let the system choose"
    )]
    Listen {
        /// The address.
        address: String,
        /// The reason.
        error: io::Error,
    },
    /// There is no listener for issuers with one kind of endpoint.
    #[error("failed to listen for {issuers}: {error}")]
    Shared {
        /// The issuers.
        issuers: &'static str,
        /// The reason.
        error: io::Error,
    },
    /// There is no port for an issuer that needs its own.
    #[error("failed to hold a port for issuer {number} alone: {error}")]
    Hold {
        /// The issuer.
        number: usize,
        /// The reason.
        error: io::Error,
    },
    /// Nothing can listen on the port of an issuer.
    #[error("failed to listen on the port of issuer {number}: {error}")]
    Own {
        /// The issuer.
        number: usize,
        /// The reason.
        error: io::Error,
    },
    /// This build of jwtspec serves plain HTTP only.
    #[cfg(not(feature = "https"))]
    #[error(
        "failed to set up {0}: jwtspec was built without HTTPS\nbuild it with the feature `https`"
    )]
    NoHttps(&'static str),
    /// A certificate could not be made.
    #[error("failed to make the certificate of {subject}: {error}")]
    Certificate {
        /// The holder of the certificate.
        subject: &'static str,
        /// The reason.
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file with the certificate of the authority could not be written.
    #[error("failed to write the certificate of the authority into the temporary directory: {0}")]
    AuthorityFile(io::Error),
    /// An issuer is opened whose endpoint was not reserved.
    #[error("failed to open issuer {0}: it has no place; take one first")]
    NotReserved(usize),
    /// An issuer is to do what its endpoint does not allow.
    #[error("failed to open issuer {number}: {wanted} needs an endpoint with {needed}")]
    WrongEndpoint {
        /// The issuer.
        number: usize,
        /// The thing that it is to do.
        wanted: &'static str,
        /// The part that its endpoint lacks.
        needed: &'static str,
    },
}
