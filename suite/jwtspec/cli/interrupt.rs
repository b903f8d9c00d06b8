//! The end of a command on request.

/// Returns on Ctrl-C, on a request to terminate, and when the terminal is gone, unless the command
/// was started to outlive it.
pub(super) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};

    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    let hangup = async {
        match ignores_hangup() {
            true => std::future::pending().await,
            false => match signal(SignalKind::hangup()) {
                Ok(mut hangup) => hangup.recv().await,
                Err(_) => std::future::pending().await,
            },
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hangup => {}
    }
}

/// Returns true if the process was started to ignore SIGHUP, as by `nohup`. Only Linux tells.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is signal 1, and the lowest bit.
    ignored.unwrap_or_default() & 1 == 1
}
