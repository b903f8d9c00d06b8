//! The stand-in for processes in a build without the feature `target-file`: none is started.

use std::path::Path;

use super::error::TargetError;
use super::file::TargetFile;
use super::http::HttpClient;
use jwtspec_types::trust::Trust;

/// A process, of which there is none.
pub(super) enum Started {}

impl Started {
    pub(super) async fn start(
        file: &TargetFile,
        _: &[Trust],
        _: &Path,
        _: &HttpClient,
    ) -> Result<Self, TargetError> {
        let error = "this build starts none; build jwtspec with its feature `target-file`";
        Err(TargetError::System { what: format!("start {}", file.name), error: error.to_owned() })
    }

    pub(super) fn base(&self) -> &str {
        match *self {}
    }

    pub(super) async fn ended(&self) -> Option<String> {
        match *self {}
    }
}
