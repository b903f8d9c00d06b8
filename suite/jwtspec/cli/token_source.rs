//! `jwtspec token-source`.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::exit::{CLEAN, FINDINGS, NO_TARGET};
use super::fail::Fail;
use super::output::print_report;
use super::target::target;
use jwtspec_advice::explain::TrustFile;
use jwtspec_advice::token_source::{
    ClientOptions, Options, RequestTemplate, ServerSpec, Source, judge_source,
};
use jwtspec_engine::target::{is_url, require_loopback, resource_url};
use jwtspec_types::timing::Span;
use jwtspec_types::trust::Trust;

/// Exit status: 0 nothing of level must or should; 1 such findings; 2 bad usage or bad file; 3
/// nothing answers, or the target could not be started, reached or configured.
#[derive(ClapArgs)]
pub(super) struct TokenSourceArgs {
    /// A command for `sh` that prints a token, or nothing if no user is signed in;
    /// JWTSPEC_FORCE_REFRESH is 1 where a new one is wanted, and 0 otherwise
    #[arg(long, value_name = "CMD", group = "source", required_unless_present = "url")]
    command: Option<String>,
    /// A URL that answers with a token; `{{ force }}` in it becomes true or false
    #[arg(long, value_name = "URL", group = "source")]
    url: Option<String>,
    /// The method [default: GET, and POST with --body]
    #[arg(long, value_name = "METHOD", requires = "url")]
    method: Option<String>,
    /// A header line, such as a cookie, or `@FILE` with one on each line; `{{ force }}` works here
    /// too
    #[arg(long, short = 'H', value_name = "LINE|@FILE", requires = "url")]
    header: Vec<String>,
    /// A body; `{{ force }}` works here too
    #[arg(long, value_name = "TEXT", requires = "url")]
    body: Option<String>,
    /// Where the token is in JSON that comes, as a JSON Pointer [default: the whole, or /token]
    #[arg(long, value_name = "POINTER")]
    token: Option<String>,
    /// The same command while no user is signed in
    #[arg(long, value_name = "CMD", group = "signed_out", requires = "command")]
    signed_out_command: Option<String>,
    /// The URL to ask while no user is signed in, without any --header
    #[arg(long, value_name = "URL", group = "signed_out", requires = "url")]
    signed_out_url: Option<String>,
    /// A header line that takes the place of every --header while no user is signed in
    #[arg(long, value_name = "LINE|@FILE", group = "signed_out", requires = "url")]
    signed_out_header: Vec<String>,
    /// How long one call may take
    #[arg(long, value_name = "TIME", default_value = "10s")]
    timeout: Span,
    /// Simulate a client with this target: a target file or a driver, which is told --trust, or
    /// the URL of a protected resource [default with --trust: the embedded reference verifier]
    #[arg(long, short, value_name = "FILE|URL")]
    target: Option<String>,
    /// The issuers that the target is told to trust: a trust of the driver contract, as JSON
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// After how many refreshes the simulated client has seen enough
    #[arg(long, value_name = "N", default_value_t = 3,
          value_parser = clap::value_parser!(u16).range(1..=100))]
    refreshes: u16,
    /// How long the simulated client really waits for a refresh or the end of a token; what takes
    /// longer is leapt over
    #[arg(long, value_name = "TIME", default_value = "10s")]
    max_wait: Span,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Ask a source, and present tokens to a target, that are not on this machine
    #[arg(long)]
    allow_remote: bool,
}

pub(super) async fn token_source(args: TokenSourceArgs) -> Result<u8, Fail> {
    let (source, signed_out) = sources(&args)?;
    let options = Options {
        pointer: args.token.clone(),
        signed_out,
        allow_remote: args.allow_remote,
        patience: args.timeout.0,
        client: client(&args)?,
        ..Options::new(source)
    };
    let report = judge_source(&options).await?;
    print_report(&report, args.json)?;
    Ok(match report.fault() {
        _ if !report.is_fit() => FINDINGS,
        Some(_) => NO_TARGET,
        None => CLEAN,
    })
}

/// The source, and the same while no user is signed in.
fn sources(args: &TokenSourceArgs) -> Result<(Source, Option<Source>), Fail> {
    if let Some(command) = &args.command {
        let signed_out = args.signed_out_command.clone().map(Source::Command);
        return Ok((Source::Command(command.clone()), signed_out));
    }
    let method = match (&args.method, &args.body) {
        (Some(method), _) => method.clone(),
        (None, Some(_)) => "POST".to_owned(),
        (None, None) => "GET".to_owned(),
    };
    let request = RequestTemplate {
        method,
        url: args.url.clone().unwrap_or_default(),
        headers: lines(&args.header)?,
        body: args.body.clone(),
    };
    let signed_out = match (&args.signed_out_url, args.signed_out_header.as_slice()) {
        (Some(url), _) => {
            Some(RequestTemplate { url: url.clone(), headers: Vec::new(), ..request.clone() })
        }
        (None, []) => None,
        (None, given) => Some(RequestTemplate { headers: lines(given)?, ..request.clone() }),
    };
    Ok((Source::Request(request), signed_out.map(Source::Request)))
}

/// Header lines, those of files included.
fn lines(given: &[String]) -> Result<Vec<String>, Fail> {
    let mut lines = Vec::new();
    for line in given {
        match line.strip_prefix('@') {
            None => lines.push(line.clone()),
            Some(file) => {
                let path = Path::new(file);
                let text = std::fs::read_to_string(path)
                    .map_err(|error| Fail::file("read header lines from", path, error))?;
                let written = text.lines().filter(|line| !line.trim().is_empty());
                lines.extend(written.map(str::to_owned));
            }
        }
    }
    Ok(lines)
}

/// The client to simulate, if there is a target.
fn client(args: &TokenSourceArgs) -> Result<Option<ClientOptions>, Fail> {
    let trust = args.trust.as_deref().map(read_trust).transpose()?;
    let server = match (args.target.as_deref(), trust) {
        (None, None) => return Ok(None),
        (text, Some(trust)) => {
            ServerSpec::Target(target(text, args.allow_remote)?, Box::new(trust))
        }
        (Some(text), None) if is_url(text) => {
            let url = resource_url(text)?;
            match args.allow_remote {
                true => ServerSpec::Resource(url),
                false => ServerSpec::Loopback(require_loopback(&url)?),
            }
        }
        (Some(_), None) => {
            return Err(Fail::usage("a target file has to be told which issuer it trusts").advise(
                "say it by --trust FILE, as in docs/drivers.md; or give the URL of a protected \
                 resource that runs already",
            ));
        }
    };
    Ok(Some(ClientOptions {
        refreshes: args.refreshes.into(),
        max_wait: args.max_wait.0,
        ..ClientOptions::new(server)
    }))
}

fn read_trust(path: &Path) -> Result<Trust, Fail> {
    let bytes =
        std::fs::read(path).map_err(|error| Fail::file("read the trust from", path, error))?;
    let file = TrustFile::from_bytes(&path.to_string_lossy(), bytes)?;
    file.into_contract().ok_or_else(|| {
        Fail::usage(format!(
            "{} is the configuration of a backend, and a target has to be told a trust",
            path.display()
        ))
        .advise(
            "write it in the form of docs/drivers.md; to see what that backend says, jwtspec explain",
        )
    })
}
