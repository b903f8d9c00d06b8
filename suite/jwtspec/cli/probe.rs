//! `jwtspec probe`.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::args::ProbeArgs;
use super::exit::{CLEAN, FINDINGS, NO_TARGET};
use super::fail::Fail;
use super::output::{print_json, print_text};
use super::target::target;
use jwtspec_advice::probe::{Measurement, ProbeOptions, Probed, probe};

pub(super) async fn run(args: ProbeArgs) -> Result<u8, Fail> {
    let target = target(args.target.target.as_deref(), args.target.allow_remote)?;
    let options = ProbeOptions { profile: args.profile, max_wait: args.max_wait.0 };
    let probed = probe(target, options).await?;
    if args.json {
        print_json(&Page {
            tool: "jwtspec",
            tool_version: env!("CARGO_PKG_VERSION"),
            probed: &probed,
        })?;
    } else {
        print_text(&human(&probed));
    }
    Ok(match () {
        () if !probed.is_as_declared() => FINDINGS,
        () if !probed.is_complete() => NO_TARGET,
        () => CLEAN,
    })
}

#[derive(Serialize)]
struct Page<'a> {
    tool: &'static str,
    tool_version: &'static str,
    #[serde(flatten)]
    probed: &'a Probed,
}

fn human(probed: &Probed) -> String {
    let bold = Style::new().bold();
    let version = probed.version.as_deref().map(|it| format!(" {it}")).unwrap_or_default();
    let mut text = format!(
        "{bold}{}{version}{bold:#}, measured with tokens of profile {}\n\n",
        probed.target, probed.profile
    );
    if !probed.untold.is_empty() {
        let _ = writeln!(text, "{}\n", probed.untold);
    }
    for measurement in &probed.measurements {
        line(&mut text, measurement);
    }
    text.push_str(if probed.driver {
        "\nWhat the description of the driver should say:\n\n"
    } else {
        "\nFor the target file:\n\n"
    });
    let section = match probed.driver {
        true => probed.declaration.to_json(),
        false => probed.declaration.to_toml(),
    };
    let _ = writeln!(text, "{}", section.trim_end());
    let count: usize = probed.measurements.iter().map(|it| it.differences.len()).sum();
    let _ = match count {
        0 if !probed.is_complete() => {
            writeln!(text, "\nNothing that was measured is otherwise than declared.")
        }
        0 => writeln!(text, "\nNothing that is declared is otherwise."),
        1 => writeln!(text, "\n1 difference from what is declared."),
        _ => writeln!(text, "\n{count} differences from what is declared."),
    };
    text
}

fn line(text: &mut String, measurement: &Measurement) {
    let dimmed = Style::new().dimmed();
    let yellow = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
    let red = Style::new().fg_color(Some(AnsiColor::Red.into()));
    let Measurement { name, value, seen, differences, consequences, remarks, incomplete: _ } =
        measurement;
    let _ = writeln!(text, "{name:<17} {value}  {dimmed}({seen}){dimmed:#}");
    for remark in remarks {
        let _ = writeln!(text, "  {yellow}note{yellow:#}  {remark}");
    }
    for consequence in consequences {
        let _ = writeln!(text, "  {red}means{red:#}  {consequence}");
    }
    for difference in differences {
        let _ = writeln!(text, "  {red}differs{red:#}  {difference}");
    }
}
