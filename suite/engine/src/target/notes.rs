//! The mistakes found in a target file so far, and what all that look for them ask.

use super::file::{Signs, TargetFile};
use jwtspec_format::{Document, Problem};
use jwtspec_types::advised::Advised;

/// The mistakes found so far.
pub(super) struct Notes<'d, 'a> {
    pub(super) document: &'d Document<'a>,
    mistakes: Vec<Problem>,
}

impl<'d, 'a> Notes<'d, 'a> {
    pub(super) fn new(document: &'d Document<'a>) -> Self {
        Self { document, mistakes: Vec::new() }
    }

    pub(super) fn into_mistakes(self) -> Vec<Problem> {
        self.mistakes
    }

    pub(super) fn add(&mut self, place: &[&str], message: impl Into<String>, help: &str) {
        let place = self.document.place(place);
        self.mistakes.push(Problem::new(place, message).with_help(help));
    }

    pub(super) fn add_advised(&mut self, place: &[&str], mistake: Advised) {
        let (message, advice) = mistake.into_parts();
        self.add(place, message, &advice.unwrap_or_default());
    }
}

/// What a target file says of either verdict.
pub(super) fn signs(file: &TargetFile) -> [(&'static str, &Signs); 2] {
    [("accept", &file.verdict.accept), ("reject", &file.verdict.reject)]
}

/// A token of HTTP (RFC 9110 section 5.6.2).
pub(super) fn is_token(name: &str) -> bool {
    http::HeaderName::from_bytes(name.as_bytes()).is_ok()
}
