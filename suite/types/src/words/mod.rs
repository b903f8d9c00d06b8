//! The closed lists of the design: levels, reasons, findings, outcomes, algorithms.

mod algorithm;
mod finding;
mod level;
mod outcome;
mod reason;

pub use algorithm::{Algorithm, Family};
pub use finding::Finding;
pub use level::Level;
pub use outcome::Outcome;
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

/// A word that is not in its closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown word `{word}`, expected one of {}", known.join(", "))]
pub struct UnknownWord {
    /// The word as it is written.
    pub word: String,
    /// The words that could have been written.
    pub known: Vec<&'static str>,
}
