//! Remarks in words.

use crate::event::Remark;
use crate::message::{Insides, Leaked};

/// Returns a remark in words.
pub(super) fn remark(remark: &Remark) -> String {
    match remark {
        Remark::Form(fault) => fault.to_string(),
        Remark::Claims(fault) => fault.to_string(),
        Remark::Holds(what) => format!("the answer holds {}", leaked(what)),
        Remark::VersionUnnamed => {
            "it does not name the version of the token that is refused".into()
        }
        Remark::IdentityUnnamed => {
            "it does not name the identity of the token that is accepted".into()
        }
        Remark::IdentityKept => "it still names the identity of the token".into(),
        Remark::NextRefused => "the next valid token is refused".into(),
        Remark::AlikeAccepted => "a token that differs from it in nothing was accepted".into(),
        Remark::ShorterAccepted => "a token that is valid for less long was accepted".into(),
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
            format!("a configured issuer that neither the token nor its request names ({issuer})")
        }
    }
}
