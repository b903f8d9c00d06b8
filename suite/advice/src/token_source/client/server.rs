//! The server that the client presents its tokens to: a resource that runs already, or a target
//! that is told which issuer to trust.

use std::path::PathBuf;
use std::time::Duration;

use super::ClientError;
use jwtspec_driver::TIME_HEADER;
use jwtspec_engine::run::request::prepare;
use jwtspec_engine::target::{
    Configured, HttpClient, LoopbackUrl, NotConfigured, PreparedRequest, Presenting, Reading,
    RequestTable, RunningTarget, Target, Verdict,
};
use jwtspec_mint::context::MintContext;
use jwtspec_types::trust::Trust;

/// The server that tokens are presented to.
#[derive(Clone)]
pub enum ServerSpec {
    /// A protected resource that runs already and trusts the issuer of the tokens.
    Resource(String),
    /// The same on this machine, reached at the addresses that the guard saw.
    Loopback(LoopbackUrl),
    /// A target, which is told this trust.
    Target(Target, Box<Trust>),
}

/// A text that no verifier accepts; the rest of a request is as ever.
const NO_TOKEN: &str = "jwtspec-preflight-this-is-no-token";
/// The longest time that a resource may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A server that is ready.
pub(in crate::token_source) struct Server {
    kind: Kind,
    /// The seconds that it tolerates past `exp`, as far as they are known.
    pub(super) leeway: f64,
    _scratch: Option<tempfile::TempDir>,
}

enum Kind {
    Resource { wire: Box<HttpClient>, reading: Box<Reading>, url: String },
    Target { running: Box<RunningTarget>, configured: Box<Configured> },
}

impl Server {
    /// Starts and configures it if need be, and checks that it tells a token from none.
    pub(in crate::token_source) async fn open(spec: &ServerSpec) -> Result<Self, ClientError> {
        let server = match spec {
            ServerSpec::Resource(url) => Self::resource(HttpClient::new(ANSWER_WITHIN), url),
            ServerSpec::Loopback(pinned) => {
                Self::resource(HttpClient::pinned(ANSWER_WITHIN, pinned), pinned.url())
            }
            ServerSpec::Target(target, trust) => Self::configure(target.clone(), trust).await?,
        };
        match server.present(NO_TOKEN, None).await? {
            Verdict::Reject { .. } => Ok(server),
            Verdict::Accept => Err(ClientError::LetsIn),
            Verdict::Fault(fault) => Err(ClientError::Fault(fault.to_string())),
        }
    }

    fn resource(client: HttpClient, url: &str) -> Self {
        let wire = Box::new(client);
        let reading = Box::new(Reading::of_driver(None));
        let kind = Kind::Resource { wire, reading, url: url.to_owned() };
        Self { kind, leeway: 0.0, _scratch: None }
    }

    async fn configure(target: Target, trust: &Trust) -> Result<Self, ClientError> {
        let (scratch, ca_file) = match &trust.ca_pem {
            None => (None, PathBuf::new()),
            Some(pem) => {
                let folder = tempfile::tempdir().map_err(ClientError::Scratch)?;
                let file = folder.path().join("ca.pem");
                std::fs::write(&file, pem).map_err(ClientError::Scratch)?;
                (Some(folder), file)
            }
        };
        let mut running = target.start(None, &ca_file).await?;
        running.configure_all(vec![trust.clone()]).await?;
        let configured = running.configure(0, trust).await.map_err(|why| match why {
            NotConfigured::Unsupported(why) => ClientError::Unsupported(why),
            NotConfigured::Failed(error) => ClientError::Target(error),
        })?;
        let leeway = Duration::from_secs(trust.leeway_seconds).as_secs_f64();
        let kind = Kind::Target { running: Box::new(running), configured: Box::new(configured) };
        Ok(Self { kind, leeway, _scratch: scratch })
    }

    /// Its name, for reports.
    pub(super) fn name(&self) -> String {
        match &self.kind {
            Kind::Resource { url, .. } => url.clone(),
            Kind::Target { running, .. } => running.name().to_owned(),
        }
    }

    /// True if requests can tell it the time.
    pub(super) fn has_clock(&self) -> bool {
        match &self.kind {
            Kind::Resource { .. } => false,
            Kind::Target { running, .. } => running.capabilities().clock,
        }
    }

    /// Presents a token, at this time since 1970 if requests can tell it.
    pub(super) async fn present(
        &self,
        token: &str,
        at: Option<f64>,
    ) -> Result<Verdict, ClientError> {
        let prepared = |presenting: &Presenting, url: &str| {
            let mut request = prepare(presenting, url, token, None, &MintContext::for_issuers([]))
                .map_err(|error| ClientError::Fault(error.to_string()))?;
            if let Some(at) = at.filter(|_| self.has_clock()) {
                let time = format!("{:.3}", at.max(0.0)).into_bytes();
                request.headers.push((TIME_HEADER.to_owned(), time));
            }
            Ok::<PreparedRequest, ClientError>(request)
        };
        Ok(match &self.kind {
            Kind::Resource { wire, reading, url } => {
                let request = prepared(&Presenting::Request(RequestTable::default()), url)?;
                reading.verdict(&wire.send(&request).await, false)
            }
            Kind::Target { running, configured } => {
                let request = prepared(running.presenting(), configured.url())?;
                running.reading().verdict(&running.send(&request).await, false)
            }
        })
    }

    /// Tells a driver that its verifier is no longer needed.
    pub(in crate::token_source) async fn close(self) {
        if let Kind::Target { running, configured } = self.kind {
            running.release(*configured).await;
        }
    }
}
