//! The reasons why something is not measured.

use std::fmt;

use jwtspec_engine::event::Mistake;

/// The value of a measurement that came to nothing.
pub(super) const NOT_MEASURED: &str = "could not be measured";

/// The reason why something is not measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unmeasured {
    /// The target says that it cannot be told this, or does not do what is to be measured.
    Impossible(String),
    /// The target did not take the trust, and said nothing against it. That shows nothing of what
    /// it can be told.
    Untold(Mistake),
    /// A token got no verdict: the answer is missing, or means neither that it is accepted nor that
    /// it is refused.
    NoVerdict(String),
    /// A valid token, with which it begins, is refused.
    ValidRefused(String),
}

impl Unmeasured {
    /// Returns true if it shows nothing of the target.
    pub(super) fn shows_nothing(&self) -> bool {
        !matches!(self, Self::Impossible(_))
    }
}

impl fmt::Display for Unmeasured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Impossible(why) => f.write_str(why),
            Self::Untold(mistake) => mistake.fmt(f),
            Self::NoVerdict(why) => write!(f, "no verdict ({why})"),
            Self::ValidRefused(verdict) => write!(f, "the valid token is {verdict}"),
        }
    }
}

/// Returns true if all of them hold. One that does not settles it, whatever is not known of others.
pub(super) fn all_hold(
    facts: impl IntoIterator<Item = Result<bool, Unmeasured>>,
) -> Result<bool, Unmeasured> {
    let mut unknown = None;
    for fact in facts {
        match fact {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    unknown.map_or(Ok(true), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_counts_unless_another_settles_it() {
        let unknown = || Err(Unmeasured::NoVerdict("status 500".to_owned()));
        assert_eq!(all_hold([]), Ok(true));
        assert_eq!(all_hold([Ok(true), Ok(true)]), Ok(true));
        assert_eq!(all_hold([Ok(true), Ok(false)]), Ok(false));
        assert_eq!(all_hold([unknown(), Ok(true)]), unknown());
        assert_eq!(all_hold([Ok(true), unknown()]), unknown());
        assert_eq!(all_hold([unknown(), Ok(false)]), Ok(false));
        assert_eq!(all_hold([Ok(false), unknown()]), Ok(false));
    }
}
