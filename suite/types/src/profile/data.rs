//! The file of a profile, as `scenarios/profiles/` has it.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::limits::ProviderLimits;
use crate::words::{Level, Reason};

/// The file of a profile. Except for `position`, `about`, `rules`, `limits` and what depends on a
/// backend, a member that it leaves out is that of its base.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ProfileFile {
    /// The place in lists; the first profile is the default.
    pub(super) position: u8,
    /// One line on its rules.
    pub(super) about: String,
    /// The name of the profile that it builds on.
    pub(super) base: Option<String>,
    /// The kind of token.
    pub(super) tokens: Option<TokenKind>,
    /// The type that the verifier is told to expect.
    pub(super) typ: Option<String>,
    /// The claims that the verifier is told to require, or requires without being told.
    pub(super) required_claims: Option<Vec<String>>,
    /// The texts that ask for a claim, by its name.
    #[serde(default)]
    pub(super) required_by: IndexMap<String, RequiredBy>,
    /// Header members that a valid token has beyond the usual.
    pub(super) header: Option<Map<String, Value>>,
    /// Claims that a valid token has beyond the usual.
    pub(super) claims: Option<Map<String, Value>>,
    /// The document of its backend's own rules, if they are among the requirements.
    pub(super) rules: Option<String>,
    /// The limits of its providers, if it describes a backend.
    pub(super) limits: Option<ProviderLimits>,
    /// Reasons, and those for which the backend has the same message.
    #[serde(default)]
    pub(super) one_message: IndexMap<Reason, Vec<Reason>>,
    /// Requirements that the backend does not enforce, by id.
    #[serde(default)]
    pub(super) unenforced: IndexMap<String, Unenforced>,
}

/// The kind of token that a profile is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// Any token of RFC 7519.
    Jwt,
    /// ID tokens of OpenID Connect Core.
    IdToken,
    /// Access tokens of RFC 9068.
    AccessToken,
}

/// The text that asks for a claim.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredBy {
    /// The level at which it asks.
    pub level: Level,
    /// The id of the requirement.
    pub requirement: String,
}

/// The tokens for which a backend does not enforce a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unenforced {
    /// All tokens.
    Always,
    /// Tokens in whose header this member is null.
    NullHeader(String),
    /// Tokens in which this claim is null.
    NullClaim(String),
    /// Tokens in whose header only members that are not read break it.
    UnreadHeader,
}

/// A profile as it was read.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    /// The place of the base among all entries; its own if it has none.
    pub(super) base: usize,
    pub(super) file: ProfileFile,
}

/// Every profile, in order.
///
/// # Panics
///
/// If an embedded file is wrong; a test sees to it that none is.
pub(super) fn load_profiles() -> Vec<Entry> {
    let mut files: Vec<(&str, ProfileFile)> =
        jwtspec_scenarios::profiles().into_iter().map(parse_profile).collect();
    files.sort_by_key(|(name, file)| (file.position, *name));
    let place = |wanted: &str| {
        let place = files.iter().position(|(name, _)| *name == wanted);
        place.unwrap_or_else(|| panic!("scenarios/profiles has no `{wanted}.toml`"))
    };
    let base = |(name, file): &(&str, ProfileFile)| place(file.base.as_deref().unwrap_or(name));
    let bases: Vec<usize> = files.iter().map(base).collect();
    let entry = |((name, file), base)| Entry { name, base, file };
    files.into_iter().zip(bases).map(entry).collect()
}

fn parse_profile((name, text): jwtspec_scenarios::File) -> (&'static str, ProfileFile) {
    match toml::from_str(text) {
        Ok(profile) => (name, profile),
        Err(error) => panic!("scenarios/profiles/{name}.toml: {error}"),
    }
}
