//! Where an issuer stands: below which origin, behind which certificate.

use jwtspec_types::words::words;

/// What an issuer needs of the place where it is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EndpointSpec {
    /// The certificate of its server; nothing for plain HTTP.
    pub certificate: Option<Certificate>,
    /// Whether it has a port of its own.
    pub own_port: bool,
    /// Whether it answers with what HTTP libraries do not send.
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

/// The place of an issuer: an origin, such as `http://127.0.0.1:8080`, and its number there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The origin.
    pub origin: String,
    /// The number, unique on the whole server.
    pub number: usize,
}
