//! Parses a file into scenarios, or finds every mistake in it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;

use super::entry::{Entry, SharedEntry, StepEntry};
use super::must::check_must;
use super::overrides::Mistake;
use super::{At, Expect, Hearing, Hears, Presentation, Scenario, Step, overrides};
use jwtspec_format::{Document, Problem, Problems, Source};
use jwtspec_mint::context::MintContext;
use jwtspec_types::capabilities::KeyDelivery;
use jwtspec_types::words::Level;

/// Reads one scenario file; `topic` is its file stem.
///
/// # Errors
///
/// Every mistake in the file, each with its place.
pub fn parse(topic: &str, source: &Source) -> Result<Vec<Scenario>, Problems> {
    let document = Document::parse(source);
    let mut problems = Vec::new();
    let mut scenarios = Vec::new();
    let mut about = false;
    let mut shared: Option<(Vec<SharedEntry>, Range<usize>)> = None;
    let mut places = Vec::new();
    for (name, place, member) in document.members() {
        if name == "about" {
            about = true;
            let (_, mistakes) = member.read::<String>();
            problems.extend(mistakes);
            continue;
        }
        if name == "overrides" {
            let (entries, mistakes) = member.read::<Vec<SharedEntry>>();
            problems.extend(mistakes);
            shared = entries.map(|entries| (entries, place));
            continue;
        }
        let (entry, mistakes) = member.read::<Entry>();
        problems.extend(mistakes);
        if !is_kebab_case(name) {
            problems.push(
                Problem::new(place.clone(), format!("`{name}` cannot be part of an id"))
                    .with_help("use small letters, digits and single hyphens"),
            );
        }
        if let Some(entry) = entry {
            match validate(topic, name, entry) {
                Ok(mut scenario) => {
                    scenario.fingerprint = fingerprint(source.text(), &place);
                    scenarios.push(scenario);
                    places.push(place);
                }
                Err(mistakes) => {
                    problems.extend(mistakes.into_iter().map(|mistake| mistake.at(place.clone())))
                }
            }
        }
    }
    if let Some((entries, place)) = shared {
        let mistakes = overrides::apply_shared(entries, &mut scenarios);
        problems.extend(mistakes.into_iter().map(|it| it.at(place.clone())));
    }
    for (scenario, place) in scenarios.iter().zip(&places) {
        let mistakes = overrides::check_overrides(scenario).into_iter().chain(check_must(scenario));
        problems.extend(mistakes.map(|it| it.at(place.clone())));
    }
    if !about {
        problems.push(
            Problem::new(0..0, "missing key `about`")
                .with_help("begin the file with a line that says what the topic is"),
        );
    }
    problems.extend(document.into_problems());
    match Problems::from_list(source, problems) {
        None => Ok(scenarios),
        Some(problems) => Err(problems),
    }
}

fn is_kebab_case(name: &str) -> bool {
    name.split('-').all(|word| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    })
}

/// A hash of the scenario's own lines: from its name to the next table at the start of a line.
fn fingerprint(text: &str, name: &Range<usize>) -> u64 {
    let start = text[..name.start].rfind('\n').map_or(0, |at| at + 1);
    let rest = &text[name.end..];
    let end = rest.find("\n[").map_or(text.len(), |at| name.end + at);
    let mut hasher = DefaultHasher::new();
    text[start..end].trim().hash(&mut hasher);
    hasher.finish()
}

fn validate(topic: &str, name: &str, entry: Entry) -> Result<Scenario, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    if entry.covers.is_empty() {
        mistakes.push(Mistake::new(
            "`covers` is empty",
            "name at least one requirement: a failure must be able to cite it",
        ));
    }
    if entry.issuers.contains_key(MintContext::MAIN) {
        mistakes
            .push(Mistake::new("`issuers.main` is the default issuer", "write `issuer = { … }`"));
    }
    let mut issuers = IndexMap::from([(MintContext::MAIN.to_owned(), entry.issuer)]);
    issuers.extend(entry.issuers);

    let one_step = entry.steps.is_none();
    let own = StepEntry {
        present: entry.token,
        expect: entry.expect,
        request: entry.request,
        answer: entry.answer,
        cause: entry.cause,
        ..StepEntry::default()
    };
    let written = match entry.steps {
        Some(steps) => {
            if own != StepEntry::default() {
                mistakes.push(Mistake::new(
                    "`steps` beside `token`, `request`, `expect`, `answer` or `cause`",
                    "move them into a step: `{ present = { … }, expect = … }`",
                ));
            }
            steps
        }
        None => vec![StepEntry { present: Some(own.present.unwrap_or_default()), ..own }],
    };
    let mut steps = Vec::new();
    for step in written {
        match parse_step(step, one_step) {
            Ok(converted) => steps.extend(converted),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    for issuer in steps.iter().filter_map(named_issuer) {
        if !issuers.contains_key(issuer) {
            mistakes.push(Mistake::new(
                format!("no issuer is called `{issuer}`"),
                "declare it beside `issuer`: `issuers.NAME = { … }`",
            ));
        }
    }
    let strongest = entry.covers.iter().map(|requirement| requirement.level).min();
    let scenario = Scenario {
        id: format!("{topic}/{name}"),
        title: entry.title,
        level: entry.level.or(strongest).unwrap_or(Level::Must),
        covers: entry.covers,
        risk: entry.risk.map(|risk| risk.of_steps(&steps)).unwrap_or_default(),
        trust: entry.trust,
        beside: entry.beside,
        issuers,
        steps,
        session: entry.session,
        one_step,
        needs: entry.needs,
        control: entry.control.unwrap_or_default(),
        profiles: entry.profiles,
        overrides: entry.profile,
        unproven_because: entry.unproven_because,
        fingerprint: 0,
    };
    if scenario.trust.keys != Some(KeyDelivery::Discovery)
        && scenario.issuer_specs().any(|(_, spec)| spec.discovery.is_some())
    {
        mistakes.push(Mistake::new(
            "`discovery` of an issuer that is not asked for it",
            "write `trust.keys = \"discovery\"`, or leave it out",
        ));
    }
    if scenario.trust.keys.is_none_or(|keys| keys == KeyDelivery::Discovery)
        && scenario.issuers.values().any(|spec| spec.identifier.is_some())
    {
        mistakes.push(Mistake::new(
            "`identifier` of an issuer whose keys may be looked for there",
            "write `trust.keys = \"jwks-uri\"` or `\"inline\"`",
        ));
    }
    if scenario.presentations().next().is_some_and(|(_, first)| first.again) {
        mistakes.push(Mistake::new(
            "`again` without a token before",
            "the first `present` of a scenario is minted anew",
        ));
    }
    mistakes.extend(check_beside(&scenario));
    mistakes.extend(check_session(&scenario));
    if scenario.steps.is_empty() && mistakes.is_empty() {
        mistakes.push(Mistake::new("`steps` is empty", "a scenario has at least one step"));
    }
    if mistakes.is_empty() { Ok(scenario) } else { Err(mistakes) }
}

/// The mistakes as to a second verifier.
fn check_beside(scenario: &Scenario) -> Option<Mistake> {
    let is_used = scenario.presentations().any(|(_, one)| one.beside);
    let unknown = |name: &&String| !scenario.issuers.contains_key(name.as_str());
    match &scenario.beside {
        None if is_used => Some(Mistake::new(
            "`at = \"beside\"` without a second verifier",
            "say how its trust differs: `beside = { trust = { audiences = [\"other\"] } }`",
        )),
        Some(_) if !is_used => Some(Mistake::new(
            "`beside` to which no token is presented",
            "write `at = \"beside\"` beside a `present`, or leave it out",
        )),
        Some(_) if scenario.session => {
            Some(Mistake::new("`beside` in a session", "a connection is to one verifier"))
        }
        Some(beside) => beside.issuers.iter().flatten().find(unknown).map(|issuer| {
            Mistake::new(
                format!("no issuer is called `{issuer}`"),
                "declare it beside `issuer`: `issuers.NAME = { … }`",
            )
        }),
        None => None,
    }
}

fn named_issuer(step: &Step) -> Option<&str> {
    match step {
        Step::Present(presentation) => presentation.recipe.from.as_deref(),
        Step::Issuer(name, _) => Some(name),
        Step::Fetched(spec) => Some(&spec.issuer),
        Step::Pass(_) | Step::Hears(_) | Step::SignOut => None,
    }
}

/// The mistakes in steps as to sessions: what belongs to one, and what cannot be in one.
fn check_session(scenario: &Scenario) -> Vec<Mistake> {
    let session = scenario.session;
    let mut mistakes = Vec::new();
    let mut accepted = false;
    for step in &scenario.steps {
        let mut add = |what: &str, help| mistakes.push(Mistake::new(what, help));
        match step {
            Step::Present(one) => {
                let Presentation { request, expect, answer, at_once, .. } = &**one;
                accepted = *expect == Expect::Accept;
                if session && request.is_some() {
                    add("`request` in a session", "a socket takes tokens in messages");
                }
                if session && *at_once {
                    add("`at-once` in a session", "a connection takes one token after the other");
                }
                if session && answer.is_of_http() {
                    add(
                        "`answer` in a session asks for what only HTTP has",
                        "ask for `version` or `identity`",
                    );
                }
                if !session && (answer.version || answer.identity) {
                    add("`version` and `identity` of an answer need a session", SESSION);
                }
                if answer.version && !matches!(expect, Expect::Reject(_)) {
                    add("`answer.version` where no refusal is due", "expect a `reject`");
                }
                if answer.identity && *expect != Expect::Accept {
                    add("`answer.identity` where no acceptance is due", "expect `accept`");
                }
            }
            Step::Hears(_) | Step::SignOut => {
                if !session {
                    add("`hears` and `sign-out` need a session", SESSION);
                } else if !accepted {
                    add(
                        "`hears` and `sign-out` without a session that has begun",
                        "let the `present` before expect `accept`",
                    );
                }
                accepted &= matches!(step, Step::Hears(one) if one.hears == Hears::Nothing);
            }
            Step::Issuer(..) | Step::Pass(_) | Step::Fetched(_) => {}
        }
    }
    mistakes
}

const SESSION: &str = "write `session = true` beside `steps`: all tokens on one connection";

/// A written step is one thing; `issuers` changes one issuer a member.
fn parse_step(step: StepEntry, one_step: bool) -> Result<Vec<Step>, Mistake> {
    const ONE: &str = "a step is one of `present`, `issuer`, `issuers`, `pass`, `fetched`, `hears` \
                       and `sign-out`";
    let kinds = [
        step.present.is_some(),
        step.issuer.is_some(),
        step.issuers.is_some(),
        step.pass.is_some(),
        step.fetched.is_some(),
        step.hears.is_some() || step.within.is_some(),
        step.sign_out.is_some(),
    ];
    if kinds.iter().filter(|kind| **kind).count() != 1 {
        return Err(Mistake::new("a step that is not exactly one thing", ONE));
    }
    if step.present.is_some() {
        return parse_presentation(step, one_step).map(|step| vec![step]);
    }
    if step.expect.is_some()
        || step.request.is_some()
        || step.answer.is_some()
        || step.cause.is_some()
        || step.times.is_some()
        || step.at_once.is_some()
        || step.again.is_some()
        || step.at.is_some()
    {
        return Err(Mistake::new(
            "`expect`, `request`, `answer`, `cause`, `times`, `at-once`, `again` and `at` belong \
             to `present`",
            ONE,
        ));
    }
    let changed = step.issuer.map(|spec| (MintContext::MAIN.to_owned(), spec));
    let mut steps = Vec::new();
    for (name, spec) in changed.into_iter().chain(step.issuers.unwrap_or_default()) {
        if let Some(member) = spec.unchangeable() {
            return Err(Mistake::new(
                format!("`{member}` of the issuer `{name}` cannot change in a step"),
                "the verifier was told of the issuer before; say it where the issuer is declared",
            ));
        }
        steps.push(Step::Issuer(name, Box::new(spec)));
    }
    steps.extend(step.pass.map(Step::Pass));
    match (step.hears, step.within) {
        (Some(hears), Some(within)) => steps.push(Step::Hears(Hearing { hears, within })),
        (None, None) => {}
        _ => {
            return Err(Mistake::new(
                "`hears` and `within` go together",
                "write `{ hears = { reject = \"expired\" }, within = \"leeway+5s\" }`",
            ));
        }
    }
    match step.sign_out {
        Some(true) => steps.push(Step::SignOut),
        Some(false) => {
            return Err(Mistake::new("`sign-out = false` does nothing", "leave the step out"));
        }
        None => {}
    }
    if let Some(spec) = step.fetched {
        if spec.is_vacuous() {
            return Err(Mistake::new(
                "`fetched` without a bound cannot fail",
                "write `fetched = { jwks.at-most = 2 }`",
            ));
        }
        steps.push(Step::Fetched(spec));
    }
    Ok(steps)
}

fn parse_presentation(step: StepEntry, one_step: bool) -> Result<Step, Mistake> {
    let Some(expect) = step.expect else {
        let what = if one_step { "missing key `expect`" } else { "a `present` without `expect`" };
        return Err(Mistake::new(
            what.to_owned(),
            "write `expect = \"accept\"` or `expect = { reject = \"expired\" }`",
        ));
    };
    if step.cause.is_some_and(|cause| !expect.reasons().contains(&cause)) {
        return Err(Mistake::new(
            "`cause` is not among the reasons of `expect`",
            "a verifier must be allowed to name what is wrong",
        ));
    }
    let times = step.times.unwrap_or(1);
    if times == 0 {
        return Err(Mistake::new("`times = 0` presents nothing", "leave the step out"));
    }
    if step.at_once == Some(true) && times == 1 {
        return Err(Mistake::new("`at-once` with one token", "say how many: `times = 20`"));
    }
    Ok(Step::Present(Arc::new(Presentation {
        recipe: step.present.unwrap_or_default(),
        request: step.request,
        expect,
        answer: step.answer.unwrap_or_default(),
        cause: step.cause,
        times,
        at_once: step.at_once.unwrap_or(false),
        again: step.again.unwrap_or(false),
        beside: step.at == Some(At::Beside),
    })))
}
