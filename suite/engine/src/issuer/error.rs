//! What can go wrong while issuers are set up.

use std::io;

/// Issuers could not be set up as they are wanted.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The server of all issuers cannot listen.
    #[error(
        "failed to start the issuers on {address}: {error}\nis the port taken? leave it out to let the system choose"
    )]
    Listen {
        /// Where it was to listen.
        address: String,
        /// Why it cannot.
        error: io::Error,
    },
    /// There is no listener for issuers of one kind of ground.
    #[error("failed to listen for {issuers}: {error}")]
    Front {
        /// Which issuers.
        issuers: &'static str,
        /// Why there is none.
        error: io::Error,
    },
    /// There is no port for an issuer that needs its own.
    #[error("failed to hold a port for issuer {number} alone: {error}")]
    Hold {
        /// The issuer.
        number: usize,
        /// Why there is none.
        error: io::Error,
    },
    /// Nothing can listen on the port of an issuer.
    #[error("failed to listen on the port of issuer {number}: {error}")]
    Up {
        /// The issuer.
        number: usize,
        /// Why nothing can.
        error: io::Error,
    },
    /// A certificate could not be made.
    #[error("failed to make the certificate of {subject}: {error}")]
    Certificate {
        /// Whose certificate.
        subject: &'static str,
        /// Why it could not.
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file with the certificate of the authority could not be written.
    #[error("failed to write the certificate of the authority into the temporary directory: {0}")]
    AuthorityFile(io::Error),
    /// An issuer is opened that took no place, or was closed.
    #[error("failed to open issuer {0}: it has no place; take one first")]
    NoPlace(usize),
    /// An issuer is to do what its ground does not allow.
    #[error("failed to open issuer {number}: {wanted} needs a endpoint_spec with {needed}")]
    WrongGround {
        /// The issuer.
        number: usize,
        /// What it is to do.
        wanted: &'static str,
        /// What its ground lacks.
        needed: &'static str,
    },
}
