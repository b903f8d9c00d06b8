//! A command of the user that prints something: run by `sh`, within bounds of time and size.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

use jwtspec_engine::target::ProcessGroup;

/// The variable that tells a token command whether a new token is wanted: `1` or `0`.
const FORCE: &str = "JWTSPEC_FORCE_REFRESH";
/// Bytes of each output that are read.
const MAX_OUTPUT: u64 = 1 << 20;

/// The output of a command that ended well.
#[derive(Debug)]
pub(crate) struct Printed {
    /// Its standard output, bytes that are not UTF-8 replaced.
    pub(crate) output: String,
    /// Its standard error.
    pub(crate) complaint: String,
}

/// The reason why a command printed nothing that counts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandFault {
    /// There is no shell.
    #[error("`sh` could not be started: {0}")]
    NotStarted(std::io::Error),
    /// It took too long.
    #[error("the command took more than {} s", .0.as_secs_f64())]
    Slow(Duration),
    /// Its status is not known.
    #[error("the command was lost: {0}")]
    Lost(std::io::Error),
    /// It ended with another status than 0.
    #[error("the command failed ({status})")]
    Failed {
        /// Its status.
        status: String,
        /// Its standard error.
        complaint: String,
    },
}

/// Runs a token command, which is told whether a new token is wanted; all that it started ends with
/// it.
pub(crate) async fn run(
    command: &str,
    force: bool,
    patience: Duration,
) -> Result<Printed, CommandFault> {
    let mut shell = Command::new("sh");
    let shell = shell.args(["-c", command]).env(FORCE, if force { "1" } else { "0" });
    // What the shell starts ends with it.
    let (mut child, group) =
        ProcessGroup::spawn(shell.stdin(Stdio::null())).map_err(CommandFault::NotStarted)?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let work = async {
        let (output, complaint) = tokio::join!(read_all(out), read_all(err));
        (child.wait().await, output, complaint)
    };
    let Ok((status, output, complaint)) = tokio::time::timeout(patience, work).await else {
        return Err(CommandFault::Slow(patience));
    };
    drop(group);
    let status = status.map_err(CommandFault::Lost)?;
    if !status.success() {
        return Err(CommandFault::Failed { status: status.to_string(), complaint });
    }
    Ok(Printed { output, complaint })
}

/// The last lines of a text that say something, quoted, behind a colon; nothing if there are none.
pub(crate) fn tail(text: &str, most: usize, quote: impl Fn(&str) -> String) -> Option<String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(most)..].iter().map(|line| quote(line));
    (!lines.is_empty()).then(|| format!(": {}", last.collect::<Vec<_>>().join(" ")))
}

async fn read_all(pipe: Option<impl tokio::io::AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // The output until it broke is all there is.
        let _ = pipe.take(MAX_OUTPUT).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
