//! The format of vector files. The doc comments are the descriptions in the JSON Schema.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use jwtspec_types::trust::Trust;
use jwtspec_types::words;
use jwtspec_types::words::{Algorithm, Finding, Level, Reason};

/// The number of the format.
pub const FORMAT: u32 = 1;

/// A file of vectors: the tokens of one topic, with everything that a verifier needs to judge them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VectorFile {
    /// The number of the format. It changes when a member is removed, or changes its meaning.
    pub format: u32,
    /// The release of jwtspec that the vectors are from.
    pub jwtspec: String,
    /// The topic, which is the first part of each id.
    pub topic: String,
    /// The number of vectors in the file.
    pub count: usize,
    /// The requirements that vectors cite, by id.
    pub requirements: IndexMap<String, Cited>,
    /// Vectors that are judged under the same trust.
    pub groups: Vec<Group>,
}

/// A requirement of a specification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cited {
    /// The document, such as `rfc7519`.
    pub document: String,
    /// The section of the document.
    pub section: String,
    /// The citation for people.
    pub clause: String,
    /// How binding the requirement is.
    pub level: Level,
    /// The duty, paraphrased.
    pub text: String,
}

/// Vectors that are judged under the same trust, at the same time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    /// The trust that the verifier is told. `keys` of each provider is `jwks`, a JWK Set; nothing is
    /// to be fetched.
    pub trust: Trust,
    /// The time at which every token of the group is judged, in seconds since 1970.
    pub clock: u64,
    /// The algorithms that the verifier is told to allow. Where it cannot verify one of them, leave the
    /// group out.
    pub algorithms: Vec<Algorithm>,
    /// `kty` of each key, with `crv` where there is one: `RSA`, `EC P-256`, `OKP Ed25519`, `oct`. A key
    /// may be of none of the registered types, or of no type at all.
    pub key_types: Vec<String>,
    /// The things that the verifier must be able to be told. Where it cannot be, leave the group out.
    pub needs: Vec<Need>,
    /// A valid token under this trust. A refusal proves nothing unless this one is accepted. There is
    /// none where every token of the group must be accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// The vectors.
    pub vectors: Vec<Vector>,
}

/// A token, and the verdict that is right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Vector {
    /// The id of the scenario. It never changes, and is never used for another one.
    pub id: String,
    /// The difference of the token from a valid one, in one line.
    pub title: String,
    /// How binding the expectation is.
    pub level: Level,
    /// The verdict that is right.
    pub expectation: Expectation,
    /// The reasons for a refusal that are true of the token; any, if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// The kind of failure that the other verdict is; none where both are right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// The consequence of the other verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    /// The known difference of the backend behind the profile of the trust.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_difference: Option<Difference>,
    /// The ids of the requirements from which the expectation follows.
    pub requirements: Vec<String>,
    /// Things to filter by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Flag>,
    /// The token.
    pub token: String,
}

/// A known difference of a backend from the specifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Difference {
    /// Its verdict.
    pub expectation: Expectation,
    /// The reason.
    pub why: String,
}

words! {
    /// A verdict, or the choice between both.
    Expectation {
        /// The token must be accepted.
        Accept = "accept",
        /// The token must be refused.
        Reject = "reject",
        /// The specifications leave the choice; a report tells which one the verifier made.
        Either = "either",
    }
}

words! {
    /// Something that a verifier must be able to be told.
    Need {
        /// An audience.
        Audience = "audience",
        /// Several audiences of one issuer, any of which will do.
        SeveralAudiences = "several-audiences",
        /// Several issuers, each with keys and rules of its own.
        SeveralIssuers = "several-issuers",
        /// A tolerance for clock skew.
        Leeway = "leeway",
        /// The expected `typ`.
        Typ = "typ",
        /// Claims that must be there.
        RequiredClaims = "required-claims",
        /// Several algorithms for one issuer.
        SeveralAlgorithms = "several-algorithms",
        /// A key as text, in the form that `key_text` names; `keys` holds the same key.
        KeyText = "key-text",
    }
}

words! {
    /// Something to filter vectors by.
    Flag {
        /// The token is a JWS or something like it in JSON, or begins like that.
        JsonSerialization = "json-serialization",
        /// The token has five segments, as what is encrypted has.
        FiveSegments = "five-segments",
        /// A second more or less decides: the verifier's clock must be exactly that of the group.
        ExactClock = "exact-clock",
        /// Accepted, the application must be handed the claims as they were signed.
        Claims = "claims",
        /// The token is longer than 8,000 characters, which servers often take for the longest header.
        Long = "long",
        /// The token has characters that are not ASCII.
        NotAscii = "not-ascii",
    }
}
