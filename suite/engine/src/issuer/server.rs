//! Many issuers on one loopback server, told apart by path, and some on listeners of their own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio_rustls::TlsAcceptor;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use super::clerk::{Clerk, Mark};
use super::desks::{Desk, Desks, Door};
use super::documents::Documents;
use super::endpoint::{Certificate, Endpoint, EndpointSpec};
use super::error::StartError;
use super::front::Front;
use super::gate::{Gate, Port};
use super::ledger::LedgerEntry;
use super::tls::{Authority, described};

/// Serves issuers at `/issuer/N` below one origin, and below others what an HTTP library cannot
/// serve there. Dropping it ends all of them.
pub struct IssuerServer {
    server: MockServer,
    desks: Arc<Desks>,
    next: AtomicUsize,
    authority: Authority,
    /// The listeners that issuers with such a certificate, or none, share; made when needed.
    fronts: Mutex<HashMap<Option<Certificate>, Gate>>,
    mark: Mark,
    /// Where the listeners live.
    runtime: Handle,
}

impl IssuerServer {
    /// Starts on a free port of the loopback interface.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub async fn start() -> Result<Self, StartError> {
        Self::start_on(0).await
    }

    /// Starts on this port of the loopback interface; 0 lets the system choose.
    ///
    /// # Errors
    ///
    /// If the port is taken.
    pub async fn start_on(port: u16) -> Result<Self, StartError> {
        let address = format!("127.0.0.1:{port}");
        let listener = std::net::TcpListener::bind(&address)
            .map_err(|error| StartError::Listen { address, error })?;
        let authority = Authority::new()?;
        // The ledger is ours; wiremock's own record would only grow.
        let server =
            MockServer::builder().listener(listener).disable_request_recording().start().await;
        let desks = Arc::new(Desks::default());
        let mark = Mark::new();
        let clerk = Clerk { desks: Arc::clone(&desks), mark: mark.clone() };
        Mock::given(any()).respond_with(clerk).mount(&server).await;
        Ok(Self {
            server,
            desks,
            next: AtomicUsize::new(0),
            authority,
            fronts: Mutex::default(),
            mark,
            runtime: Handle::current(),
        })
    }

    /// The origin of issuers that need nothing special, such as `http://127.0.0.1:40123`.
    pub fn origin(&self) -> String {
        self.server.uri()
    }

    /// The certificate of the authority that stands behind [`Certificate::Valid`], as PEM.
    pub fn ca_pem(&self) -> &str {
        self.authority.pem()
    }

    /// A file with [`Self::ca_pem`]. It goes away with the server.
    pub fn ca_file(&self) -> &Path {
        self.authority.file()
    }

    /// Takes a place where an issuer can be opened.
    ///
    /// # Errors
    ///
    /// If it needs a port or a certificate, and there is none.
    pub fn place(&self, endpoint_spec: EndpointSpec) -> Result<Endpoint, StartError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let door = Door::on(endpoint_spec, number);
        let mut desk = Desk { door, port: None, documents: None, ledger: Vec::new(), tls: None };
        let address = match door {
            Door::Plain => *self.server.address(),
            Door::Shared(certificate) => self.shared(certificate)?,
            Door::Own(_) => {
                let held = |error| StartError::Hold { number, error };
                let port = Port::hold().map_err(held)?;
                let address = port.address().map_err(held)?;
                desk.tls = self.acceptor(endpoint_spec.certificate)?;
                desk.port = Some(port);
                address
            }
        };
        self.desks.lock().insert(number, desk);
        let scheme = if endpoint_spec.certificate.is_some() { "https" } else { "http" };
        Ok(Endpoint { origin: format!("{scheme}://{address}"), number })
    }

    /// The address of the listener for all issuers with this certificate, or none.
    fn shared(&self, certificate: Option<Certificate>) -> Result<SocketAddr, StartError> {
        let mut fronts = self.fronts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = fronts.get(&certificate) {
            return Ok(gate.address());
        }
        let front = self.front(Door::Shared(certificate), self.acceptor(certificate)?);
        let _runtime = self.runtime.enter();
        let gate = Gate::anywhere(move |stream| front.clone().visit(stream)).map_err(|error| {
            StartError::Front {
                issuers: certificate.map_or("issuers on a raw socket", described),
                error,
            }
        })?;
        let address = gate.address();
        fronts.insert(certificate, gate);
        Ok(address)
    }

    fn acceptor(&self, kind: Option<Certificate>) -> Result<Option<TlsAcceptor>, StartError> {
        match kind {
            None | Some(Certificate::Absent) => Ok(None),
            Some(kind) => self.authority.acceptor(kind).map(Some),
        }
    }

    fn front(&self, door: Door, tls: Option<TlsAcceptor>) -> Front {
        Front {
            door,
            tls,
            desks: Arc::clone(&self.desks),
            behind: *self.server.address(),
            mark: self.mark.clone(),
        }
    }

    /// Opens an issuer, or changes what an open one serves; its ledger goes on. An issuer with a
    /// port of its own accepts connections from when this returns, or refuses them if it is down.
    ///
    /// # Errors
    ///
    /// If it has no place, or one whose ground does not allow what it is to do, or if the system
    /// does not let it listen on its port.
    pub fn open(&self, number: usize, documents: Documents) -> Result<(), StartError> {
        let mut desks = self.desks.lock();
        let desk = desks.get_mut(&number).ok_or(StartError::NoPlace(number))?;
        let wrong = |wanted, needed| Err(StartError::WrongGround { number, wanted, needed });
        if documents.down && desk.port.is_none() {
            return wrong("being down", "a port of its own");
        }
        let faulty = documents.discovery.wire.is_some() || documents.jwks.wire.is_some();
        if faulty && desk.door == Door::Plain {
            return wrong("a fault on the wire", "a raw socket");
        }
        if let Some(port) = &mut desk.port {
            if documents.down {
                port.close();
            } else {
                let front = self.front(desk.door, desk.tls.clone());
                let _runtime = self.runtime.enter();
                port.open(move |stream| front.clone().visit(stream))
                    .map_err(|error| StartError::Up { number, error })?;
            }
        }
        desk.documents = Some(documents);
        Ok(())
    }

    /// Closes an issuer; what asks for it gets 404, or nothing listens on its port any more. Its
    /// place stays its own: it can be opened again, with an empty ledger.
    pub fn close(&self, number: usize) {
        if let Some(desk) = self.desks.lock().get_mut(&number) {
            desk.documents = None;
            desk.ledger.clear();
            if let Some(port) = &mut desk.port {
                port.close();
            }
        }
    }

    /// What this issuer was asked since it was opened.
    pub fn ledger(&self, number: usize) -> Vec<LedgerEntry> {
        self.desks.lock().get(&number).map(|desk| desk.ledger.clone()).unwrap_or_default()
    }

    /// How often this issuer was asked for its key set, its discovery document and anything else
    /// since it was opened.
    pub fn asked(&self, number: usize) -> [usize; 3] {
        let mut asked = [0; 3];
        for entry in self.desks.lock().get(&number).iter().flat_map(|desk| &desk.ledger) {
            asked[entry.resource as usize] += 1;
        }
        asked
    }
}

impl Drop for IssuerServer {
    fn drop(&mut self) {
        // The listeners on own ports know the desks that own them: someone has to let go.
        self.desks.lock().clear();
    }
}
