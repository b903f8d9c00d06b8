//! A target that was started as its file says, and that ends with this process.

use std::path::Path;
use std::time::Duration;

use tokio::sync::Mutex;

use super::error::TargetError;
use super::file::{Ready, TargetFile};
use super::http::HttpClient;
use super::process::{Process, Unready, takes_connections};
use super::start::{answers, spawn_process};
use jwtspec_types::trust::Trust;

const READY_WITHIN: Duration = Duration::from_secs(15);
/// A port that was free may be taken by the time the target binds it.
const PORT_ATTEMPTS: u32 = 3;

/// A process that answers.
pub(super) struct Started {
    base: String,
    /// The port that it was told to listen on.
    port: u16,
    process: Mutex<Process>,
    _scratch: tempfile::TempDir,
}

impl Started {
    /// Starts a process for these trusts, and waits until it is ready. `ca_file` holds the authority
    /// behind the certificates of issuers.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or is not ready in time.
    pub(super) async fn start(
        file: &TargetFile,
        trusts: &[Trust],
        ca_file: &Path,
        http: &HttpClient,
    ) -> Result<Self, TargetError> {
        let mut attempt = 1;
        loop {
            let (mut process, port, scratch) = spawn_process(file, trusts, ca_file)?;
            let timeout = file.start.timeout.map_or(READY_WITHIN, |seconds| seconds.0);
            let base = format!("http://127.0.0.1:{port}");
            let ready = file.start.ready.as_ref();
            let outcome = process
                .wait_ready(timeout, || {
                    let base = base.clone();
                    async move {
                        match ready {
                            Some(Ready::Tcp(_)) if takes_connections(port).await => Ok(()),
                            Some(Ready::Tcp(_)) => Err(Unready::Closed),
                            Some(Ready::Http(path)) => answers(http, &base, path).await,
                            None => answers(http, &base, "/").await,
                        }
                    }
                })
                .await;
            match outcome {
                Ok(()) => {
                    let process = Mutex::new(process);
                    return Ok(Self { base, port, process, _scratch: scratch });
                }
                Err(_) if attempt < PORT_ATTEMPTS && process.log().mentions("in use") => {
                    attempt += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The URL at which it answers, without a path.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// The end of the process and of its output, if it ended.
    pub(super) async fn ended(&self) -> Option<String> {
        let mut process = self.process.lock().await;
        let status = process.ended_or_listening(self.port).await;
        status.map(|status| format!("{status}{}", process.log()))
    }
}
