//! Parses a trust file: the one of the driver contract, or a Convex `auth.config`.

mod contract;
mod convex;
mod fields;

use serde_json::{Map, Value};

use jwtspec_format::{Problem, Problems, Source};
use jwtspec_jose::located::{self, Mistake};
use jwtspec_types::trust::Trust;

pub(super) use convex::{Backend, Kind};

/// A trust file that was read.
#[derive(Clone, Debug)]
pub struct TrustFile {
    pub(super) name: String,
    pub(super) form: Form,
}

/// The content of a trust file.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// The trust of the driver contract.
    Contract(Trust),
    /// The providers of a Convex `auth.config`.
    Convex(Backend),
}

/// The trust that applies to one token.
pub(super) struct Applied {
    pub(super) trust: Trust,
    /// The assumptions that were made in order to get it.
    pub(super) assumptions: Vec<String>,
    /// The kind of provider, where a backend takes the token that way.
    pub(super) backend: Option<Kind>,
}

impl TrustFile {
    /// Parses the text of a file, which messages call `name`.
    ///
    /// # Errors
    ///
    /// Every mistake, with its place and what was expected.
    pub fn parse(name: &str, text: &str) -> Result<Self, Problems> {
        Self::from_source(&Source::new(name, text))
    }

    /// Parses the bytes of a file, which messages call `name`.
    ///
    /// # Errors
    ///
    /// Every mistake, with its place and what was expected.
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Problems> {
        Self::from_source(&Source::from_bytes(name, bytes)?)
    }

    fn from_source(source: &Source) -> Result<Self, Problems> {
        let (name, text) = (source.name(), source.text());
        let mut problems = Vec::new();
        let form = match located::parse(text) {
            Ok(node) if convex::is_convex(name, &node) => {
                Some(Form::Convex(convex::parse_providers(&node, &mut problems)))
            }
            Ok(node) => contract::parse_trust(&node, &mut problems).map(Form::Contract),
            Err(mistake) => {
                problems.push(advised(mistake, text));
                None
            }
        };
        match Problems::from_list(source, problems) {
            None => Ok(Self {
                name: name.to_owned(),
                form: form.unwrap_or(Form::Contract(Trust::default())),
            }),
            Some(problems) => Err(problems),
        }
    }

    /// The trust of the driver contract; nothing if the file has another form.
    pub fn into_contract(self) -> Option<Trust> {
        match self.form {
            Form::Contract(trust) => Some(trust),
            Form::Convex(_) => None,
        }
    }

    pub(super) const fn is_convex(&self) -> bool {
        matches!(self.form, Form::Convex(_))
    }

    /// The trust for a token with these claims.
    pub(super) fn for_token(&self, claims: Option<&Map<String, Value>>) -> Applied {
        match &self.form {
            Form::Contract(trust) => {
                Applied { trust: trust.clone(), assumptions: Vec::new(), backend: None }
            }
            Form::Convex(backend) => backend.for_token(claims),
        }
    }
}

/// A syntax error, with advice where the file is not even meant to be JSON.
fn advised(mistake: Mistake, text: &str) -> Problem {
    let problem = Problem::new(mistake.span, mistake.message);
    let script = ["export ", "import ", "module.exports", "const ", "//", "/*"];
    if script.iter().any(|start| text.trim_start().starts_with(start)) {
        return problem.with_help(
            "this is a script, and JSON is needed: write the providers as \
             [{\"domain\": \"https://…\", \"applicationID\": \"…\"}], with the values that the \
             script would compute",
        );
    }
    match mistake.help {
        Some(help) => problem.with_help(help),
        None => problem,
    }
}
