//! A fuzz input of a fuzz target: what its bytes hold, and the scenario that presents them.

use std::sync::Arc;

use crate::fuzz::{Campaign, decompile_in, fixed, mint_context, text_of_bytes};
use crate::generate::SetupSpec;
use crate::oracle_input::{oracle, requirements};
use jwtspec_engine::plan::{Conditions, dry_run, plan_case};
use jwtspec_engine::scenario::{
    Expect, IssuerSpec, Presentation, RequestSpec, Scenario, ServeSpec, Step,
};
use jwtspec_engine::target::is_field_value;
use jwtspec_format::{Problems, Source, read};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::placeholder::JsonText;
use jwtspec_mint::recipe::{Recipe, slug};
use jwtspec_types::capabilities::{Capabilities, Channel, KeyDelivery};

/// The kind of content of a fuzz input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum InputKind {
    /// A token: `parse_jwt`, `verify`, `differential`
    Token,
    /// A key set: `parse_jwks`
    Jwks,
    /// A discovery document: `parse_discovery`
    Discovery,
    /// A recipe in TOML: `recipe`
    Recipe,
    /// A scenario file: `scenario_file`, finds, entries of a corpus
    Scenario,
    /// The value of a `WWW-Authenticate` field: `www_authenticate`
    Challenge,
}

/// A fuzz input that no scenario can express.
#[derive(Debug, thiserror::Error)]
pub enum Inexpressible {
    /// A recipe with mistakes, each with its place.
    #[error("{0}")]
    Mistakes(#[from] Problems),
    /// Bytes that HTTP cannot carry.
    #[error(
        "its bytes are no value of a header field (RFC 9110 section 5.5), so no request can carry them\nit is for parsers that are called directly; keep it in fuzz/regressions"
    )]
    NoFieldValue,
    /// Nothing that is presented.
    #[error("it is nothing that a verifier is shown")]
    NotShown,
    /// The harness cannot set it up.
    #[error("no scenario can be made of it: {0}")]
    NotSetUp(String),
}

impl InputKind {
    /// Returns the kind that these bytes seem to be.
    pub fn detect(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let start = text.trim_start_matches('\u{feff}').trim_start();
        if start.starts_with(['{', '[']) && toml::from_str::<toml::Table>(&text).is_err() {
            // A token in JSON serialisation has segments; a document of an issuer does not.
            let is_document = ["\"keys\"", "jwks_uri", "\"issuer\"", "\"kty\""];
            return match is_document.iter().find(|name| text.contains(**name)) {
                Some(&"jwks_uri" | &"\"issuer\"") if !text.contains("\"keys\"") => Self::Discovery,
                Some(_) => Self::Jwks,
                None if text.contains("\"payload\"") => Self::Token,
                None => Self::Jwks,
            };
        }
        match toml::from_str::<toml::Table>(&text) {
            Ok(table) if table.contains_key("about") => return Self::Scenario,
            Ok(table) if !table.is_empty() => return Self::Recipe,
            _ => {}
        }
        if text.starts_with("about") || text.contains("\nabout") || text.contains("covers") {
            return Self::Scenario;
        }
        let is_challenge = ["realm=", "error=", "scope="].iter().any(|name| text.contains(name));
        if is_challenge { Self::Challenge } else { Self::Token }
    }
}

/// The scenario that presents a fuzz input, with what the model expects; `name` names it.
///
/// # Errors
///
/// If a scenario cannot express it.
pub fn input_scenario(
    kind: InputKind,
    name: &str,
    bytes: &[u8],
) -> Result<Scenario, Inexpressible> {
    let presentation = |recipe| Presentation::of(recipe, Expect::Either(Vec::new()));
    match kind {
        InputKind::Token => match std::str::from_utf8(bytes) {
            Ok(token) => with_verdict(scenario(name, presentation(recipe(token)))),
            Err(_) if !is_field_value(bytes) => Err(Inexpressible::NoFieldValue),
            Err(_) => {
                let request = RequestSpec::bytes([b"Bearer ", bytes].concat());
                // No token has such bytes (RFC 6750 section 2.1).
                let refused = Presentation::of(Recipe::default(), Expect::Reject(Vec::new()));
                let shown = Presentation { request: Some(request), ..refused };
                let mut scenario = scenario(name, shown);
                scenario.covers = requirements(&["rfc6750-2.1-credentials-syntax-enforced"]);
                Ok(scenario)
            }
        },
        InputKind::Recipe => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let recipe = read(&Source::new(name, text))?;
            with_verdict(scenario(name, presentation(recipe)))
        }
        InputKind::Jwks => {
            let mut scenario = scenario(name, presentation(Recipe::default()));
            with_document(&mut scenario, |main, body| main.jwks = Some(body), bytes);
            with_verdict(scenario)
        }
        InputKind::Discovery => {
            let mut scenario = scenario(name, presentation(Recipe::default()));
            with_document(&mut scenario, |main, body| main.discovery = Some(body), bytes);
            scenario.trust.keys = Some(KeyDelivery::Discovery);
            // What a discovery document is worth is not for the model to say.
            Ok(scenario)
        }
        InputKind::Scenario | InputKind::Challenge => Err(Inexpressible::NotShown),
    }
}

/// Serves these bytes as a document of `main`; the control comes from another issuer.
fn with_document(scenario: &mut Scenario, set: impl Fn(&mut IssuerSpec, ServeSpec), bytes: &[u8]) {
    let (text, encoding) = text_of_bytes(bytes);
    let body = Some(JsonText::literal(&text));
    if let Some(main) = scenario.issuers.get_mut(MintContext::MAIN) {
        set(main, ServeSpec { body, encoding, ..ServeSpec::default() });
    }
    let mut setup = fixed::setup();
    scenario.issuers.extend(setup.issuers.shift_remove_entry(SetupSpec::SECOND));
    scenario.control = Recipe { from: Some(SetupSpec::SECOND.to_owned()), ..Recipe::default() };
}

/// The recipe of a token that was made for one of the two setups of the fuzz targets.
fn recipe(token: &str) -> Recipe {
    let of_verify = decompile_in(token, fixed::mint_context());
    let is_at_home = |recipe: &Recipe| format!("{recipe:?}").contains("issuer");
    if is_at_home(&of_verify) {
        return of_verify;
    }
    let of_differential = decompile_in(token, &mint_context());
    if is_at_home(&of_differential) { of_differential } else { of_verify }
}

/// One step in the setup of the fuzz targets; issuers of which it does not speak are left out.
fn scenario(name: &str, presentation: Presentation) -> Scenario {
    let says = format!("{presentation:?}");
    let covers = requirements(&["rfc7515-5.2-signature-mismatch-reject"]);
    let step = Step::Present(Arc::new(presentation));
    let id = format!("artefact/{}", kebab(name));
    let mut scenario = fixed::setup().scenario(id, "an input of libFuzzer", covers, vec![step]);
    scenario.issuers.retain(|name, _| name == MintContext::MAIN || says.contains(name.as_str()));
    scenario
}

/// The scenario with what the model expects of its token.
fn with_verdict(mut scenario: Scenario) -> Result<Scenario, Inexpressible> {
    let not_set_up = |why: &dyn std::fmt::Display| Inexpressible::NotSetUp(why.to_string());
    let case =
        plan_case(scenario.clone(), &Conditions::default(), &Capabilities::all(), Channel::ALL)
            .map_err(|error| not_set_up(&error))?;
    let now = MintContext::example().now;
    let dry = dry_run(&case, now).map_err(|error| not_set_up(&error))?;
    let (Some(oracle), Some(step)) = (dry.setups.first().and_then(oracle), dry.steps.first())
    else {
        return Ok(scenario);
    };
    let expected = oracle.expected(&step.minted.token, &step.minted.signed, step.mint_context.now);
    let broken = requirements(&expected.broken());
    if !broken.is_empty() {
        scenario.covers = broken;
    }
    let presentation = Presentation { expect: expected.expect, ..step.presentation.clone() };
    scenario.steps = vec![Step::Present(Arc::new(presentation))];
    let strongest = scenario.covers.iter().map(|requirement| requirement.level).min();
    scenario.level = strongest.unwrap_or(scenario.level);
    Ok(scenario)
}

/// A name that can be part of an id and of a file name.
pub fn kebab(name: &str) -> String {
    let kebab = slug(name);
    if kebab.is_empty() { "artefact".to_owned() } else { kebab }
}

/// Runs the bodies of the fuzz targets on an input; returns by target nothing, or the panic.
pub fn run_bodies(kind: InputKind, bytes: &[u8]) -> Vec<(&'static str, Option<String>)> {
    use crate::fuzz;
    type Body = fn(&[u8]);
    let run_bodies: Vec<(&'static str, Body)> = match kind {
        InputKind::Token => vec![
            ("parse_jwt", |bytes| fuzz::parse_jwt(bytes, &[&fuzz::JsonWebToken])),
            ("verify", verify),
            ("differential", differential),
        ],
        InputKind::Jwks => vec![("parse_jwks", fuzz::parse_jwks)],
        InputKind::Discovery => vec![("parse_discovery", fuzz::parse_discovery)],
        InputKind::Recipe => vec![("recipe", fuzz::recipe)],
        InputKind::Scenario => vec![("scenario_file", fuzz::scenario_file)],
        InputKind::Challenge => vec![("www_authenticate", fuzz::www_authenticate)],
    };
    run_bodies.into_iter().map(|(name, body)| (name, caught(body, bytes))).collect()
}

/// The reference verifier alone: other libraries are linked into `fuzz/` only.
fn verify(bytes: &[u8]) {
    if let Ok(linked) = crate::fuzz::Linked::new(&jwtspec_reference::Reference::default()) {
        crate::fuzz::verify(bytes, &[&linked]);
    }
}

fn differential(bytes: &[u8]) {
    let trust = crate::fuzz::trust();
    if let (Ok(reference), Ok(other)) =
        (crate::fuzz::LinkedReference::new(&trust), crate::fuzz::JsonWebTokenVerifier::new(&trust))
    {
        crate::fuzz::differential(bytes, &reference, &[&other]);
    }
}

/// Returns the message of a body that panics. It has a thread of its own, since bodies bring a
/// runtime along. The panic hook is replaced meanwhile: it would print.
fn caught(body: fn(&[u8]), bytes: &[u8]) -> Option<String> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let seeds = [bytes.to_vec()];
    let run = || Campaign::new(0, 1, &seeds).run(body);
    let caught = std::thread::scope(|scope| scope.spawn(run).join());
    std::panic::set_hook(hook);
    caught.ok()?.map(|caught| caught.message)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use jwtspec_engine::scenario::write;

    #[test]
    fn content_tells_what_it_is() {
        let kinds = HashMap::from([
            ("eyJhbGciOiJFUzI1NiJ9.e30.AA", InputKind::Token),
            ("", InputKind::Token),
            (r#"{"keys":[]}"#, InputKind::Jwks),
            (r#"{"issuer":"x","jwks_uri":"y"}"#, InputKind::Discovery),
            (r#"{"payload":"e30","signatures":[]}"#, InputKind::Token),
            ("without = [\"aud\"]", InputKind::Recipe),
            ("about = \"x\"\n[a]\ntitle = \"t\"", InputKind::Scenario),
            ("Bearer realm=\"x\", error=\"invalid_token\"", InputKind::Challenge),
        ]);
        for (text, kind) in kinds {
            assert_eq!(InputKind::detect(text.as_bytes()), kind, "{text}");
        }
        assert_eq!(InputKind::detect(b"{\"keys\":[\xff]}"), InputKind::Jwks);
    }

    #[test]
    fn inputs_become_scenarios_that_can_be_written_and_read() {
        let token = jwtspec_mint::mint(&Recipe::default(), fixed::mint_context())
            .map(|minted| minted.token);
        let token = token.unwrap_or_default();
        for (kind, bytes) in [
            (InputKind::Token, token.as_bytes()),
            (InputKind::Token, b"e30.e30.AA"),
            (InputKind::Token, b"e30.e30.\xff\xfe"),
            (InputKind::Jwks, b"{\"keys\":[\xff]}"),
            (InputKind::Jwks, br#"{"keys":[null]}"#),
            (InputKind::Discovery, br#"{"issuer":"@x"}"#),
            (InputKind::Recipe, b"without = [\"aud\"]"),
        ] {
            let scenario = input_scenario(kind, "crash-0A", bytes).expect("a scenario");
            let text = write("t", &[(vec![], &scenario)]).expect("TOML");
            let again =
                jwtspec_engine::scenario::parse("artefact", &Source::new("a", text.as_str()));
            assert!(again.is_ok(), "{text}");
        }
        let valid = input_scenario(InputKind::Token, "x", token.as_bytes()).expect("a scenario");
        let text = write("t", &[(vec![], &valid)]).expect("TOML");
        assert!(text.contains("expect = \"accept\""), "{text}");
        assert!(matches!(
            input_scenario(InputKind::Token, "x", b"e30\n\xff"),
            Err(Inexpressible::NoFieldValue)
        ));
        assert!(matches!(
            input_scenario(InputKind::Recipe, "x", b"witout = []"),
            Err(Inexpressible::Mistakes(_))
        ));
    }

    #[test]
    fn bodies_find_nothing_in_sound_tokens() {
        for (name, panic) in run_bodies(InputKind::Token, b"e30.e30.AA") {
            assert_eq!(panic, None, "{name}");
        }
    }
}
