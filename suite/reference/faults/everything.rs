//! Verifiers that do the same with every token.

use super::{Fault, changed, fault};
use crate::reference::{Check, Objection};
use crate::verifier::Refusal;

pub(super) const FAULTS: &[Fault] = &[
    fault("accepts-all", "looks at nothing", |it| it.without_checks()).caught_by(&[
        "algorithm/*",
        "audience/*",
        "expiry/*",
        "issuer/*",
        "signature/*",
    ]),
    fault("rejects-all", "refuses every token with the same words", |it| {
        it.without_checks().with(REFUSE)
    })
    .caught_by(&["audience/*", "expiry/*", "header/*"]),
];

const REFUSE: Check =
    changed("everything", |_| Err(Objection::Refused(Refusal::saying("the token was refused"))));
