//! Remarks in words.

use crate::challenge::FormFault;
use crate::event::{AnswerFault, ClaimsFault, Insides, Leaked, Remark};

pub(super) fn remark(remark: &Remark) -> String {
    let text = match remark {
        Remark::Form(fault) => return answer_fault(fault),
        Remark::Claims(fault) => return claims_fault(fault),
        Remark::Holds(what) => return format!("the answer holds {}", leaked(what)),
        Remark::VersionUnnamed => "it does not name the version of the token that is refused",
        Remark::IdentityUnnamed => "it does not name the identity of the token that is accepted",
        Remark::IdentityKept => "it still names the identity of the token",
        Remark::NextRefused => "the next valid token is refused",
        Remark::ShorterAccepted => "a token that is valid for less long was accepted",
    };
    text.to_owned()
}

fn answer_fault(fault: &AnswerFault) -> String {
    let text = match fault {
        AnswerFault::Status { status, due } => {
            let due: Vec<String> = due.iter().map(u16::to_string).collect();
            return format!("status {status} instead of {}", due.join(" or "));
        }
        AnswerFault::Unparsable(error) => {
            return format!("`WWW-Authenticate` cannot be parsed: {error}");
        }
        AnswerFault::Error { error, due } => {
            return format!("error {error:?} instead of {}", due.join(" or "));
        }
        AnswerFault::Unasked(name) => {
            return format!("the challenge names `{name}` though no token was sent");
        }
        AnswerFault::Grammar(fault) => return form_fault(fault),
        AnswerFault::NoChallenge => "no `WWW-Authenticate`",
        AnswerFault::NoBearer => "no `Bearer` challenge in `WWW-Authenticate`",
        AnswerFault::NoParameter => "the `Bearer` challenge has no parameter",
        AnswerFault::NoError => "the challenge names no `error`",
    };
    text.to_owned()
}

fn form_fault(fault: &FormFault) -> String {
    match fault {
        FormFault::Token68 => "it has a token68 where parameters are due".to_owned(),
        FormFault::Repeated(name) => format!("`{name}` occurs more than once"),
        FormFault::Forbidden(name, c) => {
            format!("`{name}` holds {c:?}, which is not permitted")
        }
        FormFault::Escaped(name) => format!("`{name}` holds an escaped character"),
        FormFault::Unregistered(code) => format!("the error code {code:?} is not registered"),
    }
}

/// Returns where the claims that are handed over differ from those that were signed.
pub(crate) fn claims_fault(fault: &ClaimsFault) -> String {
    match fault {
        ClaimsFault::NotJson => "the body is not the claims as JSON".to_owned(),
        ClaimsFault::Lost { place } => format!("`{place}` was signed and is not handed over"),
        ClaimsFault::Added { place } => format!("`{place}` is handed over and was not signed"),
        ClaimsFault::Changed { place, signed, handed } => {
            format!("`{place}` was signed as {signed} and is handed over as {handed}")
        }
    }
}

/// Returns what an answer holds and must not hold.
pub(crate) fn leaked(leaked: &Leaked) -> String {
    match leaked {
        Leaked::Token => "the whole token".to_owned(),
        Leaked::Signature => "the token's signature".to_owned(),
        Leaked::PrivateKey(name) => format!("the private part of the key `{name}`"),
        Leaked::Insides { kind, text } => {
            let what = match kind {
                Insides::StackTrace => "a stack trace",
                Insides::FilePath => "a file path",
                Insides::PrivateKey => "a private key",
                Insides::KeyMaterial => "key material",
            };
            format!("{what} ({text})")
        }
        Leaked::Address(address) => format!("an internal address ({address})"),
        Leaked::InjectedField => "a header field that the token brought in".to_owned(),
        Leaked::Control(c) => format!("the control character {} of the token", c.escape_unicode()),
        Leaked::Markup => "markup of the token, in a page".to_owned(),
        Leaked::Echo(bytes) => {
            format!("{bytes} octets of the token, handed back as they came")
        }
        Leaked::Issuer(issuer) => {
            format!("a configured issuer that the token does not name ({issuer})")
        }
    }
}
