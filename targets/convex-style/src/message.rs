//! The messages of the sync protocol, as they are on the wire.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// A message of a client.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub(crate) enum ClientMessage {
    /// The first message of a connection.
    Connect {
        #[serde(rename = "sessionId")]
        _session_id: String,
        #[serde(rename = "connectionCount")]
        _connection_count: u32,
    },
    /// Another identity, from the version that it replaces.
    Authenticate {
        token_type: TokenType,
        #[serde(default)]
        value: Option<String>,
        base_version: u32,
    },
    /// Other queries, from the version that they replace.
    ModifyQuerySet { base_version: u32, new_version: u32, modifications: Vec<Modification> },
    /// A function that writes.
    Mutation { request_id: u32, udf_path: String },
    /// A function that does anything else.
    Action { request_id: u32, udf_path: String },
    /// Something about the client itself.
    Event {},
}

/// The kind of token that an `Authenticate` carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum TokenType {
    /// A key of the operators.
    Admin,
    /// A JWT.
    User,
    /// None: the client signs out.
    None,
}

/// A change of the queries that a client watches.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub(crate) enum Modification {
    Add { query_id: u32, udf_path: String },
    Remove { query_id: u32 },
}

/// A message of the service.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub(crate) enum ServerMessage {
    /// From one version of what the client sees to the next.
    Transition { start_version: Version, end_version: Version, modifications: Vec<Update> },
    /// A token that was not taken, or that ended.
    AuthError {
        error: String,
        /// The version that the refused token was to replace.
        base_version: u32,
        /// True if this answers an `Authenticate`; otherwise a token that was taken has ended.
        auth_update_attempted: bool,
    },
    /// The outcome of a mutation.
    MutationResponse { request_id: u32, success: bool, result: String, log_lines: [String; 0] },
    /// The outcome of an action.
    ActionResponse { request_id: u32, success: bool, result: String, log_lines: [String; 0] },
    /// The client broke the protocol; the connection ends.
    FatalError { error: String },
    /// The connection is alive.
    Ping,
}

/// A version of what a client sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Version {
    /// Of the queries.
    pub(crate) query_set: u32,
    /// Of the identity.
    pub(crate) identity: u32,
    /// In nanoseconds since 1970; on the wire its bytes in base64, the lowest first.
    #[serde(serialize_with = "octets")]
    pub(crate) ts: u64,
}

/// A change of what a client sees.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
#[expect(clippy::enum_variant_names, reason = "the names are those of the protocol")]
pub(crate) enum Update {
    QueryUpdated { query_id: u32, value: Value, log_lines: [String; 0], journal: () },
    QueryFailed { query_id: u32, error_message: String, log_lines: [String; 0], journal: () },
    QueryRemoved { query_id: u32 },
}

fn octets<S: Serializer>(ts: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(ts.to_le_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_wire_has_the_names_of_the_protocol() {
        let end = Version { query_set: 1, identity: 2, ts: 258 };
        let modifications = vec![
            Update::QueryUpdated { query_id: 7, value: json!(null), log_lines: [], journal: () },
            Update::QueryRemoved { query_id: 8 },
        ];
        let message = ServerMessage::Transition {
            start_version: Version::default(),
            end_version: end,
            modifications,
        };
        let expected = json!({
            "type": "Transition",
            "startVersion": { "querySet": 0, "identity": 0, "ts": "AAAAAAAAAAA=" },
            "endVersion": { "querySet": 1, "identity": 2, "ts": "AgEAAAAAAAA=" },
            "modifications": [
                { "type": "QueryUpdated", "queryId": 7, "value": null, "logLines": [],
                  "journal": null },
                { "type": "QueryRemoved", "queryId": 8 },
            ],
        });
        assert_eq!(json!(message), expected);
        let refused = ServerMessage::AuthError {
            error: "no".to_owned(),
            base_version: 3,
            auth_update_attempted: true,
        };
        let expected = json!({
            "type": "AuthError", "error": "no", "baseVersion": 3, "authUpdateAttempted": true,
        });
        assert_eq!(json!(refused), expected);
    }

    #[test]
    fn clients_may_say_more_than_is_read() {
        for text in [
            r#"{"type":"Connect","sessionId":"x","connectionCount":0,"lastCloseReason":null,"clientTs":1}"#,
            r#"{"type":"Authenticate","tokenType":"None","baseVersion":1}"#,
            r#"{"type":"ModifyQuerySet","baseVersion":0,"newVersion":1,"modifications":[{"type":"Add","queryId":0,"udfPath":"whoami:default","args":[{}]}]}"#,
            r#"{"type":"Event","eventType":"ClientConnect","event":[]}"#,
        ] {
            serde_json::from_str::<ClientMessage>(text).unwrap();
        }
    }
}
