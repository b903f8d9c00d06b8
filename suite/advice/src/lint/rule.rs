//! A rule for an issuer or for a token source, with its source and the consequences where it is
//! not met.

use jwtspec_types::words::words;

words! {
    /// The weight of a finding.
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
    /// The subject of a finding, in the order of the report.
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
        /// The answers of a token source.
        Source = "source",
        /// A token.
        Token = "token",
        /// The refresh of tokens.
        Refresh = "refresh",
        /// Keys that come and go.
        Rotation = "rotation",
        /// Calls to a token source at the same time.
        AtOnce = "at once",
        /// A token source when no user is signed in.
        SignedOut = "signed out",
        /// The header fields of a token source, and its clock.
        Answers = "answers",
        /// A client that gets its tokens there.
        Client = "client",
    }
}

/// One requirement or recommendation.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id, which never changes once released.
    pub id: &'static str,
    /// Its subject.
    pub group: Group,
    /// Its weight when it is not met.
    pub level: Grade,
    /// The text that says so; `practice` where none does.
    pub source: &'static str,
    /// The observation that is reported when it is met.
    pub holds: &'static str,
    /// The reason why it matters.
    pub why: &'static str,
    /// The change to make.
    pub change: &'static str,
}

/// Defines the rules of one check file, and their list, so that none is left out of it.
macro_rules! rules {
    ($group:ident: $($name:ident = $id:literal $level:ident $source:literal:
        $holds:literal,
        $why:literal,
        $change:literal;
    )+) => {
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
