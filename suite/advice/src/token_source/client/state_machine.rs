//! The state machine of a client that keeps a session alive: events in, actions out, no I/O.
//!
//! It follows what the clients of such backends do: the first token may be a kept one; once that
//! is accepted, a fresh one is asked for, from whose `iat` and `exp` the next refresh is planned;
//! on a refusal a fresh token is asked for; one that is the same as the last counts as none; after
//! a few refused fresh tokens it gives up.

use crate::token_source::client_limits::{LEAST_LIFETIME, LEEWAY};

/// After so many refused fresh tokens in a row the client gives up.
pub(super) const MOST_REFUSED: u32 = 3;
/// After so many refreshes in a row without a pause it goes round in circles.
pub(super) const MOST_HURRIED: u32 = 5;
/// Timers reach no further: 20 days, in seconds.
const LONGEST_DELAY: f64 = 1_728_000.0;
/// An event sooner than so many seconds after an acceptance came without a pause.
const PAUSE: f64 = 1.0;

/// A token as a client knows it. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ClientToken {
    pub(super) text: String,
    pub(super) iat: Option<f64>,
    pub(super) exp: Option<f64>,
}

impl ClientToken {
    pub(super) fn has_expired(&self, now: f64) -> bool {
        self.exp.is_some_and(|exp| exp <= now)
    }
}

/// An event of a client.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    /// The application hands over its source.
    SetAuth,
    /// The source gave this.
    Token(ClientToken),
    /// The source says that no user is signed in.
    SignedOut,
    /// The source failed.
    Failed(String),
    /// The target accepted the token.
    Accepted,
    /// The target refused the token, or takes it no longer (`AuthError`).
    Refused(String),
    /// The time that was to be waited is over.
    TimerFired,
}

/// An action of a client, or a change of what its user sees.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    /// Ask the source.
    Fetch {
        /// True if by `forceRefreshToken: true`.
        force: bool,
    },
    /// Present this to the target.
    Present(ClientToken),
    /// Refresh after so many seconds.
    Wait(f64),
    /// Go on without a plan, until the target takes the token no longer.
    Idle(Unplanned),
    /// Now the user is signed in.
    SignedIn,
    /// The user goes on being signed in, with a new token.
    Refreshed,
    /// The token that came had expired, so it was not presented.
    Withheld,
    /// The user is signed out: the source says that no user is signed in.
    NoSession,
    /// The user is signed out: the target took the token no longer, and a forced refresh gave the
    /// same one.
    SameToken,
    /// The user is signed out: the target refused one fresh token after the other, and said this of
    /// the last.
    GaveUp(String),
    /// The client waits for a token that never comes.
    Stuck(String),
    /// It refreshes again and again, without a pause: the token lives for so many seconds, which is
    /// less than the leeway.
    ShortLife(f64),
    /// It goes round in circles: the target accepts and refuses in turn.
    Fickle,
}

/// The reason why no refresh is planned.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Unplanned {
    /// A forced refresh gave the token that the client has.
    SameToken,
    /// The token lacks this.
    Lacks(&'static str),
    /// The token lives only for so many seconds.
    TooShort(f64),
    /// The source failed.
    Failed(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Off,
    /// For the first token, which may be a kept one.
    AskingFirst,
    /// For a fresh one, because there was none.
    AskingInitial,
    /// For the next one, while the user is signed in.
    AskingNext,
    /// For a fresh one, because the last was refused.
    AskingAgain,
    Presenting {
        fresh: bool,
    },
    Waiting,
    Idle,
}

/// The client.
#[derive(Clone, Debug)]
pub(super) struct StateMachine {
    state: State,
    /// The last token that it got.
    last: Option<ClientToken>,
    signed_in: bool,
    /// The number of fresh tokens that were refused in a row.
    refused: u32,
    /// The number of refreshes that followed each other without a pause.
    hurried: u32,
    accepted_at: f64,
}

impl StateMachine {
    pub(super) const fn new() -> Self {
        Self {
            state: State::Off,
            last: None,
            signed_in: false,
            refused: 0,
            hurried: 0,
            accepted_at: f64::NEG_INFINITY,
        }
    }

    /// Takes an event at this time, in seconds since 1970. An event that does not
    /// concern the client in its state changes nothing.
    pub(super) fn step(&mut self, now: f64, event: Event) -> Vec<Action> {
        match (self.state, event) {
            (_, Event::SetAuth) => {
                *self = Self { state: State::AskingFirst, ..Self::new() };
                vec![Action::Fetch { force: false }]
            }
            (State::AskingFirst, Event::Token(token)) => self.offer(now, token, false),
            (State::AskingFirst, Event::SignedOut) => self.fetch(State::AskingInitial),
            (State::AskingNext, Event::Failed(why)) => self.idle(Unplanned::Failed(why)),
            (
                State::AskingFirst | State::AskingInitial | State::AskingAgain,
                Event::Failed(why),
            ) => self.end(Action::Stuck(why)),
            (State::AskingNext, Event::Token(token)) if self.is_last(&token) => {
                self.idle(Unplanned::SameToken)
            }
            (State::AskingAgain, Event::Token(token)) if self.is_last(&token) => {
                self.end(Action::SameToken)
            }
            (
                State::AskingInitial | State::AskingNext | State::AskingAgain,
                Event::Token(token),
            ) => self.offer(now, token, true),
            (State::AskingInitial | State::AskingNext | State::AskingAgain, Event::SignedOut) => {
                self.end(Action::NoSession)
            }
            (State::Presenting { fresh }, Event::Accepted) => self.accepted(now, fresh),
            (State::Presenting { fresh }, Event::Refused(why)) => self.refuse(fresh, why),
            (State::Waiting | State::Idle, Event::Refused(_)) => self.lose(now),
            (State::Waiting, Event::TimerFired) => {
                if now - self.accepted_at >= PAUSE {
                    self.hurried = 0;
                }
                self.fetch(State::AskingNext)
            }
            (State::Idle, Event::TimerFired)
                if self.last.as_ref().is_some_and(|last| last.has_expired(now)) =>
            {
                self.lose(now)
            }
            _ => Vec::new(),
        }
    }

    fn is_last(&self, token: &ClientToken) -> bool {
        self.last.as_ref().is_some_and(|last| last.text == token.text)
    }

    fn fetch(&mut self, state: State) -> Vec<Action> {
        self.state = state;
        vec![Action::Fetch { force: true }]
    }

    fn idle(&mut self, why: Unplanned) -> Vec<Action> {
        self.state = State::Idle;
        vec![Action::Idle(why)]
    }

    fn end(&mut self, how: Action) -> Vec<Action> {
        self.state = State::Off;
        self.signed_in = false;
        vec![how]
    }

    /// Presents a token, unless it is known to have expired: that is as good as refused.
    fn offer(&mut self, now: f64, token: ClientToken, fresh: bool) -> Vec<Action> {
        self.last = Some(token.clone());
        if token.has_expired(now) {
            let mut actions = vec![Action::Withheld];
            actions.extend(self.refuse(fresh, "the token has expired".to_owned()));
            return actions;
        }
        self.state = State::Presenting { fresh };
        vec![Action::Present(token)]
    }

    fn refuse(&mut self, fresh: bool, why: String) -> Vec<Action> {
        self.refused += u32::from(fresh);
        if self.refused >= MOST_REFUSED {
            return self.end(Action::GaveUp(why));
        }
        self.fetch(State::AskingAgain)
    }

    /// The token that was accepted is taken no longer.
    fn lose(&mut self, now: f64) -> Vec<Action> {
        self.hurried = if now - self.accepted_at < PAUSE { self.hurried + 1 } else { 0 };
        if self.hurried >= MOST_HURRIED {
            return self.end(Action::Fickle);
        }
        self.fetch(State::AskingAgain)
    }

    fn accepted(&mut self, now: f64, fresh: bool) -> Vec<Action> {
        self.refused = 0;
        self.accepted_at = now;
        let sight = if self.signed_in { Action::Refreshed } else { Action::SignedIn };
        self.signed_in = true;
        let mut actions = vec![sight];
        actions.extend(if fresh { self.plan() } else { self.fetch(State::AskingNext) });
        actions
    }

    /// Plans the next refresh. A fresh token lives from now for `exp` - `iat`, whatever the clock
    /// of this machine says.
    fn plan(&mut self) -> Vec<Action> {
        let (iat, exp) = self.last.as_ref().map_or((None, None), |last| (last.iat, last.exp));
        let (Some(iat), Some(exp)) = (iat, exp) else {
            let lacking = if exp.is_none() { "exp" } else { "iat" };
            return self.idle(Unplanned::Lacks(lacking));
        };
        let life = exp - iat;
        if life <= LEAST_LIFETIME {
            return self.idle(Unplanned::TooShort(life));
        }
        let delay = (life - LEEWAY).clamp(0.0, LONGEST_DELAY);
        self.hurried += u32::from(delay < PAUSE);
        if self.hurried >= MOST_HURRIED {
            return self.end(Action::ShortLife(life));
        }
        self.state = State::Waiting;
        vec![Action::Wait(delay)]
    }
}
