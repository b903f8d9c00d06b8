//! A mistake in what a person wrote, and what to do about it.

use std::fmt;

/// A mistake in what a person wrote, with advice as a member of its own.
///
/// It prints as its message, a line break and its advice; in the alternate form (`{:#}`) as its
/// message alone. So the advice survives serde, which hands an error on as an
/// `impl Display`: [`recover`](Self::recover) takes it out again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advised {
    message: String,
    advice: Option<String>,
}

impl Advised {
    /// A mistake without advice.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The mistake behind an error whose type is lost; any other error is one without advice.
    pub fn recover(error: &impl fmt::Display) -> Self {
        let (whole, message) = (error.to_string(), format!("{error:#}"));
        match whole.strip_prefix(message.as_str()).and_then(|rest| rest.strip_prefix('\n')) {
            Some(advice) => Self::new(message).advise(advice),
            None => Self::new(whole),
        }
    }

    /// The message and the advice.
    pub fn into_parts(self) -> (String, Option<String>) {
        (self.message, self.advice)
    }
}

impl fmt::Display for Advised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.advice {
            Some(advice) if !f.alternate() => write!(f, "\n{advice}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Advised {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_survives_an_error_whose_type_is_lost() {
        let advised = Advised::new("`x` is wrong\nin two lines").advise("write y\nor z");
        assert_eq!(advised.to_string(), "`x` is wrong\nin two lines\nwrite y\nor z");
        assert_eq!(Advised::recover(&advised), advised);
        let plain = Advised::new("wrong");
        assert_eq!(Advised::recover(&plain), plain);
        assert_eq!(Advised::recover(&"two\nlines"), Advised::new("two\nlines"));
    }
}
