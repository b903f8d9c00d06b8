//! The functions of the application behind the backend.

use serde_json::Value;

use crate::identity::Identity;

/// A function that threw.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FunctionError {
    /// There is none of that name.
    #[error("could not find public function for `{0}`: there are `whoami` and `requireIdentity`")]
    Unknown(String),
    /// It takes no anonymous callers.
    #[error("Unauthenticated call to requireIdentity: no token was given")]
    Unauthenticated,
}

/// Runs a query: `whoami` is the identity or null, `requireIdentity` throws where there is none.
pub(crate) fn query(path: &str, identity: Option<&Identity>) -> Result<Value, FunctionError> {
    // Clients name the default export of a module in full.
    match path.strip_suffix(":default").unwrap_or(path) {
        "whoami" => Ok(identity.map_or(Value::Null, Identity::value)),
        "requireIdentity" => identity.map(Identity::value).ok_or(FunctionError::Unauthenticated),
        _ => Err(FunctionError::Unknown(path.to_owned())),
    }
}
