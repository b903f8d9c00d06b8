//! Faults in handling requests: where a token is looked for, and where none is asked for.

use super::{Fault, request_fault};
use jwtspec_driver::RequestFault;

pub(super) const FAULTS: &[Fault] = &[
    request_fault(
        "cookie-behind-header",
        "tries a token in a cookie where the one in the header is refused",
        RequestFault::CookieNext,
    )
    .caught_by(&["bearer/rubbish-beside-token-in-cookie"]),
    request_fault(
        "other-methods-open",
        "asks for a token by GET and HEAD only",
        RequestFault::OtherMethodsOpen,
    )
    .caught_by(&[
        "bearer/patch-without-credentials",
        "bearer/post-with-expired-token",
        "bearer/post-without-credentials",
        "bearer/propfind-without-credentials",
        "bearer/put-with-forged-token",
        "bearer/put-without-credentials",
    ]),
    request_fault(
        "other-paths-open",
        "asks for a token at its own spelling of the path only",
        RequestFault::OtherPathsOpen,
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
