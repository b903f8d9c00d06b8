//! The target that the command line names.

use std::path::Path;
use std::sync::Arc;

use super::fail::Fail;
use jwtspec_engine::target::{Target, TargetFile, require_loopback};
use jwtspec_reference::Reference;

/// The target that a file or a URL names; the reference verifier if neither is given.
pub(super) fn target(text: Option<&str>, allow_remote: bool) -> Result<Target, Fail> {
    let Some(text) = text else { return Ok(Target::Rust(Arc::new(Reference::default()))) };
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(match allow_remote {
            true => Target::Url(text.to_owned()),
            false => Target::Loopback(require_loopback(text)?),
        });
    }
    Ok(Target::File(Box::new(TargetFile::read(Path::new(text))?)))
}
