//! Diagnosability: the share of refusals that tell one cause from another. Pure.
//!
//! Only refusals count whose cause is certain. For two causes *a* and *b*, a refusal for *a* tells
//! them apart if no refusal for *b* looks the same; the figure is the mean share of such refusals
//! over all ordered pairs of causes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::message::{Grade, Said};
use jwtspec_types::words::Reason;

/// The quality of a verifier's refusals as diagnoses, with the working.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Diagnosability {
    /// The share of refusals that tell their cause from another, over all ordered pairs of
    /// causes; nothing with fewer than two causes.
    pub told_apart: Option<f64>,
    /// The number of ordered pairs of causes.
    pub pairs: usize,
    /// The share of refusals whose right cause could be read from the answer.
    pub named: Option<f64>,
    /// The number of refusals that count.
    pub refusals: usize,
    /// The other grades, each with the share of refusals that deserve it.
    pub grades: Grades,
    /// True if an expired token can be told from a forged one, so that a client knows that a
    /// refresh will help; nothing if one of them never came up.
    pub expired_from_forged: Option<bool>,
    /// Pairs of causes that some refusal does not tell apart, the worst first.
    pub confused: Vec<Confusion>,
    /// Each cause with what was said for it: the confusion matrix, by rows.
    pub causes: Vec<Row>,
    /// The messages, without what varies; rows refer to them by place.
    pub messages: Vec<String>,
}

/// Shares of refusals, between 0 and 1; nothing where none came up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Grades {
    /// That name what failed.
    pub names_what_failed: Option<f64>,
    /// That show what the token says.
    pub shows_actual: Option<f64>,
    /// That show what was expected.
    pub shows_expected: Option<f64>,
    /// That say what to do next.
    pub says_what_to_do: Option<f64>,
    /// The share of steps that present one kind of token many times, and are always refused in
    /// the same words.
    pub same_words_each_time: Option<f64>,
}

/// Two causes that are not told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Confusion {
    /// A token fails for this,
    pub cause: Reason,
    /// and the answer might as well mean that.
    pub other: Reason,
    /// The share of refusals for `cause` of which that is true.
    pub share: f64,
    /// The message that is said for both most often.
    pub message: String,
}

/// The messages for one cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Row {
    /// The cause.
    pub cause: Reason,
    /// The count of each message: place in `messages`, and count; most often first.
    pub messages: Vec<(usize, usize)>,
    /// In how many of them the right cause could be read.
    pub named: usize,
}

/// Collects refusals, scenario by scenario.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// The shapes of each cause, with their counts.
    shapes: BTreeMap<Reason, BTreeMap<String, usize>>,
    named: BTreeMap<Reason, usize>,
    grades: Vec<Grade>,
    steady: Tally,
}

/// A count, and the whole of which it is a part.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    yes: usize,
    of: usize,
}

impl Tally {
    fn add(&mut self, yes: bool) {
        self.of += 1;
        self.yes += usize::from(yes);
    }

    fn share(self) -> Option<f64> {
        share(self.yes, self.of)
    }
}

#[expect(clippy::cast_precision_loss, reason = "no run has 2^53 refusals")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Diagnosis {
    /// Takes note of what was said in one scenario.
    pub fn add(&mut self, refusals: &[Said]) {
        let certain = || refusals.iter().filter_map(|said| Some((said.cause?, said)));
        for (cause, said) in certain() {
            *self.shapes.entry(cause).or_default().entry(said.shape.clone()).or_default() += 1;
            *self.named.entry(cause).or_default() += usize::from(said.named);
            self.grades.push(said.grade);
        }
        // Twenty expired tokens in a row are one cause, and one message is due.
        let mut by_step: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for (_, said) in certain() {
            by_step.entry(said.step).or_default().push(&said.shape);
        }
        for shapes in by_step.values().filter(|shapes| shapes.len() > 1) {
            self.steady.add(shapes.iter().all(|shape| *shape == shapes[0]));
        }
    }

    /// The figures, and how they come about.
    pub fn figures(&self) -> Diagnosability {
        let distinct: BTreeSet<&String> = self.shapes.values().flat_map(BTreeMap::keys).collect();
        let messages: Vec<String> = distinct.into_iter().cloned().collect();
        let place = |shape: &String| messages.binary_search(shape).unwrap_or_default();
        let causes = self
            .shapes
            .iter()
            .map(|(cause, shapes)| {
                let mut counted: Vec<(usize, usize)> =
                    shapes.iter().map(|(shape, count)| (place(shape), *count)).collect();
                counted.sort_by_key(|(place, count)| (std::cmp::Reverse(*count), *place));
                let named = self.named.get(cause).copied().unwrap_or_default();
                Row { cause: *cause, messages: counted, named }
            })
            .collect();
        let pairs = self.pairs();
        let refusals = self.grades.len();
        let apart: f64 = pairs.iter().map(|pair| 1.0 - pair.share).sum();
        let mut confused: Vec<Confusion> =
            pairs.iter().filter(|pair| pair.share > 0.0).cloned().collect();
        confused.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.cause.cmp(&b.cause)));
        #[expect(clippy::cast_precision_loss, reason = "there are some hundred pairs")]
        let told_apart = (!pairs.is_empty()).then(|| apart / pairs.len() as f64);
        Diagnosability {
            told_apart,
            pairs: pairs.len(),
            named: share(self.named.values().sum(), refusals),
            refusals,
            grades: self.grades(),
            expired_from_forged: self.tells(Reason::Expired, Reason::SignatureInvalid),
            confused,
            causes,
            messages,
        }
    }

    /// Every ordered pair of causes, with the share that is confused.
    fn pairs(&self) -> Vec<Confusion> {
        let mut pairs = Vec::new();
        for (cause, said) in &self.shapes {
            for (other, theirs) in self.shapes.iter().filter(|(other, _)| *other != cause) {
                let total: usize = said.values().sum();
                let common = || said.iter().filter(|(shape, _)| theirs.contains_key(*shape));
                let count: usize = common().map(|(_, count)| count).sum();
                let message = common().max_by_key(|(_, count)| **count);
                pairs.push(Confusion {
                    cause: *cause,
                    other: *other,
                    share: share(count, total).unwrap_or_default(),
                    message: message.map(|(shape, _)| shape.clone()).unwrap_or_default(),
                });
            }
        }
        pairs
    }

    fn tells(&self, cause: Reason, other: Reason) -> Option<bool> {
        let (said, theirs) = (self.shapes.get(&cause)?, self.shapes.get(&other)?);
        Some(said.keys().all(|shape| !theirs.contains_key(shape)))
    }

    fn grades(&self) -> Grades {
        let of = |ask: fn(&Grade) -> Option<bool>| {
            let mut tally = Tally::default();
            self.grades.iter().filter_map(ask).for_each(|yes| tally.add(yes));
            tally.share()
        };
        Grades {
            names_what_failed: of(|grade| grade.names),
            shows_actual: of(|grade| grade.actual),
            shows_expected: of(|grade| grade.expected),
            says_what_to_do: of(|grade| Some(grade.advises)),
            same_words_each_time: self.steady.share(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(cause: Reason, shape: &str) -> Said {
        Said {
            cause: Some(cause),
            reason: None,
            named: false,
            step: 0,
            message: shape.to_owned(),
            shape: shape.to_owned(),
            grade: Grade::default(),
            answer: String::new(),
        }
    }

    fn figures(refusals: &[Said]) -> Diagnosability {
        let mut diagnosis = Diagnosis::default();
        refusals.iter().for_each(|one| diagnosis.add(std::slice::from_ref(one)));
        diagnosis.figures()
    }

    #[test]
    fn one_message_for_everything_tells_nothing() {
        let figures = figures(&[said(Reason::Expired, "no"), said(Reason::IssuerUnknown, "no")]);
        assert_eq!((figures.told_apart, figures.pairs), (Some(0.0), 2));
        assert_eq!(figures.confused.len(), 2);
        assert_eq!(figures.confused[0].message, "no");
    }

    #[test]
    fn a_message_for_each_cause_tells_everything() {
        let figures = figures(&[
            said(Reason::Expired, "old"),
            said(Reason::SignatureInvalid, "forged"),
            said(Reason::Expired, "very old"),
        ]);
        assert_eq!(figures.told_apart, Some(1.0));
        assert_eq!(figures.expired_from_forged, Some(true));
        assert!(figures.confused.is_empty());
    }

    #[test]
    fn a_shared_message_counts_by_its_share() {
        let figures = figures(&[
            said(Reason::Expired, "old"),
            said(Reason::Expired, "no"),
            said(Reason::IssuerUnknown, "no"),
        ]);
        // Half of the first are told from the second, none the other way round.
        assert_eq!(figures.told_apart, Some(0.25));
    }

    #[test]
    fn refusals_without_a_certain_cause_do_not_count() {
        let open = Said { cause: None, ..said(Reason::Expired, "x") };
        assert_eq!(figures(&[open]).refusals, 0);
    }
}
