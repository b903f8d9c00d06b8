//! Sources of tokens: a text, command or token endpoint of the user.

use std::time::Duration;

use reqwest::Url;
use serde_json::Value;

use super::exchange::{Answer, HttpClient};
use crate::command::{self, CommandFault};
use jwtspec_jose::{Compact, Duplicates, object, quoted};

/// Lines of a command's standard error that are shown.
const LINES: usize = 5;

/// A source of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// This is one.
    Given(String),
    /// This command prints one; `sh` runs it.
    Command(String),
    /// This endpoint answers one to this form (RFC 6749 section 4).
    Endpoint {
        /// Its URL.
        url: Url,
        /// The fields of the form.
        form: Vec<(String, String)>,
    },
}

/// Runs a token command.
pub(super) async fn run_token_command(
    text: &str,
    force: bool,
    patience: Duration,
) -> Result<String, String> {
    let tail = |complaint: &str| {
        let tail = command::tail(complaint, LINES, quoted);
        tail.unwrap_or_else(|| ", and complained of nothing".to_owned())
    };
    match command::run(text, force, patience).await {
        Ok(printed) => match printed.output.trim() {
            "" => Err(format!("the command printed nothing{}", tail(&printed.complaint))),
            token => Ok(token.to_owned()),
        },
        Err(CommandFault::Failed { status, complaint }) => {
            Err(format!("the command failed ({status}){}", tail(&complaint)))
        }
        Err(fault) => Err(fault.to_string()),
    }
}

/// Asks a token endpoint; the answer is returned too, so that its serving can be judged.
pub(super) async fn request_token(
    client: &HttpClient,
    url: &Url,
    form: &[(String, String)],
) -> Result<(String, Answer), String> {
    let answer = client.post(url, form).await?;
    let members = object(&answer.body, Duplicates::TakeLast);
    if answer.status != 200 {
        let said = members.ok().and_then(|it| Some(quoted(it.get("error")?.as_str()?)));
        let said = said.map(|error| format!(", error {error}")).unwrap_or_default();
        return Err(format!("the token endpoint answered with status {}{said}", answer.status));
    }
    let members = members.map_err(|fault| format!("the answer of the token endpoint {fault}"))?;
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    // An opaque access token is no JWT; there may be an ID token beside it.
    let jwt = |token: &&str| Compact::new(token).count() == 3;
    let token = text("access_token").filter(jwt).or_else(|| text("id_token"));
    match token.or_else(|| text("access_token")) {
        Some(token) => Ok((token.to_owned(), answer)),
        None => Err("the token endpoint answered without `access_token` or `id_token`".to_owned()),
    }
}
