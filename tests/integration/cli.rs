//! The command as a person or a CI script meets it: exit statuses, messages, reports, resuming.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::{assert_conforms, in_repository, snapshot_settings};

mod descriptors;
mod deviations;
mod escapes;
mod messages;
mod no_verdict;
mod probe;
mod profiles;
mod replay;
mod resume;
mod target_files;
mod target_urls;
mod untold;

const SCENARIOS: &str = r#"
about = "A few scenarios."

[array]
title  = "an `aud` array that contains the expected audience"
covers = ["rfc7519-4.1.3-aud-array"]
token  = { claims.aud = ["@audience", "https://other.example"] }
expect = "accept"

[missing]
title  = "no `aud`, though the verifier is configured with an audience"
covers = ["rfc8725-3.9-aud-absent-reject"]
token  = { without = ["aud"] }
expect = { reject = "audience-missing" }

[wrong]
title  = "an expectation that the reference does not meet <&>\u0007"
covers = ["rfc7519-4.1.4-exp-past-reject"]
token  = { claims.exp = "@now+1h" }
expect = { reject = "expired" }
"#;

struct Endpoint {
    folder: tempfile::TempDir,
}

impl Endpoint {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("few.toml"), SCENARIOS).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn jwtspec(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_jwtspec"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .output()
            .unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.jwtspec(&[&["run", "--scenarios", "few.toml"], arguments].concat())
    }
}

fn status(output: &Output) -> Option<i32> {
    output.status.code()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn statuses_say_what_happened() {
    let place = Endpoint::new();
    assert_eq!(status(&place.run(&["--filter", "few/array"])), Some(0));
    assert_eq!(status(&place.run(&[])), Some(1));
    assert_eq!(status(&place.run(&["--filter", "nothing/*"])), Some(2));
    assert_eq!(status(&place.run(&["--shard", "3/2"])), Some(2));
    assert_eq!(status(&place.run(&["--target", "http://127.0.0.1:1"])), Some(3));
    assert_eq!(status(&place.run(&["--target", "http://192.0.2.1"])), Some(2));
    assert_eq!(status(&place.run(&["--target", "not-there.toml"])), Some(2));
    assert_eq!(status(&place.run(&["--report", "jsno"])), Some(2));
}

/// Settings under which what a person sees is the same each time.
fn settings() -> insta::Settings {
    let mut settings = snapshot_settings("cli");
    settings.add_filter(r"/verifiers/\d+", "/verifiers/[n]");
    settings.add_filter(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "[token]");
    settings.add_filter(r"\b1[789]\d{8}\b", "[time]");
    settings.add_filter(r"date: .*", "date: [date]");
    settings.add_filter(r"jwtspec \d+\.\d+\.\d+", "jwtspec [version]");
    settings.add_filter(r"reference \d+\.\d+\.\d+", "reference [version]");
    settings
}

#[test]
fn a_failure_explains_itself() {
    let output = Endpoint::new().run(&["--jobs", "1"]);
    settings().bind(|| insta::assert_snapshot!("failure", stdout(&output)));
}

#[test]
fn every_mistake_in_a_file_is_shown_with_its_place() {
    let place = Endpoint::new();
    place.write(
        "bad.toml",
        r#"about = "Mistakes."

[first]
titel  = "a typo in a key"
covers = ["rfc7519-4.1.3-aud-aray"]
token  = { claims.exp = "@now+60x", signature = "fliip(3)", key = "rs256-z" }
expect = { reject = "expird" }

[Second]
title  = "steps and a token"
covers = []
token  = {}
steps  = [{ present = {} }, { fetched = {} }]

[third]
title = 3
covers = ["rfc7519-4.1.3-aud-array"]
token.claims.at = 2020-01-01
expect = "maybe"
"#,
    );
    let output = place.jwtspec(&["check", "bad.toml"]);
    assert_eq!(status(&output), Some(2));
    settings().bind(|| insta::assert_snapshot!("mistakes_in_scenarios", stderr(&output)));
}

#[test]
fn mistakes_in_targets_and_deviations_are_shown_too() {
    let place = Endpoint::new();
    place.write(
        "target.toml",
        "name = \"x\"\nabout = \"y\"\n[start]\ncomand = [\"z\"]\n[reasons]\n\"a\" = \"expird\"\n",
    );
    place.write("deviations.toml", "\"audience/*\" = 3\n\"b\" = \"\"\n");
    let output = place.jwtspec(&["check", "target.toml", "deviations.toml"]);
    assert_eq!(status(&output), Some(2));
    settings().bind(|| insta::assert_snapshot!("mistakes_in_targets", stderr(&output)));
}

#[test]
fn a_target_file_is_known_by_what_it_says() {
    let place = Endpoint::new();
    place.write("sockets.toml", "name = \"x\"\nabout = \"y\"\n[start]\ncommand = [\"z\"]\n");
    let output = place.jwtspec(&["check", "sockets.toml"]);
    assert_eq!(status(&output), Some(0), "{}", stderr(&output));
    place.write("sockets.toml", "name = \"x\"\nabout = \"y\"\n[start]\ncomand = [\"z\"]\n");
    let output = place.jwtspec(&["check", "sockets.toml"]);
    assert_eq!(status(&output), Some(2));
    assert!(stderr(&output).contains("did you mean `command`?"), "{}", stderr(&output));
}

#[test]
fn a_folder_is_checked_without_the_manifest_beside_its_files() {
    let place = Endpoint::new();
    let scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let output = place.jwtspec(&["check", scenarios]);
    assert_eq!(status(&output), Some(0), "{}", stderr(&output));
}

#[test]
fn usage_mistakes_say_what_to_do() {
    let place = Endpoint::new();
    let mut text = String::new();
    for arguments in [
        &["--filter", "few/aray"][..],
        &["--target", "http://127.0.0.1:1"],
        &["--target", "http://192.0.2.1/"],
        &["--shard", "0/4"],
        &["--resume", "--journal", "none.jsonl"],
    ] {
        text.push_str(&format!("$ jwtspec run {}\n", arguments.join(" ")));
        text.push_str(&stderr(&place.run(arguments)));
    }
    text.push_str("$ jwtspec show few/missin\n");
    text.push_str(&stderr(&place.jwtspec(&["show", "few/missin", "--scenarios", "few.toml"])));
    settings().bind(|| insta::assert_snapshot!("usage", text));
}

#[test]
fn a_target_that_dies_at_the_start_shows_its_log() {
    let place = Endpoint::new();
    place.write(
        "target.toml",
        "name = \"dies\"\nabout = \"dies\"\n[start]\ncommand = [\"sh\", \"-c\", \"echo no database >&2; exit 7\"]\n",
    );
    let output = place.run(&["--target", "target.toml"]);
    assert_eq!(status(&output), Some(3));
    let text = stderr(&output);
    assert!(text.contains("exit status: 7") && text.contains("| no database"), "{text}");
}

#[test]
fn a_target_that_never_gets_ready_is_ended() {
    let place = Endpoint::new();
    place.write(
        "target.toml",
        "name = \"slow\"\nabout = \"slow\"\n[start]\ntimeout = \"0.3s\"\ncommand = [\"sh\", \"-c\", \"echo $$ > pid; sleep 600 & wait\"]\n",
    );
    let output = place.run(&["--target", "target.toml"]);
    assert_eq!(status(&output), Some(3));
    assert!(stderr(&output).contains("not ready within 0.3 s"));
    let pid = std::fs::read_to_string(place.path("pid")).unwrap();
    // They have been killed; the system may take a moment to clear them away.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while living_in_group(pid.trim()) > 0 {
        assert!(std::time::Instant::now() < deadline, "processes of the group are left");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn reports_keep_to_their_formats() {
    let place = Endpoint::new();
    let output = place.run(&[
        "--report",
        "json=out.json",
        "--report",
        "junit=out.xml",
        "--report",
        "markdown=out.md",
    ]);
    assert_eq!(status(&output), Some(1));

    let schema = in_repository("docs/schema/report.json");
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(place.path("out.json")).unwrap()).unwrap();
    assert_conforms(schema, &report);
    assert_eq!(report["summary"]["fail"], 1);
    assert_eq!(report["results"].as_array().unwrap().len(), 3);

    let xml = std::fs::read_to_string(place.path("out.xml")).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let failures = document.descendants().filter(|node| node.has_tag_name("failure")).count();
    assert_eq!(failures, 1);

    let markdown = std::fs::read_to_string(place.path("out.md")).unwrap();
    settings().bind(|| insta::assert_snapshot!("markdown", markdown));
}

#[test]
fn a_status_that_the_target_file_does_not_list_is_no_finding() {
    let place = Endpoint::new();
    reference_as_process(&place);
    let file = std::fs::read_to_string(place.path("target.toml")).unwrap();
    place.write("target.toml", &format!("{file}[verdict]\nreject = {{ status = [400] }}\n"));
    let run = ["run", "--target", "target.toml", "--filter", "audience/*"];
    let output =
        place.jwtspec(&[&run[..], &["--no-preflight", "--report", "json=o.json"]].concat());
    let text = stdout(&output);
    assert_eq!(status(&output), Some(1), "{text}");
    assert_eq!(text.matches("lists the status 401 neither under").count(), 1, "{text}");
    assert!(!text.contains("makes it fail"), "{text}");
    let failed = results(&place, "o.json").iter().filter(|it| it["outcome"] == "fail").count();
    assert_eq!(failed, 0);
    let output = place.jwtspec(&run);
    assert_eq!(status(&output), Some(3), "{}", stdout(&output));
    assert!(stdout(&output).contains("lists the status 401 neither under"));
}

#[test]
fn a_run_that_comes_to_nothing_leaves_no_empty_report() {
    let place = Endpoint::new();
    place.write("target.toml", "name = \"none\"\n[start]\ncommand = [\"./not-there\"]\n");
    let run = ["run", "--target", "target.toml", "--report", "json=out.json"];
    assert_eq!(status(&place.jwtspec(&run)), Some(3));
    assert!(!place.path("out.json").exists());
}

#[test]
fn shards_share_out_every_scenario_once() {
    let place = Endpoint::new();
    let mut ids: Vec<String> = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        place.run(&["--shard", shard, "--report", "json=shard.json"]);
        let Ok(text) = std::fs::read_to_string(place.path("shard.json")) else { continue };
        let report: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let results = report["results"].as_array().cloned().unwrap_or_default();
        ids.extend(results.iter().map(|result| result["id"].as_str().unwrap().to_owned()));
        std::fs::remove_file(place.path("shard.json")).unwrap();
    }
    ids.sort();
    assert_eq!(ids, ["few/array", "few/missing", "few/wrong"]);
}

#[test]
fn listing_and_showing_start_nothing() {
    let place = Endpoint::new();
    let listed = place.jwtspec(&["list", "--scenarios", "few.toml"]);
    let shown = place.jwtspec(&["show", "few/missing", "--scenarios", "few.toml"]);
    assert_eq!((status(&listed), status(&shown)), (Some(0), Some(0)));
    settings().bind(|| insta::assert_snapshot!("list", stdout(&listed)));
    settings().bind(|| insta::assert_snapshot!("show", stdout(&shown)));
}

/// The number of live processes in a group, without zombies; 0 on a system without `/proc`.
fn living_in_group(group: &str) -> usize {
    let Ok(entries) = std::fs::read_dir("/proc") else { return 0 };
    entries
        .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("stat")).ok())
        .filter(|stat| {
            // pid (name) state parent group …; the name may hold anything but a last parenthesis.
            let rest = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
            let mut fields = rest.split(' ');
            let state = fields.next();
            state != Some("Z") && fields.nth(1) == Some(group)
        })
        .count()
}

/// The reference verifier as a separate process, which notes its process id.
fn reference_as_process(place: &Endpoint) {
    let binary = env!("CARGO_BIN_EXE_jwtspec");
    place.write(
        "target.toml",
        &format!(
            "name = \"reference\"\nabout = \"a process of its own\"\n[start]\n\
             command = [\"sh\", \"-c\", \"echo $$ >> pids; exec {binary} reference --port {{{{ port }}}}\"]\n"
        ),
    );
}

#[test]
fn a_target_that_is_killed_is_started_again_and_no_result_is_lost() {
    let place = Endpoint::new();
    reference_as_process(&place);
    let mut run = Command::new(env!("CARGO_BIN_EXE_jwtspec"))
        .args(["run", "--target", "target.toml", "--jobs", "1", "--journal", "j.jsonl"])
        .args(["--filter", "signature/*", "--report", "json=out.json"])
        .current_dir(place.folder.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let journal = place.path("j.jsonl");
    while std::fs::read_to_string(&journal).unwrap_or_default().lines().count() < 15 {
        assert!(run.try_wait().unwrap().is_none(), "the run ended too early");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let pids = std::fs::read_to_string(place.path("pids")).unwrap();
    let first = pids.lines().next().unwrap();
    let kill = format!("kill -9 {first}");
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let output = run.wait_with_output().unwrap();

    let pids = std::fs::read_to_string(place.path("pids")).unwrap();
    assert_eq!(pids.lines().count(), 2, "the target was started again");
    assert!(stdout(&output).contains("the target died and was started again"));
    let results = results(&place, "out.json");
    let failed: Vec<&serde_json::Value> =
        results.iter().filter(|result| result["outcome"] == "fail").collect();
    // With one job the scenario that saw the crash is not run again: it is to blame.
    assert!(failed.len() <= 1, "{failed:?}");
    let lines = std::fs::read_to_string(&journal).unwrap().lines().count();
    assert_eq!(lines, results.len() + 2, "every result is in the journal");
    place.jwtspec(&["run", "--filter", "signature/*", "--report", "json=undisturbed.json"]);
    assert_eq!(ids(&results), ids(&self::results(&place, "undisturbed.json")));
}

/// The results of a report.
fn results(place: &Endpoint, report: &str) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(place.path(report)).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    report["results"].as_array().unwrap().clone()
}

fn ids(results: &[serde_json::Value]) -> Vec<&str> {
    results.iter().map(|result| result["id"].as_str().unwrap()).collect()
}
