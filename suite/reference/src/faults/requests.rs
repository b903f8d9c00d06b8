//! Faults in handling requests: where a token is looked for, and where none is asked for.

use super::{Fault, serving};
use jwtspec_driver::ServiceFault;

pub(super) const FAULTS: &[Fault] = &[
    serving(
        "cookie-behind-header",
        "tries a token in a cookie where the one in the header is refused",
        ServiceFault::CookieNext,
    )
    .caught_by(&["bearer/rubbish-beside-token-in-cookie"]),
    serving(
        "other-methods-open",
        "asks for a token by GET and HEAD only",
        ServiceFault::OtherMethodsOpen,
    )
    .caught_by(&[
        "bearer/patch-without-credentials",
        "bearer/post-with-expired-token",
        "bearer/post-without-credentials",
        "bearer/propfind-without-credentials",
        "bearer/put-with-forged-token",
        "bearer/put-without-credentials",
    ]),
    serving(
        "other-paths-open",
        "asks for a token at its own spelling of the path only",
        ServiceFault::OtherPathsOpen,
    )
    .caught_by(&[
        "bearer/path-with-extension",
        "bearer/path-with-letter-encoded",
        "bearer/path-with-letter-in-other-case",
        "bearer/path-with-parameter",
        "bearer/path-with-second-slash",
        "bearer/path-with-slash-behind",
        "bearer/path-with-space-behind",
    ]),
];
