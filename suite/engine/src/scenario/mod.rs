//! Scenarios: trust, issuers, steps and expectations, with a stable id.

mod answer;
mod catalogue;
mod entry;
mod fetched;
mod must;
mod overrides;
mod parse;
mod pass;
mod request;
mod risk;
mod serve;
mod session;
mod spec;
mod write;

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use jwtspec_mint::recipe::Recipe;
use jwtspec_types::profile::Profile;
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::words::{Level, Reason};

pub use answer::AnswerSpec;
pub use catalogue::{Catalogue, ReadError, toml_files};
pub use entry::{FileSchema, KnownDifference, Override};
pub use fetched::{Bounds, FetchSpec, Since};
pub use jwtspec_types::expect::Expect;
pub use parse::parse;
pub use pass::Pass;
pub use request::{Method, PathSpelling, RequestSpec};
pub use risk::Risk;
pub use serve::{Coding, OriginSpec, ServeSpec, TlsSpec};
pub use session::{Hearing, Hears};
pub use spec::{BesideSpec, IssuerSpec, KeySpec, KeyTextSpec, TrustSpec, WholeSeconds};
pub use write::{WriteError, write};

/// A scenario, as its file states it, before a profile and a target are chosen.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// `topic/name`.
    pub id: String,
    /// Its difference from the usual, in one line.
    pub title: String,
    /// The requirements it exercises.
    pub covers: Vec<RequirementId>,
    /// Its level.
    pub level: Level,
    /// The risks of failures, where the general texts are not enough.
    pub risk: Risk,
    /// The trust that the verifier is told.
    pub trust: TrustSpec,
    /// A second verifier, held by the same process.
    pub beside: Option<BesideSpec>,
    /// Its issuers; `main` is the first.
    pub issuers: IndexMap<String, IssuerSpec>,
    /// The things that are done, in order.
    pub steps: Vec<Step>,
    /// True if all tokens of the steps are presented on one connection to a socket, one after the
    /// other. The control has a connection of its own.
    pub session: bool,
    /// True if `steps` came from a scenario written as one step.
    pub one_step: bool,
    /// Its needs of a target beyond what its trust says.
    pub needs: Vec<Need>,
    /// The control token, where the default valid token will not do.
    pub control: Recipe,
    /// The only profiles under which it runs; empty means all.
    pub profiles: Vec<Profile>,
    /// The differences under a profile.
    pub overrides: IndexMap<Profile, Override>,
    /// The reason why it fails for no fault of the bank, if none shows it.
    pub unproven_because: Option<String>,
    /// Changes whenever its text does; a journal of another text is not resumed.
    pub fingerprint: u64,
}

impl Scenario {
    /// The differences under a profile: those stated for it, and for the profile that it builds on as
    /// far as nothing is said of itself. That one's `skip` does not count where anything is.
    pub fn under(&self, profile: Profile) -> Override {
        let base = self.overrides.get(&profile.base()).cloned().unwrap_or_default();
        match self.overrides.get(&profile).cloned() {
            None => base,
            Some(own) => own.or(Override { skip: None, ..base }),
        }
    }

    /// True if it runs under a profile at all.
    pub fn is_for(&self, profile: Profile) -> bool {
        self.profiles.is_empty()
            || self.profiles.iter().any(|it| *it == profile || *it == profile.base())
    }

    /// The level under a profile.
    pub(crate) fn level_under(&self, profile: Profile) -> Level {
        self.under(profile).level.unwrap_or(self.level)
    }

    /// Each step that presents a token, with its place.
    pub fn presentations(&self) -> impl DoubleEndedIterator<Item = (usize, &Presentation)> {
        self.steps.iter().enumerate().filter_map(|(index, step)| match step {
            Step::Present(presentation) => Some((index, &**presentation)),
            _ => None,
        })
    }

    /// The last step that presents a token, with its place: the one that overrides speak of.
    pub(crate) fn last_presentation(&self) -> Option<(usize, &Presentation)> {
        self.presentations().next_back()
    }

    /// The specs of every issuer: at first, and those of steps that change it.
    pub(crate) fn issuer_specs(&self) -> impl Iterator<Item = (&str, &IssuerSpec)> + Clone {
        let changes = self.steps.iter().filter_map(|step| match step {
            Step::Issuer(name, change) => Some((name.as_str(), &**change)),
            _ => None,
        });
        self.issuers.iter().map(|(name, spec)| (name.as_str(), spec)).chain(changes)
    }
}

/// A need that a scenario can have of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// A clock that each request sets.
    Clock,
    /// That it keeps key sets by the rules of HTTP caching (RFC 9111).
    HttpCache,
    /// That its server takes header fields of 4 MB.
    LargeHeaders,
}

/// Another place than the verifier that the scenario is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum At {
    /// The second verifier of the process.
    Beside,
}

/// One thing that is done in a scenario.
#[derive(Clone, Debug)]
pub enum Step {
    /// Present a token.
    Present(Arc<Presentation>),
    /// Change what an issuer serves.
    Issuer(String, Box<IssuerSpec>),
    /// Let time pass.
    Pass(Pass),
    /// Judge what an issuer was asked.
    Fetched(FetchSpec),
    /// Listen on the socket of the session.
    Hears(Hearing),
    /// End the session of the token before, and not the connection.
    SignOut,
}

impl Step {
    /// The time that the step lets pass, if it does.
    pub(crate) fn time(&self) -> Option<&Pass> {
        match self {
            Self::Pass(pass) => Some(pass),
            Self::Hears(hearing) => Some(&hearing.within),
            _ => None,
        }
    }
}

/// A token, how it is presented, and what is expected.
#[derive(Clone, Debug)]
pub struct Presentation {
    /// The recipe of the token.
    pub recipe: Recipe,
    /// The differences of the request from the usual.
    pub request: Option<RequestSpec>,
    /// The verdict.
    pub expect: Expect,
    /// The form of the answer.
    pub answer: AnswerSpec,
    /// The fault of the token, where `expect` allows several reasons.
    pub cause: Option<Reason>,
    /// The number of such tokens, each minted anew.
    pub times: u32,
    /// True if they are presented all at the same time.
    pub at_once: bool,
    /// True if they are minted as the token before was: at its time, and with its `jti`.
    pub again: bool,
    /// True if it is presented to the second verifier.
    pub beside: bool,
}

impl Presentation {
    /// A token presented once in the usual request.
    pub fn of(recipe: Recipe, expect: Expect) -> Self {
        let answer = AnswerSpec::default();
        Self {
            recipe,
            request: None,
            expect,
            answer,
            cause: None,
            times: 1,
            at_once: false,
            again: false,
            beside: false,
        }
    }
}
