//! Processes that a target started and that left its group, by `setsid` for instance. Their
//! environment names the target; on Linux, `/proc` shows it.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The variable that names the target, and all processes that descend from it inherit.
const VARIABLE: &str = "JWTSPEC_GROUP";

/// The groups that were started so far.
static STARTED: AtomicUsize = AtomicUsize::new(0);
/// The groups that have not ended.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

/// A name for the processes of one target, which tells them from those of all others.
#[derive(Debug)]
pub(super) struct Mark(String);

impl Mark {
    /// A name that no other group has.
    pub(super) fn new() -> Self {
        ALIVE.fetch_add(1, Ordering::SeqCst);
        let number = STARTED.fetch_add(1, Ordering::SeqCst);
        Self(format!("{}-{number}", std::process::id()))
    }

    /// The variable that names the group, and its value.
    pub(super) fn variable(&self) -> (&'static str, &str) {
        (VARIABLE, &self.0)
    }

    /// Ends what is left of the group, once the group itself was killed.
    pub(super) fn end(&self) {
        let is_last = ALIVE.load(Ordering::SeqCst) == 1;
        linux::end(&format!("{VARIABLE}={}", self.0), is_last);
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Makes this process the parent of processes whose parents end, on Linux: so it finds also those
/// that a target started with an environment of their own. For programs whose children are
/// targets.
pub fn adopt_orphans() {
    linux::adopt();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    use nix::sys::prctl::{get_child_subreaper, set_child_subreaper};
    use nix::sys::signal::{Signal, kill};
    use nix::sys::wait::{WaitPidFlag, waitpid};
    use nix::unistd::{Pid, getsid};

    /// Passes over the processes: one may have started another while they were looked at.
    const PASSES: usize = 8;

    pub(super) fn adopt() {
        // Where the kernel refuses, orphans are found by their environment only.
        let _ = set_child_subreaper(true);
    }

    /// Ends the processes with a variable in their environment and, with the last target, those
    /// that were adopted.
    pub(super) fn end(variable: &str, is_last: bool) {
        let adopts = is_last && get_child_subreaper().unwrap_or(false);
        for _ in 0..PASSES {
            let left: Vec<Pid> = processes()
                .filter(|pid| {
                    !is_dead(*pid) && (is_marked(*pid, variable) || adopts && is_adopted(*pid))
                })
                .collect();
            if left.is_empty() {
                return;
            }
            for pid in left {
                // Nothing is left to do about one that is gone already.
                let _ = kill(pid, Signal::SIGKILL);
                if is_adopted(pid) {
                    let _ = waitpid(pid, Some(WaitPidFlag::WNOHANG));
                }
            }
        }
    }

    fn processes() -> impl Iterator<Item = Pid> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let own = Pid::this();
        entries
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .map(Pid::from_raw)
            .filter(move |pid| *pid != own)
    }

    /// Returns true if the environment that a process was started with has a variable.
    fn is_marked(pid: Pid, variable: &str) -> bool {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == variable.as_bytes())
    }

    /// The fields of `/proc/PID/stat` behind the name of the program, which may hold anything.
    fn state(pid: Pid) -> Option<(char, i32)> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
    }

    fn is_dead(pid: Pid) -> bool {
        state(pid).is_none_or(|(state, _)| matches!(state, 'Z' | 'X'))
    }

    /// Returns true for a child of this process that is in a session of its own: this process
    /// starts none that way.
    fn is_adopted(pid: Pid) -> bool {
        let is_child = state(pid).is_some_and(|(_, parent)| parent == Pid::this().as_raw());
        is_child && getsid(Some(pid)).ok() != getsid(None).ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod linux {
    pub(super) fn adopt() {}

    pub(super) fn end(_variable: &str, _is_last: bool) {}
}
