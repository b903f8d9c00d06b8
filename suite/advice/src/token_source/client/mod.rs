//! A simulated client: the view of a user whose tokens come from this source.
//!
//! The `state_machine` is pure; `simulation` carries out its actions, with the source and with a
//! target, and writes the timeline.

mod server;
mod simulation;
mod state_machine;
mod timeline;

use std::time::Duration;

use crate::lint::findings::Findings;
use crate::lint::rule::{Rule, rules};
use jwtspec_engine::target::TargetError;

pub(super) use server::Server;
pub use server::ServerSpec;
pub(super) use simulation::{simulate, token_letter};
pub use timeline::{Line, Timeline, UserView};

rules! { Client:
    REFUSED = "client-refused" Must "practice":
        "the target accepts what the source gives",
        "no user can sign in: the client reports it and gives up",
        "see why by jwtspec explain --trust FILE, and change the issuer or what the target trusts";
    LOOPED = "client-looped" Must "practice":
        "the client comes to rest",
        "the page flickers between signed in and signed out, and source and target are asked without pause",
        "let forced refreshes give tokens that live for 5 to 60 minutes, and the target accept all alike";
    SIGNED_OUT = "client-signed-out" Must "practice":
        "the user stays signed in",
        "the user is signed out in the middle of the work, though the session goes on",
        "let every forced refresh of a session give another token";
}

/// The options of a simulated client.
#[derive(Clone)]
pub struct ClientOptions {
    /// The server that it presents its tokens to.
    pub server: ServerSpec,
    /// The number of refreshes after which the simulation ends.
    pub refreshes: usize,
    /// The longest real wait for a refresh or the end of a token; longer ones are leapt over.
    pub max_wait: Duration,
}

impl ClientOptions {
    /// Three refreshes, and waits of 10 s at most.
    pub const fn new(server: ServerSpec) -> Self {
        Self { server, refreshes: 3, max_wait: Duration::from_secs(10) }
    }
}

/// The reason why no client can be simulated.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The target cannot be started, reached or configured.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// It cannot be told the trust.
    #[error("the target cannot be told this trust: {0}\nchange the file of --trust")]
    Unsupported(String),
    /// It gives no orderly answer.
    #[error("the target gives no orderly answer: {0}\nis it up, and is the URL right?")]
    Fault(String),
    /// It accepts any token.
    #[error(
        "the target accepts what is no token, so nothing that it accepts means anything\nname a protected resource; if it is a driver, say by --trust which issuer it trusts"
    )]
    LetsIn,
    /// The file of the authority could not be written.
    #[error("failed to write the certificate authority into a temporary folder: {0}")]
    Scratch(#[source] std::io::Error),
}

/// Judges the outcome of the client. A fault that another rule has named is not named again.
pub(super) fn judge_timeline(book: &mut Findings, timeline: &Timeline, causes: &[&'static Rule]) {
    let because = timeline.because.clone().unwrap_or_default();
    let broken = match (timeline.outcome, timeline.refused) {
        (Some(UserView::SignedOut), true) => Some(REFUSED),
        (Some(UserView::SignedOut | UserView::Stuck), false) => Some(SIGNED_OUT),
        (Some(UserView::Looped), _) => Some(LOOPED),
        _ => None,
    };
    let named = causes.iter().any(|rule| book.is_broken(rule));
    match broken {
        Some(rule) if !named => book.broken(rule, because),
        None if timeline.outcome.is_some() => RULES.iter().for_each(|rule| book.met(rule)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
