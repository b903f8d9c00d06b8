//! Tests of the list of rules.

use std::collections::HashSet;

use super::rules;

#[test]
fn rules_have_ids_of_their_own_and_speak_plainly() {
    // One id means one thing, also beside the rules for issuers.
    let mut ids: HashSet<&str> = crate::lint::rules().map(|rule| rule.id).collect();
    for rule in rules() {
        assert!(ids.insert(rule.id), "{} is used twice", rule.id);
        let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(rule.id.chars().all(kebab), "{}", rule.id);
        for text in [rule.holds, rule.why, rule.change] {
            assert!(!text.ends_with('.') && !text.is_empty(), "{}: {text}", rule.id);
        }
    }
}
