//! A mistake in a file: what, where, and what was expected.

use std::ops::Range;
use std::sync::Arc;

use jwtspec_types::text::bounded;

/// Bytes of a message.
const MESSAGE_BYTES: usize = 400;
/// Bytes of the advice on it.
const HELP_BYTES: usize = 600;

/// A file's name and text.
#[derive(Clone, Debug, Default)]
pub struct Source {
    inner: Arc<(String, String)>,
}

impl Source {
    /// Names a text; the name is what messages show.
    pub fn new(name: impl AsRef<str>, text: impl Into<String>) -> Self {
        Self { inner: Arc::new((name.as_ref().to_owned(), text.into())) }
    }

    /// The name in messages.
    pub fn name(&self) -> &str {
        &self.inner.0
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.inner.1
    }
}

/// One mistake, with the bytes of the source that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    span: Range<usize>,
    message: String,
    help: Option<String>,
}

impl Problem {
    /// A mistake at `span`. A long message is shortened.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        let message = bounded(&message.into(), MESSAGE_BYTES).into_owned();
        Self { span, message, help: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(bounded(&help.into(), HELP_BYTES).into_owned());
        self
    }

    /// The bytes of the source that it is about.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The mistake.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The advice on it.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}
