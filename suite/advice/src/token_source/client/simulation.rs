//! Carries out the actions of the simulated client, and writes the timeline.

use std::collections::VecDeque;
use std::time::Duration;

use indexmap::IndexMap;
use indexmap::map::Entry;

use super::server::Server;
use super::state_machine::{Action, ClientToken, Event, StateMachine, Unplanned};
use super::timeline::{Line, Timeline, UserView};
use super::{ClientError, ClientOptions};
use crate::lint::rule::Rule;
use crate::lint::token::round;
use crate::token_source::call::{NoToken, Occasion, time};
use crate::token_source::client_limits::LEEWAY;
use crate::token_source::fetcher::TokenFetcher;
use crate::token_source::next_second;
use crate::token_source::{answer, refresh, times};
use jwtspec_engine::run::since_1970;
use jwtspec_engine::target::Verdict;

/// The most actions of one simulation.
const MOST_ACTIONS: usize = 1000;

/// A token that the client has seen.
struct SeenToken {
    token: ClientToken,
    /// The seconds that the client was ahead of real time when it first saw the token. The source
    /// lives in real time; its tokens are taken to have been minted that much later.
    shift: f64,
}

struct Simulation<'a> {
    fetcher: &'a TokenFetcher<'a>,
    server: &'a Server,
    options: &'a ClientOptions,
    machine: StateMachine,
    began: f64,
    /// The seconds that the client is ahead of real time.
    ahead: f64,
    /// The real time at which it last asked the source.
    asked_at: Duration,
    /// The tokens that it has seen, in order, by their texts.
    known: IndexMap<String, SeenToken>,
    /// The one that it holds, by its place.
    held: usize,
    /// True if the application has called `setAuth` a second time.
    again: bool,
    timeline: Timeline,
    /// The rules that explain an outcome that should not be.
    causes: Vec<&'static Rule>,
}

/// Simulates a client. Returns its timeline, and the rules that explain an outcome that should not
/// be.
pub(in crate::token_source) async fn simulate(
    fetcher: &TokenFetcher<'_>,
    server: &Server,
    options: &ClientOptions,
) -> (Timeline, Vec<&'static Rule>) {
    let mut simulation = Simulation {
        fetcher,
        server,
        options,
        machine: StateMachine::new(),
        began: since_1970().as_secs_f64(),
        ahead: 0.0,
        asked_at: since_1970(),
        known: IndexMap::new(),
        held: 0,
        again: false,
        timeline: Timeline { target: server.name(), ..Timeline::default() },
        causes: Vec::new(),
    };
    if let Err(error) = simulation.run().await {
        simulation.timeline.fault = Some(error.to_string());
    }
    (simulation.timeline, simulation.causes)
}

impl Simulation<'_> {
    async fn run(&mut self) -> Result<(), ClientError> {
        let mut actions: VecDeque<Action> = self.step(Event::SetAuth).into();
        for _ in 0..MOST_ACTIONS {
            let Some(action) = actions.pop_front() else { return Ok(()) };
            let event = match action {
                Action::Fetch { force } => Some(self.fetch(force).await),
                Action::Present(token) => Some(self.present(&token).await?),
                Action::Wait(seconds) => self.wait(seconds).await?,
                Action::Idle(why) => self.idle(&why).await?,
                other => self.report(other),
            };
            if let Some(event) = event {
                actions.extend(self.step(event));
            }
        }
        Ok(())
    }

    fn step(&mut self, event: Event) -> Vec<Action> {
        self.machine.step(self.now(), event)
    }

    /// The time of the client, in seconds since 1970.
    fn now(&self) -> f64 {
        since_1970().as_secs_f64() + self.ahead
    }

    fn log(&mut self, what: impl Into<String>) {
        let at = round((self.now() - self.began).max(0.0));
        self.timeline.lines.push(Line { at, what: what.into(), sees: None });
    }

    fn end(&mut self, view: UserView) {
        self.timeline.outcome = Some(view);
    }

    fn fail(&mut self, view: UserView, because: impl Into<String>, causes: &[&'static Rule]) {
        self.end(view);
        self.timeline.because = Some(because.into());
        self.causes = causes.to_vec();
    }

    async fn fetch(&mut self, force: bool) -> Event {
        if force {
            next_second(self.asked_at).await;
        }
        let call = self.fetcher.fetch(Occasion::Client, force).await;
        self.asked_at = since_1970();
        let what = format!("the client asks the source, forceRefreshToken: {force}");
        match &call.outcome {
            Ok(token) => {
                let (text, shift) = (token.text.clone(), self.ahead);
                let later = |name| Some(time(token, name).ok()? + shift);
                let entry = self.known.entry(text.clone());
                let (place, new) = (entry.index(), matches!(entry, Entry::Vacant(_)));
                let seen = entry.or_insert_with(|| {
                    let token = ClientToken { text, iat: later("iat"), exp: later("exp") };
                    SeenToken { token, shift }
                });
                let known = seen.token.clone();
                let letter = token_letter(place);
                let life = match known.exp {
                    _ if !new => "again".to_owned(),
                    None => "which states no `exp`".to_owned(),
                    Some(exp) if known.has_expired(self.now()) => {
                        format!("which expired {} s ago", round(self.now() - exp))
                    }
                    Some(exp) => format!("which expires in {:.0} s", exp - self.now()),
                };
                self.held = place;
                self.log(format!("{what}: token {letter}, {life}"));
                Event::Token(known)
            }
            Err(NoToken::SignedOut(how)) => {
                self.log(format!("{what}: no user is signed in ({how})"));
                Event::SignedOut
            }
            Err(NoToken::Unreadable(_, seen) | NoToken::Unusable(_, seen)) => {
                self.log(format!("{what}: {seen}"));
                Event::Failed(seen.clone())
            }
        }
    }

    fn held_token(&self) -> Option<ClientToken> {
        self.known.get_index(self.held).map(|(_, known)| known.token.clone())
    }

    /// Presents the token that the client holds.
    async fn present(&mut self, token: &ClientToken) -> Result<Event, ClientError> {
        let letter = token_letter(self.held);
        let event = self.show(token).await?;
        match &event {
            Event::Refused(why) => self.log(format!("the target refuses {letter}: {why}")),
            _ => self.log(format!("the target accepts {letter}")),
        }
        Ok(event)
    }

    async fn show(&self, token: &ClientToken) -> Result<Event, ClientError> {
        let shift = self.known.get_index(self.held).map_or(0.0, |(_, known)| known.shift);
        match self.server.present(&token.text, Some(self.now() - shift)).await? {
            Verdict::Accept => Ok(Event::Accepted),
            Verdict::Reject { message, .. } if message.trim().is_empty() => {
                Ok(Event::Refused("it says nothing".to_owned()))
            }
            Verdict::Reject { message, .. } => {
                Ok(Event::Refused(self.fetcher.secrets.say(&message)))
            }
            Verdict::Fault(fault) => {
                Err(ClientError::Fault(self.fetcher.secrets.hide(&fault.to_string())))
            }
        }
    }

    fn seen_enough(&self) -> bool {
        self.timeline.refreshes >= self.options.refreshes
    }

    /// Lets so many seconds pass: really, if they are few, or by a leap. True if it is real.
    async fn pass(&mut self, seconds: f64) -> bool {
        let seconds = seconds.max(0.0);
        let real = seconds <= self.options.max_wait.as_secs_f64();
        match Duration::try_from_secs_f64(seconds) {
            Ok(span) if real => tokio::time::sleep(span).await,
            _ => self.ahead += seconds,
        }
        real
    }

    async fn wait(&mut self, seconds: f64) -> Result<Option<Event>, ClientError> {
        // Where there is no pause, only the state machine can tell whether it goes round in circles.
        if self.seen_enough() && seconds >= 1.0 {
            self.end(UserView::Refreshed);
            return Ok(None);
        }
        self.log(format!("the client plans to ask again in {seconds:.0} s"));
        let real = self.pass(seconds).await;
        if !real {
            self.assume(
                "that the source would give the same later; waits are leapt over, and it is asked at \
                 once",
            );
        }
        // Just before the refresh the target must still take the token.
        if let (Some(token), true) = (self.held_token(), real || self.server.has_clock())
            && let Event::Refused(why) = self.show(&token).await?
        {
            let letter = token_letter(self.held);
            self.log(format!("the target takes {letter} no longer: {why}"));
            return Ok(Some(Event::Refused(why)));
        }
        Ok(Some(Event::TimerFired))
    }

    async fn idle(&mut self, why: &Unplanned) -> Result<Option<Event>, ClientError> {
        let letter = token_letter(self.held);
        let why = match why {
            Unplanned::SameToken => format!("{letter} is the token that it has"),
            Unplanned::Lacks(name) => format!("{letter} has no `{name}`"),
            Unplanned::TooShort(life) => format!("{letter} lives for {} s only", round(*life)),
            Unplanned::Failed(_) => "the source failed".to_owned(),
        };
        self.log(format!("the client plans no refresh: {why}"));
        let held = self.held_token();
        let Some((token, exp)) = held.and_then(|token| Some((token.clone(), token.exp?))) else {
            self.end(UserView::SignedIn);
            return Ok(None);
        };
        if self.seen_enough() {
            self.end(UserView::Refreshed);
            return Ok(None);
        }
        let real = self.pass(exp + self.server.leeway - self.now() + 0.05).await;
        if !real && !self.server.has_clock() {
            self.assume(&format!("that the target refuses {letter} once it has expired"));
            self.log(format!("{letter} has expired, and the target takes it no longer"));
            return Ok(Some(Event::Refused("the token has expired".to_owned())));
        }
        let event = self.show(&token).await?;
        if let Event::Refused(why) = &event {
            self.log(format!("{letter} has expired, and the target takes it no longer: {why}"));
            return Ok(Some(event));
        }
        self.log(format!("{letter} has expired, and the target takes it all the same"));
        self.end(UserView::SignedIn);
        Ok(None)
    }

    fn assume(&mut self, what: &str) {
        if !self.timeline.assumed.iter().any(|known| known == what) {
            self.timeline.assumed.push(what.to_owned());
        }
    }

    /// Reports the view of the user.
    fn report(&mut self, action: Action) -> Option<Event> {
        match action {
            Action::SignedIn => self.set_user_view("is signed in"),
            Action::Refreshed => {
                self.timeline.refreshes += 1;
                self.set_user_view("stays signed in");
            }
            Action::Withheld => {
                let letter = token_letter(self.held);
                self.log(format!("{letter} has expired, so it is not presented"));
            }
            Action::Stuck(why) => {
                self.log("the client waits for a token that never comes");
                self.set_user_view("sees a page that goes on loading");
                let of_answers = [answer::HANGS, answer::FAILS, answer::PAGE, answer::PLACE];
                let causes = [&of_answers[..], &[times::OPAQUE, times::LIMITS]].concat();
                self.fail(UserView::Stuck, format!("the source fails: {why}"), &causes);
            }
            Action::ShortLife(life) => {
                let (life, leeway) = (round(life), LEEWAY);
                let why = format!(
                    "the client refreshes without a pause, because tokens live for {life} s and it \
                     asks {leeway} s before they end"
                );
                self.loops(why, &[times::SHORT]);
            }
            Action::Fickle => {
                self.loops("the target accepts and refuses tokens in turn".to_owned(), &[]);
            }
            Action::SameToken => return self.same_token(),
            Action::NoSession => {
                self.log("the client has no token");
                self.set_user_view("is signed out");
                let why = "a forced refresh says that no user is signed in";
                let causes = [refresh::FORCED_NONE, answer::NO_USER];
                self.fail(UserView::SignedOut, why, &causes);
            }
            Action::GaveUp(why) => {
                let report =
                    format!("Failed to authenticate: \"{why}\", check your server auth config");
                self.log(format!("the client gives up: {report}"));
                self.set_user_view("is signed out");
                // Fresh tokens that had expired were not even presented.
                let withheld = self.held_token().is_some_and(|it| it.has_expired(self.now()));
                self.timeline.refused = !withheld;
                let causes = if withheld { &[times::EXPIRED][..] } else { &[] };
                self.fail(UserView::SignedOut, report, causes);
            }
            Action::Fetch { .. } | Action::Present(_) | Action::Wait(_) | Action::Idle(_) => {}
        }
        None
    }

    /// Sets the view of the user after the last line.
    fn set_user_view(&mut self, sees: &str) {
        if let Some(line) = self.timeline.lines.last_mut() {
            line.sees = Some(sees.to_owned());
        }
    }

    fn loops(&mut self, why: String, causes: &[&'static Rule]) {
        self.log(why.clone());
        self.set_user_view("is signed in, and source and target are asked without pause");
        self.fail(UserView::Looped, why, causes);
    }

    /// A forced refresh gave the refused token. The application, whose session goes on, calls
    /// `setAuth` again.
    fn same_token(&mut self) -> Option<Event> {
        let letter = token_letter(self.held);
        self.log(format!("{letter} was refused already and counts as no token"));
        self.set_user_view("is signed out");
        if self.again {
            let why = "`setAuth` loops because the source ignores `forceRefreshToken`";
            self.fail(UserView::Looped, why, &[refresh::FORCED_SAME]);
            if self.ahead > 0.0 {
                self.assume(&format!(
                    "that the source still gives {letter} when it has expired; to wait for it, \
                     --max-wait"
                ));
            }
            return None;
        }
        self.again = true;
        self.log("the application, whose session goes on, calls setAuth again");
        Some(Event::SetAuth)
    }
}

/// The name of a token: A, B, C, …
pub(in crate::token_source) fn token_letter(place: usize) -> String {
    match u8::try_from(place) {
        Ok(place @ 0..26) => char::from(b'A' + place).to_string(),
        _ => format!("number {}", place + 1),
    }
}
