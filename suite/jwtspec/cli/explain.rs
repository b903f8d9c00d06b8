//! `jwtspec explain`: explains why a token is accepted or refused, and names the change.

use std::io::{IsTerminal, Read, Write};
use std::path::Path;

use super::args::ExplainArgs;
use super::exit::{CLEAN, FINDINGS, NO_TARGET};
use super::explanation::render_explanation;
use super::fail::Fail;
use super::output::{print_json, print_text};
use jwtspec_advice::explain::{Question, TrustFile, Verdict, explain as answer, parse_time};
use jwtspec_reference::Reach;

/// Bytes of the longest paste that is read.
const LONGEST_PASTE: u64 = 4 << 20;

pub(super) async fn explain(args: ExplainArgs) -> Result<u8, Fail> {
    let trust = read(&args.trust, "the trust")?;
    let trust = TrustFile::from_bytes(&args.trust.to_string_lossy(), trust)?;
    let key_set = args.jwks.as_deref().map(|path| read(path, "the key set")).transpose()?;
    let discovery =
        args.discovery.as_deref().map(|path| read(path, "the discovery document")).transpose()?;
    let mut question = Question::new(paste(args.token)?, trust);
    if let Some(text) = &args.now {
        question.now = parse_time(text, question.now)?;
    }
    question.reach = if args.allow_remote { Reach::Anywhere } else { Reach::Loopback };
    question.key_set = key_set;
    question.discovery = discovery;
    question.show_signature = args.show_signature;

    let explanation = answer(&question).await?;
    if args.json {
        print_json(&explanation)?;
    } else {
        print_text(&render_explanation(&explanation));
    }
    Ok(match explanation.verdict {
        Verdict::Accepted => CLEAN,
        Verdict::Refused => FINDINGS,
        Verdict::Undecided => NO_TARGET,
    })
}

fn read(path: &Path, what: &str) -> Result<Vec<u8>, Fail> {
    std::fs::read(path).map_err(|error| Fail::file(&format!("read {what} from"), path, error))
}

fn paste(token: Option<String>) -> Result<String, Fail> {
    if let Some(token) = token.filter(|token| token != "-") {
        return Ok(token);
    }
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let _ = writeln!(anstream::stderr(), "paste the token, then press Return and Ctrl-D:");
    }
    let mut bytes = Vec::new();
    let read = stdin.lock().take(LONGEST_PASTE).read_to_end(&mut bytes);
    read.map_err(|error| Fail::system("read the token from standard input", error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
