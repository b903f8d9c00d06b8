//! The reasons why something is not measured under a trust.

use std::fmt;

use jwtspec_engine::event::Mistake;

/// The value of a measurement that came to nothing.
pub(super) const NOT_MEASURED: &str = "could not be measured";

/// The reason why nothing is measured under a trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unmeasured {
    /// The target says that it cannot be told this, or does not do what is to be measured.
    Impossible(String),
    /// The target did not take the trust, and said nothing against it. That shows nothing of what
    /// it can be told.
    Untold(Mistake),
}

impl Unmeasured {
    /// Returns true if it shows nothing of the target.
    pub(super) fn is_mistake(&self) -> bool {
        matches!(self, Self::Untold(_))
    }
}

impl fmt::Display for Unmeasured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Impossible(why) => f.write_str(why),
            Self::Untold(mistake) => mistake.fmt(f),
        }
    }
}
