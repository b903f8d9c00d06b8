//! The levels at which scenarios bind.

use super::words;

words! {
    /// The level at which a scenario binds, after the key words of RFC 2119.
    ///
    /// Ordered: `Must < Should < May`, so that `level <= limit` selects what is at least as
    /// binding as the limit.
    Level {
        /// A failure breaks a requirement.
        Must = "must",
        /// A failure departs from a recommendation.
        Should = "should",
        /// Both verdicts are permitted; the choice is reported.
        May = "may",
    }
}
