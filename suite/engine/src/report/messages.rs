//! The figures of a [`Diagnosability`] in words, for reports.

use crate::diagnosis::Diagnosability;

/// The figures, a line each, and what they rest on. Empty if nothing was refused for a certain
/// cause.
pub(super) fn figures(of: &Diagnosability) -> Vec<String> {
    if of.refusals == 0 {
        return Vec::new();
    }
    let mut lines = Vec::new();
    if let Some(apart) = of.told_apart {
        lines.push(format!(
            "{} of causes are told apart (mean over {} ordered pairs of {} causes)",
            percent(apart),
            of.pairs,
            of.causes.len()
        ));
    }
    let named: usize = of.causes.iter().map(|row| row.named).sum();
    lines.push(format!(
        "{} of causes can be read from the answer ({named} of {} refusals with one certain cause)",
        percent(of.named.unwrap_or_default()),
        of.refusals
    ));
    let grades = [
        ("name what failed", of.grades.names_what_failed),
        ("show what the token says", of.grades.shows_actual),
        ("show what was expected", of.grades.shows_expected),
        ("say what to do next", of.grades.says_what_to_do),
        ("say the same for the same cause", of.grades.same_words_each_time),
    ];
    let grades: Vec<String> = grades
        .into_iter()
        .filter_map(|(what, share)| share.map(|share| format!("{} {what}", percent(share))))
        .collect();
    lines.push(format!("of the messages {}", grades.join(", ")));
    lines.extend(of.expired_from_forged.map(|told| {
        match told {
            true => "an expired token is told from a forged one: a client knows that a refresh helps",
            false => "an expired token is not told from a forged one: a client cannot know whether a refresh helps",
        }
        .to_owned()
    }));
    lines
}

/// Pairs that are confused, a line each, the worst first.
pub(super) fn confusions(of: &Diagnosability, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = of
        .confused
        .iter()
        .take(most)
        .map(|pair| {
            format!(
                "{} might be {} ({}): {}",
                pair.cause,
                pair.other,
                percent(pair.share),
                pair.message
            )
        })
        .collect();
    if of.confused.len() > most {
        lines.push(format!("and {} pairs more", of.confused.len() - most));
    }
    lines
}

/// The confusion matrix, a line a message: for which causes it was said, and how often.
pub(super) fn matrix(of: &Diagnosability) -> Vec<(String, String)> {
    of.messages
        .iter()
        .enumerate()
        .map(|(place, message)| {
            let causes: Vec<String> = of
                .causes
                .iter()
                .filter_map(|row| {
                    let (_, count) = row.messages.iter().find(|(at, _)| *at == place)?;
                    Some(format!("{} {count}", row.cause))
                })
                .collect();
            (message.clone(), causes.join(", "))
        })
        .collect()
}

/// A share as people write it. What is not quite all is never 100 %.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        percent if percent >= 100.0 => "100 %".to_owned(),
        percent if percent > 99.9 => "99.9 %".to_owned(),
        percent if percent.fract() == 0.0 => format!("{percent:.0} %"),
        percent => format!("{percent:.1} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_quite_all_is_not_all() {
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.999_99), "99.9 %");
        assert_eq!(percent(0.5), "50 %");
        assert_eq!(percent(0.123), "12.3 %");
    }
}
