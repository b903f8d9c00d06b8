//! Endpoints of issuers: their origins and certificates.

use jwtspec_types::words::words;

/// The needs of an issuer as to its endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EndpointSpec {
    /// The certificate of its server; none for plain HTTP.
    pub certificate: Option<Certificate>,
    /// True if it has a port of its own.
    pub own_port: bool,
    /// True if it sends responses that HTTP libraries do not send.
    pub raw: bool,
}

words! {
    /// The certificate that a server shows.
    Certificate {
        /// Of the authority that the verifier trusts, for the host, in its time.
        Valid = "valid",
        /// Of another authority.
        Untrusted = "untrusted",
        /// Of no authority.
        SelfSigned = "self-signed",
        /// Expired a day ago.
        Expired = "expired",
        /// Valid from tomorrow on.
        NotYetValid = "not-yet-valid",
        /// For another host.
        WrongHost = "wrong-host",
        /// None at all: the URL says HTTPS, and the server speaks plain HTTP.
        Absent = "absent",
    }
}

impl Certificate {
    /// The issuers that show such a certificate, in words.
    pub(super) fn subject(self) -> &'static str {
        match self {
            Self::Valid => "issuers with a valid certificate",
            Self::Untrusted => "issuers with a certificate of another authority",
            Self::SelfSigned => "issuers with a self-signed certificate",
            Self::Expired => "issuers with an expired certificate",
            Self::NotYetValid => "issuers with a certificate that is not yet valid",
            Self::WrongHost => "issuers with a certificate for another host",
            Self::Absent => "issuers without the certificate that their URL promises",
        }
    }
}

/// The endpoint of an issuer: an origin, such as `http://127.0.0.1:8080`, and its number there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The origin.
    pub origin: String,
    /// The number, unique on the whole server.
    pub number: usize,
}
