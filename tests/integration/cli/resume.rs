//! Journals, and the runs that go on with them.

use jwtspec_engine::run::{Options, RunKey};
use jwtspec_engine::target::{Target, TargetFile};

use super::{Endpoint, status, stderr, stdout};

#[test]
fn a_run_that_was_cut_short_is_resumed() {
    let place = Endpoint::new();
    place.run(&["--journal", "journal.jsonl"]);
    let journal = std::fs::read_to_string(place.path("journal.jsonl")).unwrap();
    let lines: Vec<&str> = journal.lines().collect();
    // What was run, the version of the target, three results.
    assert_eq!(lines.len(), 5);
    // Killed while it wrote its third result.
    let cut = format!("{}\n{}", lines[..4].join("\n"), &lines[4][..20]);
    place.write("journal.jsonl", &cut);
    let output = place.run(&["--journal", "journal.jsonl", "--resume"]);
    assert_eq!(status(&output), Some(1));
    assert!(stdout(&output).contains("3 scenarios: 2 pass, 1 fail"), "{}", stdout(&output));
    let other = place.run(&["--journal", "journal.jsonl", "--resume", "--profile", "oidc"]);
    assert_eq!(status(&other), Some(2));
    assert!(stderr(&other).contains("the profile is another"), "{}", stderr(&other));
    for (option, told) in [
        (&["--https"][..], "`--https` differs"),
        (&["--level", "must"], "`--level` differs"),
        (&["--max-wait", "1s"], "`--max-wait` differs"),
        (&["--strict"], "`--strict` differs"),
        (&["--deviations", "known.toml"], "the deviations have changed"),
    ] {
        place.write("known.toml", "\"few/wrong\" = \"known\"\n");
        let arguments = [&["--journal", "journal.jsonl", "--resume"], option].concat();
        let other = place.run(&arguments);
        assert_eq!(status(&other), Some(2));
        assert!(stderr(&other).contains(told), "{}", stderr(&other));
    }
}

#[test]
fn a_line_of_a_journal_that_cannot_be_read_costs_that_line_only() {
    let place = Endpoint::new();
    place.run(&["--journal", "journal.jsonl"]);
    let journal = std::fs::read(place.path("journal.jsonl")).unwrap();
    let mut lines: Vec<&[u8]> = journal.split(|byte| *byte == b'\n').collect();
    let broken = [lines[2], b"\xff"].concat();
    lines[2] = &broken;
    std::fs::write(place.path("journal.jsonl"), lines.join(&b'\n')).unwrap();
    let output = place.run(&["--journal", "journal.jsonl", "--resume"]);
    assert!(stderr(&output).contains("journal.jsonl:3:"), "{}", stderr(&output));
    assert!(stdout(&output).contains("3 scenarios: 2 pass, 1 fail"), "{}", stdout(&output));
    let resumed = std::fs::read(place.path("journal.jsonl")).unwrap();
    assert_eq!(resumed.split(|byte| *byte == b'\n').count(), lines.len() + 1, "one result more");
}

#[test]
fn a_journal_belongs_to_one_configuration() {
    let place = Endpoint::new();
    let path = place.write(
        "target.toml",
        "name = \"x\"\nstart = { command = [\"./x\"], config = \"x.j2\" }\n[trust]\nproviders = \"many\"\n\
         keys = [\"inline\"]\nalgorithms = [\"RS256\"]\nleeway = \"60s\"\n",
    );
    let key = |template: &str| {
        place.write("x.j2", template);
        let file = TargetFile::read(&path).unwrap();
        RunKey::new(&Target::File(Box::new(file)), &Options::default())
    };
    assert_eq!(key("{{ trusts }}"), key("{{ trusts }}"));
    assert_ne!(key("{{ trusts }}"), key("{# no audience #}{{ trusts }}"));
}
