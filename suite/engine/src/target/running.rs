//! A target that runs: started, told a trust, asked, and started again if it died.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, RwLock};

use super::driver;
use super::error::{NotConfigured, TargetError, system_error};
use super::fault::Unsent;
use super::file::TargetFile;
use super::guard::LoopbackUrl;
use super::http::{HttpClient, Observation};
use super::present::RequestTable;
use super::reading::Reading;
use super::render;
use super::request::PreparedRequest;
use super::socket::{self, Session};
use super::started::Started;
use super::template;
use jwtspec_driver::{Driver, Served, serve_on};
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::text::bounded;
use jwtspec_types::trust::Trust;

/// Bytes of the name and the version that a driver says.
const NAME_BYTES: usize = 200;
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A target to be tested.
#[derive(Clone)]
pub enum Target {
    /// A target file.
    File(Box<TargetFile>),
    /// A driver that runs already.
    Url(String),
    /// A driver that runs already, on this machine: it is reached at the addresses that the guard
    /// saw.
    Loopback(LoopbackUrl),
    /// A verifier in Rust.
    Rust(Arc<dyn Driver>),
}

impl Target {
    /// Its name, as far as it is known before it runs.
    pub fn name(&self) -> String {
        match self {
            Self::File(file) => file.name.clone(),
            Self::Url(url) => url.clone(),
            Self::Loopback(pinned) => pinned.url().to_owned(),
            Self::Rust(driver) => driver.describe().name,
        }
    }

    /// Starts it. One that is configured by a file waits for [`RunningTarget::configure_all`].
    /// `answer_within` replaces the time that its file gives it for an answer; `ca_file` holds the
    /// authority behind the certificates of issuers, an empty path that of the system.
    ///
    /// # Errors
    ///
    /// If a driver cannot be started or reached, or does not keep to the contract.
    pub async fn start(
        self,
        answer_within: Option<Duration>,
        ca_file: &Path,
    ) -> Result<RunningTarget, TargetError> {
        let timeout = match &self {
            Self::File(file) => file.present.timeout.map(|seconds| seconds.0),
            _ => None,
        };
        let timeout = answer_within.or(timeout).unwrap_or(ANSWER_WITHIN);
        let http = match &self {
            Self::Loopback(pinned) => HttpClient::pinned(timeout, pinned),
            _ => HttpClient::new(timeout),
        };
        let mut running = RunningTarget {
            reading: match &self {
                Self::File(file) if file.trust.is_some() => Reading::of_file(file),
                Self::File(file) => Reading::of_driver(Some(file)),
                _ => Reading::of_driver(None),
            },
            presenting: match &self {
                Self::File(file) if file.present.is_socket() => Presenting::Socket(file.clone()),
                Self::File(file) => Presenting::Request(file.present.request().into_owned()),
                _ => Presenting::Request(RequestTable::default()),
            },
            name: self.name(),
            version: None,
            http,
            capabilities: Capabilities::default(),
            channel: Channel::DRIVER,
            ca_file: ca_file.to_owned(),
            trusts: Vec::new(),
            target: self,
            instance: RwLock::new(None),
            restart: Mutex::new(()),
        };
        if let Some(channel) = running.file().map(TargetFile::channel) {
            running.channel = channel;
        }
        if let Some(capabilities) = running.file().and_then(TargetFile::capabilities) {
            running.capabilities = capabilities;
            return Ok(running);
        }
        let instance = running.launch().await?;
        let description = driver::describe(&running.http, &instance.base).await?;
        running.capabilities = description.capabilities;
        // No request on a socket carries a token, so none can state the time.
        running.capabilities.clock &= running.channel.http;
        if running.file().is_none() {
            running.name = bounded(&description.name, NAME_BYTES).into_owned();
        }
        running.version = Some(bounded(&description.version, NAME_BYTES).into_owned());
        running.instance = RwLock::new(Some(instance));
        Ok(running)
    }
}

/// The way in which tokens are presented to a target.
#[derive(Clone, Debug)]
pub enum Presenting {
    /// Each in a request of its own.
    Request(RequestTable),
    /// On a socket, as its file says.
    Socket(Box<TargetFile>),
}

/// A target that runs.
pub struct RunningTarget {
    target: Target,
    name: String,
    version: Option<String>,
    capabilities: Capabilities,
    channel: Channel,
    reading: Reading,
    presenting: Presenting,
    http: HttpClient,
    /// The authority behind the certificates of issuers, PEM.
    ca_file: PathBuf,
    /// The trusts of a target with a configuration file, in the order of their ids.
    trusts: Vec<Trust>,
    instance: RwLock<Option<Instance>>,
    /// Held while the target is started again.
    restart: Mutex<()>,
}

/// The resources that keep a target alive, and its address.
#[derive(Default)]
struct Instance {
    base: String,
    started: Option<Started>,
    _served: Option<Served>,
}

impl Instance {
    /// One that runs already.
    fn at(url: &str) -> Self {
        Self { base: url.trim_end_matches('/').to_owned(), ..Self::default() }
    }
}

/// A verifier that was told a trust.
pub struct Configured {
    url: String,
    /// A process of its own, where one start holds one trust.
    _own: Option<Instance>,
    release: bool,
}

impl Configured {
    /// The URL at which tokens are presented.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl RunningTarget {
    fn file(&self) -> Option<&TargetFile> {
        match &self.target {
            Target::File(file) => Some(file),
            _ => None,
        }
    }

    /// The file, if the target is configured by one.
    fn configured_by_file(&self) -> Option<&TargetFile> {
        self.file().filter(|file| file.trust.is_some())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version, if it says one.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Its capabilities.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// The way in which tokens reach it and verdicts come back.
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// The rules by which its answers are read.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The way in which a token is presented to it.
    pub fn presenting(&self) -> &Presenting {
        &self.presenting
    }

    /// Returns true if it is told every trust at once, when it starts.
    pub fn is_told_all_at_once(&self) -> bool {
        self.configured_by_file().is_some() && self.capabilities.has_many_trusts()
    }

    /// Returns true if it can be told another trust while it runs, as drivers can.
    pub(crate) fn takes_another_trust(&self) -> bool {
        self.configured_by_file().is_none()
    }

    /// Tells a target with a configuration file every trust at once, and starts it.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub async fn configure_all(&mut self, trusts: Vec<Trust>) -> Result<(), TargetError> {
        if self.configured_by_file().is_none() {
            return Ok(());
        }
        self.trusts = trusts;
        if self.capabilities.has_many_trusts() {
            self.instance = RwLock::new(Some(self.launch().await?));
        }
        Ok(())
    }

    /// Tells it one trust; `index` is its place among those of [`RunningTarget::configure_all`].
    pub async fn configure(
        &self,
        index: usize,
        trust: &Trust,
    ) -> Result<Configured, NotConfigured> {
        let failed = NotConfigured::Failed;
        if let Some(file) = self.configured_by_file() {
            let (base, own, id) = if self.capabilities.has_many_trusts() {
                (self.base().await, None, template::trust_id(index))
            } else {
                let own =
                    self.start_process(file, std::slice::from_ref(trust)).await.map_err(failed)?;
                (own.base.clone(), Some(own), template::trust_id(0))
            };
            let variables = serde_json::json!({ "trust": { "id": id } });
            let path = render::render("the path of `[present]`", &file.present.path(), &variables)
                .map_err(|error| failed(error.into()))?;
            return Ok(Configured { url: format!("{base}{path}"), _own: own, release: false });
        }
        let base = self.base().await;
        let path = driver::configure(&self.http, &base, trust).await?;
        Ok(Configured { url: format!("{base}{path}"), _own: None, release: true })
    }

    /// Tells a driver that a verifier is no longer needed.
    pub async fn release(&self, configured: Configured) {
        if configured.release {
            driver::release(&self.http, &configured.url).await;
        }
    }

    /// Presents a token: in a request, or on a connection of its own.
    pub async fn send(&self, request: &PreparedRequest) -> Observation {
        match &request.messages {
            None => self.http.send(request).await,
            Some(messages) => socket::exchange(request, messages, self.http.timeout()).await,
        }
    }

    /// Opens a connection for several tokens.
    ///
    /// # Errors
    ///
    /// What came back instead.
    pub(crate) async fn open(&self, request: &PreparedRequest) -> Result<Session, Observation> {
        match &request.messages {
            Some(messages) => Session::open(request, messages, self.http.timeout()).await,
            None => Err(Observation::Fault(Unsent::NoSocket.into())),
        }
    }

    /// Starts it again if it died. Says how it ended.
    pub async fn revive(&self) -> Result<Option<String>, TargetError> {
        let _one = self.restart.lock().await;
        let ended = match &*self.instance.read().await {
            Some(Instance { started: Some(started), .. }) => started.ended().await,
            _ => None,
        };
        if ended.is_some() {
            let instance = self.launch().await?;
            *self.instance.write().await = Some(instance);
        }
        Ok(ended)
    }

    /// Ends it, though it runs, and starts it again. Returns false if it was started elsewhere, or if
    /// each trust has a process of its own.
    ///
    /// # Errors
    ///
    /// If it cannot be started; it has ended all the same.
    pub(crate) async fn restart(&self) -> Result<bool, TargetError> {
        let _one = self.restart.lock().await;
        let mut instance = self.instance.write().await;
        if !matches!(&*instance, Some(Instance { started: Some(_), .. })) {
            return Ok(false);
        }
        // The old one must be gone first: it may hold what the new one needs.
        *instance = None;
        *instance = Some(self.launch().await?);
        Ok(true)
    }

    async fn base(&self) -> String {
        self.instance
            .read()
            .await
            .as_ref()
            .map(|instance| instance.base.clone())
            .unwrap_or_default()
    }

    async fn launch(&self) -> Result<Instance, TargetError> {
        match &self.target {
            Target::File(file) => self.start_process(file, &self.trusts).await,
            Target::Url(url) => Ok(Instance::at(url)),
            Target::Loopback(pinned) => Ok(Instance::at(pinned.url())),
            Target::Rust(driver) => {
                let address = ([127, 0, 0, 1], 0).into();
                let served = serve_on(address, Arc::clone(driver))
                    .await
                    .map_err(system_error("serve the verifier on a loopback port"))?;
                Ok(Instance { base: served.url(), _served: Some(served), ..Instance::default() })
            }
        }
    }

    /// Starts a process of a target file for these trusts.
    async fn start_process(
        &self,
        file: &TargetFile,
        trusts: &[Trust],
    ) -> Result<Instance, TargetError> {
        let started = Started::start(file, trusts, &self.ca_file, &self.http).await?;
        let base = started.base().to_owned();
        Ok(Instance { base, started: Some(started), ..Instance::default() })
    }
}
