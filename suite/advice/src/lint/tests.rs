//! Tests without an issuer: the rules as a list, and rotation as a function of snapshots.

use std::time::Duration;

use serde_json::json;

use super::findings::Findings;
use super::rotation::{self, SeenKey, Snapshot};
use super::{jwks, rules};

#[test]
fn rules_have_ids_of_their_own_and_speak_plainly() {
    let mut ids: Vec<&str> = rules().map(|rule| rule.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id is used twice");
    for rule in rules() {
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(rule.id.chars().all(kebab), "{}", rule.id);
        for text in [rule.holds, rule.why, rule.change] {
            assert!(!text.ends_with('.') && !text.is_empty(), "{}: {text}", rule.id);
        }
    }
}

/// The rules that are broken when sets of these keys are seen at these seconds.
fn broken(sets: &[(u64, Option<&[&str]>)], permitted: u64) -> Vec<String> {
    let snapshot = |(at, kids): &(u64, Option<&[&str]>)| Snapshot {
        at: Duration::from_secs(*at),
        keys: kids.map(|kids| {
            let keys: Vec<_> = kids.iter().map(|kid| json!({ "kid": kid })).collect();
            let set = json!({ "keys": keys });
            SeenKey::all(&jwks::parse_keys(set.as_object().unwrap()))
        }),
    };
    let snapshots: Vec<Snapshot> = sets.iter().map(snapshot).collect();
    let mut found = Findings::default();
    rotation::judge_rotation(&mut found, &snapshots, None, Some(Duration::from_secs(permitted)));
    let findings = found.findings().into_iter().filter(|finding| finding.why.is_some());
    findings.map(|finding| finding.id).collect()
}

#[test]
fn rotations_are_told_apart() {
    let (a, b, ab, abc): (&[&str], &[&str], &[&str], &[&str]) =
        (&["a"], &["b"], &["a", "b"], &["a", "b", "c"]);
    assert_eq!(broken(&[(0, Some(a)), (1, Some(a))], 9), [""; 0]);
    assert_eq!(broken(&[(0, Some(a)), (1, Some(ab)), (2, Some(b))], 9), ["rotation-seen"]);
    assert_eq!(broken(&[(0, Some(a)), (1, Some(b))], 9), ["rotation-seen", "rotation-no-overlap"]);
    assert_eq!(
        broken(&[(0, Some(a)), (1, Some(ab)), (2, Some(a))], 9),
        ["rotation-seen", "rotation-early"]
    );
    assert_eq!(broken(&[(0, Some(a)), (1, Some(ab)), (20, Some(a))], 9), ["rotation-seen"]);
    assert_eq!(
        broken(&[(0, Some(ab)), (1, Some(abc)), (2, Some(a)), (3, Some(ab))], 0),
        ["rotation-seen", "rotation-flapping"]
    );
    assert_eq!(broken(&[(0, Some(a)), (1, None), (2, Some(a))], 9), ["watch-failed"]);
}
