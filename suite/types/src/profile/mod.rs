//! Profiles: named sets of expectations where specifications leave a choice.
//!
//! A profile is a file in `scenarios/profiles/`.

mod data;
mod limits;

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use self::data::{Entry, ProfileFile};
use crate::json_schema_of;
use crate::words::{Reason, UnknownWord};

pub use data::{RequiredBy, TokenKind, Unenforced};
pub use limits::ProviderLimits;

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(data::load_profiles);
static NAMES: LazyLock<Vec<&str>> =
    LazyLock::new(|| ENTRIES.iter().map(|entry| entry.name).collect());

/// A named set of expectations where specifications leave a choice.
///
/// The default is `jwt`: RFC 7519 with the best current practices of RFC 8725.
///
/// ```
/// use jwtspec_types::profile::Profile;
///
/// let profile = Profile::named("oidc")?;
/// assert_eq!(profile.about(), "ID tokens of OpenID Connect Core 1.0");
/// # Ok::<(), jwtspec_types::words::UnknownWord>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Profile(
    /// The place among all profiles.
    usize,
);

impl Profile {
    /// Finds a profile by name.
    ///
    /// # Errors
    ///
    /// If there is none, with the names of all.
    pub fn named(name: &str) -> Result<Self, UnknownWord> {
        let place = NAMES.iter().position(|own| *own == name).map(Self);
        place.ok_or_else(|| UnknownWord { word: name.to_owned(), known: NAMES.clone() })
    }

    /// Every profile, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..ENTRIES.len()).map(Self)
    }

    /// The name of every profile, in order.
    pub fn names() -> &'static [&'static str] {
        &NAMES
    }

    fn file(self) -> &'static ProfileFile {
        &ENTRIES[self.0].file
    }

    /// A member of its own file, or else of its base's.
    fn inherited<T>(self, member: impl Fn(&'static ProfileFile) -> Option<T>) -> Option<T> {
        member(self.file()).or_else(|| member(self.base().file()))
    }

    /// The name in files, on the command line and in reports.
    pub fn as_str(self) -> &'static str {
        ENTRIES[self.0].name
    }

    /// One line for `--help` and reports.
    pub fn about(self) -> &'static str {
        &self.file().about
    }

    /// The profile whose rules hold where this one has none of its own; itself if it has no base.
    #[must_use]
    pub fn base(self) -> Self {
        Self(ENTRIES[self.0].base)
    }

    /// The kind of token that it is about.
    pub fn tokens(self) -> TokenKind {
        self.inherited(|file| file.tokens).unwrap_or(TokenKind::Jwt)
    }

    /// The type that the verifier is told to expect.
    pub fn typ(self) -> Option<&'static str> {
        self.inherited(|file| file.typ.as_deref())
    }

    /// The claims that the verifier is told to require, or requires without being told.
    pub fn required_claims(self) -> &'static [String] {
        self.inherited(|file| file.required_claims.as_deref()).unwrap_or_default()
    }

    /// The text that asks for a claim, where the profile has one.
    pub fn required_by(self, claim: &str) -> Option<&'static RequiredBy> {
        self.inherited(|file| file.required_by.get(claim))
    }

    /// Header members that a valid token has here beyond the usual.
    pub fn header(self) -> Map<String, Value> {
        self.inherited(|file| file.header.clone()).unwrap_or_default()
    }

    /// Claims that a valid token has here beyond the usual.
    pub fn claims(self) -> Map<String, Value> {
        self.inherited(|file| file.claims.clone()).unwrap_or_default()
    }

    /// The document of its backend's own rules, such as `convex`; nothing where the profile has none.
    pub fn rules(self) -> Option<&'static str> {
        self.file().rules.as_deref()
    }

    /// The limits of its providers; nothing where the profile does not describe a backend.
    pub fn limits(self) -> Option<&'static ProviderLimits> {
        self.file().limits.as_ref()
    }

    /// The requirement by which a token names one audience only, if its providers want that.
    pub fn one_audience(self) -> Option<&'static str> {
        self.limits()?.one_audience.as_deref()
    }

    /// The requirement by which a token needs a `kid`, if its providers want that.
    pub fn key_id(self) -> Option<&'static str> {
        self.limits()?.key_id.as_deref()
    }

    /// The requirements that its backend does not enforce, by id, and for which tokens.
    pub fn unenforced(self) -> &'static IndexMap<String, Unenforced> {
        &self.file().unenforced
    }

    /// These reasons, and those for which its backend has the same message.
    pub fn with_indistinguishable(self, reasons: &[Reason]) -> Vec<Reason> {
        let mut all = reasons.to_vec();
        let shared = self.file().one_message.iter();
        for (_, same) in shared.filter(|(reason, _)| reasons.contains(reason)) {
            let more: Vec<Reason> = same.iter().copied().filter(|it| !all.contains(it)).collect();
            all.extend(more);
        }
        all
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = UnknownWord;

    fn from_str(name: &str) -> Result<Self, UnknownWord> {
        Self::named(name)
    }
}

impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl Visitor<'_> for NameVisitor {
            type Value = Profile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a profile")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Profile, E> {
                Profile::named(name).map_err(|_| E::unknown_variant(name, Profile::names()))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

json_schema_of!(Profile, |_| {
    let schema = |profile: Self| {
        serde_json::json!({
            "description": format!("{}.", profile.about()),
            "type": "string",
            "const": profile.as_str(),
        })
    };
    schemars::json_schema!({
        "description": "A named set of expectations where specifications leave a choice.",
        "oneOf": Self::all().map(schema).collect::<Vec<_>>(),
    })
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::RequirementId;

    #[test]
    fn the_default_is_plain_jwt_and_names_are_found() {
        assert_eq!(Profile::default().as_str(), "jwt");
        for (name, profile) in Profile::names().iter().zip(Profile::all()) {
            assert_eq!(Profile::named(name), Ok(profile));
            assert_eq!(profile.base().base(), profile.base(), "{name}");
            let json = serde_json::to_value(profile).unwrap();
            assert_eq!(serde_json::from_value::<Profile>(json).unwrap(), profile);
        }
        let error = Profile::named("oidcc").unwrap_err().to_string();
        assert!(error.starts_with("unknown word `oidcc`, expected one of jwt, oidc"), "{error}");
    }

    #[test]
    fn what_a_profile_leaves_out_its_base_states() {
        let profile = Profile::named("convex").unwrap();
        assert_eq!(profile.base().as_str(), "oidc");
        assert_eq!(profile.tokens(), TokenKind::IdToken);
        assert_eq!(profile.required_claims(), profile.base().required_claims());
        assert_eq!(profile.base().limits(), None);
    }

    #[test]
    fn every_cited_requirement_exists() {
        for profile in Profile::all() {
            let file = profile.file();
            let limits = profile.limits();
            let of_limits = limits.iter().flat_map(|it| {
                [&it.one_audience, &it.key_id, &it.normalized_issuer].into_iter().flatten()
            });
            let of_claims = file.required_by.values().map(|it| &it.requirement);
            for id in file.unenforced.keys().chain(of_limits).chain(of_claims) {
                assert!(RequirementId::named(id).is_ok(), "{profile}: {id}");
            }
        }
    }
}
