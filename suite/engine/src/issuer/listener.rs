//! Listeners that open and close at once, and ports that are kept while nothing listens.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Enough for every scenario that presents all at once.
const BACKLOG: u32 = 1024;

/// The functions that handle each connection, and each one that the system refused.
pub(super) struct Handle {
    pub(super) connection: Box<dyn Fn(TcpStream) -> BoxFuture<'static, ()> + Send>,
    pub(super) refusal: Box<dyn Fn(&io::Error) + Send>,
}

/// A listener with the connections that came through it. Dropping it closes the listener before
/// it returns, and ends the connections.
pub(super) struct Listener {
    address: SocketAddr,
    listener: Arc<Slot>,
    task: JoinHandle<()>,
}

/// The listener, until it is closed. Shared, because a task that owned it alone would close it
/// only when it is run again.
type Slot = Mutex<Option<TcpListener>>;

impl Listener {
    /// Listens on this loopback port, of which 0 is any free one; must be called on a runtime.
    pub(super) fn on_port(port: u16, handle: Handle) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        // A port that an earlier process had may still have connections that end.
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
        Self::new(socket, handle)
    }

    fn new(socket: TcpSocket, handle: Handle) -> io::Result<Self> {
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let listener = Arc::new(Mutex::new(Some(listener)));
        let task = tokio::spawn(accept(Arc::clone(&listener), handle));
        Ok(Self { address, listener, task })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(listener) = lock(&self.listener).take() {
            close(listener);
        }
    }
}

fn lock(slot: &Slot) -> std::sync::MutexGuard<'_, Option<TcpListener>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A child process that is just being started may still hold a copy of the descriptor, so that
/// closing ours is not enough. The standard library can shut down streams only; it is the same
/// call for the system. Where that does not shut down listeners, closing has to do.
fn close(listener: TcpListener) {
    if let Ok(listener) = listener.into_std() {
        let _ = std::net::TcpStream::from(OwnedFd::from(listener)).shutdown(Shutdown::Both);
    }
}

/// Accepts until the listener is closed. The set owns the connections, so they end together with it.
async fn accept(listener: Arc<Slot>, handle: Handle) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = std::future::poll_fn(|context| match &*lock(&listener) {
            Some(listener) => listener.poll_accept(context).map(Some),
            None => Poll::Ready(None),
        });
        tokio::select! {
            accepted = accepted => match accepted {
                Some(Ok((stream, _))) => {
                    connections.spawn((handle.connection)(stream));
                }
                Some(Err(error)) => {
                    (handle.refusal)(&error);
                    // Out of file descriptors, most likely: busy looping would not free any.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                None => return,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// A port that no other program can take, whether something listens on it or not.
pub(super) struct Port {
    /// Never listens: a bound socket alone makes the system refuse connections to its port and
    /// give the port to no one else.
    holder: TcpSocket,
    listener: Option<Listener>,
}

impl Port {
    pub(super) fn reserve() -> io::Result<Self> {
        Ok(Self { holder: bind((Ipv4Addr::LOCALHOST, 0).into())?, listener: None })
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.holder.local_addr()
    }

    /// From when this returns, connections are accepted; must be called on a runtime.
    pub(super) fn open(&mut self, handle: Handle) -> io::Result<()> {
        if self.listener.is_none() {
            self.listener = Some(Listener::new(bind(self.address()?)?, handle)?);
        }
        Ok(())
    }

    /// From when this returns, connections are refused.
    pub(super) fn close(&mut self) {
        self.listener = None;
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}
