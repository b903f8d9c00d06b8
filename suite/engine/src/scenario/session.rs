//! The messages that must come unasked, or must not, in a session on a socket.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected};
use serde::ser::{Serialize, Serializer};

use super::Expect;
use super::pass::Pass;
use jwtspec_types::advised::Advised;
use jwtspec_types::members::json_schema_of;
use jwtspec_types::words::Reason;

/// A message that must come on an open socket without a token being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hearing {
    /// The message.
    pub hears: Hears,
    /// The time that it may take.
    pub within: Pass,
}

/// The message that is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hears {
    /// Nothing that ends the session.
    Nothing,
    /// That the session is over, for one of these reasons; empty means any.
    Refusal(Vec<Reason>),
}

impl Hears {
    const NOTHING: &'static str = "nothing";

    /// The same as the verdict on the token of the session.
    pub fn expect(&self) -> Expect {
        match self {
            Self::Nothing => Expect::Accept,
            Self::Refusal(reasons) => Expect::Reject(reasons.clone()),
        }
    }
}

impl fmt::Display for Hears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str(Self::NOTHING),
            Self::Refusal(_) => self.expect().fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Hears {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Reads what `Expect` reads, and `"nothing"`.
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Hears;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"nothing\", \"reject\" or { reject = \"expired\" }")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Hears, E> {
                match text {
                    Hears::NOTHING => Ok(Hears::Nothing),
                    "reject" => Ok(Hears::Refusal(Vec::new())),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Hears, A::Error> {
                let map = serde::de::value::MapAccessDeserializer::new(map);
                match Expect::deserialize(map)? {
                    Expect::Reject(reasons) => Ok(Hears::Refusal(reasons)),
                    Expect::Accept | Expect::Either(_) => Err(A::Error::custom(
                        Advised::new("what is heard unasked is a refusal or nothing").advise(
                            "write `hears = { reject = \"expired\" }` or `hears = \"nothing\"`",
                        ),
                    )),
                }
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Hears {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_str(Self::NOTHING),
            Self::Refusal(_) => self.expect().serialize(serializer),
        }
    }
}

json_schema_of!(Hears, |generator| {
    let reasons = jwtspec_types::members::one_or_many_schema::<Reason>(generator);
    schemars::json_schema!({
        "anyOf": [
            { "enum": ["nothing", "reject"] },
            {
                "type": "object",
                "properties": { "reject": reasons },
                "required": ["reject"],
                "additionalProperties": false,
            },
        ]
    })
});

#[cfg(test)]
mod tests {
    use crate::scenario::parse;
    use jwtspec_format::Source;

    /// The mistakes of a scenario with these lines.
    fn told(lines: &str) -> String {
        let text = format!(
            "about = \"x\"\n[x]\ntitle = \"x\"\n\
             covers = [\"rfc7519-4.1.4-exp-past-reject\"]\n{lines}\n"
        );
        match parse("x", &Source::new("x.toml", text)) {
            Ok(_) => String::new(),
            Err(problems) => problems.to_lines(),
        }
    }

    #[test]
    fn what_a_session_cannot_have_is_told() {
        let accepted = "{ present = {}, expect = \"accept\" }";
        let refused = "{ present = {}, expect = \"reject\" }";
        let session = |steps: &str| told(&format!("session = true\nsteps = [{steps}]"));
        let hears = "{ hears = { reject = \"expired\" }, within = \"1s\" }";
        assert_eq!(session(&format!("{accepted}, {hears}")), "");
        assert_eq!(session(&format!("{accepted}, {{ hears = \"nothing\", within = \"1s\" }}")), "");
        for (found, message) in [
            (told(&format!("steps = [{accepted}, {hears}]")), "need a session"),
            (told(&format!("steps = [{accepted}, {{ sign-out = true }}]")), "need a session"),
            (told("expect = \"reject\"\nanswer = { version = true }"), "need a session"),
            (session(hears), "without a session that has begun"),
            (session(&format!("{refused}, {hears}")), "without a session that has begun"),
            (
                session(&format!("{accepted}, {hears}, {{ sign-out = true }}")),
                "without a session that has begun",
            ),
            (session(&format!("{accepted}, {{ hears = \"reject\" }}")), "go together"),
            (session(&format!("{accepted}, {{ within = \"1s\" }}")), "go together"),
            (session(&format!("{accepted}, {{ sign-out = false }}")), "does nothing"),
            (
                session(&format!("{accepted}, {{ hears = \"accept\", within = \"1s\" }}")),
                "expected \"nothing\"",
            ),
            (
                session(&format!("{accepted}, {{ hears = {{ either = [] }}, within = \"1s\" }}")),
                "a refusal or nothing",
            ),
            (
                session("{ present = {}, expect = \"accept\", times = 2, at-once = true }"),
                "`at-once` in a session",
            ),
            (
                session("{ present = {}, expect = \"accept\", request.method = \"HEAD\" }"),
                "`request` in a session",
            ),
            (
                session("{ present = {}, expect = \"accept\", answer.status = [200] }"),
                "only HTTP has",
            ),
            (
                session("{ present = {}, expect = \"accept\", answer.version = true }"),
                "no refusal is due",
            ),
            (
                session("{ present = {}, expect = \"reject\", answer.identity = true }"),
                "no acceptance is due",
            ),
        ] {
            assert!(found.contains(message), "{message}: {found}");
        }
    }
}
