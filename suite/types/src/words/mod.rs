//! The closed lists of the design: levels, reasons, findings, outcomes, algorithms.

mod algorithm;
mod finding;
mod key_encryption;
mod key_form;
mod reason;

pub use algorithm::{Algorithm, Family};
pub use finding::Finding;
pub use key_encryption::KeyEncryption;
pub use key_form::KeyForm;
pub use reason::Reason;

/// Defines a closed list: an enum whose members have one spelling in files and reports.
///
/// One place for the spelling keeps serde, `Display`, `FromStr`, the JSON Schema and the
/// "expected one of …" of error messages from drifting apart.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every member, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The spelling of every member, in the order of the list.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The spelling in files, on the command line and in reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::words::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| {
                    $crate::words::UnknownWord {
                        word: text.to_owned(),
                        known: Self::NAMES.to_vec(),
                    }
                })
            }
        }
    };
}
pub use words;

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

/// A word that is not in its closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown word `{word}`, expected one of {}", known.join(", "))]
pub struct UnknownWord {
    /// The word as it is written.
    pub word: String,
    /// The words that could have been written.
    pub known: Vec<&'static str>,
}
