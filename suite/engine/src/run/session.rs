//! A session on a socket: tokens one after the other on one connection, and what is heard there
//! unasked.

use super::case::CaseRunner;
use super::exchange::Exchange;
use super::request::on_a_socket;
use super::session_state::SessionState;
use crate::event::{Action, Expected};
use crate::judge::{Abort, is_outage, judge_hearing, judge_sign_out};
use crate::plan::SkipReason;
use crate::scenario::{Expect, Hearing};
use crate::target::{Configured, Facts, Observation, Presenting, TargetFile, Unsent, Verdict};
use jwtspec_mint::recipe::Recipe;

impl CaseRunner<'_, '_> {
    fn socket(&self) -> Result<&TargetFile, Abort> {
        match self.test_bed.target().presenting() {
            Presenting::Socket(file) => Ok(file),
            Presenting::Request(_) => Err(SkipReason::NoSocket.into()),
        }
    }

    /// Presents a token on the connection of the session, which is opened if there is none. One
    /// that was closed because the token before was refused is opened anew.
    pub(super) async fn present_in_session(
        &mut self,
        configured: &Configured,
        recipe: &Recipe,
        expect: &Expect,
    ) -> Result<Exchange, Abort> {
        let was_refused = self.session.as_ref().is_some_and(|state| state.refused);
        let exchange = self.exchange_in_session(configured, recipe, expect).await?;
        if was_refused && is_closed_unheard(&exchange.observation) {
            self.session = None;
            return self.exchange_in_session(configured, recipe, expect).await;
        }
        if exchange.observation.is_silence()
            && let Some(state) = self.session.take()
        {
            // A late answer to this token must not be taken for one to the next.
            state.close().await;
        }
        Ok(exchange)
    }

    async fn exchange_in_session(
        &mut self,
        configured: &Configured,
        recipe: &Recipe,
        expect: &Expect,
    ) -> Result<Exchange, Abort> {
        let minted = self.mint(recipe).await?;
        let before = self.session.take();
        let (serial, version, accepted) = match &before {
            Some(SessionState { serial, session, .. }) => {
                (serial.clone(), session.tokens(), session.accepted())
            }
            None => (self.mint_context.serial.clone(), 0, 0),
        };
        let facts = Facts::new(&minted.token, &serial).after(version, accepted);
        let request = on_a_socket(self.socket()?, configured.url(), &facts)?;
        let session = match before {
            Some(state) => Ok(state.session),
            None => self.test_bed.target().open(&request).await,
        };
        let (observation, session) = match (session, &request.messages) {
            (Ok(mut session), Some(messages)) => (session.present(messages).await, Some(session)),
            (Ok(session), None) => (Observation::Fault(Unsent::NoMessage.into()), Some(session)),
            (Err(observation), _) => (observation, None),
        };
        let verdict = self.test_bed.target().reading().verdict(&observation, is_outage(expect));
        self.session = session.map(|session| SessionState {
            session,
            serial,
            minted: minted.clone(),
            request: request.clone(),
            refused: matches!(verdict, Verdict::Reject { .. }),
        });
        Ok(Exchange { minted, request, observation, verdict })
    }

    /// Listens on the socket, and leaves its turn to others meanwhile.
    pub(super) async fn listen(&mut self, hearing: &Hearing) -> Result<(), Abort> {
        let within = self.case.time.length(&hearing.within);
        let Some(state) = &mut self.session else {
            return Err(SkipReason::NoConnection.into());
        };
        let Some(messages) = state.request.messages.clone() else { return Ok(()) };
        *self.turn = None;
        let observation = state.session.listen(&messages, within).await;
        *self.turn = self.test_bed.turn(self.alone).await;
        let verdict = self.test_bed.target().reading().verdict_unasked(&observation);
        let Some(state) = &mut self.session else { return Ok(()) };
        state.refused |= matches!(verdict, Verdict::Reject { .. });
        let (minted, request) = (state.minted.clone(), state.request.clone());
        let exchange = Exchange { minted, request, observation, verdict };
        let judgement = judge_hearing(&hearing.hears, self.answered(&exchange), self.policy);
        let (expect, expected) = (hearing.hears.expect(), Expected::Hears(hearing.hears.clone()));
        self.conclude(Action::Listen(within), expected, &expect, &exchange, judgement)
    }

    /// Ends the session of the token before.
    pub(super) async fn sign_out(&mut self) -> Result<(), Abort> {
        let Some(mut state) = self.session.take() else {
            return Err(SkipReason::NoSession.into());
        };
        let facts = Facts::new(&state.minted.token, &state.serial)
            .after(state.session.tokens(), state.session.accepted());
        let request = on_a_socket(self.socket()?, &state.request.url, &facts)?;
        let Some(messages) = &request.messages else { return Ok(()) };
        let observation = state.session.sign_out(messages).await;
        let verdict = self.test_bed.target().reading().verdict(&observation, false);
        let minted = state.minted.clone();
        let exchange = Exchange { minted, request: request.clone(), observation, verdict };
        let judgement = judge_sign_out(self.answered(&exchange), self.policy);
        let is_closed = matches!(
            &exchange.observation,
            Observation::Conversation(conversation) if conversation.is_closed_in_order()
        );
        if !is_closed {
            self.session = Some(SessionState { request, ..state });
        }
        let (expect, expected) = (Expect::Accept, Expected::Verdict(Expect::Accept));
        self.conclude(Action::SignOut, expected, &expect, &exchange, judgement)
    }
}

/// Returns true if the connection turns out to be closed, and nothing was said to this token.
fn is_closed_unheard(observation: &Observation) -> bool {
    match observation {
        Observation::Conversation(conversation) => {
            conversation.close_code().is_some() && conversation.received().next().is_none()
        }
        Observation::Answer(_) | Observation::Fault(_) => false,
    }
}
