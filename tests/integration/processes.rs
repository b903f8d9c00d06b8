//! The processes of a target end with the command, however that ends.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jwtspec_driver::{Description, Driver, Unsupported, Verifier, serve_on};
use jwtspec_reference::Reference;
use jwtspec_types::trust::Trust;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The time for what happens at once, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A target that never listens, and heeds neither signals nor its standard input. It writes the ids
/// of its processes into files.
const STUBBORN: &str = r#"
trap '' HUP INT TERM PIPE
echo $$ > leader.new && mv leader.new leader
sleep 600 & echo $! > child.new && mv child.new child
DETACH
while true; do sleep 1; done
"#;

/// Waits until something is there.
fn wait_for<T>(what: &str, mut get: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = get() {
            return value;
        }
        assert!(Instant::now() < deadline, "{what} takes too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn written_pid(folder: &Path, name: &str) -> Pid {
    wait_for(name, || {
        let text = std::fs::read_to_string(folder.join(name)).ok()?;
        text.trim().parse().ok().map(Pid::from_raw)
    })
}

/// Returns true if a process is gone, or is but waited for.
fn is_gone(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let is_zombie = stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z"));
    is_zombie || kill(pid, None).is_err()
}

/// Runs the command on a target whose script starts a further process in some way.
fn run_stubborn(folder: &Path, detach: &str) -> Child {
    std::fs::write(folder.join("target.sh"), STUBBORN.replace("DETACH", detach)).unwrap();
    let target =
        "name = \"stubborn\"\n[start]\ncommand = [\"sh\", \"./target.sh\"]\ntimeout = \"120s\"\n";
    std::fs::write(folder.join("target.toml"), target).unwrap();
    Command::new(env!("CARGO_BIN_EXE_jwtspec"))
        .args(["run", "--target", "target.toml", "--filter", "audience/missing"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Sends a signal to the command, and waits for the end of the processes of its target.
fn assert_ends(signal: Signal, detach: &str, files: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = run_stubborn(folder.path(), detach);
    let processes: Vec<(&str, Pid)> =
        files.iter().map(|name| (*name, written_pid(folder.path(), name))).collect();
    kill(Pid::from_raw(command.id().try_into().unwrap()), signal).unwrap();
    command.wait().unwrap();
    for (name, pid) in processes {
        wait_for(&format!("the end of {name} after {signal}"), || is_gone(pid).then_some(()));
    }
}

#[test]
fn the_group_of_a_target_ends_with_each_signal() {
    for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
        assert_ends(signal, "", &["leader", "child"]);
    }
}

#[test]
fn the_group_of_a_target_ends_though_the_command_is_killed() {
    assert_ends(Signal::SIGKILL, "", &["leader", "child"]);
}

#[cfg(target_os = "linux")]
#[test]
fn processes_that_left_the_group_are_found() {
    let session =
        "setsid sh -c 'echo $$ > detached.new && mv detached.new detached; exec sleep 600' &";
    assert_ends(Signal::SIGTERM, session, &["leader", "child", "detached"]);
    // Its environment does not say whose it is: it is found by its parent.
    let bare = format!(
        "(setsid env -i PATH=\"$PATH\" {} &)",
        &session["setsid ".len()..session.len() - 2]
    );
    assert_ends(Signal::SIGTERM, &bare, &["leader", "detached"]);
}

/// The reference verifier, for which time must really pass.
struct Clockless(Reference);

impl Driver for Clockless {
    fn describe(&self) -> Description {
        let mut description = self.0.describe();
        description.capabilities.clock = false;
        description
    }

    fn configure(&self, trust: &Trust) -> Result<Arc<dyn Verifier>, Unsupported> {
        self.0.configure(trust)
    }
}

/// One scenario that ends at once, one that waits, and one that is wrong.
const WAITING: &str = r#"
about = "Three."

[at-once]
title  = "a valid token"
covers = ["rfc7519-4.1.3-aud-array"]
steps  = [{ present = {}, expect = "accept" }]

[waits]
title  = "a valid token, later"
covers = ["rfc7519-4.1.3-aud-array"]
steps  = [{ pass = "600s" }, { present = {}, expect = "accept" }]

[wrong]
title  = "a valid token that is not expected"
covers = ["rfc7519-4.1.3-aud-array"]
steps  = [{ present = {}, expect = "reject" }]
"#;

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_started_to_outlive_its_terminal_does() {
    let driver = Arc::new(Clockless(Reference::default()));
    let served = serve_on(([127, 0, 0, 1], 0).into(), driver).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("three.toml"), WAITING.replace("600s", "2s")).unwrap();
    let script = "trap '' HUP; exec \"$0\" \"$@\"";
    let command = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_jwtspec"), "run"])
        .args(["--scenarios", "three.toml", "--target", &served.url(), "--journal", "journal"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for("a result in the journal", || {
        let journal = std::fs::read_to_string(folder.path().join("journal")).ok()?;
        journal.contains("three/at-once").then_some(())
    });
    kill(Pid::from_raw(command.id().try_into().unwrap()), Signal::SIGHUP).unwrap();
    let output = command.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("3 scenarios: 2 pass, 1 fail"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_says_what_is_finished_and_how_to_go_on() {
    let driver = Arc::new(Clockless(Reference::default()));
    let served = serve_on(([127, 0, 0, 1], 0).into(), driver).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("three.toml"), WAITING).unwrap();
    for signal in [Signal::SIGINT, Signal::SIGHUP] {
        let command = Command::new(env!("CARGO_BIN_EXE_jwtspec"))
            .args(["run", "--scenarios", "three.toml", "--target", &served.url()])
            .args(["--max-wait", "11m", "--journal", "journal.jsonl"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for("two results in the journal", || {
            let journal = std::fs::read_to_string(folder.path().join("journal.jsonl")).ok()?;
            (journal.matches(r#""three/at-once""#).count() > 0
                && journal.matches(r#""three/wrong""#).count() > 0)
                .then_some(())
        });
        kill(Pid::from_raw(command.id().try_into().unwrap()), signal).unwrap();
        let output = command.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert!(text.contains("FAIL three/wrong"), "as it comes: {text}");
        assert!(text.contains("2 of 3 scenarios are finished, 1 not as expected"), "{text}");
        assert!(text.contains("--resume") && text.contains("journal.jsonl"), "{text}");
        std::fs::remove_file(folder.path().join("journal.jsonl")).unwrap();
    }
}
