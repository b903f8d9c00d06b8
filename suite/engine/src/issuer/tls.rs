//! The authority that verifiers trust, and the certificates that issuers show.

use std::error::Error;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};
use tempfile::TempDir;
use tokio::net::TcpStream;
pub(super) use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::server::TlsStream;

use super::endpoint::Certificate;
use super::error::StartError;
use super::stream::Stream;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

type TlsResult<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The authority that verifiers trust: its key in memory, its certificate also in a file.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pem: String,
    file: PathBuf,
    /// The private directory of the file, which goes away with the authority.
    _directory: TempDir,
}

impl Authority {
    pub(super) fn new() -> Result<Self, StartError> {
        let subject = "jwtspec authority";
        let issuer =
            authority(subject).map_err(|error| StartError::Certificate { subject, error })?;
        let pem = pem(issuer.der());
        let (file, directory) = write(&pem).map_err(StartError::AuthorityFile)?;
        Ok(Self { issuer, pem, file, _directory: directory })
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// The TLS side of a listener that shows a new certificate of this kind.
    pub(super) fn acceptor(&self, certificate: Certificate) -> Result<TlsAcceptor, StartError> {
        let config = self
            .config(certificate)
            .map_err(|error| StartError::Certificate { subject: certificate.subject(), error })?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    fn config(&self, certificate: Certificate) -> TlsResult<ServerConfig> {
        let key = KeyPair::generate()?;
        let leaf = leaf(certificate)?;
        let signed = match certificate {
            Certificate::Untrusted => {
                let other = authority("jwtspec authority outside the trust")?;
                leaf.signed_by(&key, &*other)?
            }
            Certificate::SelfSigned => leaf.self_signed(&key)?,
            _ => leaf.signed_by(&key, &self.issuer)?,
        };
        // The provider is named, because the process may have more than one.
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![signed.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl Stream for TlsStream<TcpStream> {
    fn socket(&mut self) -> &mut TcpStream {
        self.get_mut().0
    }
}

fn authority(name: &str) -> TlsResult<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let now = SystemTime::now();
    params.not_before = (now - 30 * DAY).into();
    params.not_after = (now + 365 * DAY).into();
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

/// A certificate as strict clients want it of a server (RFC 5280 section 4.2), but for the fault
/// of its kind.
fn leaf(certificate: Certificate) -> TlsResult<CertificateParams> {
    let now = SystemTime::now();
    let mut params = CertificateParams::default();
    let wrong_host = certificate == Certificate::WrongHost;
    let name = if wrong_host { "other.example" } else { "localhost" };
    let mut hosts = vec![SanType::DnsName(name.try_into()?)];
    if !wrong_host {
        hosts.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        hosts.push(SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)));
    }
    params.distinguished_name.push(DnType::CommonName, name);
    params.subject_alt_names = hosts;
    let (from, until) = match certificate {
        Certificate::Expired => (now - 29 * DAY, now - DAY),
        Certificate::NotYetValid => (now + DAY, now + 30 * DAY),
        _ => (now - DAY, now + 90 * DAY),
    };
    params.not_before = from.into();
    params.not_after = until.into();
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = certificate != Certificate::SelfSigned;
    Ok(params)
}

/// A certificate as text (RFC 7468 section 5).
fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for stream in text.as_bytes().chunks(64) {
        pem.extend(stream.iter().copied().map(char::from));
        pem.push('\n');
    }
    pem + "-----END CERTIFICATE-----\n"
}

fn write(pem: &str) -> std::io::Result<(PathBuf, TempDir)> {
    let directory = tempfile::Builder::new().prefix("jwtspec-").tempdir()?;
    let path = directory.path().join("ca.pem");
    std::fs::File::create_new(&path)?.write_all(pem.as_bytes())?;
    Ok((path, directory))
}
