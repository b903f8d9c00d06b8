//! Hostile targets: each ends in a report and a status, in bounded time and memory.
//!
//! `docs/robustness.md` has the table of all; a part of it runs here each time. To run all and write
//! the page: `JWTSPEC_UPDATE=1 cargo test --test integration hostile:: -- --include-ignored`.

mod driver;
mod misdeed;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use driver::{PROCESSES, VARIABLE};
use misdeed::{ANSWERS, PLACES};
use serde_json::Value;

use crate::support::in_repository;

/// The most memory that a run may take, in MiB.
const MOST_MEMORY: u64 = 200;
/// The longest that a run may take: an answer may take two seconds, and few are waited for.
const LONGEST: Duration = Duration::from_secs(120);
/// Scenarios of a run.
const SCENARIOS: usize = 5;
/// The page with the table.
const PAGE: &str = "docs/robustness.md";
const HEAD: &str =
    "| where | behaviour | status | results | s | MiB |\n|---|---|---|---|---|---|\n";

const FEW: &str = r#"
about = "A few scenarios; the subject of one chooses the misdeed."

[good-a]
title  = "a valid token"
covers = ["rfc7519-4.1.3-aud-array"]
token  = { claims.aud = ["@audience", "https://other.example"] }
expect = "accept"

[good-b]
title  = "another valid token"
covers = ["rfc7519-4.1.3-aud-array"]
token  = { claims.aud = ["https://other.example", "@audience"] }
expect = "accept"

[hostile]
title  = "a valid token that a hostile target recognises"
covers = ["rfc7519-4.1.3-aud-array"]
token  = { claims.sub = "hostile" }
expect = "accept"

[missing]
title  = "no `aud`"
covers = ["rfc8725-3.9-aud-absent-reject"]
token  = { without = ["aud"] }
expect = { reject = "audience-missing" }

[expired]
title  = "expired an hour ago"
covers = ["rfc7519-4.1.4-exp-past-reject"]
token  = { claims.exp = "@now-1h" }
expect = { reject = "expired" }
"#;

/// A target that misbehaves.
#[derive(Clone)]
struct Behaviour {
    /// Its name for the driver.
    name: String,
    /// The request at which it does, in words.
    place: &'static str,
    /// Its misdeed, in words.
    words: &'static str,
}

/// The result of a run on a hostile target.
struct Observed {
    status: i32,
    /// Results of scenarios in the JSON report; nothing without a report.
    results: Option<usize>,
    /// Results of the scenarios that the misdeed has no part in, all as they should be.
    others_pass: bool,
    time: Duration,
    /// The most memory that it had, in MiB.
    memory: u64,
    /// The report for people, and error messages.
    output: String,
    /// The other reports.
    reports: Vec<String>,
}

/// Every behaviour, in the order of the table.
fn behaviours() -> Vec<Behaviour> {
    let mut all = Vec::new();
    for (place, said) in PLACES {
        for (name, words) in ANSWERS {
            all.push(Behaviour { name: format!("{place}:{name}"), place: said, words });
        }
    }
    let processes = PROCESSES.iter();
    all.extend(processes.map(|(name, words)| Behaviour {
        name: (*name).to_owned(),
        place: "process",
        words,
    }));
    all
}

/// Runs the command on a target, which is this binary.
fn run(behaviour: &Behaviour) -> Observed {
    run_on(behaviour, FEW, 8)
}

/// The same with other scenarios, some of them at the same time.
fn run_on(behaviour: &Behaviour, scenarios: &str, jobs: usize) -> Observed {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("few.toml"), scenarios).unwrap();
    let binary = std::env::current_exe().unwrap();
    let command = ["hostile::driver::serves", "--exact", "--ignored", "--nocapture", "-q"];
    let target = format!(
        "name = \"hostile\"\n[start]\ncommand = [{binary:?}, {}]\ntimeout = \"10s\"\n\
         env = {{ {VARIABLE} = {:?} }}\n[present]\ntimeout = \"2s\"\n",
        command.map(|argument| format!("{argument:?}")).join(", "),
        behaviour.name
    );
    std::fs::write(path.join("target.toml"), target).unwrap();
    let output = std::fs::File::create(path.join("output")).unwrap();
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_jwtspec"))
        .args(["run", "--target", "target.toml", "--scenarios", "few.toml"])
        .args(["--jobs", &jobs.to_string(), "--report", "human", "--report", "json=report.json"])
        .args(["--report", "markdown=report.md", "--report", "junit=report.xml"])
        .current_dir(path)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .unwrap();
    let mut memory = 0;
    let status = loop {
        memory = memory.max(peak_memory(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > LONGEST {
            child.kill().unwrap();
            break child.wait().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let time = started.elapsed();
    let results = results(path);
    let others_pass = results
        .iter()
        .flatten()
        .all(|result| result["id"] == "few/hostile" || result["outcome"] == "pass");
    let read = |name: &&str| std::fs::read_to_string(path.join(name)).unwrap_or_default();
    Observed {
        status: status.code().unwrap_or(-1),
        results: results.map(|results| results.len()),
        others_pass,
        time,
        memory,
        output: String::from_utf8(std::fs::read(path.join("output")).unwrap()).unwrap(),
        reports: ["report.json", "report.md", "report.xml"].iter().map(read).collect(),
    }
}

fn results(folder: &Path) -> Option<Vec<Value>> {
    let text = std::fs::read_to_string(folder.join("report.json")).ok()?;
    let report: Value = serde_json::from_str(&text).ok()?;
    report["results"].as_array().cloned()
}

/// The most memory that a process had so far, in MiB, where the system tells it.
fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}

/// Runs several at a time, and asserts of each what must hold of all.
fn run_all(behaviours: &[Behaviour], at_once: usize) -> Vec<Observed> {
    let next = Mutex::new(0..behaviours.len());
    let observed: Vec<Mutex<Option<Observed>>> =
        behaviours.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let Some(index) = next.lock().unwrap().next() else { return };
                    *observed[index].lock().unwrap() = Some(run(&behaviours[index]));
                }
            });
        }
    });
    let observed: Vec<Observed> =
        observed.into_iter().map(|one| one.into_inner().unwrap().unwrap()).collect();
    for (behaviour, observed) in behaviours.iter().zip(&observed) {
        check(behaviour, observed);
    }
    observed
}

fn check(behaviour: &Behaviour, observed: &Observed) {
    let Observed { status, results, others_pass, time, memory, output, reports } = observed;
    let name = &behaviour.name;
    let lost = results.is_some_and(|results| results != SCENARIOS);
    assert!(!lost, "{name}: {results:?} results\n{output}");
    assert!((0..=3).contains(status) && *status != 2, "{name}: status {status}\n{output}");
    // A run that could not begin says so; every other has results.
    assert!(results.is_some() || *status == 3, "{name}: no results\n{output}");
    assert!(!output.contains("panicked at"), "{name}: {output}");
    if name.contains("one-token") {
        assert!(*others_pass && results.is_some(), "{name} costs other scenarios\n{output}");
    }
    assert!(*time < LONGEST, "{name} takes {time:?}\n{output}");
    assert!(*memory < MOST_MEMORY, "{name} takes {memory} MiB");
    assert!(output.len() < 100_000, "{name} prints {} bytes", output.len());
    for text in reports.iter().chain([output]) {
        let hidden = text.chars().find(|c| jwtspec_types::text::is_hidden(*c));
        assert_eq!(hidden, None, "{name}: {text}");
    }
}

/// The cells that are the same in each run.
fn row(behaviour: &Behaviour, observed: &Observed) -> String {
    let results = observed.results.map_or("none".to_owned(), |results| results.to_string());
    format!("| {} | {} | {} | {results} |", behaviour.place, behaviour.words, observed.status)
}

#[test]
fn a_part_of_the_table_holds() {
    const QUICK: [&str; 11] = [
        "describe:flood",
        "configure:deep-json",
        "one-token:reset",
        "one-token:flood",
        "one-token:header-lines",
        "one-token:long-string",
        "each-token:close",
        "exit-at-start",
        "exit-at-one-token",
        "silent-after-one-token",
        "log-hidden",
    ];
    let page = std::fs::read_to_string(in_repository(PAGE)).unwrap();
    let all = behaviours();
    let named = |name: &&str| all.iter().find(|it| it.name == **name).unwrap().clone();
    let chosen: Vec<Behaviour> = QUICK.iter().map(named).collect();
    for (behaviour, observed) in chosen.iter().zip(&run_all(&chosen, 4)) {
        let row = row(behaviour, observed);
        assert!(page.contains(&row), "{PAGE} says otherwise: {row}\n{}", observed.output);
    }
}

#[test]
fn a_description_that_is_too_long_is_named_at_once() {
    for (name, told) in [
        ("describe:flood", "`GET /` has an answer with a body of more than 1048576 octets"),
        ("describe:endless-header", "`GET /` has an answer with a head of more than 409600 octets"),
        ("describe:header-lines", "`GET /` has an answer with more than 100 header lines"),
    ] {
        let behaviour = behaviours().into_iter().find(|it| it.name == name).unwrap();
        let Observed { status, time, output, .. } = run(&behaviour);
        assert!(status == 3 && output.contains(told), "{name}: {status}, {output}");
        // The target is given 10 s to be ready.
        assert!(time < Duration::from_secs(8), "{name} takes {time:?}");
    }
}

#[test]
fn a_target_that_is_not_ready_in_time_is_told_by_its_last_answer() {
    for (name, told) in [
        ("describe:status-500", "not ready within 10 s: it answers `GET /` with status 500"),
        ("describe:rubbish", "not ready within 10 s: `GET /`: no readable answer: "),
        ("never-listens", "not ready within 10 s: `GET /`: no connection: "),
    ] {
        let behaviour = behaviours().into_iter().find(|it| it.name == name).unwrap();
        let Observed { status, output, .. } = run(&behaviour);
        assert!(status == 3 && output.contains(told), "{name}: {status}, {output}");
    }
}

/// Each of several tokens is named, however many scenarios run at the same time.
#[test]
fn every_token_that_a_target_falls_silent_of_is_named() {
    let mut scenarios = FEW.to_owned();
    let (_, hostile) = FEW.split_once("[hostile]").unwrap();
    let (hostile, _) = hostile.split_once("[missing]").unwrap();
    (1..4).for_each(|number| scenarios.push_str(&format!("[hostile-{number}]{hostile}")));
    let named = |name: &str| behaviours().into_iter().find(|it| it.name == name).unwrap();
    for jobs in [1, 8] {
        let observed = run_on(&named("silent-after-one-token"), &scenarios, jobs);
        assert_eq!((observed.status, observed.results), (1, Some(8)), "{}", observed.output);
        let report: Value = serde_json::from_str(&observed.reports[0]).unwrap();
        for result in report["results"].as_array().unwrap() {
            let finding = result["id"].as_str().unwrap().contains("hostile").then_some("fault");
            assert_eq!(result["finding"].as_str(), finding, "{jobs}: {result}");
        }
    }
}

#[test]
fn the_table_has_every_behaviour() {
    let page = std::fs::read_to_string(in_repository(PAGE)).unwrap();
    let (_, table) = page.split_once(HEAD).unwrap();
    let rows: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
    let all = behaviours();
    assert!(all.len() >= 60 && rows.len() == all.len(), "{} rows of {}", rows.len(), all.len());
    for (row, behaviour) in rows.iter().zip(&all) {
        let start = format!("| {} | {} |", behaviour.place, behaviour.words);
        assert!(row.starts_with(&start), "{PAGE}: {row} is not {start}");
    }
}

#[test]
#[ignore = "takes some minutes"]
fn the_whole_table_holds() {
    let all = behaviours();
    let observed = run_all(&all, 6);
    let table: String = all
        .iter()
        .zip(&observed)
        .map(|(behaviour, observed)| {
            let (row, seconds) = (row(behaviour, observed), observed.time.as_secs_f64());
            format!("{row} {seconds:.1} | {} |\n", observed.memory)
        })
        .collect();
    if std::env::var_os("JWTSPEC_UPDATE").is_some() {
        let page = std::fs::read_to_string(in_repository(PAGE)).unwrap();
        let (before, _) = page.split_once(HEAD).unwrap();
        std::fs::write(in_repository(PAGE), format!("{before}{HEAD}{table}")).unwrap();
    }
}
