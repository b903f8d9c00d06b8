//! The outcomes of scenarios.

use super::words;

words! {
    /// The outcome of a scenario.
    Outcome {
        /// The verifier did what was expected.
        Pass = "pass",
        /// It did not; there is a finding.
        Fail = "fail",
        /// It did not, and a deviations file says why that is known.
        Deviation = "deviation",
        /// The target cannot be told or shown what the scenario needs.
        Skip = "skip",
        /// The control failed, so the rejection would prove nothing.
        Inconclusive = "inconclusive",
    }
}
