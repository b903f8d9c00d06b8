//! Writes scenarios as a file, such as those that a search found.

use std::fmt::Write as _;

use indexmap::IndexMap;
use serde::Serialize;
use toml::{Table, Value};

use super::{IssuerSpec, Presentation, Scenario, Step};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::recipe::Recipe;
use jwtspec_types::members::is_default;
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::words::Level;

/// A scenario that cannot be written: a whole number beyond what TOML has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the scenario `{id}` cannot be written as TOML: {what}\nwrite the JSON text of the claims itself: `claims-json`"
)]
pub struct WriteError {
    id: String,
    what: String,
}

impl Scenario {
    /// A scenario made by a program, for [`write`](fn@write) and for a run. `main` is its only
    /// issuer, with nothing special; what else it has may be set afterwards.
    pub fn generated(
        id: impl Into<String>,
        title: impl Into<String>,
        covers: Vec<RequirementId>,
        steps: Vec<Step>,
    ) -> Self {
        let strongest = covers.iter().map(|requirement| requirement.level).min();
        Self {
            id: id.into(),
            title: title.into(),
            level: strongest.unwrap_or(Level::Must),
            covers,
            risk: None,
            trust: super::TrustSpec::default(),
            issuers: IndexMap::from([(MintContext::MAIN.to_owned(), IssuerSpec::default())]),
            session: false,
            one_step: matches!(steps.as_slice(), [Step::Present(one)] if one.times == 1),
            steps,
            needs: Vec::new(),
            control: Recipe::default(),
            profiles: Vec::new(),
            overrides: IndexMap::new(),
            fingerprint: 0,
        }
    }
}

/// Writes a scenario file. Reading it gives the same scenarios again, but for the topic in their
/// ids, which is the file's name, and their fingerprints.
///
/// `notes` become comments above each scenario.
///
/// # Errors
///
/// If a recipe sets a claim to a whole number of more than 63 bits.
///
/// ```
/// use jwtspec_mint::recipe::Recipe;
/// use jwtspec_mint::recipe::Difference;
/// use jwtspec_engine::scenario::{Expect, Presentation, Scenario, Step, write};
///
/// let recipe = Recipe::of([Difference::WithoutClaim("aud".to_owned())]);
/// let step = Step::Present(Presentation::of(recipe, Expect::Reject(vec![])).into());
/// let found = Scenario::generated("found/no-aud", "no `aud` at all", vec![], vec![step]);
/// let text = write("What was found.", &[(vec![], &found)])?;
/// assert!(text.contains("token = { without = [\"aud\"] }"));
/// # Ok::<(), jwtspec_engine::scenario::WriteError>(())
/// ```
pub fn write(about: &str, scenarios: &[(Vec<String>, &Scenario)]) -> Result<String, WriteError> {
    let mut text = format!("about = {}\n", Value::from(about));
    for (notes, scenario) in scenarios {
        text.push('\n');
        for line in notes.iter().flat_map(|note| note.lines()) {
            let _ = writeln!(text, "# {}", line.replace(|c: char| c.is_control(), "\u{fffd}"));
        }
        let written = table(scenario)
            .map_err(|error| WriteError { id: scenario.id.clone(), what: error.to_string() })?;
        text.push_str(&written);
    }
    Ok(text)
}

fn table(scenario: &Scenario) -> Result<String, toml::ser::Error> {
    let name = scenario.id.rsplit('/').next().unwrap_or(&scenario.id);
    let mut text = format!("[{name}]\n");
    let mut line = |name: &str, value: Value| {
        let _ = writeln!(text, "{name} = {value}");
    };
    line("title", scenario.title.as_str().into());
    line("covers", value(&scenario.covers)?);
    if scenario.session {
        line("session", true.into());
    }
    let strongest = scenario.covers.iter().map(|requirement| requirement.level).min();
    if Some(scenario.level) != strongest {
        line("level", value(&scenario.level)?);
    }
    if let Some(risk) = &scenario.risk {
        line("risk", risk.as_str().into());
    }
    let mut unless_default = |name: &str, value: Value| {
        if !matches!(&value, Value::Table(table) if table.is_empty())
            && !matches!(&value, Value::Array(list) if list.is_empty())
        {
            line(name, value);
        }
    };
    unless_default("needs", value(&scenario.needs)?);
    unless_default("profiles", value(&scenario.profiles)?);
    unless_default("trust", value(&scenario.trust)?);
    let mut others = Table::new();
    for (name, spec) in &scenario.issuers {
        match name.as_str() {
            MintContext::MAIN => unless_default("issuer", value(spec)?),
            _ => drop(others.insert(name.clone(), value(spec)?)),
        }
    }
    unless_default("issuers", others.into());
    unless_default("control", value(&scenario.control)?);
    match scenario.steps.as_slice() {
        [Step::Present(one)] if scenario.one_step => {
            let Presentation { recipe, request, expect, answer, cause, .. } = &**one;
            unless_default("token", value(recipe)?);
            if let Some(request) = request {
                line("request", value(request)?);
            }
            line("expect", value(expect)?);
            if !is_default(answer) {
                line("answer", value(answer)?);
            }
            if let Some(cause) = cause {
                line("cause", value(cause)?);
            }
        }
        steps => {
            text.push_str("steps = [\n");
            for step in steps {
                let _ = writeln!(text, "  {},", self::step(step)?);
            }
            text.push_str("]\n");
        }
    }
    for (profile, change) in &scenario.overrides {
        let _ = writeln!(text, "profile.{profile} = {}", value(change)?);
    }
    Ok(text)
}

fn step(step: &Step) -> Result<Value, toml::ser::Error> {
    let mut table = Table::new();
    let mut member = |name: &str, value: Value| drop(table.insert(name.to_owned(), value));
    match step {
        Step::Present(presentation) => {
            let Presentation { recipe, request, expect, answer, cause, times, at_once } =
                &**presentation;
            member("present", value(recipe)?);
            if let Some(request) = request {
                member("request", value(request)?);
            }
            member("expect", value(expect)?);
            if !is_default(answer) {
                member("answer", value(answer)?);
            }
            if let Some(cause) = cause {
                member("cause", value(cause)?);
            }
            if *times != 1 {
                member("times", i64::from(*times).into());
            }
            if *at_once {
                member("at-once", true.into());
            }
        }
        Step::Issuer(name, spec) if name == MintContext::MAIN => member("issuer", value(spec)?),
        Step::Issuer(name, spec) => {
            member("issuers", Table::from_iter([(name.clone(), value(spec)?)]).into());
        }
        Step::Pass(pass) => member("pass", value(pass)?),
        Step::Fetched(spec) => member("fetched", value(spec)?),
        Step::Hears(hearing) => {
            member("hears", value(&hearing.hears)?);
            member("within", value(&hearing.within)?);
        }
        Step::SignOut => member("sign-out", true.into()),
    }
    Ok(table.into())
}

fn value(member: &impl Serialize) -> Result<Value, toml::ser::Error> {
    Value::try_from(member)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Catalogue, parse};
    use jwtspec_format::Source;

    #[test]
    fn what_is_written_reads_back_the_same() {
        let catalogue = Catalogue::embedded().unwrap();
        for scenario in catalogue.iter() {
            let topic = scenario.id.split('/').next().unwrap();
            let text = write("Again.", &[(vec![scenario.title.clone()], scenario)]).unwrap();
            let source = Source::new("again.toml", &text);
            let again =
                parse(topic, &source).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
            let comparable = |scenario: &Scenario| {
                let mut scenario = scenario.clone();
                scenario.fingerprint = 0;
                format!("{scenario:#?}")
            };
            assert_eq!(comparable(&again[0]), comparable(scenario), "{text}");
        }
    }

    #[test]
    fn every_recipe_is_the_list_of_its_differences() {
        let catalogue = Catalogue::embedded().unwrap();
        for scenario in catalogue.iter() {
            for step in &scenario.steps {
                let Step::Present(presentation) = step else { continue };
                let differences = presentation.recipe.differences();
                assert_eq!(Recipe::of(differences), presentation.recipe, "{}", scenario.id);
            }
        }
    }
}
