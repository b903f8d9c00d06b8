//! The HTTP side: its paths, and the answers to calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::deployment::Deployment;
use crate::function;
use crate::identity::Identity;
use crate::refusal::{Mode, Refusal};
use crate::socket;

/// The status of a function that threw, which clients tell from one of the server.
const FUNCTION_THREW: u16 = 560;
/// A message of the sync protocol is no longer: a token and what goes with it.
const MOST_OCTETS: usize = 4 << 20;

/// The state of the service.
#[derive(Debug)]
pub(crate) struct Service {
    /// The deployment below `/`.
    pub(crate) root: Deployment,
    /// Deployments below names of their own.
    pub(crate) deployments: BTreeMap<String, Deployment>,
    /// The detail of refusals.
    pub(crate) mode: Mode,
}

/// A deployment of the service.
#[derive(Clone)]
pub(crate) struct Place {
    service: Arc<Service>,
    name: Option<String>,
}

impl Place {
    /// The deployment of a path; nothing if there is none of that name.
    fn of(service: Arc<Service>, parts: &BTreeMap<String, String>) -> Option<Self> {
        let place = Self { service, name: parts.get("deployment").cloned() };
        place.find().is_some().then_some(place)
    }

    fn find(&self) -> Option<&Deployment> {
        match &self.name {
            None => Some(&self.service.root),
            Some(name) => self.service.deployments.get(name),
        }
    }

    /// The deployment itself.
    pub(crate) fn deployment(&self) -> &Deployment {
        self.find().unwrap_or(&self.service.root)
    }

    /// The detail of refusals.
    pub(crate) fn mode(&self) -> Mode {
        self.service.mode
    }
}

/// Answers at the paths of the service.
pub(crate) fn router(service: Service) -> Router {
    Router::new()
        .route("/version", get(|| async { concat!("convex-style ", env!("CARGO_PKG_VERSION")) }))
        .route("/api/query", post(query))
        .route("/api/sync", any(sync))
        .route("/api/{version}/sync", any(sync))
        .route("/{deployment}/api/query", post(query))
        .route("/{deployment}/api/sync", any(sync))
        .route("/{deployment}/api/{version}/sync", any(sync))
        .with_state(Arc::new(service))
}

async fn query(
    State(service): State<Arc<Service>>,
    Path(parts): Path<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(place) = Place::of(service, &parts) else { return unknown(&parts) };
    match caller(&place, &headers).await {
        Ok(identity) => call(&body, identity.as_ref()),
        Err(refusal) => answer(StatusCode::UNAUTHORIZED, &json!(refusal.body(place.mode()))),
    }
}

/// The identity of the caller; none without an `Authorization` header.
async fn caller(place: &Place, headers: &HeaderMap) -> Result<Option<Identity>, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let bad = |why: &str| Refusal::invalid("Could not read the Authorization header", why);
    if values.next().is_some() {
        return Err(bad("there is more than one"));
    }
    let value = value.to_str().map_err(|_| bad("it is not printable ASCII"))?;
    let token = bearer(value).ok_or_else(|| bad("it is not `Bearer` and one token"))?;
    place.deployment().authenticate(token).await.map(Some)
}

/// The token behind `Bearer`, in whatever case.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim_matches([' ', '\t']).split_once(' ')?;
    let token = token.trim_start_matches(' ');
    let is_one = !token.is_empty() && !token.contains([' ', '\t', ',', '"']);
    (scheme.eq_ignore_ascii_case("bearer") && is_one).then_some(token)
}

/// A call of a function.
#[derive(Deserialize)]
struct Call {
    path: String,
    /// The functions here take none.
    #[serde(default, rename = "args")]
    _args: Value,
    #[serde(default)]
    format: Option<String>,
}

fn call(body: &[u8], identity: Option<&Identity>) -> Response {
    let call: Call = match serde_json::from_slice(body) {
        Ok(call) => call,
        Err(error) => {
            let message = format!(
                "The body is not a call: {error}. It should be {{\"path\", \"args\", \"format\"}}"
            );
            return answer(
                StatusCode::BAD_REQUEST,
                &json!({ "code": "BadJsonBody", "message": message }),
            );
        }
    };
    if let Some(format) = call.format.filter(|format| format != "json") {
        let message = format!("The format is `{format}`, and only `json` is known");
        return answer(
            StatusCode::BAD_REQUEST,
            &json!({ "code": "BadFormat", "message": message }),
        );
    }
    match function::query(&call.path, identity) {
        Ok(value) => {
            answer(StatusCode::OK, &json!({ "status": "success", "value": value, "logLines": [] }))
        }
        Err(error) => answer(
            StatusCode::from_u16(FUNCTION_THREW).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            &json!({ "status": "error", "errorMessage": error.to_string(), "logLines": [] }),
        ),
    }
}

async fn sync(
    State(service): State<Arc<Service>>,
    Path(parts): Path<BTreeMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some(place) = Place::of(service, &parts) else { return unknown(&parts) };
    upgrade
        .max_message_size(MOST_OCTETS)
        .max_frame_size(MOST_OCTETS)
        .on_upgrade(move |socket| socket::converse(socket, place))
}

fn unknown(parts: &BTreeMap<String, String>) -> Response {
    let name = parts.get("deployment").map_or("", String::as_str);
    let message = format!("There is no deployment `{name}`");
    answer(StatusCode::NOT_FOUND, &json!({ "code": "NoSuchDeployment", "message": message }))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::bearer;

    #[test]
    fn one_token_behind_bearer() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c", " \tBearer a.b.c\t "] {
            assert_eq!(bearer(value), Some("a.b.c"), "{value}");
        }
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "a.b.c",
            "Basic a.b.c",
            "Bearer: a.b.c",
            "BearerX a.b.c",
            "Bearer a.b.c d",
            "Bearer a.b.c, Bearer d",
            "Bearer \"a.b.c\"",
            "Bearer\ta.b.c",
        ] {
            assert_eq!(bearer(value), None, "{value}");
        }
    }
}
