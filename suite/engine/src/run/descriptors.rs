//! File descriptors: no more cases are under way than the limit of the process allows.

use std::sync::LazyLock;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::plan::{Case, endpoint_specs};
use crate::scenario::Step;

/// The limit that is asked for: more than all cases need that wait at the same time.
const WANTED: u64 = 4096;
/// The limit where the system does not say it.
const UNKNOWN: u64 = 256;
/// The number without which a run does not get to its end, measured with issuers over HTTPS and on
/// ports of their own, one scenario at a time.
const NEEDED: u64 = 32;
/// Standard input, output and error, and the folder in which open descriptors are counted.
const USUAL: usize = 4;
/// The number that is left for what is open all the time: listeners, idle connections, reports, the
/// process of the target.
const RESERVED: u64 = 64;
/// The number for one request: a connection to the target and one to an issuer, of which this
/// process may have both ends.
const FOR_REQUEST: usize = 4;
/// The number for what else a case may have open: a process of its own, connections that close.
const FOR_CASE: usize = 4;
/// The number for a port that one issuer alone has: its holder and its listener.
const FOR_PORT: usize = 2;

/// The descriptors that cases may take. The limit is that of the process, so all runs in it share
/// them.
static AVAILABLE: LazyLock<(usize, Semaphore)> = LazyLock::new(|| {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(UNKNOWN, |(soft, _)| soft);
    let available = limit.saturating_sub(RESERVED).min(WANTED);
    let available = usize::try_from(available).map_or(0, |count| count.max(FOR_CASE));
    (available, Semaphore::new(available))
});

/// Raises the soft limit of file descriptors, as far as the hard limit allows and a run can use it.
/// For a process of its own, before its first run; the processes that it starts inherit the limit.
pub fn raise_limit() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let wanted = hard.min(WANTED);
        if soft < wanted {
            // Where the system refuses, fewer cases run at the same time.
            let _ = setrlimit(Resource::RLIMIT_NOFILE, wanted, hard);
        }
    }
}

/// The limit of file descriptors is too low for anything that opens connections.
#[derive(Debug, thiserror::Error)]
#[error(
    "the limit of open files is {limit}; jwtspec needs at least {needed}\nraise the hard limit: `ulimit -Hn` as root, `LimitNOFILE=` of a service, `--ulimit nofile=` of a container"
)]
pub struct TooFewDescriptors {
    limit: u64,
    needed: u64,
}

/// Checks the limit of file descriptors, before anything is started.
///
/// # Errors
///
/// If it is so low that connections would fail.
pub fn require_descriptors() -> Result<(), TooFewDescriptors> {
    let Ok((limit, _)) = getrlimit(Resource::RLIMIT_NOFILE) else { return Ok(()) };
    // Where they cannot be counted none is inherited, or so few are left that the limit tells it.
    let open = std::fs::read_dir("/dev/fd").map_or(0, Iterator::count);
    let needed = NEEDED + open.saturating_sub(USUAL) as u64;
    if limit < needed { Err(TooFewDescriptors { limit, needed }) } else { Ok(()) }
}

/// Waits until there are descriptors for a case, and takes them; never refused, for the semaphore is
/// never closed.
pub(super) async fn take_for(case: &Case) -> Option<SemaphorePermit<'static>> {
    let (available, semaphore) = &*AVAILABLE;
    let count = needed(case).min(*available);
    semaphore.acquire_many(u32::try_from(count).ok()?).await.ok()
}

/// The most requests that a case sends at the same time. More than a scenario asks for, but where the
/// limit is low.
pub(super) fn requests_at_once() -> usize {
    let (available, _) = &*AVAILABLE;
    (available.saturating_sub(FOR_CASE) / FOR_REQUEST).max(1)
}

/// The most descriptors that a case has open at the same time.
fn needed(case: &Case) -> usize {
    let at_once = |step: &Step| match step {
        Step::Present(presentation) if presentation.at_once => presentation.times as usize,
        _ => 1,
    };
    let requests = case.scenario.steps.iter().map(at_once).max().unwrap_or(1);
    let ports = endpoint_specs(case).iter().filter(|spec| spec.own_port).count();
    FOR_CASE + FOR_REQUEST * requests + FOR_PORT * ports
}
