//! The committed vectors are those of the command, and keep to their schema. That the reference
//! verifier agrees with each is a test of its crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{CATALOGUE, assert_conforms, assert_generated, in_repository};
use jwtspec_engine::vectors::{Expectation, FORMAT, Vector, VectorFile};
use serde_json::Value;

/// The committed files, by path in the repository.
fn committed() -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(in_repository("vectors")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "json"));
    files.sort();
    files.into_iter().map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect()
}

fn write_vectors(arguments: &[&str]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_jwtspec"))
        .arg("vectors")
        .arg(folder.path())
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    (folder, String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_committed_files_are_those_that_the_command_writes() {
    let (folder, summary) = write_vectors(&[]);
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        assert_generated(&format!("vectors/{name}"), &fs::read_to_string(&file).unwrap());
        names.insert(name);
    }
    let name = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
    let kept: BTreeSet<String> = committed().iter().map(|(file, _)| name(file)).collect();
    assert_eq!(kept, names, "a file that the command does not write");

    let numbers: Vec<usize> =
        summary.split(|it: char| !it.is_ascii_digit()).filter_map(|it| it.parse().ok()).collect();
    let [vectors, files, left_out, kinds @ ..] = numbers.as_slice() else { panic!("{summary}") };
    assert_eq!(*files, names.len(), "{summary}");
    assert_eq!(vectors + left_out, CATALOGUE.iter().count(), "{summary}");
    assert_eq!(kinds.iter().sum::<usize>(), *left_out, "{summary}");
}

#[test]
fn the_committed_files_keep_to_their_format() {
    let schema = fs::read_to_string(in_repository("docs/schema/vectors.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let mut ids = BTreeSet::new();
    for (path, text) in committed() {
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_conforms(schema.clone(), &document);
        let file: VectorFile = serde_json::from_value(document).unwrap();
        assert_eq!(file.format, FORMAT);
        assert_eq!(path.file_stem().unwrap().to_str(), Some(file.topic.as_str()));
        let needs_control = |it: &Vector| it.expectation != Expectation::Accept;
        for group in &file.groups {
            let is_needed = group.vectors.iter().any(needs_control);
            assert_eq!(group.control.is_some(), is_needed, "{}", group.vectors[0].id);
        }
        let vectors: Vec<_> = file.groups.iter().flat_map(|group| &group.vectors).collect();
        assert_eq!(vectors.len(), file.count, "{}", file.topic);
        for vector in vectors {
            assert!(ids.insert(vector.id.clone()), "{} is there twice", vector.id);
            assert!(CATALOGUE.find(&vector.id).is_some(), "{}", vector.id);
            assert!(vector.requirements.iter().all(|id| file.requirements.contains_key(id)));
            let has_other_verdict = vector.expectation != Expectation::Either;
            assert_eq!(vector.finding.is_some(), has_other_verdict, "{}", vector.id);
            assert_eq!(vector.impact.is_some(), has_other_verdict, "{}", vector.id);
        }
    }
}

#[test]
fn a_profile_and_a_filter_choose() {
    let (folder, summary) = write_vectors(&["--profile", "at-jwt", "--filter", "header/*"]);
    assert!(summary.contains(" in 1 files;"), "{summary}");
    let text = fs::read_to_string(folder.path().join("header.json")).unwrap();
    let file: VectorFile = serde_json::from_str(&text).unwrap();
    assert!(file.groups.iter().all(|group| group.trust.profile.as_str() == "at-jwt"));

    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_jwtspec"))
        .arg("vectors")
        .arg(folder.path())
        .args(["--filter", "session/*"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("no scenario makes a vector"), "{error}");
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
}
