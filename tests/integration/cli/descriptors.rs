//! Few file descriptors: a run fits into what there is, or says that it does not.

use super::*;

/// Runs the command where this is the hard limit.
fn limited(limit: u32, arguments: &str) -> Output {
    let place = Endpoint::new();
    let script = format!("ulimit -n {limit}; exec \"$0\" {arguments}");
    Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_jwtspec")])
        .current_dir(place.folder.path())
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

/// The number that a command says it needs, where this is the limit.
fn needed(limit: u32, arguments: &str) -> u32 {
    let output = limited(limit, arguments);
    assert_eq!((status(&output), stdout(&output)), (Some(3), String::new()), "{arguments}");
    let said = stderr(&output);
    let told = format!("the limit of open files is {limit}; jwtspec needs at least ");
    let (_, behind) = said.split_once(&told).unwrap_or_else(|| panic!("{arguments}: {said}"));
    assert!(behind.contains("raise the hard limit"), "{arguments}: {said}");
    behind.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn a_run_fits_into_few_file_descriptors() {
    // Dozens of these scenarios have an issuer with a port of its own; one presents fifty tokens at
    // once.
    let filters = "--filter 'tls/*' --filter 'outage/*'";
    let least = needed(12, "run");
    for (limit, filters) in [(least, filters), (96, filters), (256, "--filter '*/*fifty*'")] {
        let output = limited(limit, &format!("run --https {filters}"));
        assert_eq!(status(&output), Some(0), "{limit}: {}{}", stdout(&output), stderr(&output));
    }
}

#[test]
fn too_few_file_descriptors_are_named_before_anything_is_started() {
    let commands =
        ["run --max-wait 1s", "probe", "property", "fuzz", "snapshot", "power", "replay few.toml"];
    for command in commands {
        for limit in [12, 17, 20, 24, 31] {
            // More than that where this process left descriptors open to its children.
            assert!(needed(limit, command) >= 32);
        }
    }
    // What opens no connection needs none.
    assert_eq!(status(&limited(12, "list")), Some(0));
}
