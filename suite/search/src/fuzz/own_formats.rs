//! `recipe` and `scenario_file`: files that people write, and what they ask for.

use super::differential::mint_context;
use jwtspec_engine::scenario::{self, Scenario};
use jwtspec_format::{Problems, Source, read};
use jwtspec_mint::context::{IssuerFacts, MintContext};
use jwtspec_mint::mint;
use jwtspec_mint::recipe::{Recipe, SignatureFault};

/// Bytes of the longest text read here: ours are a few thousand, and reading every mistake at
/// once takes the square of their number.
const LONGEST_TEXT: usize = 8 << 10;

/// Reads the bytes as a recipe, and mints by it.
///
/// # Panics
///
/// If something panics; if a mistake has no place in the text; if the same recipe gives two
/// tokens, or its list of differences another recipe.
pub fn recipe(data: &[u8]) {
    let Some(source) = source(data) else { return };
    match read::<Recipe>(&source) {
        Ok(recipe) => mints(&recipe, &mint_context()),
        Err(problems) => places(&source, &problems),
    }
}

/// Reads the bytes as a scenario file, and mints by each recipe in it.
///
/// # Panics
///
/// If something panics; if a mistake has no place in the text; if a scenario is another once it
/// was written and read again; if the same recipe gives two tokens.
pub fn scenario_file(data: &[u8]) {
    let Some(source) = source(data) else { return };
    let scenarios = match scenario::parse("fuzz", &source) {
        Ok(scenarios) => scenarios,
        Err(problems) => return places(&source, &problems),
    };
    for scenario in &scenarios {
        let mint_context = setting_of(scenario);
        for (_, presentation) in scenario.presentations() {
            mints(&presentation.recipe, &mint_context);
        }
    }
    is_written_as_read(&scenarios);
}

fn source(data: &[u8]) -> Option<Source> {
    if data.len() > LONGEST_TEXT {
        return None;
    }
    // What is not UTF-8 is refused before it is read as TOML.
    std::str::from_utf8(data).ok().map(|text| Source::new("fuzz.toml", text))
}

/// Every mistake names a place in the text, and the first ones are shown.
fn places(source: &Source, problems: &Problems) {
    let text = source.text();
    for problem in problems.iter() {
        let span = problem.span();
        assert!(
            text.get(span.clone()).is_some(),
            "{:?} has no place: {span:?} of {} bytes",
            problem.message(),
            text.len()
        );
    }
    let lines = problems.to_lines();
    let shown = problems.iter().count().min(Problems::MOST_SHOWN);
    assert!(lines.lines().count() >= shown, "a mistake is not shown:\n{lines}");
}

/// The same recipe always gives the same token, or the same error.
fn mints(recipe: &Recipe, mint_context: &MintContext) {
    // These sign until the signature happens to begin with a zero byte: slow, and not by a
    // mistake. The mint's own tests have them.
    let by_chance = |fault: &SignatureFault| {
        matches!(
            fault,
            SignatureFault::LeadingZero
                | SignatureFault::LeadingZeroRemoved
                | SignatureFault::LeadingZerosRemoved
        )
    };
    if recipe.signature.iter().any(by_chance) {
        return;
    }
    let minted = mint(recipe, mint_context);
    assert!(minted == mint(recipe, mint_context), "{recipe:?} does not always give the same");
    if let Err(error) = &minted {
        assert!(!error.to_string().is_empty(), "{error:?} says nothing");
    }
    let again = Recipe::of(recipe.differences());
    assert!(
        minted == mint(&again, mint_context),
        "{recipe:?} is another when made of its differences: {again:?}"
    );
}

/// A setting with the issuers of a scenario.
fn setting_of(scenario: &Scenario) -> MintContext {
    let issuers = scenario.issuers.keys().enumerate().map(|(number, name)| {
        (name.clone(), IssuerFacts::on("https://issuer.jwtspec.example", number, ""))
    });
    MintContext::for_issuers(issuers)
}

/// Writing and reading again changes nothing.
fn is_written_as_read(scenarios: &[Scenario]) {
    let listed: Vec<_> = scenarios.iter().map(|scenario| (Vec::new(), scenario)).collect();
    // A number that TOML does not have came from a placeholder; the writer says so.
    let Ok(text) = scenario::write("fuzz", &listed) else { return };
    let again = scenario::parse("fuzz", &Source::new("again.toml", text.as_str()));
    let again = match again {
        Ok(again) => again,
        Err(problems) => panic!("what was written cannot be read:\n{problems}\n{text}"),
    };
    let listed: Vec<_> = again.iter().map(|scenario| (Vec::new(), scenario)).collect();
    let twice = scenario::write("fuzz", &listed).unwrap_or_default();
    assert!(text == twice, "written:\n{text}\nread and written again:\n{twice}");
}
