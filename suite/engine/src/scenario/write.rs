//! Writes scenarios as a file, such as those that a search found.

use std::fmt::Write as _;

use indexmap::IndexMap;
use serde::Serialize;
use toml::{Table, Value};

use super::{IssuerSpec, Presentation, Risk, Scenario, Step};
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
            risk: Risk::default(),
            trust: super::TrustSpec::default(),
            beside: None,
            issuers: IndexMap::from([(MintContext::MAIN.to_owned(), IssuerSpec::default())]),
            session: false,
            one_step: matches!(steps.as_slice(), [Step::Present(one)] if one.times == 1),
            steps,
            needs: Vec::new(),
            control: Recipe::default(),
            profiles: Vec::new(),
            overrides: IndexMap::new(),
            unproven_because: None,
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
    let mut members =
        vec![("title", scenario.title.as_str().into()), ("covers", value(&scenario.covers)?)];
    if scenario.session {
        members.push(("session", true.into()));
    }
    let strongest = scenario.covers.iter().map(|requirement| requirement.level).min();
    if Some(scenario.level) != strongest {
        members.push(("level", value(&scenario.level)?));
    }
    if scenario.risk != Risk::default() {
        members.push(("risk", value(&scenario.risk)?));
    }
    let (main, others): (Vec<_>, Vec<_>) =
        scenario.issuers.iter().partition(|(name, _)| *name == MintContext::MAIN);
    if let Some(why) = &scenario.unproven_because {
        members.push(("unproven-because", value(why)?));
    }
    let main = main.first().map_or(Ok(Table::new().into()), |(_, spec)| value(spec))?;
    let others: IndexMap<_, _> = others.into_iter().collect();
    let mut optional = vec![
        ("needs", value(&scenario.needs)?),
        ("profiles", value(&scenario.profiles)?),
        ("trust", value(&scenario.trust)?),
        ("beside", scenario.beside.as_ref().map_or(Ok(Table::new().into()), value)?),
        ("issuer", main),
        ("issuers", value(&others)?),
        ("control", value(&scenario.control)?),
    ];
    let mut steps = String::new();
    let mut presented = Vec::new();
    match scenario.steps.as_slice() {
        [Step::Present(one)] if scenario.one_step => {
            optional.push(("token", value(&one.recipe)?));
            presented = presentation(one)?;
        }
        all => {
            steps.push_str("steps = [\n");
            for step in all {
                let _ = writeln!(steps, "  {},", self::step(step)?);
            }
            steps.push_str("]\n");
        }
    }
    members.extend(optional.into_iter().filter(|(_, value)| !is_empty(value)));
    let mut text = format!("[{name}]\n");
    for (name, value) in members.into_iter().chain(presented) {
        let _ = writeln!(text, "{name} = {value}");
    }
    text.push_str(&steps);
    for (profile, change) in &scenario.overrides {
        let _ = writeln!(text, "profile.{profile} = {}", value(change)?);
    }
    Ok(text)
}

fn is_empty(value: &Value) -> bool {
    value.as_table().is_some_and(Table::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

type Members = Vec<(&'static str, Value)>;

/// The members of a presentation beside its token.
fn presentation(presentation: &Presentation) -> Result<Members, toml::ser::Error> {
    let Presentation { recipe: _, request, expect, answer, cause, times, at_once, again, beside } =
        presentation;
    let mut members = Members::new();
    if let Some(request) = request {
        members.push(("request", value(request)?));
    }
    members.push(("expect", value(expect)?));
    if !is_default(answer) {
        members.push(("answer", value(answer)?));
    }
    if let Some(cause) = cause {
        members.push(("cause", value(cause)?));
    }
    if *times != 1 {
        members.push(("times", i64::from(*times).into()));
    }
    if *at_once {
        members.push(("at-once", true.into()));
    }
    if *again {
        members.push(("again", true.into()));
    }
    if *beside {
        members.push(("at", "beside".into()));
    }
    Ok(members)
}

fn step(step: &Step) -> Result<Value, toml::ser::Error> {
    let members = match step {
        Step::Present(one) => {
            let mut members = vec![("present", value(&one.recipe)?)];
            members.extend(presentation(one)?);
            members
        }
        Step::Issuer(name, spec) if name == MintContext::MAIN => vec![("issuer", value(spec)?)],
        Step::Issuer(name, spec) => {
            vec![("issuers", Table::from_iter([(name.clone(), value(spec)?)]).into())]
        }
        Step::Pass(pass) => vec![("pass", value(pass)?)],
        Step::Fetched(spec) => vec![("fetched", value(spec)?)],
        Step::Hears(hearing) => {
            vec![("hears", value(&hearing.hears)?), ("within", value(&hearing.within)?)]
        }
        Step::SignOut => vec![("sign-out", true.into())],
    };
    Ok(Table::from_iter(members.into_iter().map(|(name, value)| (name.to_owned(), value))).into())
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
