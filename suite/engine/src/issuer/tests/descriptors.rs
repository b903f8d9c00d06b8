//! Connections that come while this process has no file descriptor left.

use std::fs::File;
use std::process::Command;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::net::TcpSocket;

use super::*;

/// Takes every descriptor of its process.
#[tokio::test]
#[ignore = "another test runs it in a process of its own"]
async fn of_a_process_without_descriptors() {
    for spec in [PLAIN, RAW, OWN] {
        let issuer = TestIssuer::on(spec).await;
        issuer.open(|_| {});
        let socket = TcpSocket::new_v4().unwrap();
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, 64.min(hard), hard).unwrap();
        let mut taken = Vec::new();
        while let Ok(file) = File::open("/dev/null") {
            taken.push(file);
        }
        let waiting = socket.connect(issuer.address()).await.unwrap();
        while issuer.server.refusals().0 == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        drop(taken);
        drop(waiting);
        assert!(issuer.answer().await.0.starts_with("HTTP/1.1 200 OK\r\n"));
        assert!(issuer.server.refusals().1.contains("open files"));
    }
}

#[test]
fn are_accepted_later() {
    let name = "issuer::tests::descriptors::of_a_process_without_descriptors";
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--ignored"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
