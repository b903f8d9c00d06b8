//! Many issuers on one loopback server, told apart by path, and some on listeners of their own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;

use super::connection::ConnectionHandler;
use super::documents::Documents;
use super::endpoint::{Certificate, Endpoint, EndpointSpec};
use super::error::StartError;
use super::ledger::LedgerEntry;
use super::listener::{Listener, Port};
use super::registry::{HostedIssuer, ListenerId, Registry};
use super::tls::{Authority, TlsAcceptor};

/// Serves issuers at `/issuer/N` below one origin, and below others those that need a certificate or
/// a port of their own. Dropping it ends all of them.
pub struct IssuerServer {
    /// The listener for plain HTTP.
    plain: Listener,
    registry: Arc<Registry>,
    next: AtomicUsize,
    authority: Authority,
    /// The listeners that issuers with this certificate, or none, share; made when needed.
    listeners: Mutex<HashMap<Option<Certificate>, Listener>>,
    /// The runtime of the listeners.
    runtime: Handle,
}

impl IssuerServer {
    /// Starts on a free port of the loopback interface.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn start() -> Result<Self, StartError> {
        Self::start_on(0)
    }

    /// Starts on this port of the loopback interface; 0 lets the system choose.
    ///
    /// # Errors
    ///
    /// If the port is taken.
    pub fn start_on(port: u16) -> Result<Self, StartError> {
        let authority = Authority::new()?;
        let registry = Arc::new(Registry::default());
        let handler = ConnectionHandler {
            listener: ListenerId::Plain,
            tls: None,
            registry: Arc::clone(&registry),
        };
        let plain = Listener::on_port(port, handler.into_handle())
            .map_err(|error| StartError::Listen { address: format!("127.0.0.1:{port}"), error })?;
        Ok(Self {
            plain,
            registry,
            next: AtomicUsize::new(0),
            authority,
            listeners: Mutex::default(),
            runtime: Handle::current(),
        })
    }

    /// The origin of issuers that need nothing special, such as `http://127.0.0.1:40123`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.plain.address())
    }

    /// The certificate of the authority behind [`Certificate::Valid`], as PEM; an empty text without
    /// the feature `https`.
    pub fn ca_pem(&self) -> &str {
        self.authority.pem()
    }

    /// A file with [`Self::ca_pem`], which goes away with the server; an empty path without the
    /// feature `https`.
    pub fn ca_file(&self) -> &Path {
        self.authority.file()
    }

    /// Reserves an endpoint where an issuer can be opened.
    ///
    /// # Errors
    ///
    /// If it needs a port or a certificate, and there is none.
    pub fn reserve(&self, spec: EndpointSpec) -> Result<Endpoint, StartError> {
        self.reserve_as(self.take_numbers(1), spec)
    }

    /// Takes this many numbers in a row for [`IssuerServer::reserve_as`], and returns the first.
    pub fn take_numbers(&self, count: usize) -> usize {
        self.next.fetch_add(count, Ordering::Relaxed)
    }

    /// Reserves an endpoint for the issuer with this number, which must have been taken.
    ///
    /// # Errors
    ///
    /// If it needs a port or a certificate, and there is none.
    pub fn reserve_as(&self, number: usize, spec: EndpointSpec) -> Result<Endpoint, StartError> {
        let listener = ListenerId::of_endpoint(spec, number);
        let (mut port, mut tls) = (None, None);
        let address = match listener {
            ListenerId::Plain => self.plain.address(),
            ListenerId::Shared(certificate) => self.shared_listener(certificate)?,
            ListenerId::Own(_) => {
                let not_held = |error| StartError::Hold { number, error };
                let own = port.insert(Port::reserve().map_err(not_held)?);
                tls = self.acceptor(spec.certificate)?;
                own.address().map_err(not_held)?
            }
        };
        let issuer = HostedIssuer { listener, port, tls, documents: None, ledger: Vec::new() };
        self.registry.lock().insert(number, issuer);
        let scheme = if spec.certificate.is_some() { "https" } else { "http" };
        Ok(Endpoint { origin: format!("{scheme}://{address}"), number })
    }

    /// The address of the listener for all issuers with this certificate, or none.
    fn shared_listener(&self, certificate: Option<Certificate>) -> Result<SocketAddr, StartError> {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listener) = listeners.get(&certificate) {
            return Ok(listener.address());
        }
        let tls = self.acceptor(certificate)?;
        let handler = self.handler(ListenerId::Shared(certificate), tls);
        let _runtime = self.runtime.enter();
        let listener = Listener::on_port(0, handler.into_handle()).map_err(|error| {
            let issuers = certificate.map_or("issuers on a raw socket", Certificate::subject);
            StartError::Shared { issuers, error }
        })?;
        Ok(listeners.entry(certificate).or_insert(listener).address())
    }

    fn acceptor(&self, kind: Option<Certificate>) -> Result<Option<TlsAcceptor>, StartError> {
        match kind {
            None | Some(Certificate::Absent) => Ok(None),
            Some(kind) => self.authority.acceptor(kind).map(Some),
        }
    }

    fn handler(&self, listener: ListenerId, tls: Option<TlsAcceptor>) -> ConnectionHandler {
        ConnectionHandler { listener, tls, registry: Arc::clone(&self.registry) }
    }

    /// Opens an issuer, or changes what an open one serves; its ledger goes on. An issuer with a
    /// port of its own accepts connections from when this returns, or refuses them if it is down.
    ///
    /// # Errors
    ///
    /// If its endpoint was not reserved, or does not allow what the issuer is to do, or if the
    /// system does not let it listen on its port.
    pub fn open(&self, number: usize, documents: Documents) -> Result<(), StartError> {
        let mut issuers = self.registry.lock();
        let issuer = issuers.get_mut(&number).ok_or(StartError::NotReserved(number))?;
        let wrong = |wanted, needed| Err(StartError::WrongEndpoint { number, wanted, needed });
        if documents.down && issuer.port.is_none() {
            return wrong("being down", "a port of its own");
        }
        let faulty = documents.discovery.wire.is_some() || documents.jwks.wire.is_some();
        if faulty && issuer.listener == ListenerId::Plain {
            return wrong("a fault on the wire", "a raw socket");
        }
        if let Some(port) = &mut issuer.port {
            if documents.down {
                port.close();
            } else {
                let handler = self.handler(issuer.listener, issuer.tls.clone());
                let _runtime = self.runtime.enter();
                port.open(handler.into_handle())
                    .map_err(|error| StartError::Own { number, error })?;
            }
        }
        issuer.documents = Some(documents);
        Ok(())
    }

    /// Closes an issuer; requests for it get 404, or nothing listens on its port any more. Its
    /// endpoint stays reserved: it can be opened again, with an empty ledger.
    pub fn close(&self, number: usize) {
        if let Some(issuer) = self.registry.lock().get_mut(&number) {
            issuer.documents = None;
            issuer.ledger.clear();
            if let Some(port) = &mut issuer.port {
                port.close();
            }
        }
    }

    /// Closes an issuer and gives up its endpoint: nothing keeps its port any more.
    pub fn release(&self, number: usize) {
        // Its listener is closed when the registry is free again.
        let released = self.registry.lock().remove(&number);
        drop(released);
    }

    /// Every request that this issuer received since it was opened.
    pub fn ledger(&self, number: usize) -> Vec<LedgerEntry> {
        self.registry.lock().get(&number).map(|issuer| issuer.ledger.clone()).unwrap_or_default()
    }

    /// The connections to issuers that the system did not let this process accept so far, and why it
    /// refused the last one.
    pub(crate) fn refusals(&self) -> (usize, String) {
        self.registry.refusals()
    }

    /// The numbers of requests for this issuer's key set, its discovery document and anything else
    /// since it was opened.
    pub fn request_counts(&self, number: usize) -> [usize; 3] {
        let mut counts = [0; 3];
        for entry in self.registry.lock().get(&number).iter().flat_map(|issuer| &issuer.ledger) {
            counts[entry.resource as usize] += 1;
        }
        counts
    }
}

impl Drop for IssuerServer {
    fn drop(&mut self) {
        // The listeners on own ports refer to the registry that owns them: a cycle.
        self.registry.lock().clear();
    }
}
