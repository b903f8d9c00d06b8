//! Verifiers that do the same with every token.

use super::{Fault, changed, fault};
use crate::{Check, Objection};
use jwtspec_driver::Refusal;

pub(super) const FAULTS: &[Fault] = &[
    fault("accepts-all", "looks at nothing", |it| it.without_checks())
        .caught_by(&[
            "algorithm/none",
            "audience/other",
            "expiry/past",
            "issuer/missing",
            "signature/claim-changed",
        ])
        .proving_only(&[]),
    fault("rejects-all", "refuses every token with the same words", |it| {
        it.without_checks().with(REFUSE)
    })
    .caught_by(&["audience/string", "expiry/beyond-32-bits"])
    .proving_only(&[]),
];

const REFUSE: Check =
    changed("everything", |_| Err(Objection::Refused(Refusal::saying("the token was refused"))));
