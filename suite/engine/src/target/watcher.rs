//! A process that ends a target if this one is killed: SIGKILL gives it no time to do so itself.

use std::process::Stdio;

use nix::unistd::Pid;
use tokio::process::{Child, Command};

/// Waits for the end of its standard input, which comes when the process at the other end is gone,
/// and ends the group that it is in. Signals to the group other than SIGKILL do not end it.
const SCRIPT: &str = "trap '' HUP INT TERM; read _; kill -9 0";

/// Starts a watcher in a group. It ends with the group; nothing if there is no `sh`, or if the
/// group is gone already.
pub(super) fn watch(group: Pid) -> Option<Child> {
    Command::new("sh")
        .args(["-c", SCRIPT])
        .process_group(group.as_raw())
        // This is the pipe that is closed when this process ends, in whatever way.
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .ok()
}
