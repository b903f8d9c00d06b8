//! The members of a list that were tried one by one.

use super::measurement::Measurement;
use super::unmeasured::{NOT_MEASURED, Unmeasured};

/// The members of a list, each with what came of it: true if it works, or why that is not known.
pub(super) struct Tried<T> {
    tried: Vec<(T, Result<bool, Unmeasured>)>,
}

impl<T: PartialEq> Tried<T> {
    pub(super) fn new() -> Self {
        Self { tried: Vec::new() }
    }

    /// Adds a member. That it cannot be told is an answer: it does not work.
    pub(super) fn add(&mut self, member: T, works: Result<bool, Unmeasured>) {
        let works = match works {
            Err(Unmeasured::Impossible(_)) => Ok(false),
            works => works,
        };
        self.tried.push((member, works));
    }

    /// The members that do not work.
    pub(super) fn failing(&self) -> impl Iterator<Item = &T> {
        self.tried.iter().filter(|(_, works)| *works == Ok(false)).map(|(member, _)| member)
    }

    /// The members that work.
    fn working(&self) -> impl Iterator<Item = &T> {
        self.tried.iter().filter(|(_, works)| *works == Ok(true)).map(|(member, _)| member)
    }

    /// Those that should be declared: what works, and of what is not known whatever is declared.
    pub(super) fn to_declare(&self, declared: impl Fn(&T) -> bool) -> Vec<T>
    where
        T: Clone,
    {
        let holds = |(member, works): &&(T, Result<bool, _>)| match works {
            Ok(works) => *works,
            Err(_) => declared(member),
        };
        self.tried.iter().filter(holds).map(|(member, _)| member.clone()).collect()
    }

    /// The measurement, compared with what is declared under the name `member`.
    pub(super) fn measurement<'t>(
        &'t self,
        name: &'static str,
        member: &str,
        declared: &[&str],
        seen: String,
        word: impl Fn(&'t T) -> &'t str,
    ) -> Measurement {
        let works: Vec<&str> = self.working().map(&word).collect();
        let unknown: Vec<(&str, &Unmeasured)> = self
            .tried
            .iter()
            .filter_map(|(member, works)| Some((word(member), works.as_ref().err()?)))
            .collect();
        let is_known = |name: &&str| !unknown.iter().any(|(unknown, _)| unknown == name);
        let declared: Vec<&str> = declared.iter().copied().filter(is_known).collect();
        let value = match works.is_empty() {
            true if unknown.len() == self.tried.len() => NOT_MEASURED.to_owned(),
            true => "none".to_owned(),
            false => works.join(", "),
        };
        let line = Measurement::new(name, value, seen).against_list(member, &declared, &works);
        remark_unmeasured(line, &unknown)
    }
}

/// Adds a remark for each reason, with the names of all that it leaves unmeasured.
pub(super) fn remark_unmeasured(
    mut line: Measurement,
    unknown: &[(&str, &Unmeasured)],
) -> Measurement {
    for (place, (_, why)) in unknown.iter().enumerate() {
        if unknown[..place].iter().any(|(_, earlier)| earlier == why) {
            continue;
        }
        let alike = unknown.iter().filter(|(_, other)| other == why);
        let names: Vec<&str> = alike.map(|(name, _)| *name).collect();
        line = line.remark(format!("{NOT_MEASURED}: {} ({why})", names.join(", ")));
    }
    line.lacking(unknown.iter().map(|(_, why)| *why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_got_no_verdict_neither_works_nor_fails() {
        let no_verdict = |why: &str| Err(Unmeasured::NoVerdict(why.to_owned()));
        let mut tried = Tried::new();
        tried.add("a", Ok(true));
        tried.add("b", Ok(false));
        tried.add("c", no_verdict("status 500"));
        tried.add("d", no_verdict("no answer within 1 s"));
        tried.add("e", no_verdict("status 500"));
        tried.add("f", Err(Unmeasured::Impossible("the target says: no".to_owned())));
        assert_eq!(tried.failing().copied().collect::<Vec<_>>(), ["b", "f"]);
        assert_eq!(tried.to_declare(|name| *name == "c"), ["a", "c"]);
        let line = tried.measurement("letters", "letters", &["a", "c"], String::new(), |it| *it);
        assert_eq!(line.value, "a");
        assert!(line.differences.is_empty() && line.incomplete, "{line:?}");
        assert_eq!(
            line.remarks,
            [
                "could not be measured: c, e (no verdict (status 500))",
                "could not be measured: d (no verdict (no answer within 1 s))",
            ]
        );
    }
}
