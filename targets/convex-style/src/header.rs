//! The parts of a token's header that messages repeat.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

/// The most characters of a name that messages repeat.
const MOST_CHARACTERS: usize = 100;

/// The `kid` of a token, shortened; nothing if there is none.
pub(crate) fn kid(token: &str) -> Option<String> {
    let (header, _) = token.split_once('.')?;
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: Value = serde_json::from_slice(&header).ok()?;
    Some(header.get("kid")?.as_str()?.chars().take(MOST_CHARACTERS).collect())
}
