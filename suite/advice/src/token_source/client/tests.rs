//! The state machine by tables, and what must hold for every course of events.

use proptest::prelude::*;

use super::state_machine::{
    Action, ClientToken, Event, MOST_HURRIED, MOST_REFUSED, StateMachine, Unplanned,
};
use crate::token_source::client_limits::LEEWAY;

/// When the tables begin.
const START: f64 = 1_800_000_000.0;

fn token(text: &str, iat: f64, exp: f64) -> ClientToken {
    ClientToken { text: text.to_owned(), iat: Some(START + iat), exp: Some(START + exp) }
}

fn came(text: &str, iat: f64, exp: f64) -> Event {
    Event::Token(token(text, iat, exp))
}

fn present(text: &str, iat: f64, exp: f64) -> Action {
    Action::Present(token(text, iat, exp))
}

fn refused(why: &str) -> Event {
    Event::Refused(why.to_owned())
}

const ASK: Action = Action::Fetch { force: false };
const FORCE: Action = Action::Fetch { force: true };

/// Takes events at these seconds after the start, and looks at what the client does on each.
fn follow(steps: &[(f64, Event, &[Action])]) {
    let mut machine = StateMachine::new();
    for (place, (at, event, expected)) in steps.iter().enumerate() {
        let actions = machine.step(START + at, event.clone());
        assert_eq!(actions, *expected, "step {place}, {event:?}");
    }
}

#[test]
fn a_session_is_kept_alive() {
    follow(&[
        (0.0, Event::SetAuth, &[ASK]),
        (0.1, came("a", -100.0, 200.0), &[present("a", -100.0, 200.0)]),
        (0.2, Event::Accepted, &[Action::SignedIn, FORCE]),
        (0.3, came("b", 0.0, 300.0), &[present("b", 0.0, 300.0)]),
        (0.4, Event::Accepted, &[Action::Refreshed, Action::Wait(300.0 - LEEWAY)]),
        (290.4, Event::TimerFired, &[FORCE]),
        (290.5, came("c", 290.0, 590.0), &[present("c", 290.0, 590.0)]),
        (290.6, Event::Accepted, &[Action::Refreshed, Action::Wait(300.0 - LEEWAY)]),
        // The target takes it no longer, before its time.
        (400.0, refused("revoked"), &[FORCE]),
        (400.1, came("d", 400.0, 700.0), &[present("d", 400.0, 700.0)]),
        (400.2, Event::Accepted, &[Action::Refreshed, Action::Wait(300.0 - LEEWAY)]),
    ]);
}

#[test]
fn without_a_kept_token_a_fresh_one_is_asked_for() {
    follow(&[
        (0.0, Event::SetAuth, &[ASK]),
        (0.1, Event::SignedOut, &[FORCE]),
        (0.2, came("a", 0.0, 300.0), &[present("a", 0.0, 300.0)]),
        (0.3, Event::Accepted, &[Action::SignedIn, Action::Wait(290.0)]),
        (290.3, Event::TimerFired, &[FORCE]),
        (290.4, Event::SignedOut, &[Action::NoSession]),
        (290.5, Event::TimerFired, &[]),
    ]);
    follow(&[
        (0.0, Event::SetAuth, &[ASK]),
        (0.1, Event::SignedOut, &[FORCE]),
        (0.2, Event::SignedOut, &[Action::NoSession]),
    ]);
}

#[test]
fn the_same_token_counts_as_none() {
    // While signed in no refresh is planned; once refused, the user is signed out.
    follow(&[
        (0.0, Event::SetAuth, &[ASK]),
        (0.1, came("a", 0.0, 300.0), &[present("a", 0.0, 300.0)]),
        (0.2, Event::Accepted, &[Action::SignedIn, FORCE]),
        (0.3, came("a", 0.0, 300.0), &[Action::Idle(Unplanned::SameToken)]),
        (0.4, Event::TimerFired, &[]),
        (300.0, Event::TimerFired, &[FORCE]),
        (300.1, came("a", 0.0, 300.0), &[Action::SameToken]),
        // The application tries again, and the kept token has expired.
        (300.2, Event::SetAuth, &[ASK]),
        (300.3, came("a", 0.0, 300.0), &[Action::Withheld, FORCE]),
        (300.4, came("a", 0.0, 300.0), &[Action::SameToken]),
    ]);
}

#[test]
fn after_a_few_refused_fresh_tokens_it_gives_up() {
    let mut machine = StateMachine::new();
    machine.step(START, Event::SetAuth);
    machine.step(START, came("kept", 0.0, 300.0));
    assert_eq!(machine.step(START, refused("kept")), [FORCE], "a kept token does not count");
    for number in 1..MOST_REFUSED {
        machine.step(START, came(&number.to_string(), 0.0, 300.0));
        assert_eq!(machine.step(START, refused("no")), [FORCE], "{number}");
    }
    machine.step(START, came("last", 0.0, 300.0));
    let end = machine.step(START, refused("no provider"));
    assert_eq!(end, [Action::GaveUp("no provider".to_owned())]);
}

#[test]
fn an_acceptance_between_refusals_begins_the_count_anew() {
    let mut machine = StateMachine::new();
    machine.step(START, Event::SetAuth);
    machine.step(START, came("kept", 0.0, 300.0));
    machine.step(START, refused("no"));
    for number in 0..10 {
        let at = START + 100.0 * f64::from(number);
        machine.step(at, came(&number.to_string(), 0.0, 3000.0));
        let lost = match number % 2 {
            0 => machine.step(at, refused("no")),
            _ => {
                machine.step(at, Event::Accepted);
                machine.step(at + 50.0, refused("no"))
            }
        };
        assert_eq!(lost, [FORCE], "{number}");
    }
}

#[test]
fn what_cannot_be_planned_is_said() {
    let after = |token: ClientToken| {
        let mut machine = StateMachine::new();
        machine.step(START, Event::SetAuth);
        machine.step(START, Event::SignedOut);
        machine.step(START, Event::Token(token));
        machine.step(START, Event::Accepted)
    };
    let rest = |why| vec![Action::SignedIn, Action::Idle(why)];
    let whole = token("a", 0.0, 300.0);
    assert_eq!(after(ClientToken { iat: None, ..whole.clone() }), rest(Unplanned::Lacks("iat")));
    assert_eq!(after(ClientToken { exp: None, ..whole.clone() }), rest(Unplanned::Lacks("exp")));
    assert_eq!(after(token("a", 0.0, 2.0)), rest(Unplanned::TooShort(2.0)));
    let wait = |seconds| vec![Action::SignedIn, Action::Wait(seconds)];
    assert_eq!(after(token("a", 0.0, 3.0)), wait(0.0), "the end is nearer than the leeway");
    assert_eq!(after(token("a", 0.0, 15.0)), wait(5.0));
    let days = |days: f64| days * 86_400.0;
    assert_eq!(after(token("a", 0.0, days(365.0))), wait(days(20.0)), "timers reach no further");
    // The lifetime counts from when the token came, whatever the clock says.
    assert_eq!(after(token("a", 5000.0, 5300.0)), wait(290.0));
}

#[test]
fn a_failing_source_is_waited_for_unless_the_user_is_signed_in() {
    let failed = Event::Failed("status 500".to_owned());
    let stuck = Action::Stuck("status 500".to_owned());
    let ends = std::slice::from_ref(&stuck);
    follow(&[(0.0, Event::SetAuth, &[ASK]), (0.1, failed.clone(), ends)]);
    follow(&[
        (0.0, Event::SetAuth, &[ASK]),
        (0.1, came("a", 0.0, 300.0), &[present("a", 0.0, 300.0)]),
        (0.2, Event::Accepted, &[Action::SignedIn, FORCE]),
        (0.3, failed.clone(), &[Action::Idle(Unplanned::Failed("status 500".to_owned()))]),
        (300.0, Event::TimerFired, &[FORCE]),
        (300.1, failed, ends),
    ]);
}

#[test]
fn circles_are_noticed() {
    let mut machine = StateMachine::new();
    machine.step(START, Event::SetAuth);
    machine.step(START, Event::SignedOut);
    let mut last = Vec::new();
    for number in 0..MOST_HURRIED {
        machine.step(START, came(&number.to_string(), 0.0, 5.0));
        last = machine.step(START, Event::Accepted);
        machine.step(START, Event::TimerFired);
    }
    assert_eq!(last.last(), Some(&Action::ShortLife(5.0)));

    let mut machine = StateMachine::new();
    machine.step(START, Event::SetAuth);
    machine.step(START, Event::SignedOut);
    let mut last = Vec::new();
    for number in 0..MOST_HURRIED {
        machine.step(START, came(&number.to_string(), 0.0, 300.0));
        machine.step(START, Event::Accepted);
        last = machine.step(START, refused("no"));
    }
    assert_eq!(last, [Action::Fickle]);
}

/// An answer to a client, of a source, a target or a clock, each of which may do anything.
#[derive(Clone, Debug)]
enum Answer {
    Token {
        text: u8,
        iat: Option<i16>,
        exp: Option<i16>,
    },
    SignedOut,
    Failed,
    Accept,
    Refuse,
    /// Seconds pass, and the timer goes off if it is time.
    Pass(u16),
    SetAuth,
}

fn answer() -> impl Strategy<Value = Answer> {
    let time = || proptest::option::weighted(0.9, any::<i16>());
    prop_oneof![
        6 => (0_u8..4, time(), time()).prop_map(|(text, iat, exp)| Answer::Token { text, iat, exp }),
        1 => Just(Answer::SignedOut),
        1 => Just(Answer::Failed),
        6 => Just(Answer::Accept),
        3 => Just(Answer::Refuse),
        3 => (0_u16..400).prop_map(Answer::Pass),
        1 => Just(Answer::SetAuth),
    ]
}

proptest! {
    /// Whatever happens, in whatever order: a token of which the client can know that it has
    /// expired is never presented, and one event brings a few actions.
    #[test]
    fn an_expired_token_is_never_presented(answers in prop::collection::vec(answer(), 0..80)) {
        let mut machine = StateMachine::new();
        let mut now = START;
        machine.step(now, Event::SetAuth);
        for answer in answers {
            let event = match answer {
                Answer::Token { text, iat, exp } => Event::Token(ClientToken {
                    text: text.to_string(),
                    iat: iat.map(|at| now + f64::from(at)),
                    exp: exp.map(|at| now + f64::from(at)),
                }),
                Answer::SignedOut => Event::SignedOut,
                Answer::Failed => Event::Failed(String::new()),
                Answer::Accept => Event::Accepted,
                Answer::Refuse => Event::Refused(String::new()),
                Answer::Pass(seconds) => {
                    now += f64::from(seconds);
                    Event::TimerFired
                }
                Answer::SetAuth => Event::SetAuth,
            };
            let actions = machine.step(now, event);
            prop_assert!(actions.len() <= 3, "{actions:?}");
            for action in actions {
                match action {
                    Action::Present(token) => prop_assert!(!token.has_expired(now)),
                    Action::Wait(seconds) => prop_assert!(seconds >= 0.0),
                    _ => {}
                }
            }
        }
    }

    /// Whatever source and target answer, the client comes to an end, or to a pause of a second or
    /// more: it never goes on for ever without time passing.
    #[test]
    fn it_never_loops_without_end(
        tokens in prop::collection::vec((0_u8..200, -5_i16..400, -5_i16..400), 1..12),
        verdicts in prop::collection::vec(any::<bool>(), 1..12),
        losses in prop::collection::vec(any::<bool>(), 1..12),
    ) {
        let mut machine = StateMachine::new();
        let (mut asked, mut presented, mut rested) = (0, 0, 0);
        let mut actions = machine.step(START, Event::SetAuth);
        let mut steps = 0;
        while let Some(action) = actions.pop() {
            steps += 1;
            prop_assert!(steps < 200, "it goes on and on");
            let event = match action {
                Action::Fetch { .. } => {
                    let (text, iat, exp) = tokens[asked % tokens.len()];
                    asked += 1;
                    // Texts differ from round to round, so that no token seems to be the last.
                    came(&format!("{text}-{asked}"), f64::from(iat), f64::from(exp))
                }
                Action::Present(_) => {
                    presented += 1;
                    match verdicts[presented % verdicts.len()] {
                        true => Event::Accepted,
                        false => refused("no"),
                    }
                }
                Action::Wait(seconds) if seconds < 1.0 => Event::TimerFired,
                Action::Wait(_) | Action::Idle(_) => {
                    rested += 1;
                    match losses[rested % losses.len()] {
                        true => refused("no longer"),
                        false => return Ok(()),
                    }
                }
                _ => continue,
            };
            actions.extend(machine.step(START, event));
        }
    }
}
