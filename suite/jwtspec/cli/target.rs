//! The target that the command line names.

use std::path::Path;
use std::sync::Arc;

use super::fail::Fail;
use jwtspec_engine::target::{
    Target, TargetFile, TargetFileError, base_url, is_url, require_loopback,
};
use jwtspec_reference::Reference;

/// The target that a file or a URL names; the reference verifier if neither is given.
pub(super) fn target(text: Option<&str>, allow_remote: bool) -> Result<Target, Fail> {
    let Some(text) = text else { return Ok(Target::Rust(Arc::new(Reference::default()))) };
    if is_url(text) {
        let base = base_url(text)?;
        return Ok(match allow_remote {
            true => Target::Url(base),
            false => Target::Loopback(require_loopback(&base)?),
        });
    }
    match TargetFile::read(Path::new(text)) {
        Ok(file) => Ok(Target::File(Box::new(file))),
        Err(error @ TargetFileError::Unreadable { .. }) => Err(Fail::from(error)
            .advise("name a target file, or the URL of a driver, as in `http://127.0.0.1:4000`")),
        Err(error) => Err(error.into()),
    }
}
