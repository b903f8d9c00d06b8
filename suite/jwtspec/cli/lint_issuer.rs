//! `jwtspec lint-issuer`.

use std::io::Read;

use reqwest::Url;

use super::args::LintIssuerArgs;
use super::exit::{CLEAN, FINDINGS};
use super::fail::Fail;
use super::output::print_report;
use jwtspec_advice::lint::{Options, TokenSource, lint};

pub(super) async fn lint_issuer(args: LintIssuerArgs) -> Result<u8, Fail> {
    let token = source(&args)?;
    let ca_pem = match &args.ca_file {
        None => None,
        Some(path) => Some(
            std::fs::read_to_string(path)
                .map_err(|error| Fail::file("read the certificate authority", path, error))?,
        ),
    };
    let options = Options {
        token,
        audience: args.audience,
        allow_remote: args.allow_remote,
        ca_pem,
        watch: args.watch.map(|span| span.0),
        ..Options::new(args.url)
    };
    let report = lint(&options).await?;
    print_report(&report, args.json)?;
    Ok(if report.is_fit() { CLEAN } else { FINDINGS })
}

/// The source of tokens, if any are wanted.
fn source(args: &LintIssuerArgs) -> Result<Option<TokenSource>, Fail> {
    if let Some(command) = &args.token_command {
        return Ok(Some(TokenSource::Command(command.clone())));
    }
    if let Some(text) = &args.token_endpoint {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| {
            Fail::usage(format!("`{text}` is not an http or https URL"))
                .advise("name the token endpoint")
        })?;
        let form = args.form.iter().map(|field| pair(field)).collect::<Result<_, _>>()?;
        return Ok(Some(TokenSource::Endpoint { url, form }));
    }
    let Some(token) = &args.token else { return Ok(None) };
    let mut text = token.clone();
    if text == "-" {
        text.clear();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Fail::system("read the token from standard input", error))?;
    }
    let text = text.trim();
    let token = text.strip_prefix("Bearer ").unwrap_or(text).trim();
    if token.is_empty() {
        return Err(Fail::usage("the token is empty").advise("give a token, or leave --token out"));
    }
    Ok(Some(TokenSource::Given(token.to_owned())))
}

fn pair(field: &str) -> Result<(String, String), Fail> {
    field.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(
        || Fail::usage(format!("`{field}` is not a form field")).advise("write --form NAME=VALUE"),
    )
}
