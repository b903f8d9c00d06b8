//! Faults of services that take tokens on a socket, one after the other. Here they only have their
//! names; the tests of the suite have a service with each of them.

use super::{Fault, in_session};

pub(super) const FAULTS: &[Fault] = &[
    in_session("one-token-only", "takes one token on a connection, and no fresh one")
        .caught_by(&["session/same-token-again", "session/second-token"]),
    in_session("later-tokens-unverified", "verifies the first token of a connection only")
        .caught_by(&[
            "session/expired-after-accepted",
            "session/forged-after-accepted",
            "session/other-audience-after-accepted",
            "session/stranger-after-accepted",
        ]),
    in_session("locked-by-refusal", "refuses every token after one that was refused")
        .caught_by(&["session/accepted-after-refused"]),
    in_session("never-notices-expiry", "does not end a session with its token")
        .caught_by(&["session/expires"]),
    in_session("expires-by-first-token", "ends a session with the first of its tokens")
        .caught_by(&["session/refreshed-in-time"]),
    in_session("wrong-version", "names the first version in every refusal")
        .caught_by(&["session/refusal-names-version"]),
    in_session("keeps-first-identity", "keeps the first user of a connection").caught_by(&[
        "session/back-to-first-identity",
        "session/second-identity",
        "session/signs-out",
    ]),
];
