//! The catalogue of requirements that bind a verifier.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::advised::Advised;
use crate::nearest::nearest;
use crate::profile::Profile;
use crate::read_from_str;
use crate::words::Level;

type Rows = IndexMap<String, Requirement>;

static CATALOGUE: LazyLock<Result<Rows, RequirementsError>> =
    LazyLock::new(|| parse_requirements(&jwtspec_scenarios::requirements()));

/// The rows; a test sees to it that the embedded files have no mistake.
fn rows() -> &'static Rows {
    CATALOGUE.as_ref().unwrap_or_else(|error| panic!("{error}"))
}

/// Parses files, each with its name.
fn parse_requirements(files: &[(&str, &str)]) -> Result<Rows, RequirementsError> {
    let mut rows = Rows::new();
    for (name, text) in files {
        let name = || format!("{name}.toml");
        let file: File =
            toml::from_str(text).map_err(|error| RequirementsError::Malformed(name(), error))?;
        for requirement in file.requirement {
            if let Some(first) = rows.insert(requirement.id.clone(), requirement) {
                return Err(RequirementsError::Repeated(name(), first.id));
            }
        }
    }
    Ok(rows)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    requirement: Vec<Requirement>,
}

/// Requirement files that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequirementsError {
    /// A file with a mistake.
    #[error("the requirement file {0} is malformed: {1}")]
    Malformed(String, toml::de::Error),
    /// A file with an id that another row has.
    #[error("the requirement file {0} has a second row `{1}`")]
    Repeated(String, String),
}

/// One duty of a verifier of JWTs, as a specification states it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Document, section, slug.
    pub id: String,
    /// The document, such as `rfc7519`.
    pub doc: String,
    /// The section.
    pub section: String,
    /// The key word of RFC 2119.
    #[serde(deserialize_with = "level")]
    pub level: Level,
    /// The party that is bound.
    pub subject: String,
    /// The duty, paraphrased.
    pub text: String,
    /// The way in which a test over HTTP sees it.
    pub observable: String,
    /// Topics.
    pub tags: Vec<String>,
    /// True if the row was compared with the text of the document.
    pub checked: bool,
}

/// `must-not` binds like `must`, `should-not` like `should`.
fn level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Level, D::Error> {
    let word = String::deserialize(deserializer)?;
    let word = word.strip_suffix("-not").unwrap_or(&word);
    word.parse().map_err(serde::de::Error::custom)
}

impl Requirement {
    /// Every requirement, by document.
    ///
    /// # Panics
    ///
    /// If a requirement file is malformed, which [`check`](Self::check) tells beforehand.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        rows().values()
    }

    /// Checks the embedded requirement files.
    ///
    /// # Errors
    ///
    /// If one of them is malformed, or two rows have one id.
    pub fn check() -> Result<(), RequirementsError> {
        CATALOGUE.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    /// Returns true if it is a rule of a vendor, which binds under the profiles of its backend only.
    pub fn is_of_vendor(&self) -> bool {
        Profile::all().any(|profile| profile.rules() == Some(&self.doc))
    }

    /// Returns true if a `must` under a profile may rest on it alone. Of a specification it must
    /// have been compared with its source; the rules of a vendor have none to compare with.
    ///
    /// ```
    /// use jwtspec_types::profile::Profile;
    /// use jwtspec_types::requirements::RequirementId;
    ///
    /// let rule = RequirementId::named("convex-oidc-one-audience")?;
    /// assert!(rule.bears_must(Profile::named("convex")?));
    /// assert!(!rule.bears_must(Profile::default()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bears_must(&self, profile: Profile) -> bool {
        match self.is_of_vendor() {
            true => profile.rules() == Some(&self.doc),
            false => self.checked,
        }
    }

    /// The reason why no test over HTTP can see it, if none can.
    pub fn not_observable(&self) -> Option<&str> {
        self.observable.strip_prefix("not-observable: ")
    }

    /// The citation for people: `RFC 7519 §4.1.3`.
    pub fn clause(&self) -> String {
        let document = match self.doc.as_str() {
            "convex" => return format!("Convex, {}", self.section),
            "oidc-core" => "OpenID Connect Core 1.0".to_owned(),
            "oidc-discovery" => "OpenID Connect Discovery 1.0".to_owned(),
            "fips186-5" => "FIPS 186-5".to_owned(),
            "rfc8725bis" => "draft-ietf-oauth-rfc8725bis".to_owned(),
            doc => doc.replacen("rfc", "RFC ", 1),
        };
        format!("{document} §{}", self.section)
    }
}

/// The id of a requirement that is known to exist.
#[derive(Clone, Copy)]
pub struct RequirementId(&'static Requirement);

impl RequirementId {
    /// Finds a requirement by id.
    ///
    /// # Errors
    ///
    /// If there is none, with the nearest id.
    pub fn named(id: &str) -> Result<Self, Advised> {
        rows().get(id).map(Self).ok_or_else(|| {
            let near = nearest(id, rows().keys().map(String::as_str));
            let advice = near.map(|near| format!("did you mean `{near}`?"));
            Advised::new(format!("unknown requirement `{id}`")).advise(
                advice.unwrap_or("the requirements are in scenarios/requirements/".to_owned()),
            )
        })
    }
}

impl FromStr for RequirementId {
    type Err = Advised;

    fn from_str(id: &str) -> Result<Self, Advised> {
        Self::named(id)
    }
}

impl std::ops::Deref for RequirementId {
    type Target = Requirement;

    fn deref(&self) -> &'static Requirement {
        self.0
    }
}

impl fmt::Debug for RequirementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.id)
    }
}

impl PartialEq for RequirementId {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Serialize for RequirementId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.id)
    }
}

read_from_str!(RequirementId, inline: false, {
    "type": "string",
    "enum": rows().keys().map(String::as_str).collect::<Vec<_>>(),
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_complete() {
        assert_eq!(Requirement::check(), Ok(()));
        let written: usize = jwtspec_scenarios::requirements()
            .iter()
            .map(|(_, text)| text.matches("[[requirement]]").count())
            .sum();
        assert_eq!(rows().len(), written);
    }

    #[test]
    fn malformed_files_are_refused() {
        let row = "[[requirement]]\nid = 'a'\ndoc = 'rfc7519'\nsection = '1'\nlevel = 'must-not'\n\
                   subject = 'verifier'\ntext = 'x'\nobservable = 'x'\ntags = []\nchecked = true\n";
        let read = |text: String| parse_requirements(&[("a", text.as_str())]);
        assert_eq!(read(row.to_owned()).map(|rows| rows.len()), Ok(1));
        let told = |text: String| read(text).unwrap_err().to_string();
        let repeated = "the requirement file a.toml has a second row `a`";
        assert_eq!(told(row.repeat(2)), repeated);
        let malformed = "the requirement file a.toml is malformed: TOML parse error at line 5";
        assert!(told(row.replace("must-not", "ought")).starts_with(malformed));
        assert!(told(row.replace("tags", "tag")).contains("unknown field `tag`"));
    }

    #[test]
    fn a_clause_reads_like_a_citation() {
        let clause = |id| RequirementId::named(id).unwrap().clause();
        assert_eq!(clause("rfc7519-4.1.3-aud-array"), "RFC 7519 §4.1.3");
        assert_eq!(clause("oidc-core-2-sub-required"), "OpenID Connect Core 1.0 §2");
        assert_eq!(clause("convex-oidc-algorithms"), "Convex, OpenID Connect providers");
    }
}
