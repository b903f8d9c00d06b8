//! `jwtspec show` and `jwtspec schema`.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::args::{SchemaOf, ShowArgs};
use super::exit::CLEAN;
use super::fail::Fail;
use super::output::{print_json, print_text};
use super::run::{catalogue, plan};
use jwtspec_advice::explain::Explanation;
use jwtspec_engine::issuer::Documents;
use jwtspec_engine::judge::judge_ledger;
use jwtspec_engine::plan::{Case, Extra, change, imagined_endpoints, setup};
use jwtspec_engine::report::{Report, ledger_action, ledger_expected};
use jwtspec_engine::scenario::{FileSchema, Presentation, Step};
use jwtspec_engine::target::TargetFile;
use jwtspec_engine::vectors::VectorFile;
use jwtspec_mint::context::MintContext;
use jwtspec_mint::{Line, Mark, MintError, Minted, mint, shorten};
use jwtspec_types::nearest::nearest;
use jwtspec_types::trust::Trust;
use jwtspec_types::words::Level;

pub(super) fn show(args: &ShowArgs) -> Result<u8, Fail> {
    let catalogue = catalogue(&args.choice)?;
    if catalogue.find(&args.id).is_none() {
        let near = nearest(&args.id, catalogue.iter().map(|scenario| scenario.id.as_str()));
        let advice = near.map(|id| format!("did you mean `{id}`? ")).unwrap_or_default();
        return Err(Fail::usage(format!("no scenario is called `{}`", args.id))
            .advise(format!("{advice}`jwtspec list` shows every id")));
    }
    let plan = plan(&catalogue, &args.choice, std::slice::from_ref(&args.id), Level::May)?;
    let text = match (plan.cases.first(), plan.skipped.first()) {
        (Some(case), _) => describe(case)?,
        (None, Some(skipped)) => format!("{}: skipped: {}\n", args.id, skipped.why),
        (None, None) => String::new(),
    };
    print_text(&text);
    Ok(CLEAN)
}

/// Describes a case, on an example origin and at an example time.
fn describe(case: &Case) -> Result<String, MintError> {
    let scenario = &case.scenario;
    let now = MintContext::example().now;
    let setup = setup(case, &imagined_endpoints(case), now, Extra::default())?;
    let bold = Style::new().bold();
    let dimmed = Style::new().dimmed();
    let mut text = format!(
        "{bold}{}{bold:#}  {}, profile {}\n{}\n\n",
        scenario.id, case.level, case.profile, scenario.title
    );
    for requirement in &scenario.covers {
        let _ = writeln!(
            text,
            "{} ({}): {} {dimmed}[{}]{dimmed:#}",
            requirement.clause(),
            requirement.level,
            requirement.text,
            requirement.id
        );
    }
    let trust = serde_json::to_string_pretty(&setup.trust).unwrap_or_default();
    let _ = writeln!(text, "\n{bold}trust{bold:#}\n{trust}");
    for (name, (_, documents)) in &setup.issuers {
        let honest = setup.mint_context.issuers.get(name).map(Documents::honest);
        let special = served(documents, honest.as_ref());
        if !special.is_empty() {
            let _ = write!(text, "\n{bold}issuer{bold:#} `{name}`\n{special}");
        }
    }
    let mut mint_context = setup.mint_context.clone();
    let mut issuers = scenario.issuers.clone();
    for (index, step) in scenario.steps.iter().enumerate() {
        let _ = write!(text, "\n{bold}step {}{bold:#}  ", index + 1);
        match step {
            Step::Present(presentation) => {
                present(&mut text, case, index, presentation, &mint_context)?;
            }
            Step::Issuer(name, terms) => {
                let documents = change(name, terms, &mut issuers, &mut mint_context)?;
                let _ = writeln!(text, "the issuer `{name}` changes");
                text.push_str(&served(&documents, None));
            }
            Step::Pass(pass) => {
                let seconds = case.time.length(pass).as_secs_f64();
                let _ = writeln!(text, "let time pass: {pass}, here {seconds} s");
            }
            Step::Hears(hearing) => {
                let seconds = case.time.length(&hearing.within).as_secs_f64();
                let _ = writeln!(
                    text,
                    "listen on the socket: expect {} within {}, here {seconds} s",
                    hearing.hears, hearing.within
                );
            }
            Step::SignOut => {
                let _ = writeln!(text, "end the session of the token before");
            }
            Step::Fetched(terms) => {
                for judged in judge_ledger(terms, &[], 0) {
                    let _ = writeln!(
                        text,
                        "{}: {}",
                        ledger_action(&judged.check),
                        ledger_expected(&judged.check)
                    );
                }
            }
        }
    }
    Ok(text)
}

/// The responses of an issuer, as far as they differ from those of an honest one.
fn served(documents: &Documents, honest: Option<&Documents>) -> String {
    let mut text = String::new();
    if documents.down {
        text.push_str("down: connections are refused\n");
    }
    let answers = [
        ("discovery document", &documents.discovery, honest.map(|honest| &honest.discovery)),
        ("key set", &documents.jwks, honest.map(|honest| &honest.jwks)),
    ];
    for (what, served, _) in
        answers.into_iter().filter(|(_, served, honest)| *honest != Some(served))
    {
        let _ = write!(text, "{what}: {}", served.status);
        for (name, value) in &served.headers {
            let _ = write!(text, ", {name}: {value}");
        }
        if !served.delay.is_zero() {
            let _ = write!(text, ", after {} s", served.delay.as_secs_f64());
        }
        if served.etag {
            text.push_str(", with an ETag");
        }
        if let Some(wire) = served.wire {
            let _ = write!(text, ", on the wire {wire}");
        }
        let _ = writeln!(text, "\n{}", shorten(&String::from_utf8_lossy(&served.body)));
    }
    text
}

fn present(
    text: &mut String,
    case: &Case,
    index: usize,
    presentation: &Presentation,
    mint_context: &MintContext,
) -> Result<(), MintError> {
    let Minted { token, decoded, .. } = mint(&presentation.recipe, mint_context)?;
    let times = match presentation.times {
        1 => String::new(),
        times => format!(" ({times} times)"),
    };
    let expect = case.expect(index, presentation);
    let _ = writeln!(text, "present this token{times}, and expect: {expect}");
    if let Some(difference) = case.known_difference(index) {
        let verdict = difference.expect.map(|it| it.to_string());
        let what = verdict.unwrap_or_else(|| "another form of answer".to_owned());
        let _ = writeln!(text, "  known difference of this profile: {what}: {}", difference.why);
    }
    for (name, lines) in [("header", &decoded.header), ("claims", &decoded.claims)] {
        for (number, line) in lines.iter().enumerate() {
            let name = if number == 0 { name } else { "" };
            let _ = writeln!(text, "  {name:<8}{}", marked(line));
        }
    }
    for note in &decoded.notes {
        let _ = writeln!(text, "  {:<8}> {note}", "token");
    }
    if let Some(request) = &presentation.request {
        let _ = writeln!(text, "  request {}", request.describe());
    }
    let _ = writeln!(text, "  {}", shorten(&token));
    Ok(())
}

fn marked(line: &Line) -> String {
    let (mark, colour) = match line.mark {
        Mark::Same => return format!("  {}", line.text),
        Mark::Different => (">", AnsiColor::Yellow),
        Mark::Missing => ("-", AnsiColor::Red),
    };
    let style = Style::new().fg_color(Some(colour.into()));
    format!("{style}{mark} {}{style:#}", line.text)
}

pub(super) fn schema(of: SchemaOf) -> Result<u8, Fail> {
    let schema = match of {
        SchemaOf::Scenario => schemars::schema_for!(FileSchema),
        SchemaOf::Target => schemars::schema_for!(TargetFile),
        SchemaOf::Report => schemars::schema_for!(Report),
        SchemaOf::LintIssuer => schemars::schema_for!(jwtspec_advice::lint::Report),
        SchemaOf::TokenSource => schemars::schema_for!(jwtspec_advice::token_source::Report),
        SchemaOf::Trust => schemars::schema_for!(Trust),
        SchemaOf::Explanation => schemars::schema_for!(Explanation),
        SchemaOf::Vectors => schemars::schema_for!(VectorFile),
    };
    print_json(&schema)?;
    Ok(CLEAN)
}
