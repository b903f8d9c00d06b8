//! The socket of a connection: messages in, messages out, and what time brings.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use tokio::time::{Instant, sleep_until};

use crate::http::Place;
use crate::message::{ClientMessage, ServerMessage, TokenType};
use crate::session::{Session, fatal};

/// A client that hears nothing for a minute reconnects.
const PING_AFTER: Duration = Duration::from_secs(15);
/// The clock is looked at again at least so often, as it may be set.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Talks to a client until one of the two ends it.
pub(crate) async fn converse(mut socket: WebSocket, place: Place) {
    let mut session = Session::default();
    let mut ping = Instant::now() + PING_AFTER;
    // The end of a token that the client was told of.
    let mut told = None;
    loop {
        let end = session.until().filter(|until| told != Some(*until));
        let answer = tokio::select! {
            received = socket.recv() => match received {
                Some(Ok(Message::Text(text))) => {
                    handle(&mut session, &place, text.as_str()).await
                }
                Some(Ok(Message::Binary(_))) => Some(fatal("a message is text, and this is binary")),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => None,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
            () = sleep_until(moment(end)), if end.is_some() => {
                let ended = session.ended(seconds());
                if ended.is_some() {
                    told = end;
                }
                ended
            }
            () = sleep_until(ping) => Some(ServerMessage::Ping),
        };
        let Some(answer) = answer else { continue };
        ping = Instant::now() + PING_AFTER;
        let Ok(text) = serde_json::to_string(&answer) else { return };
        if socket.send(Message::Text(text.into())).await.is_err() {
            return;
        }
        if let ServerMessage::FatalError { .. } = answer {
            let code = close_code::POLICY;
            let reason = "the protocol was broken".into();
            // Nothing is left to do for a client that is gone already.
            let _ = socket.send(Message::Close(Some(CloseFrame { code, reason }))).await;
            return;
        }
    }
}

async fn handle(session: &mut Session, place: &Place, text: &str) -> Option<ServerMessage> {
    let message: ClientMessage = match serde_json::from_str(text) {
        Ok(message) => message,
        Err(error) => return Some(fatal(format!("a message cannot be read: {error}"))),
    };
    if !session.is_connected() && !matches!(message, ClientMessage::Connect { .. }) {
        return Some(fatal("the first message is Connect, and this is another"));
    }
    match message {
        ClientMessage::Connect { .. } => session.connect(),
        ClientMessage::Authenticate { token_type, value, base_version } => {
            if let Some(refused) = session.check_base(base_version) {
                return Some(refused);
            }
            Some(authenticate(session, place, token_type, value).await)
        }
        ClientMessage::ModifyQuerySet { base_version, new_version, modifications } => {
            if !modifications.is_empty()
                && let Some(ended) = session.ended(seconds())
            {
                return Some(ended);
            }
            Some(session.modify(base_version, new_version, &modifications, nanoseconds()))
        }
        ClientMessage::Mutation { request_id, udf_path } => {
            Some(session.ended(seconds()).unwrap_or_else(|| ServerMessage::MutationResponse {
                request_id,
                success: false,
                result: format!("there is no mutation, neither `{udf_path}` nor another"),
                log_lines: [],
            }))
        }
        ClientMessage::Action { request_id, udf_path } => {
            Some(session.ended(seconds()).unwrap_or_else(|| ServerMessage::ActionResponse {
                request_id,
                success: false,
                result: format!("there is no action, neither `{udf_path}` nor another"),
                log_lines: [],
            }))
        }
        ClientMessage::Event {} => None,
    }
}

async fn authenticate(
    session: &mut Session,
    place: &Place,
    token_type: TokenType,
    value: Option<String>,
) -> ServerMessage {
    match (token_type, value) {
        (TokenType::None, _) => session.authenticated(None, nanoseconds()),
        (TokenType::User, Some(token)) => match place.deployment().authenticate(&token).await {
            Ok(identity) => session.authenticated(Some(identity), nanoseconds()),
            Err(refusal) => session.refused(refusal.message(place.mode())),
        },
        (TokenType::User, None) => session.refused("Authenticate has no `value`".to_owned()),
        (TokenType::Admin, _) => {
            session.refused("Keys of operators are not taken here: send a User token".to_owned())
        }
    }
}

/// When to look whether a token has ended.
fn moment(end: Option<i64>) -> Instant {
    let left = end.unwrap_or(i64::MAX).saturating_sub(seconds()).max(0);
    let left = Duration::from_secs(u64::try_from(left).unwrap_or(0)).min(LOOK_AGAIN);
    // A little late rather than a little early.
    Instant::now() + left + Duration::from_millis(50)
}

fn seconds() -> i64 {
    i64::try_from(since_1970().as_secs()).unwrap_or(i64::MAX)
}

fn nanoseconds() -> u64 {
    u64::try_from(since_1970().as_nanos()).unwrap_or(u64::MAX)
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
