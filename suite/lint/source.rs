//! Where tokens come from: the user's own words, command or token endpoint.

use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use reqwest::Url;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::exchange::{Answer, Asker};
use crate::reference::parts::{Duplicates, object, quoted};

/// What tells a token command whether a new token is wanted: `1` or `0`.
pub const FORCE: &str = "JWTSPEC_FORCE_REFRESH";

/// Octets of a command's output that are read.
const LARGEST: u64 = 1 << 20;
/// Lines of its complaints that are shown.
const LINES: usize = 5;

/// Where tokens come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// This is one.
    Given(String),
    /// This command prints one; `sh` runs it.
    Command(String),
    /// This endpoint answers one to this form (RFC 6749 section 4).
    Endpoint {
        /// Where.
        url: Url,
        /// The fields of the form.
        form: Vec<(String, String)>,
    },
}

/// Runs a token command.
pub(super) async fn run(command: &str, force: bool, patience: Duration) -> Result<String, String> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .env(FORCE, if force { "1" } else { "0" })
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own, so that what the shell starts ends with it.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("`sh` could not be started: {error}"))?;
    let group = Group(child.id());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let work = async {
        let (said, complained) = tokio::join!(all(out), all(err));
        (child.wait().await, said, complained)
    };
    let Ok((status, said, complained)) = tokio::time::timeout(patience, work).await else {
        return Err(format!("the command took more than {} s", patience.as_secs_f64()));
    };
    drop(group);
    let status = status.map_err(|error| format!("the command was lost: {error}"))?;
    if !status.success() {
        return Err(format!("the command failed ({status}){}", tail(&complained)));
    }
    match said.trim() {
        "" => Err(format!("the command printed nothing{}", tail(&complained))),
        token => Ok(token.to_owned()),
    }
}

/// A group of processes that ends on every way out.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0.and_then(|id| i32::try_from(id).ok()) {
            // It is usually over by now.
            let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

async fn all(pipe: Option<impl tokio::io::AsyncRead + Unpin>) -> String {
    let mut octets = Vec::new();
    if let Some(pipe) = pipe {
        // What came until it broke is all there is.
        let _ = pipe.take(LARGEST).read_to_end(&mut octets).await;
    }
    String::from_utf8_lossy(&octets).into_owned()
}

/// The last lines of what a command complained of.
fn tail(complained: &str) -> String {
    let lines: Vec<&str> = complained.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(LINES)..];
    match last {
        [] => ", and complained of nothing".to_owned(),
        lines => {
            let shown: Vec<String> = lines.iter().map(|line| quoted(line)).collect();
            format!(": {}", shown.join(" "))
        }
    }
}

/// Asks a token endpoint; the answer is for judging how it was served.
pub(super) async fn ask(
    asker: &Asker,
    url: &Url,
    form: &[(String, String)],
) -> Result<(String, Answer), String> {
    let answer = asker.post(url, form).await?;
    let members = object(&answer.body, Duplicates::TakeLast);
    if answer.status != 200 {
        let said = members.ok().and_then(|it| Some(quoted(it.get("error")?.as_str()?)));
        let said = said.map(|error| format!(", error {error}")).unwrap_or_default();
        return Err(format!("the token endpoint answered with status {}{said}", answer.status));
    }
    let members = members.map_err(|fault| format!("the answer of the token endpoint {fault}"))?;
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    // An opaque access token is no JWT; there may be an ID token beside it.
    let jwt = |token: &&str| token.matches('.').count() == 2;
    let token = text("access_token").filter(jwt).or_else(|| text("id_token"));
    match token.or_else(|| text("access_token")) {
        Some(token) => Ok((token.to_owned(), answer)),
        None => Err("the token endpoint answered without `access_token` or `id_token`".to_owned()),
    }
}
