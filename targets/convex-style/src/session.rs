//! One connection of the sync protocol: whose it is, what it watches, and at which version.
//!
//! It knows no socket and no clock; times are handed in, in seconds since 1970.

use std::collections::BTreeMap;

use crate::function;
use crate::identity::Identity;
use crate::message::{Modification, ServerMessage, Update, Version};

/// The state of a connection.
#[derive(Debug, Default)]
pub(crate) struct Session {
    connected: bool,
    identity: Option<Identity>,
    version: Version,
    queries: BTreeMap<u32, String>,
}

impl Session {
    /// True if the first message has come.
    pub(crate) fn is_connected(&self) -> bool {
        self.connected
    }

    /// The first message.
    pub(crate) fn connect(&mut self) -> Option<ServerMessage> {
        if self.connected {
            return Some(fatal("Connect came a second time"));
        }
        self.connected = true;
        None
    }

    /// When the token in use ends, if there is one.
    pub(crate) fn until(&self) -> Option<i64> {
        self.identity.as_ref().map(|identity| identity.until)
    }

    /// Refuses an `Authenticate` for another version than the current one: what it was to replace
    /// is not there any more.
    pub(crate) fn check_base(&self, base_version: u32) -> Option<ServerMessage> {
        let current = self.version.identity;
        (base_version != current).then(|| {
            let error = format!(
                "Authenticate is for the identity of version {base_version}, and the current \
                 version is {current}"
            );
            ServerMessage::AuthError { error, base_version, auth_update_attempted: true }
        })
    }

    /// Takes over an identity, or none, and looks at everything again as it.
    pub(crate) fn authenticated(&mut self, identity: Option<Identity>, ts: u64) -> ServerMessage {
        self.identity = identity;
        let updates = self.queries.iter().map(|(id, path)| self.run(*id, path)).collect();
        let identity = self.version.identity + 1;
        self.move_to(Version { identity, ..self.version }, ts, updates)
    }

    /// A token that was refused leaves everything as it was.
    pub(crate) fn refused(&self, error: String) -> ServerMessage {
        let base_version = self.version.identity;
        ServerMessage::AuthError { error, base_version, auth_update_attempted: true }
    }

    /// Says that the token in use has ended, if it has. It says so once a token and once each time
    /// that something is to run.
    pub(crate) fn ended(&self, now: i64) -> Option<ServerMessage> {
        let until = self.until().filter(|until| *until <= now)?;
        Some(ServerMessage::AuthError {
            error: format!("The token in use expired {} s ago", now.saturating_sub(until)),
            base_version: self.version.identity,
            auth_update_attempted: false,
        })
    }

    /// Changes what the client watches.
    pub(crate) fn modify(
        &mut self,
        base_version: u32,
        new_version: u32,
        modifications: &[Modification],
        ts: u64,
    ) -> ServerMessage {
        let current = self.version.query_set;
        if base_version != current || new_version <= base_version {
            return fatal(format!(
                "ModifyQuerySet leads from version {base_version} to {new_version}, and the \
                 current version is {current}"
            ));
        }
        let mut updates = Vec::new();
        for modification in modifications {
            match modification {
                Modification::Add { query_id, udf_path } => {
                    updates.push(self.run(*query_id, udf_path));
                    self.queries.insert(*query_id, udf_path.clone());
                }
                Modification::Remove { query_id } => {
                    self.queries.remove(query_id);
                    updates.push(Update::QueryRemoved { query_id: *query_id });
                }
            }
        }
        self.move_to(Version { query_set: new_version, ..self.version }, ts, updates)
    }

    fn run(&self, query_id: u32, path: &str) -> Update {
        match function::query(path, self.identity.as_ref()) {
            Ok(value) => Update::QueryUpdated { query_id, value, log_lines: [], journal: () },
            Err(error) => Update::QueryFailed {
                query_id,
                error_message: error.to_string(),
                log_lines: [],
                journal: (),
            },
        }
    }

    fn move_to(&mut self, version: Version, ts: u64, modifications: Vec<Update>) -> ServerMessage {
        let start_version = self.version;
        // Time does not go back, whatever the clock does.
        self.version = Version { ts: ts.max(start_version.ts + 1), ..version };
        ServerMessage::Transition { start_version, end_version: self.version, modifications }
    }
}

/// The client broke the protocol.
pub(crate) fn fatal(error: impl Into<String>) -> ServerMessage {
    ServerMessage::FatalError { error: error.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn identity(subject: &str, until: i64) -> Identity {
        Identity {
            issuer: "https://a.example".to_owned(),
            subject: subject.to_owned(),
            until,
            claims: Map::new(),
        }
    }

    fn watching() -> Session {
        let mut session = Session::default();
        assert_eq!(session.connect(), None);
        let whoami = Modification::Add { query_id: 0, udf_path: "whoami:default".to_owned() };
        session.modify(0, 1, &[whoami], 10);
        session
    }

    fn subject(message: &ServerMessage) -> serde_json::Value {
        json!(message)["modifications"][0]["value"]["subject"].clone()
    }

    #[test]
    fn each_step_starts_where_the_last_one_ended() {
        let mut session = watching();
        let ada = session.authenticated(Some(identity("ada", 100)), 20);
        let ServerMessage::Transition { start_version, end_version, .. } = &ada else {
            panic!("{ada:?}");
        };
        assert_eq!(*start_version, Version { query_set: 1, identity: 0, ts: 10 });
        assert_eq!(*end_version, Version { query_set: 1, identity: 1, ts: 20 });
        assert_eq!(subject(&ada), "ada");
        // The clock went back.
        let bob = session.authenticated(Some(identity("bob", 100)), 5);
        let ServerMessage::Transition { start_version, end_version, .. } = &bob else {
            panic!("{bob:?}");
        };
        assert_eq!(
            (start_version, end_version.ts),
            (&Version { query_set: 1, identity: 1, ts: 20 }, 21)
        );
        assert_eq!(subject(&bob), "bob");
        let signed_out = session.authenticated(None, 30);
        assert_eq!(json!(signed_out)["modifications"][0]["value"], json!(null));
    }

    #[test]
    fn an_older_base_version_is_named() {
        let mut session = watching();
        assert_eq!(session.check_base(0), None);
        session.authenticated(Some(identity("ada", 100)), 20);
        assert_eq!(session.check_base(1), None);
        for base in [0, 2] {
            let refused = session.check_base(base).unwrap();
            let ServerMessage::AuthError { error, base_version, auth_update_attempted } = refused
            else {
                panic!("{refused:?}");
            };
            assert!(error.contains(&format!("version {base}")), "{error}");
            assert!(error.contains("current version is 1"), "{error}");
            assert_eq!((base_version, auth_update_attempted), (base, true));
        }
    }

    #[test]
    fn a_refused_token_changes_nothing() {
        let mut session = watching();
        session.authenticated(Some(identity("ada", 100)), 20);
        let refused = session.refused("no".to_owned());
        let expected = json!({
            "type": "AuthError", "error": "no", "baseVersion": 1, "authUpdateAttempted": true,
        });
        assert_eq!(json!(refused), expected);
        assert_eq!(session.check_base(1), None);
        assert_eq!(session.until(), Some(100));
    }

    #[test]
    fn a_token_that_ends_is_told_from_one_that_is_refused() {
        let mut session = watching();
        assert_eq!(session.ended(1000), None, "no user is signed in");
        session.authenticated(Some(identity("ada", 100)), 20);
        assert_eq!(session.ended(99), None);
        let ended = json!(session.ended(100).unwrap());
        assert_eq!(ended["authUpdateAttempted"], false);
        assert_eq!(ended["baseVersion"], 1);
        session.authenticated(Some(identity("ada", 200)), 21);
        assert_eq!(session.ended(100), None);
    }

    #[test]
    fn query_sets_follow_one_another() {
        let mut session = watching();
        for (base, new) in [(0, 1), (1, 1), (2, 3)] {
            let refused = session.modify(base, new, &[], 20);
            assert!(matches!(refused, ServerMessage::FatalError { .. }), "{refused:?}");
        }
        let removed = session.modify(1, 2, &[Modification::Remove { query_id: 0 }], 20);
        let expected = json!([{ "type": "QueryRemoved", "queryId": 0 }]);
        assert_eq!(json!(removed)["modifications"], expected);
    }
}
