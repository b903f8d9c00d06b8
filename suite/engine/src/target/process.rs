//! Starting a target, and ending it on every way out.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::Instant;

use super::fault::ConnectionFault;
use super::orphans::Mark;
use super::watcher::watch;
use jwtspec_types::text::bounded;

/// The number of lines of a target's output that are kept.
const LOG_LINES: usize = 200;
/// The number of bytes of each that are kept.
const LINE_BYTES: usize = 2000;
/// The number of them that are shown.
const SHOWN_LINES: usize = 20;
/// The number of bytes of each that are shown.
const SHOWN_LINE_BYTES: usize = 300;
/// The number of bytes that are shown of all.
const SHOWN_BYTES: usize = 4000;
/// The time in which a process that stopped listening is gone, unless it hangs.
const ENDS_WITHIN: Duration = Duration::from_secs(2);
/// The number of connections in a row that show that it has not ended.
const LISTENS: u32 = 5;

/// A target that could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The program cannot be run.
    #[error("failed to start `{program}`: {error}\nis it installed? see the README of the target")]
    NotStarted {
        /// The program.
        program: String,
        /// The error of the system.
        error: io::Error,
    },
    /// It ended before it was ready.
    #[error("the target ended before it was ready ({status}){log}")]
    Ended {
        /// The exit status.
        status: String,
        /// The tail of its output.
        log: Log,
    },
    /// It took too long.
    #[error(
        "the target was not ready within {seconds} s: {last}{log}\nsee `start.ready` and `start.timeout` in the target file"
    )]
    NotReady {
        /// The time that it was given.
        seconds: f64,
        /// The last look at it.
        last: Unready,
        /// The tail of its output.
        log: Log,
    },
}

/// The reason why a process that runs is not ready.
#[derive(Debug, thiserror::Error)]
pub enum Unready {
    /// Its port takes no connection.
    #[error("its port takes no connection")]
    Closed,
    /// It answers with a server error.
    #[error("it answers `GET {path}` with status {status}")]
    Failing {
        /// The path of the request.
        path: String,
        /// The status.
        status: u16,
    },
    /// It does not answer, or not so that it can be read.
    #[error("`GET {path}`: {fault}")]
    NoAnswer {
        /// The path of the request.
        path: String,
        /// The fault of the connection.
        fault: ConnectionFault,
    },
}

/// The last lines that a target printed.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<VecDeque<String>>>);

impl Log {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LOG_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// Returns true if some line holds a text, whatever its letter case.
    pub(super) fn mentions(&self, text: &str) -> bool {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().any(|line| line.to_lowercase().contains(text))
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.is_empty() {
            return f.write_str("; it printed nothing");
        }
        f.write_str("; the end of what it printed:")?;
        let mut room = SHOWN_BYTES;
        let fits = |line: &Cow<'_, str>| {
            let enough = room.checked_sub(line.len());
            room = enough.unwrap_or_default();
            enough.is_some()
        };
        let latest = lines.iter().rev().take(SHOWN_LINES);
        let latest = latest.map(|line| bounded(line, SHOWN_LINE_BYTES)).take_while(fits);
        for line in latest.collect::<Vec<_>>().iter().rev() {
            write!(f, "\n  | {line}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A running target. Its whole process group ends when this is dropped.
///
/// Its standard input stays open for as long as we live: a driver ends when it is closed. One that
/// does not heed it is ended by the watcher of its group if we are killed.
pub(super) struct Process {
    // Dropped first: its number may be another's once the child is reaped.
    _group: ProcessGroup,
    child: Child,
    log: Log,
    _stdin: Option<ChildStdin>,
}

impl Process {
    pub(super) fn start(
        command: &[String],
        folder: &Path,
        environment: &[(String, String)],
    ) -> Result<Self, ProcessError> {
        let program = command.first().cloned().unwrap_or_default();
        // A path is meant from the folder of the target file; a bare name is looked up.
        let path = if program.contains('/') { folder.join(&program) } else { (&program).into() };
        let mut started = Command::new(path);
        let started = started
            .args(command.iter().skip(1))
            .current_dir(folder)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped());
        let (mut child, group) = ProcessGroup::spawn(started)
            .map_err(|error| ProcessError::NotStarted { program, error })?;
        let log = Log::default();
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(keep(stdout, log.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(keep(stderr, log.clone()));
        }
        let stdin = child.stdin.take();
        Ok(Self { child, _group: group, log, _stdin: stdin })
    }

    /// Waits until `ready` finds nothing that is missing, the process ends, or the time is up.
    pub(super) async fn wait_ready<F>(
        &mut self,
        timeout: Duration,
        mut ready: impl FnMut() -> F,
    ) -> Result<(), ProcessError>
    where
        F: Future<Output = Result<(), Unready>>,
    {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(status) = self.ended() {
                // Let the readers of its output come to the end.
                tokio::time::sleep(Duration::from_millis(50)).await;
                return Err(ProcessError::Ended { status, log: self.log.clone() });
            }
            let Err(last) = ready().await else { return Ok(()) };
            if Instant::now() >= deadline {
                let seconds = timeout.as_secs_f64();
                return Err(ProcessError::NotReady { seconds, last, log: self.log.clone() });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The exit status, if it ended.
    pub(super) fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| status.to_string())
    }

    /// The exit status, if it ended. One that no longer listens is given a moment to come to its
    /// end, for a connection breaks before its process is gone; and one that is being killed may
    /// still listen for a moment, so it must do so for a while.
    pub(super) async fn ended_or_listening(&mut self, port: u16) -> Option<String> {
        let deadline = Instant::now() + ENDS_WITHIN;
        let mut listened = 0;
        loop {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            listened = if takes_connections(port).await { listened + 1 } else { 0 };
            if listened == LISTENS || Instant::now() >= deadline {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The lines that it printed.
    pub(super) fn log(&self) -> &Log {
        &self.log
    }
}

/// The group of a process and of all that it starts, which end when this is dropped: also what left
/// the group, as far as the system shows it. If this process is killed, the group ends too.
pub struct ProcessGroup {
    group: Option<Pid>,
    mark: Mark,
    _watcher: Option<Child>,
}

impl ProcessGroup {
    /// Starts a process in a group of its own, with pipes for its output.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn spawn(command: &mut Command) -> io::Result<(Child, Self)> {
        let mark = Mark::new();
        let (name, value) = mark.variable();
        let command = command.env(name, value).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        Ok((child, Self { group, mark, _watcher: group.and_then(watch) }))
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // Nothing is left to do about a group that is gone already.
            let _ = killpg(group, Signal::SIGKILL);
        }
        self.mark.end();
    }
}

/// Reads lines to the end of the stream, and keeps of each no more than its first bytes.
async fn keep(stream: impl AsyncRead + Unpin, log: Log) {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while let Ok(read) = reader.fill_buf().await
        && !read.is_empty()
    {
        let end = read.iter().position(|byte| *byte == b'\n');
        let part = &read[..end.unwrap_or(read.len())];
        line.extend_from_slice(&part[..part.len().min(LINE_BYTES - line.len())]);
        let used = end.map_or(read.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            log.push(String::from_utf8_lossy(&line).trim_end().to_owned());
            line.clear();
        }
    }
    if !line.is_empty() {
        log.push(String::from_utf8_lossy(&line).into_owned());
    }
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> io::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Returns true if a port takes connections.
pub(super) async fn takes_connections(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).await.is_ok()
}
