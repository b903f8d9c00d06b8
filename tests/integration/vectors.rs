//! The committed vectors are those of the command, keep to their schema, and agree with the
//! reference verifier.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::support::{CATALOGUE, assert_conforms, assert_generated, in_repository};
use jwtspec_driver::Verifier;
use jwtspec_engine::vectors::{Expectation, FORMAT, Group, Vector, VectorFile};
use jwtspec_reference::Reference;
use jwtspec_types::trust::KeySource;
use jwtspec_types::words::Algorithm;
use serde_json::Value;

/// The committed files, by path in the repository.
fn committed() -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(in_repository("vectors")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "json"));
    files.sort();
    files.into_iter().map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect()
}

fn parsed() -> Vec<VectorFile> {
    committed().iter().map(|(_, text)| serde_json::from_str(text).unwrap()).collect()
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

/// The verifier that a group asks for; none where the reference refuses the trust.
fn verifier(group: &Group) -> Option<impl Verifier + use<>> {
    let is_read = |it: &KeySource| match it {
        KeySource::Jwks(set) => set.get("keys").is_some_and(Value::is_array),
        it => panic!("keys are not given: {it:?}"),
    };
    let is_sound = group.trust.providers.iter().all(|it| is_read(&it.keys));
    match Reference::default().configured(&group.trust) {
        Ok(verifier) => Some(verifier),
        Err(_) if !is_sound || group.algorithms.contains(&Algorithm::None) => None,
        Err(error) => panic!("{}: {error}", group.vectors[0].id),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_verifier_agrees_with_every_committed_vector() {
    let mut wrong = Vec::new();
    let mut judged = 0;
    for group in parsed().iter().flat_map(|file| &file.groups) {
        let Some(verifier) = verifier(group) else { continue };
        let now = Duration::from_secs(group.clock);
        let first = &group.vectors[0].id;
        if let Some(control) = &group.control
            && let Err(refusal) = verifier.verify_at(control, now).await
        {
            wrong.push(format!("{first}: the control: {}", refusal.message));
        }
        for vector in &group.vectors {
            judged += 1;
            let verdict = verifier.verify_at(&vector.token, now).await;
            let told = match (&vector.expectation, verdict) {
                (Expectation::Accept, Err(refusal)) => refusal.message,
                (Expectation::Reject, Ok(_)) => "accepted".to_owned(),
                (_, Err(refusal)) if !vector.reasons.is_empty() => match refusal.reason {
                    Some(reason) if !vector.reasons.contains(&reason) => reason.to_string(),
                    _ => continue,
                },
                _ => continue,
            };
            wrong.push(format!("{}: {}, but {told}", vector.id, vector.expectation));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged > 900, "only {judged} vectors");
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
