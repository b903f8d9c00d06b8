//! A token source: a command, or an endpoint that is asked over HTTP.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{HeaderValue, LOCATION};
use reqwest::{Method, Url};

use super::answer::{self, FAILS, HANGS, Manner, Reading, Said};
use super::cookies::Cookies;
use super::record::{Call, Occasion, Outcome, Served};
use super::request::{Filled, RequestTemplate};
use super::secrets::Secrets;
use super::unreadable::unreadable;
use crate::command::{self, CommandFault};
use crate::lint::FORCE;
use crate::lint::exchange::{Answer, HttpClient};
use crate::lint::token::Token;

/// Lines of a command's complaints that are shown.
const LINES: usize = 3;
/// How often a redirect is followed.
const MOST_HOPS: usize = 3;

/// Where tokens come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// This command prints one; `sh` runs it, with `JWTSPEC_FORCE_REFRESH` in its environment.
    Command(String),
    /// This request is answered with one.
    Request(RequestTemplate),
}

impl Source {
    /// What it is, without what may be secret in it.
    pub fn shown(&self) -> String {
        match self {
            Self::Command(text) => {
                // An assignment in front, and what stands behind, may hold a secret.
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

/// A source that can be asked.
pub(super) struct Asked<'a> {
    source: &'a Source,
    pointer: Option<&'a str>,
    asker: &'a HttpClient,
    patience: Duration,
    cookies: Mutex<Cookies>,
    pub(super) secrets: Secrets,
}

impl<'a> Asked<'a> {
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

    /// Asks for a token.
    pub(super) async fn ask(&self, occasion: Occasion, force: bool) -> Call {
        let (reading, served) = match self.source {
            Source::Command(text) => (self.run(text, force).await, None),
            Source::Request(request) => match request.fill(force) {
                Ok(filled) => self.request(filled).await,
                // It was filled in before, when the options were read.
                Err(error) => (useless(FAILS, error.to_string()), None),
            },
        };
        let at = self.asker.now();
        let outcome = match reading.said {
            Said::Token(text) => match Token::parse(&text) {
                Ok(token) => Outcome::Token(Box::new(token)),
                Err(why) => Outcome::Unreadable(unreadable(&text, why, &self.secrets).await),
            },
            Said::Nobody(how) => Outcome::Nobody(how),
            Said::Useless(rule, seen) => Outcome::Fault(rule, seen),
        };
        Call { occasion, force, outcome, noise: reading.noise, served, at }
    }

    fn manner(&self, printed: bool, page: bool) -> Manner<'_> {
        Manner { pointer: self.pointer, printed, page }
    }

    async fn run(&self, text: &str, force: bool) -> Reading {
        let environment = [(FORCE, if force { "1" } else { "0" })];
        match command::run(text, &environment, self.patience).await {
            Ok(printed) => answer::read(&printed.output, self.manner(true, false), &self.secrets),
            Err(fault @ CommandFault::Slow(_)) => useless(HANGS, fault.to_string()),
            Err(fault) => {
                let mut seen = fault.to_string();
                if let CommandFault::Failed { complaint, .. } = &fault {
                    let lines = command::last_lines(complaint, LINES);
                    let lines: Vec<String> =
                        lines.iter().map(|it| self.secrets.quote(it)).collect();
                    if !lines.is_empty() {
                        seen += &format!(": {}", lines.join(" "));
                    }
                }
                useless(FAILS, seen)
            }
        }
    }

    async fn request(&self, filled: Filled) -> (Reading, Option<Served>) {
        let (answer, url) = match tokio::time::timeout(self.patience, self.follow(filled)).await {
            Ok(Ok(found)) => found,
            Ok(Err(why)) => return (useless(FAILS, self.secrets.hide(&why)), None),
            Err(_) => {
                let seen = format!("no answer within {} s", self.patience.as_secs_f64());
                return (useless(HANGS, seen), None);
            }
        };
        let served = Served {
            date: answer.header("date").and_then(jwtspec_reference::parts::date),
            cache_control: answer.header("cache-control").map(str::to_ascii_lowercase),
            at: answer.at,
        };
        (self.judge_status(&answer, &url), Some(served))
    }

    fn judge_status(&self, answer: &Answer, url: &Url) -> Reading {
        let body = String::from_utf8_lossy(&answer.body);
        let kind = answer.header("content-type").unwrap_or_default().to_ascii_lowercase();
        let page = kind.starts_with("text/html") || kind.starts_with("application/xhtml");
        match answer.status {
            200..=299 if answer.is_cut => useless(FAILS, "more than 1 MiB came"),
            200..=299 => answer::read(&body, self.manner(false, page), &self.secrets),
            401 | 403 => {
                Reading { said: Said::Nobody(format!("status {}", answer.status)), noise: None }
            }
            300..=399 => {
                let to = answer.header("location").unwrap_or_default();
                let seen = format!(
                    "it redirects (status {}) to {}, which was not followed",
                    answer.status,
                    self.secrets.quote(to)
                );
                useless(FAILS, seen)
            }
            status => {
                let line = body.lines().map(str::trim).find(|line| !line.is_empty());
                let said = line.map(|it| format!(": {}", self.secrets.quote(it)));
                let path = self.secrets.quote(url.path());
                useless(FAILS, format!("status {status} at {path}{}", said.unwrap_or_default()))
            }
        }
    }

    /// Sends a request and follows where it leads, within its own origin: cookies go nowhere else.
    async fn follow(&self, mut filled: Filled) -> Result<(Answer, Url), String> {
        let mut hops = 0;
        loop {
            if let Some(line) = self.cookies().line() {
                let mut value = HeaderValue::from_str(&line).map_err(|it| it.to_string())?;
                value.set_sensitive(true);
                filled.headers.insert("cookie", value);
            }
            let Filled { method, url, headers, body } = &filled;
            let asked = self.asker.ask(method.clone(), url, headers.clone(), body.clone());
            let answer = asked.await?;
            self.cookies().take(&answer);
            let to = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            let next = to.and_then(|to| url.join(to).ok());
            let next = next.filter(|next| next.origin() == url.origin());
            match (answer.status, next) {
                (status @ (301 | 302 | 303 | 307 | 308), Some(next)) if hops < MOST_HOPS => {
                    hops += 1;
                    filled.url = next;
                    // As browsers do.
                    let see = matches!(status, 301 | 302) && filled.method == Method::POST;
                    if status == 303 || see {
                        filled.method = Method::GET;
                        filled.body = None;
                    }
                }
                _ => return Ok((answer, filled.url)),
            }
        }
    }

    fn cookies(&self) -> std::sync::MutexGuard<'_, Cookies> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn useless(rule: &'static crate::lint::Rule, seen: impl Into<String>) -> Reading {
    Reading { said: Said::Useless(rule, seen.into()), noise: None }
}
