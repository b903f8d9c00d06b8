//! A session on a socket: tokens one after the other on one connection, and what is heard there
//! unasked.

use super::case::Play;
use super::exchange::Exchange;
use super::request::on_a_socket;
use super::stop::Stop;
use crate::judge::{Judgement, judge};
use crate::mint::Minted;
use crate::recipe::Recipe;
use crate::scenario::{AnswerTerms, Expect, Hearing, Hears, Presentation};
use crate::target::{
    Configured, Conversation, End, Facts, Observation, PreparedRequest, Presenting, Session,
    SocketTable, Unsent, Verdict,
};
use crate::words::{Finding, Reason};

/// The connection of a session.
pub(super) struct Talk {
    session: Session,
    /// Unique to the connection.
    serial: String,
    /// The token that was sent last, and how.
    minted: Minted,
    request: PreparedRequest,
    /// Whether it was refused. A verifier may close the connection then.
    refused: bool,
}

impl Talk {
    pub(super) async fn close(self) {
        self.session.close().await;
    }
}

impl Play<'_, '_> {
    fn socket(&self) -> Result<&SocketTable, Stop> {
        match self.bench.target.presenting() {
            Presenting::Socket(table) => Ok(table),
            Presenting::Request(_) => Err(Stop::Skip("the target has no socket".to_owned())),
        }
    }

    /// Presents a token on the connection of the session, which is opened if there is none. One
    /// that was closed because the token before was refused is opened anew.
    pub(super) async fn present_in_session(
        &mut self,
        configured: &Configured,
        recipe: &Recipe,
        expect: &Expect,
    ) -> Result<Exchange, Stop> {
        let was_refused = self.talk.as_ref().is_some_and(|talk| talk.refused);
        let exchange = self.say(configured, recipe, expect).await?;
        if was_refused && is_closed_unheard(&exchange.observation) {
            self.talk = None;
            return self.say(configured, recipe, expect).await;
        }
        Ok(exchange)
    }

    async fn say(
        &mut self,
        configured: &Configured,
        recipe: &Recipe,
        expect: &Expect,
    ) -> Result<Exchange, Stop> {
        let minted = self.mint(recipe)?;
        let before = self.talk.take();
        let (serial, version, accepted) = match &before {
            Some(Talk { serial, session, .. }) => {
                (serial.clone(), session.tokens(), session.accepted())
            }
            None => (self.setting.serial.clone(), 0, 0),
        };
        let facts = Facts::new(&minted.token, &serial).after(version, accepted);
        let request = on_a_socket(self.socket()?, configured.url(), &facts)?;
        let session = match before {
            Some(talk) => Ok(talk.session),
            None => self.bench.target.open(&request).await,
        };
        let (observation, session) = match (session, &request.messages) {
            (Ok(mut session), Some(messages)) => (session.present(messages).await, Some(session)),
            (Ok(session), None) => (Observation::Fault(Unsent::NoMessage.into()), Some(session)),
            (Err(observation), _) => (observation, None),
        };
        let outage = expect.reasons().contains(&Reason::KeysUnavailable);
        let verdict = self.bench.target.reading().verdict(&observation, outage);
        self.talk = session.map(|session| Talk {
            session,
            serial,
            minted: minted.clone(),
            request: request.clone(),
            refused: matches!(verdict, Verdict::Reject { .. }),
        });
        Ok(Exchange { minted, request, observation, verdict })
    }

    /// Listens on the socket. Whoever listens leaves the turn to others.
    pub(super) async fn hear(&mut self, hearing: &Hearing) -> Result<(), Stop> {
        let within = self.case.time.length(&hearing.within);
        let Some(talk) = &mut self.talk else {
            return Err(Stop::Skip("there is no connection to listen on".to_owned()));
        };
        let Some(messages) = talk.request.messages.clone() else { return Ok(()) };
        *self.turn = None;
        let observation = talk.session.listen(&messages, within).await;
        *self.turn = self.bench.turn().await;
        let verdict = self.bench.target.reading().verdict_unasked(&observation);
        let Some(talk) = &mut self.talk else { return Ok(()) };
        talk.refused |= matches!(verdict, Verdict::Reject { .. });
        let (minted, request) = (talk.minted.clone(), talk.request.clone());
        let exchange = Exchange { minted, request, observation, verdict };
        let expect = hearing.hears.expect();
        let mut judgement = self.judged(&hearing.hears, &expect, &exchange);
        let presentation = Presentation::of(Recipe::default(), expect.clone());
        self.listen(&presentation, &exchange, &mut judgement);
        let what = format!("listen for {} s", within.as_secs_f64());
        self.conclude(what, hearing.hears.to_string(), &expect, &exchange, &judgement)
    }

    fn judged(&self, hears: &Hears, expect: &Expect, exchange: &Exchange) -> Judgement {
        let silent = matches!(
            &exchange.observation,
            Observation::Conversation(conversation) if matches!(conversation.end, End::Silent(_))
        );
        if silent {
            let finding = match hears {
                Hears::Nothing => None,
                Hears::Refusal(_) => Some(Finding::SessionOutlivesToken),
            };
            let observed = "nothing that ends the session".to_owned();
            return Judgement { finding, observed, remark: None };
        }
        let terms = AnswerTerms::default();
        let (verdict, strictness) = (&exchange.verdict, self.bench.strictness);
        judge(expect, verdict, &terms, &exchange.observation, strictness)
    }

    /// Ends the session of the token before.
    pub(super) async fn sign_out(&mut self) -> Result<(), Stop> {
        let Some(mut talk) = self.talk.take() else {
            return Err(Stop::Skip("there is no session to end".to_owned()));
        };
        let facts = Facts::new(&talk.minted.token, &talk.serial)
            .after(talk.session.tokens(), talk.session.accepted());
        let request = on_a_socket(self.socket()?, &talk.request.url, &facts)?;
        let Some(messages) = &request.messages else { return Ok(()) };
        let observation = talk.session.sign_out(messages).await;
        let verdict = self.bench.target.reading().verdict(&observation, false);
        let minted = talk.minted.clone();
        let exchange = Exchange { minted, request: request.clone(), observation, verdict };
        let expect = Expect::Accept;
        let terms = AnswerTerms::default();
        let (verdict, strictness) = (&exchange.verdict, self.bench.strictness);
        let mut judgement = judge(&expect, verdict, &terms, &exchange.observation, strictness);
        match &exchange.observation {
            // Who closes the connection has ended the session as well.
            Observation::Conversation(conversation) if is_orderly_end(conversation) => {
                judgement.finding = None;
            }
            Observation::Conversation(conversation)
                if conversation.names_identity == Some(true) =>
            {
                judgement.finding = Some(Finding::IdentityKept);
                judgement.remark = Some("it still names the identity of the token".to_owned());
                self.talk = Some(Talk { request, ..talk });
            }
            _ => self.talk = Some(Talk { request, ..talk }),
        }
        self.conclude("sign out".to_owned(), expect.to_string(), &expect, &exchange, &judgement)
    }

    fn conclude(
        &mut self,
        what: String,
        expected: String,
        expect: &Expect,
        exchange: &Exchange,
        judgement: &Judgement,
    ) -> Result<(), Stop> {
        self.note(what, expected, judgement);
        self.show(expect, exchange, judgement);
        match judgement.finding {
            Some(finding) => Err(Stop::Finding(finding)),
            None => Ok(()),
        }
    }
}

/// Whether the connection turns out to be closed, and nothing was said to this token.
fn is_closed_unheard(observation: &Observation) -> bool {
    match observation {
        Observation::Conversation(conversation) => {
            conversation.close_code().is_some() && conversation.came().next().is_none()
        }
        Observation::Answer(_) | Observation::Fault(_) => false,
    }
}

/// Whether it ended with a closing handshake.
fn is_orderly_end(conversation: &Conversation) -> bool {
    conversation.close_code().is_some_and(|code| code != Conversation::NOT_CLOSED)
}
