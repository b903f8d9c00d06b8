//! A token source: a command, or an endpoint that is asked over HTTP.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{HeaderValue, LOCATION};
use reqwest::{Method, Url};

use super::answer::{self, FAILS, HANGS, ParseOptions, ParsedAnswer};
use super::call::{Call, NoToken, Occasion};
use super::cookies::Cookies;
use super::request::{RenderedRequest, RequestTemplate};
use super::secrets::Secrets;
use super::times::{LIMITS, OPAQUE};
use super::unreadable::describe_unreadable;
use crate::command::{self, CommandFault};
use crate::lint::exchange::{Answer, HttpClient};
use crate::lint::token::{Token, is_beyond_limits};

/// Lines of a command's complaints that are shown.
const LINES: usize = 3;
/// The most redirects that are followed.
const MOST_HOPS: usize = 3;

/// The source of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// This command prints one; `sh` runs it, with `JWTSPEC_FORCE_REFRESH` in its environment.
    Command(String),
    /// This request is answered with one.
    Request(RequestTemplate),
}

impl Source {
    /// Its description, without secrets.
    pub fn shown(&self) -> String {
        match self {
            Self::Command(text) => {
                // Assignments in front and arguments may hold a secret.
                let mut words = text.split_whitespace().skip_while(|word| word.contains('='));
                let word = Secrets::default().say(words.next().unwrap_or("sh"));
                let more = if words.next().is_some() { " …" } else { "" };
                format!("`{word}{more}`")
            }
            Self::Request(request) => {
                let bare = request.url.split(['?', '#']).next().unwrap_or_default();
                let bare = match bare
                    .split_once("://")
                    .map(|(scheme, rest)| (scheme, rest.rsplit_once('@')))
                {
                    Some((scheme, Some((_, host)))) => format!("{scheme}://{host}"),
                    _ => bare.to_owned(),
                };
                format!("{} {}", request.method, Secrets::default().hide(&bare))
            }
        }
    }
}

/// Fetches tokens from a source, and keeps its cookies.
pub(super) struct TokenFetcher<'a> {
    source: &'a Source,
    pointer: Option<&'a str>,
    asker: &'a HttpClient,
    patience: Duration,
    cookies: Mutex<Cookies>,
    pub(super) secrets: Secrets,
}

impl<'a> TokenFetcher<'a> {
    pub(super) fn new(
        source: &'a Source,
        pointer: Option<&'a str>,
        asker: &'a HttpClient,
        patience: Duration,
    ) -> Self {
        let (mut secrets, mut cookies) = (Secrets::default(), Cookies::default());
        if let Source::Request(request) = source {
            for (name, value) in request.headers.iter().filter_map(|line| line.split_once(':')) {
                secrets.add(value.trim());
                if name.trim().eq_ignore_ascii_case("cookie") {
                    cookies.add_line(value);
                }
            }
        }
        Self { source, pointer, asker, patience, cookies: Mutex::new(cookies), secrets }
    }

    /// Asks the source for a token.
    pub(super) async fn fetch(&self, occasion: Occasion, force: bool) -> Call {
        let (parsed, response) = match self.source {
            Source::Command(text) => (self.run(text, force).await, None),
            Source::Request(request) => match request.render(force) {
                Ok(rendered) => self.request(rendered).await,
                // It was rendered before, when the options were read.
                Err(error) => (unusable(FAILS, error.to_string()), None),
            },
        };
        let at = self.asker.now();
        let outcome = match parsed.content.map(|text| (Token::parse(&text), text)) {
            Ok((Ok(token), _)) => Ok(token),
            Ok((Err(fault), text)) => {
                let rule = if is_beyond_limits(&fault) { LIMITS } else { OPAQUE };
                let why = fault.to_string();
                let described = describe_unreadable(&text, why, &self.secrets).await;
                Err(NoToken::Unreadable(rule, described))
            }
            Err(none) => Err(none),
        };
        Call { occasion, force, outcome, noise: parsed.noise, response, at }
    }

    fn options(&self, printed: bool, page: bool) -> ParseOptions<'_> {
        ParseOptions { pointer: self.pointer, printed, page }
    }

    async fn run(&self, text: &str, force: bool) -> ParsedAnswer {
        match command::run(text, force, self.patience).await {
            Ok(printed) => {
                answer::parse_answer(&printed.output, self.options(true, false), &self.secrets)
            }
            Err(fault @ CommandFault::Slow(_)) => unusable(HANGS, fault.to_string()),
            Err(fault) => {
                let tail = match &fault {
                    CommandFault::Failed { complaint, .. } => {
                        command::tail(complaint, LINES, |line| self.secrets.quote(line))
                    }
                    _ => None,
                };
                unusable(FAILS, format!("{fault}{}", tail.unwrap_or_default()))
            }
        }
    }

    async fn request(&self, rendered: RenderedRequest) -> (ParsedAnswer, Option<Answer>) {
        let (answer, url) = match tokio::time::timeout(self.patience, self.follow(rendered)).await {
            Ok(Ok(found)) => found,
            Ok(Err(why)) => return (unusable(FAILS, self.secrets.hide(&why)), None),
            Err(_) => {
                let seen = format!("no answer within {} s", self.patience.as_secs_f64());
                return (unusable(HANGS, seen), None);
            }
        };
        (self.judge_status(&answer, &url), Some(answer))
    }

    fn judge_status(&self, answer: &Answer, url: &Url) -> ParsedAnswer {
        let body = String::from_utf8_lossy(&answer.body);
        let kind = answer.header("content-type").unwrap_or_default().to_ascii_lowercase();
        let page = kind.starts_with("text/html") || kind.starts_with("application/xhtml");
        match answer.status {
            200..=299 if answer.is_cut => unusable(FAILS, "more than 1 MiB came"),
            200..=299 => answer::parse_answer(&body, self.options(false, page), &self.secrets),
            401 | 403 => Err(NoToken::SignedOut(format!("status {}", answer.status))).into(),
            300..=399 => {
                let to = answer.header("location").unwrap_or_default();
                let seen = format!(
                    "it redirects (status {}) to {}, which was not followed",
                    answer.status,
                    self.secrets.quote(to)
                );
                unusable(FAILS, seen)
            }
            status => {
                let line = body.lines().map(str::trim).find(|line| !line.is_empty());
                let said = line.map(|it| format!(": {}", self.secrets.quote(it)));
                let path = self.secrets.quote(url.path());
                unusable(FAILS, format!("status {status} at {path}{}", said.unwrap_or_default()))
            }
        }
    }

    /// Sends a request and follows where it leads, within its own origin: cookies go nowhere else.
    async fn follow(&self, mut rendered: RenderedRequest) -> Result<(Answer, Url), String> {
        let mut hops = 0;
        loop {
            if let Some(line) = self.cookies().line() {
                let mut value = HeaderValue::from_str(&line).map_err(|it| it.to_string())?;
                value.set_sensitive(true);
                rendered.headers.insert("cookie", value);
            }
            let RenderedRequest { method, url, headers, body } = &rendered;
            let asked = self.asker.ask(method.clone(), url, headers.clone(), body.clone());
            let answer = asked.await?;
            self.cookies().take(&answer);
            let to = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            let next = to.and_then(|to| url.join(to).ok());
            let next = next.filter(|next| next.origin() == url.origin());
            match (answer.status, next) {
                (status @ (301 | 302 | 303 | 307 | 308), Some(next)) if hops < MOST_HOPS => {
                    hops += 1;
                    rendered.url = next;
                    // As browsers do.
                    let see = matches!(status, 301 | 302) && rendered.method == Method::POST;
                    if status == 303 || see {
                        rendered.method = Method::GET;
                        rendered.body = None;
                    }
                }
                _ => return Ok((answer, rendered.url)),
            }
        }
    }

    fn cookies(&self) -> std::sync::MutexGuard<'_, Cookies> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unusable(rule: &'static crate::lint::Rule, seen: impl Into<String>) -> ParsedAnswer {
    Err(NoToken::Unusable(rule, seen.into())).into()
}
