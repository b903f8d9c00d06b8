//! The reasons why scenarios are skipped, and the changes that would let them run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::limit::ProfileLimit;
use jwtspec_types::capabilities::KeyDelivery;
use jwtspec_types::timing::Timing;
use jwtspec_types::words::{Algorithm, KeyEncryption, KeyForm, words};

words! {
    /// A change that would let a skipped scenario run.
    Unlock {
        /// The target verifies another algorithm.
        Algorithms = "algorithms",
        /// The target takes several providers.
        Providers = "providers",
        /// The target takes several audiences of one provider.
        Audiences = "audiences",
        /// The target can be told an expected `typ`.
        Typ = "typ",
        /// The target can be told required claims.
        RequiredClaims = "required-claims",
        /// The target takes keys in another way.
        Keys = "keys",
        /// The target takes keys in another form.
        KeyForms = "key-forms",
        /// The target decrypts tokens under another algorithm.
        Decrypts = "decrypts",
        /// Requests set the target's clock.
        Clock = "clock",
        /// The target keeps keys by the rules of HTTP caching, and says so.
        HttpCache = "http-cache",
        /// The target's server takes header fields of 4 MB, and says so.
        LargeHeaders = "large-headers",
        /// The target takes or declares another leeway.
        Leeway = "leeway",
        /// The target takes or declares another cache age.
        CacheAge = "cache-age",
        /// The target takes or declares another cool-down.
        Cooldown = "cooldown",
        /// The target can be told the authority behind the certificates of issuers.
        Tls = "tls",
        /// jwtspec is built with another feature.
        Feature = "feature",
        /// The target answers an accepted token with its claims.
        Claims = "claims",
        /// The target answers by HTTP.
        Http = "http",
        /// What is tested makes status and challenge itself.
        OwnAnswer = "own-answer",
        /// The target takes the token in `Authorization: Bearer`.
        Bearer = "bearer",
        /// The target takes tokens on a socket, or its file says more of that.
        Session = "session",
        /// The user allows longer waits.
        MaxWait = "max-wait",
        /// Another profile.
        Profile = "profile",
        /// The target takes a trust that it refused.
        Trust = "trust",
        /// The target tells a good token from a bad one.
        Target = "target",
        /// The target answers.
        Answers = "answers",
        /// Nothing: the scenario says so itself.
        Nothing = "nothing",
    }
}

impl Unlock {
    /// What is wanted, in words that read after "for want of".
    pub const fn wanted(self) -> &'static str {
        match self {
            Self::Algorithms => "further `algorithms`",
            Self::Providers => "several `providers`",
            Self::Audiences => "several `audiences`",
            Self::Typ => "`typ`",
            Self::RequiredClaims => "`required_claims`",
            Self::Keys => "another way of `keys`",
            Self::KeyForms => "further `key_forms`",
            Self::Decrypts => "further `decrypts`",
            Self::Clock => "a `clock`",
            Self::HttpCache => "`http_cache`",
            Self::LargeHeaders => "`large_headers`",
            Self::Leeway => "`leeway`",
            Self::CacheAge => "`cache_age`",
            Self::Cooldown => "`cooldown`",
            Self::Tls => "`tls`",
            Self::Feature => "a feature of jwtspec",
            Self::Claims => "claims in the answer",
            Self::Http => "answers by HTTP",
            Self::OwnAnswer => "a status and a challenge that are not the driver's own",
            Self::Bearer => "the token in `Authorization: Bearer`",
            Self::Session => "a session on a socket",
            Self::MaxWait => "a longer `--max-wait`",
            Self::Profile => "another `--profile`",
            Self::Trust => "a trust that the target refused",
            Self::Target => "a target that tells a good token from a bad one",
            Self::Answers => "a target that answers",
            Self::Nothing => "anything to ask under this profile",
        }
    }

    /// True if no word of the user gives what is wanted: the target is of another kind.
    pub(crate) const fn is_another_kind(self) -> bool {
        matches!(
            self,
            Self::Claims
                | Self::Http
                | Self::OwnAnswer
                | Self::Bearer
                | Self::Session
                | Self::Nothing
        )
    }
}

/// The reason why a scenario is skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// The scenario says so for this profile; its words.
    #[error("{0}")]
    Scenario(String),
    /// The target refused the trust; its words.
    #[error("{0}")]
    Unsupported(String),
    /// A provider of the profile cannot be what the scenario needs.
    #[error(transparent)]
    Profile(#[from] ProfileLimit),
    /// More providers than one.
    #[error("needs {0} providers; the target takes one")]
    Providers(usize),
    /// More audiences than one.
    #[error("needs {0} audiences of one provider; the target takes one")]
    Audiences(usize),
    /// An algorithm.
    #[error("needs {0}; the target cannot verify it")]
    Algorithm(Algorithm),
    /// An expected `typ`.
    #[error("needs an expected `typ`; the target cannot be told one")]
    Typ,
    /// Required claims.
    #[error("needs required claims; the target cannot be told them")]
    RequiredClaims,
    /// The `typ` of the profile.
    #[error("needs the profile's `typ`; the target cannot be told one")]
    ProfileTyp,
    /// The required claims of the profile.
    #[error("needs the profile's required claims; the target cannot be told them")]
    ProfileClaims,
    /// Keys in this way.
    #[error("needs keys by {}; the target cannot", .0.as_str())]
    Keys(KeyDelivery),
    /// A key in this form.
    #[error("needs a key as {}; the target does not take it (`key_forms`)", .0.as_str())]
    KeyForm(KeyForm),
    /// A key pair of the target's own, under this algorithm.
    #[error("needs a target that decrypts by {}; it does not say so (`decrypts`)", .0.as_str())]
    Decrypts(KeyEncryption),
    /// Two verifiers in one process.
    #[error("needs two verifiers in one process; the target is told its trusts before it starts")]
    Beside,
    /// An issuer that is asked for its keys.
    #[error("needs an issuer that is asked for its keys")]
    LiveIssuer,
    /// Issuers over HTTPS.
    #[error("needs issuers over HTTPS; the target cannot be told their authority")]
    Tls,
    /// Issuers over HTTPS, in a build that has none.
    #[error("needs issuers over HTTPS; jwtspec was built without the feature `https`")]
    NoHttps,
    /// The claims in the answer.
    #[error("needs the claims in the answer; the target does not give them")]
    Claims,
    /// The form of an HTTP answer.
    #[error("judges the form of an HTTP answer; the target answers on a socket")]
    HttpAnswer,
    /// The form of an answer that is the driver's own.
    #[error(
        "judges the status or the challenge of an answer; the driver says that they are its own"
    )]
    DriverAnswer,
    /// The token in `Authorization: Bearer`.
    #[error("needs the token in `Authorization: Bearer`")]
    Bearer,
    /// An HTTP request that can be bent.
    #[error("bends an HTTP request; the target takes tokens on a socket")]
    HttpRequest,
    /// A session on a socket.
    #[error("needs a session on a socket; the target takes each token in a request of its own")]
    Session,
    /// More of a session than the target file says.
    #[error("needs {}; the target file does not say so (`{}`)", .0.describe().0, .0.describe().1)]
    SessionPart(SessionPart),
    /// A clock that requests set.
    #[error("needs a clock that requests set; the target has none")]
    Clock,
    /// Keys kept by the rules of HTTP caching.
    #[error("binds who keeps keys by the rules of HTTP caching; the target does not claim to")]
    HttpCache,
    /// Header fields of 4 MB.
    #[error(
        "needs a server that takes header fields of 4 MB; the target does not say that its does"
    )]
    LargeHeaders,
    /// A path with a letter.
    #[error("changes a letter in the path of the request; the target's path has none")]
    NoLetter,
    /// A certain span.
    #[error("needs a {} of {wanted} s; {}", of.as_str(), describe_timing(*declared))]
    Span {
        /// Of this.
        of: SpanOf,
        /// The span, in seconds.
        wanted: u64,
        /// The spans that the target can be told; none if it does not declare them.
        declared: Option<Timing>,
    },
    /// A span that passes, and that the target does not declare.
    #[error("passes the {}, which the target does not declare", .0.as_str())]
    Undeclared(SpanOf),
    /// A longer wait than the user allows.
    #[error("would wait {} s; `--max-wait` allows {} s", wait.as_secs_f64(), allowed.as_secs_f64())]
    MaxWait {
        /// The time that it would wait.
        wait: Duration,
        /// The time that it may wait.
        allowed: Duration,
    },
    /// A socket.
    #[error("the target has no socket")]
    NoSocket,
    /// A connection to listen on.
    #[error("there is no connection to listen on")]
    NoConnection,
    /// A session to end.
    #[error("there is no session to end")]
    NoSession,
    /// Nothing but an acceptance would prove anything, for the preflight failed.
    #[error("the target was not seen to tell a good token from a bad one")]
    Preflight,
    /// The target was given up.
    #[error("the target no longer answered")]
    GivenUp,
    /// The target fell silent, and was given up.
    #[error("the target fell silent while this scenario, and others, were under way")]
    UnderWay,
}

/// A span of time of a verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpanOf {
    /// The leeway.
    Leeway,
    /// The age up to which key sets are kept.
    CacheAge,
    /// The time between fetches for unknown keys.
    Cooldown,
}

/// A part of a session that the target file must state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionPart {
    /// Many tokens on one connection.
    ManyTokens,
    /// A way to sign out.
    SignOut,
    /// Refusals that name the version of the token.
    Version,
    /// Acceptances that name the identity of the token.
    Identity,
}

impl SkipReason {
    /// Returns what would let the scenario run.
    pub fn unlock(&self) -> Unlock {
        match self {
            Self::Scenario(_) | Self::NoLetter => Unlock::Nothing,
            Self::Unsupported(_) => Unlock::Trust,
            Self::Profile(_) => Unlock::Profile,
            Self::Providers(_) => Unlock::Providers,
            Self::Audiences(_) => Unlock::Audiences,
            Self::Algorithm(_) => Unlock::Algorithms,
            Self::Typ | Self::ProfileTyp => Unlock::Typ,
            Self::RequiredClaims | Self::ProfileClaims => Unlock::RequiredClaims,
            Self::Keys(_) | Self::LiveIssuer => Unlock::Keys,
            Self::Beside => Unlock::Nothing,
            Self::KeyForm(_) => Unlock::KeyForms,
            Self::Decrypts(_) => Unlock::Decrypts,
            Self::Tls => Unlock::Tls,
            Self::NoHttps => Unlock::Feature,
            Self::Claims => Unlock::Claims,
            Self::HttpAnswer | Self::HttpRequest => Unlock::Http,
            Self::DriverAnswer => Unlock::OwnAnswer,
            Self::Bearer => Unlock::Bearer,
            Self::Session
            | Self::SessionPart(_)
            | Self::NoSocket
            | Self::NoConnection
            | Self::NoSession => Unlock::Session,
            Self::Clock => Unlock::Clock,
            Self::HttpCache => Unlock::HttpCache,
            Self::LargeHeaders => Unlock::LargeHeaders,
            Self::Span { of, .. } | Self::Undeclared(of) => match of {
                SpanOf::Leeway => Unlock::Leeway,
                SpanOf::CacheAge => Unlock::CacheAge,
                SpanOf::Cooldown => Unlock::Cooldown,
            },
            Self::MaxWait { .. } => Unlock::MaxWait,
            Self::Preflight => Unlock::Target,
            Self::GivenUp | Self::UnderWay => Unlock::Answers,
        }
    }
}

impl SpanOf {
    fn as_str(self) -> &'static str {
        match self {
            Self::Leeway => "leeway",
            Self::CacheAge => "cache age",
            Self::Cooldown => "cool-down",
        }
    }
}

impl SessionPart {
    /// Its description, and the member of the target file that states it.
    fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::ManyTokens => ("a socket that takes many tokens", "present.tokens"),
            Self::SignOut => ("a way to sign out", "present.sign-out"),
            Self::Version => ("refusals that name the version of the token", "verdict.version"),
            Self::Identity => {
                ("acceptances that name the identity of the token", "verdict.identity")
            }
        }
    }
}

/// The end of a skip reason about a span.
fn describe_timing(declared: Option<Timing>) -> String {
    match declared {
        None => "the target does not declare its own".to_owned(),
        Some(Timing::From(least)) => format!("the target's least is {least} s"),
        Some(Timing::Fixed(fixed)) => format!("the target's is {fixed} s"),
    }
}
