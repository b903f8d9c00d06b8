//! Files that people write, and journals, with mutations: no panic, every mistake with its place,
//! and no message of more than 2 kB.

mod mutation;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use jwtspec_advice::explain::TrustFile;
use jwtspec_engine::run::{Journal, JournalError, Options, RunKey};
use jwtspec_engine::scenario::{Catalogue, ReadError, toml_files};
use jwtspec_engine::target::{Deviations, DeviationsError, Target, TargetFile, TargetFileError};
use jwtspec_format::{Problems, Source};
use jwtspec_reference::Reference;
use miette::{GraphicalReportHandler, GraphicalTheme};
use mutation::{Rng, mutate};
use regex::Regex;

use crate::support::{self, CATALOGUE, in_repository};

/// Mutated files of each kind.
const FILES: usize = 120;
/// Bytes of a message.
const MOST_BYTES: usize = 2000;
/// The time for one file, on a busy machine without optimisation.
const LONGEST: Duration = Duration::from_secs(20);

const TRUST: &str = r#"{
  "providers": [
    {
      "issuer": "https://issuer.example",
      "audiences": ["https://api.example"],
      "keys": { "jwks_uri": "https://issuer.example/jwks" },
      "algorithms": ["RS256", "ES256"]
    }
  ],
  "leeway_seconds": 60,
  "cache": { "max_age_seconds": 600, "cooldown_seconds": 30 }
}
"#;

const CONVEX: &str = r#"[
  { "domain": "https://issuer.example", "applicationID": "convex" },
  {
    "type": "customJwt",
    "issuer": "https://other.example",
    "jwks": "https://other.example/jwks",
    "algorithm": "RS256"
  }
]
"#;

const DEVIATIONS: &str = r#"
"audience/missing" = "tokens for any service are taken"
"time/*" = { why = "no leeway", sometimes = true }
"keys/*" = { why = "one key only", finding = "valid-rejected", level = "must" }
"#;

const TARGET: &str = r#"
name = "x"
start = { command = ["./x"], config = "x.j2" }

[trust]
providers = "many"
keys = ["inline"]
algorithms = ["RS256"]
leeway = "60s"
"#;

/// The result of reading a file: how it was told, and each of its messages.
#[derive(Default)]
struct Told {
    problems: Vec<Problems>,
    messages: Vec<String>,
}

/// Draws a mistake as the command does, without colours.
fn drawn(problems: &Problems) -> Vec<String> {
    let handler =
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_context_lines(1);
    let draw = |diagnostic| {
        let mut text = String::new();
        handler.render_report(&mut text, &diagnostic).unwrap();
        anstream::adapter::strip_str(&text).to_string()
    };
    problems.diagnostics().map(draw).collect()
}

/// Mutates files, has each read, and looks at what is said of it.
fn read_mutations(name: &str, originals: &[Vec<u8>], read: impl Fn(&Path) -> Told) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let place = Regex::new(r":[1-9]\d*:[1-9]\d*: ").unwrap();
    let placed = Regex::new(r"\[[^\]]*:[1-9]\d*:[1-9]\d*\]").unwrap();
    let mut rng = Rng(12);
    let mut mistaken = 0;
    for number in 0..FILES {
        let original = &originals[number % originals.len()];
        std::fs::write(&path, mutate(original, &mut rng)).unwrap();
        let started = Instant::now();
        let told = read(&path);
        let mut messages = told.messages;
        for problems in &told.problems {
            let lines = problems.to_lines();
            assert!(place.is_match(&lines), "{name} {number} has no place: {lines}");
            let drawn = drawn(problems);
            let unplaced = drawn.iter().find(|it| !placed.is_match(it));
            assert!(unplaced.is_none(), "{name} {number} has no place: {unplaced:?}");
            messages.extend(drawn);
        }
        mistaken += usize::from(!messages.is_empty());
        for message in messages {
            assert!(
                message.len() <= MOST_BYTES,
                "{name} {number}: {} bytes: {message}",
                message.len()
            );
            let hidden = message.chars().find(|c| jwtspec_types::text::is_hidden(*c));
            assert_eq!(hidden, None, "{name} {number}: {message}");
        }
        assert!(started.elapsed() < LONGEST, "{name} {number} takes {:?}", started.elapsed());
    }
    assert!(mistaken > FILES / 3, "only {mistaken} of {FILES} have a mistake");
}

fn bytes_of(paths: impl IntoIterator<Item = PathBuf>) -> Vec<Vec<u8>> {
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

#[test]
fn scenario_files() {
    let originals = bytes_of(toml_files(&in_repository("scenarios")).unwrap());
    read_mutations("scenarios.toml", &originals, |path| match Catalogue::from_path(path) {
        Ok(_) => Told::default(),
        Err(ReadError::Mistakes(problems)) => Told { problems, ..Told::default() },
        Err(error) => panic!("{error}"),
    });
}

#[test]
fn target_files() {
    let folders = std::fs::read_dir(in_repository("targets")).unwrap();
    let paths = folders.map(|entry| entry.unwrap().path().join("target.toml"));
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.exists()).collect();
    paths.sort();
    let templates = templates();
    read_mutations("target.toml", &bytes_of(paths), |path| {
        for template in &templates {
            let beside = path.with_file_name(template.file_name().unwrap());
            std::fs::copy(template, beside).unwrap();
        }
        target_file(path)
    });
}

#[test]
fn templates_of_target_files() {
    read_mutations("x.j2", &bytes_of(templates()), |path| {
        let target = path.with_file_name("target.toml");
        std::fs::write(&target, TARGET).unwrap();
        target_file(&target)
    });
}

/// The templates of the real targets.
fn templates() -> Vec<PathBuf> {
    let folders = ["targets/envoy", "targets/convex-style"].map(in_repository);
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut templates: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|it| it == "j2")).collect();
    templates.sort();
    templates
}

fn target_file(path: &Path) -> Told {
    match TargetFile::read(path) {
        Ok(_) => Told::default(),
        Err(TargetFileError::Mistakes(problems)) => {
            Told { problems: vec![problems], ..Told::default() }
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn trust_files() {
    let originals = [TRUST, CONVEX].map(|text| text.as_bytes().to_vec());
    read_mutations("trust.json", &originals, |path| {
        let bytes = std::fs::read(path).unwrap();
        let problems = TrustFile::from_bytes(&path.to_string_lossy(), bytes).err();
        Told { problems: problems.into_iter().collect(), ..Told::default() }
    });
}

#[test]
fn deviations_files() {
    let originals = [DEVIATIONS.as_bytes().to_vec()];
    read_mutations("deviations.toml", &originals, |path| {
        match Deviations::default().add_file(path, &CATALOGUE) {
            Ok(()) => Told::default(),
            Err(DeviationsError::Mistakes(problems)) => {
                Told { problems: vec![problems], ..Told::default() }
            }
            Err(error) => panic!("{error}"),
        }
    });
}

#[tokio::test]
async fn journals() {
    let scenarios = Source::new(
        "few.toml",
        "about = \"few\"\n[array]\ntitle = \"t\"\ncovers = [\"rfc7519-4.1.3-aud-array\"]\n\
         token = { claims.aud = [\"@audience\"] }\nexpect = \"accept\"\n",
    );
    let catalogue = Catalogue::from_text("few", &scenarios).unwrap();
    let target = Target::Rust(std::sync::Arc::new(Reference::default()));
    let options = Options::default();
    let key = RunKey::new(&target, &options);
    let (_, results) = support::results(&catalogue, target, &options).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let (mut journal, _) = Journal::open(&path, &catalogue, &key, false).unwrap();
    for result in results.iter().cycle().take(8) {
        journal.write(result).unwrap();
    }
    let original = std::fs::read(&path).unwrap();
    read_mutations("journal.jsonl", &[original], |path| {
        let messages = match Journal::open(path, &catalogue, &key, true) {
            Ok((_, resumed)) => {
                assert!(resumed.unreadable.iter().all(|at| at.line > 1 && at.column > 0));
                resumed.unreadable.iter().map(ToString::to_string).collect()
            }
            Err(error @ JournalError::OtherRun { .. }) => vec![error.to_string()],
            Err(error) => panic!("{error}"),
        };
        Told { messages, ..Told::default() }
    });
}

#[test]
fn the_command_draws_what_no_terminal_can_hold() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("about = \"{}\", wrong\n", "x".repeat(3_000_000));
    let many: String = (0..5000).map(|it| format!("[t{it}]\ntitle = {it}\n")).collect();
    let files = [
        ("long.toml", long.into_bytes()),
        ("many.toml", many.into_bytes()),
        ("bytes.toml", b"about = \"x\"\nbad = \"\xff\xfe\"\n".to_vec()),
        ("hidden.toml", "\u{202e}about\u{2066} = \"\u{1b}[2J\"".into()),
        ("target.toml", format!("name = {{ a = \"{}\" }}", "y".repeat(70_000)).into_bytes()),
    ];
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_jwtspec"))
            .args(["check", name])
            .current_dir(folder.path())
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}: {text}");
        assert!(text.contains(&format!("{name}:")), "{name}: {text}");
        // Twenty mistakes of a file are drawn at most.
        assert!(text.len() < 20 * MOST_BYTES, "{name}: {} bytes", text.len());
        assert!(!text.chars().any(jwtspec_types::text::is_hidden), "{name}: {text}");
    }
}
