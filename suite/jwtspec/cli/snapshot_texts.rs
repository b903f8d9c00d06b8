//! The texts of snapshots: of each topic what its scenarios say, one section for each.

use std::collections::{BTreeMap, HashMap};

use jwtspec_engine::event::{CaseResult, Why};
use jwtspec_engine::report::snapshots;
use jwtspec_types::words::{Finding, Outcome};

/// The sections of a topic, by the name of the scenario.
type Sections = BTreeMap<String, String>;

/// What a target says when it refuses, and of which scenarios that is known.
pub(super) struct Texts {
    topics: BTreeMap<String, Sections>,
    /// The ids of scenarios, each with true if it was carried out, and came to verdicts.
    seen: HashMap<String, bool>,
    /// True if there are no scenarios but these.
    whole: bool,
}

impl Texts {
    /// The texts of these results; with `whole` there are no scenarios but theirs.
    pub(super) fn new(results: &[CaseResult], whole: bool) -> Self {
        let (mut topics, mut seen) = (BTreeMap::<_, Sections>::new(), HashMap::new());
        for result in results {
            let (topic, name) = result.id.split_once('/').unwrap_or(("", &result.id));
            let is_seen = obstacle(result).is_none() && result.finding != Some(Finding::Fault);
            seen.insert(result.id.clone(), is_seen);
            if !is_seen {
                continue;
            }
            for text in snapshots(std::slice::from_ref(result)).into_values() {
                topics.entry(topic.to_owned()).or_default().insert(name.to_owned(), text);
            }
        }
        Self { topics, seen, whole }
    }

    /// The topics of which something is known.
    pub(super) fn topics(&self) -> impl Iterator<Item = &String> {
        self.topics.keys()
    }

    /// The ids of the scenarios of a topic whose kept text is this, and that came to no verdict now.
    pub(super) fn unseen(&self, topic: &str, kept: &str) -> Vec<String> {
        let ids = sections_of(kept).into_keys().map(|name| format!("{topic}/{name}"));
        ids.filter(|id| self.seen.get(id) == Some(&false)).collect()
    }

    /// The text of a topic, whose kept text is this: of scenarios that were not carried out it has
    /// what was kept. Nothing if there is none.
    pub(super) fn of(&self, topic: &str, kept: Option<&str>) -> Option<String> {
        let mut sections = self.topics.get(topic).cloned().unwrap_or_default();
        let kept = kept.map(sections_of).unwrap_or_default();
        let is_unseen = |name: &String| match self.seen.get(&format!("{topic}/{name}")) {
            Some(is_seen) => !is_seen,
            None => !self.whole,
        };
        sections.extend(kept.into_iter().filter(|(name, _)| is_unseen(name)));
        (!sections.is_empty()).then(|| sections.into_values().collect())
    }
}

/// The reason on this side of the connection for which a scenario could not be carried out.
pub(super) fn obstacle(result: &CaseResult) -> Option<&Why> {
    let why = result.why.as_ref().filter(|_| result.outcome == Outcome::Inconclusive)?;
    matches!(why, Why::Ours(_) | Why::NotMinted(_) | Why::NotServed(_)).then_some(why)
}

/// The sections of a text that was kept.
fn sections_of(text: &str) -> Sections {
    let mut sections = Sections::new();
    let mut current = None;
    for line in text.split_inclusive('\n') {
        current = name_in(line).map(str::to_owned).or(current);
        if let Some(name) = &current {
            let section: &mut String = sections.entry(name.clone()).or_default();
            section.push_str(line);
        }
    }
    if let Some(last) = current.and_then(|name| sections.get_mut(&name)) {
        last.push('\n');
    }
    sections
}

/// The name of the scenario whose section a line begins.
fn name_in(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix("## ")?.split_once(": ")?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_seen_is_kept_in_its_place() {
        let section = |name: &str, text: &str| format!("## {name}: title\n\n{text}\n");
        let kept = section("a", "1") + &section("b", "2\n## of a body") + &section("c", "3");
        let texts = |carried_out: &[&str], others: &[&str], whole| Texts {
            topics: BTreeMap::from([(
                "topic".to_owned(),
                carried_out.iter().map(|it| ((*it).to_owned(), section(it, "new"))).collect(),
            )]),
            seen: [(carried_out, true), (others, false)]
                .iter()
                .flat_map(|(names, is)| {
                    names.iter().map(move |name| (format!("topic/{name}"), *is))
                })
                .collect(),
            whole,
        };
        let of = |texts: Texts| texts.of("topic", Some(kept.trim_end()));
        let merged = section("a", "new") + &section("b", "2\n## of a body") + &section("c", "new");
        assert_eq!(of(texts(&["a", "c"], &["b"], true)), Some(merged.clone()));
        assert_eq!(of(texts(&["a", "c"], &[], false)), Some(merged));
        assert_eq!(of(texts(&[], &["a", "b", "c"], true)), Some(kept.clone()));
        assert_eq!(of(texts(&["b"], &["new"], true)), Some(section("b", "new")));
        assert_eq!(of(texts(&[], &[], true)), None);
        assert_eq!(texts(&[], &["a"], true).of("topic", None), None);
    }
}
