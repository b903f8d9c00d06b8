//! The reasons why scenarios are skipped, and the changes that would let them run.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use jwtspec_types::capabilities::KeyDelivery;
use jwtspec_types::timing::Timing;
use jwtspec_types::words::{Algorithm, words};

words! {
    /// A change that would let a skipped scenario run.
    Unlock {
        /// The target verifies another algorithm.
        Algorithms = "algorithms",
        /// The target takes several providers.
        Providers = "providers",
        /// The target can be told an expected `typ`.
        Typ = "typ",
        /// The target can be told required claims.
        RequiredClaims = "required-claims",
        /// The target takes keys in another way.
        Keys = "keys",
        /// Requests set the target's clock.
        Clock = "clock",
        /// The target keeps keys by the rules of HTTP caching, and says so.
        HttpCache = "http-cache",
        /// The target takes or declares another leeway.
        Leeway = "leeway",
        /// The target takes or declares another cache age.
        CacheAge = "cache-age",
        /// The target takes or declares another cool-down.
        Cooldown = "cooldown",
        /// The target can be told the authority behind the certificates of issuers.
        Tls = "tls",
        /// The target answers an accepted token with its claims.
        Claims = "claims",
        /// The target answers by HTTP.
        Http = "http",
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
        /// Nothing: the scenario says so itself.
        Nothing = "nothing",
    }
}

/// The reason why a scenario is skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// The scenario says so for this profile; its words.
    Scenario(String),
    /// The target refused the trust; its words.
    Unsupported(String),
    /// A provider of the profile cannot be what the scenario needs.
    Profile(ProfileLimit),
    /// More providers than one.
    Providers(usize),
    /// An algorithm.
    Algorithm(Algorithm),
    /// An expected `typ`.
    Typ,
    /// Required claims.
    RequiredClaims,
    /// The `typ` of the profile.
    ProfileTyp,
    /// The required claims of the profile.
    ProfileClaims,
    /// Keys in this way.
    Keys(KeyDelivery),
    /// An issuer that is asked for its keys.
    LiveIssuer,
    /// Issuers over HTTPS.
    Tls,
    /// The claims in the answer.
    Claims,
    /// The form of an HTTP answer.
    HttpAnswer,
    /// The token in `Authorization: Bearer`.
    Bearer,
    /// An HTTP request that can be bent.
    HttpRequest,
    /// A session on a socket.
    Session,
    /// More of a session than the target file says.
    SessionPart(SessionPart),
    /// A clock that requests set.
    Clock,
    /// Keys kept by the rules of HTTP caching.
    HttpCache,
    /// A certain span.
    Span {
        /// Of this.
        of: SpanOf,
        /// The span, in seconds.
        wanted: u64,
        /// The spans that the target can be told; none if it does not declare them.
        declared: Option<Timing>,
    },
    /// A span that passes, and that the target does not declare.
    Undeclared(SpanOf),
    /// A longer wait than the user allows.
    MaxWait {
        /// The time that it would wait.
        wait: Duration,
        /// The time that it may wait.
        allowed: Duration,
    },
    /// A socket.
    NoSocket,
    /// A connection to listen on.
    NoConnection,
    /// A session to end.
    NoSession,
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

/// A limit of the providers of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileLimit {
    /// There is always an audience.
    Audience,
    /// There is no expected `typ`.
    Typ,
    /// Another claim than these is not required.
    RequiredClaim {
        /// The claim.
        claim: String,
        /// Those of the profile.
        own: Vec<String>,
    },
    /// The leeway is this, in seconds.
    Leeway(u64),
    /// Keys come in other ways.
    Keys {
        /// The way that is needed.
        wanted: KeyDelivery,
        /// Those of the profile.
        own: Vec<KeyDelivery>,
    },
    /// The algorithms are others.
    Algorithm {
        /// The algorithm that is needed.
        wanted: Algorithm,
        /// Those of the profile.
        own: Vec<Algorithm>,
        /// True if one provider allows all of these, false if one of them.
        all: bool,
    },
    /// One issuer has one algorithm.
    Algorithms {
        /// The algorithms that are needed.
        wanted: Vec<Algorithm>,
        /// Those of the profile.
        own: Vec<Algorithm>,
    },
}

impl SkipReason {
    /// Returns what would let the scenario run.
    pub fn unlock(&self) -> Unlock {
        match self {
            Self::Scenario(_) => Unlock::Nothing,
            Self::Unsupported(_) => Unlock::Trust,
            Self::Profile(_) => Unlock::Profile,
            Self::Providers(_) => Unlock::Providers,
            Self::Algorithm(_) => Unlock::Algorithms,
            Self::Typ | Self::ProfileTyp => Unlock::Typ,
            Self::RequiredClaims | Self::ProfileClaims => Unlock::RequiredClaims,
            Self::Keys(_) | Self::LiveIssuer => Unlock::Keys,
            Self::Tls => Unlock::Tls,
            Self::Claims => Unlock::Claims,
            Self::HttpAnswer | Self::HttpRequest => Unlock::Http,
            Self::Bearer => Unlock::Bearer,
            Self::Session
            | Self::SessionPart(_)
            | Self::NoSocket
            | Self::NoConnection
            | Self::NoSession => Unlock::Session,
            Self::Clock => Unlock::Clock,
            Self::HttpCache => Unlock::HttpCache,
            Self::Span { of, .. } | Self::Undeclared(of) => match of {
                SpanOf::Leeway => Unlock::Leeway,
                SpanOf::CacheAge => Unlock::CacheAge,
                SpanOf::Cooldown => Unlock::Cooldown,
            },
            Self::MaxWait { .. } => Unlock::MaxWait,
        }
    }
}

impl From<ProfileLimit> for SkipReason {
    fn from(limit: ProfileLimit) -> Self {
        Self::Profile(limit)
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
    fn described(self) -> (&'static str, &'static str) {
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

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario(why) | Self::Unsupported(why) => f.write_str(why),
            Self::Profile(limit) => limit.fmt(f),
            Self::Providers(count) => write!(f, "needs {count} providers; the target takes one"),
            Self::Algorithm(name) => write!(f, "needs {name}; the target cannot verify it"),
            Self::Typ => f.write_str("needs an expected `typ`; the target cannot be told one"),
            Self::RequiredClaims => {
                f.write_str("needs required claims; the target cannot be told them")
            }
            Self::ProfileTyp => {
                f.write_str("needs the profile's `typ`; the target cannot be told one")
            }
            Self::ProfileClaims => {
                f.write_str("needs the profile's required claims; the target cannot be told them")
            }
            Self::Keys(keys) => write!(f, "needs keys by {}; the target cannot", keys.as_str()),
            Self::LiveIssuer => f.write_str("needs an issuer that is asked for its keys"),
            Self::Tls => {
                f.write_str("needs issuers over HTTPS; the target cannot be told their authority")
            }
            Self::Claims => {
                f.write_str("needs the claims in the answer; the target does not give them")
            }
            Self::HttpAnswer => {
                f.write_str("judges the form of an HTTP answer; the target answers on a socket")
            }
            Self::Bearer => f.write_str("needs the token in `Authorization: Bearer`"),
            Self::HttpRequest => {
                f.write_str("bends an HTTP request; the target takes tokens on a socket")
            }
            Self::Session => f.write_str(
                "needs a session on a socket; the target takes each token in a request of its own",
            ),
            Self::SessionPart(part) => {
                let (what, member) = part.described();
                write!(f, "needs {what}; the target file does not say so (`{member}`)")
            }
            Self::Clock => f.write_str("needs a clock that requests set; the target has none"),
            Self::HttpCache => f.write_str(
                "binds who keeps keys by the rules of HTTP caching; the target does not claim to",
            ),
            Self::Span { of, wanted, declared } => {
                write!(f, "needs a {} of {wanted} s; ", of.as_str())?;
                match declared {
                    None => f.write_str("the target does not declare its own"),
                    Some(Timing::From(least)) => write!(f, "the target's least is {least} s"),
                    Some(Timing::Fixed(fixed)) => write!(f, "the target's is {fixed} s"),
                }
            }
            Self::Undeclared(of) => {
                write!(f, "passes the {}, which the target does not declare", of.as_str())
            }
            Self::MaxWait { wait, allowed } => write!(
                f,
                "would wait {} s; `--max-wait` allows {} s",
                wait.as_secs_f64(),
                allowed.as_secs_f64()
            ),
            Self::NoSocket => f.write_str("the target has no socket"),
            Self::NoConnection => f.write_str("there is no connection to listen on"),
            Self::NoSession => f.write_str("there is no session to end"),
        }
    }
}

impl fmt::Display for ProfileLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |list: &[Algorithm], word: &str| {
            list.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(word)
        };
        match self {
            Self::Audience => {
                f.write_str("needs an issuer without an audience; the profile always has one")
            }
            Self::Typ => f.write_str("needs an expected `typ`; the profile has none"),
            Self::RequiredClaim { claim, own } => write!(
                f,
                "needs `{claim}` as a required claim; those of the profile are {}",
                own.join(", ")
            ),
            Self::Leeway(own) => {
                write!(f, "needs another leeway than the {own} s of the profile")
            }
            Self::Keys { wanted, own } => {
                let own: Vec<&str> = own.iter().map(|keys| keys.as_str()).collect();
                let wanted = wanted.as_str();
                write!(f, "needs keys by {wanted}; the profile takes them by {}", own.join(" or "))
            }
            Self::Algorithm { wanted, own, all } => {
                let word = if *all { " and " } else { " or " };
                write!(f, "needs {wanted}; the profile has {}", names(own, word))
            }
            Self::Algorithms { wanted, own } => write!(
                f,
                "needs {} of one issuer; the profile has {}",
                names(wanted, " and "),
                names(own, " or ")
            ),
        }
    }
}
