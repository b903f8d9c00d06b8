//! A rule: what is asked of an issuer or of a token source, by which text, and what follows where
//! it is not met.

use jwtspec_types::words::words;

words! {
    /// How much a finding weighs.
    Grade {
        /// A text that binds the issuer says must, or no verifier or client can do without.
        Must = "must",
        /// A text recommends it, or many verifiers or clients need it.
        Should = "should",
        /// Permitted, and worth knowing. It never fails anybody.
        Note = "note",
        /// Nothing to object.
        Pass = "pass",
    }
}

words! {
    /// What a finding is about, in the order of the report.
    Group {
        /// The issuer identifier.
        Identifier = "identifier",
        /// The discovery document.
        Discovery = "discovery",
        /// The key set as a document.
        KeySet = "key set",
        /// Each key in it.
        Keys = "keys",
        /// Header fields, caching, clock and certificate.
        Serving = "serving",
        /// What a token source answers.
        Source = "source",
        /// A token.
        Token = "token",
        /// Where tokens are obtained.
        Refresh = "refresh",
        /// How keys come and go.
        Rotation = "rotation",
        /// Calls to a token source at the same time.
        AtOnce = "at once",
        /// A token source when nobody is signed in.
        SignedOut = "signed out",
        /// How a token source serves its answers, and its clock.
        Answers = "answers",
        /// What becomes of a client that gets its tokens there.
        Client = "client",
    }
}

/// What is asked.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id, which never changes once released.
    pub id: &'static str,
    /// What it is about.
    pub group: Group,
    /// How much it weighs when it is not met.
    pub level: Grade,
    /// The text that says so; `practice` where none does.
    pub source: &'static str,
    /// What is reported when it is met.
    pub holds: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to change.
    pub change: &'static str,
}

/// Defines the rules of one check file, and their list, so that none is left out of it.
macro_rules! rules {
    ($group:ident: $($name:ident = $id:literal $level:ident $source:literal {
        $holds:literal,
        $why:literal,
        $change:literal $(,)?
    })+) => {
        $(pub(super) const $name: &$crate::lint::rule::Rule = &$crate::lint::rule::Rule {
            id: $id,
            group: $crate::lint::rule::Group::$group,
            level: $crate::lint::rule::Grade::$level,
            source: $source,
            holds: $holds,
            why: $why,
            change: $change,
        };)+

        /// The rules of this file.
        pub(super) const RULES: &[&$crate::lint::rule::Rule] = &[$($name),+];
    };
}
pub(crate) use rules;
