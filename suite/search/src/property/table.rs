//! The properties: what must hold for every token, and by which text.

use globset::Glob;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::TestStep;
use crate::generate::{
    Differences, SetupSpec, audiences, between_issuers, bit_flips, claim, credentials, equivalent,
    invalid, recipes, requests, spellings, unknown_members, value,
};
use jwtspec_engine::scenario::{Expect, RequestSpec};
use jwtspec_mint::recipe::Difference;
use jwtspec_types::capabilities::{Capabilities, Channel};

/// Something that must hold for every token.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// Its name; `property/` and this begin the id of what is found.
    pub id: &'static str,
    /// The rule, in one line.
    pub about: &'static str,
    /// The ids of the requirements that it rests on. A token that should have been refused breaks
    /// those that the model names instead.
    pub covers: &'static [&'static str],
    /// The aspect that is judged.
    pub kind: Kind,
    draw: fn(&SetupSpec) -> Option<BoxedStrategy<Vec<TestStep>>>,
}

/// The aspect of a case that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Tokens that must be accepted; others are not presented.
    Accepted,
    /// Tokens that must be refused; others are not presented.
    Refused,
    /// Any tokens: the verdict is the expected one, where there is only one.
    Expected,
    /// Tokens that differ in nothing get the same verdict.
    Same,
    /// Of a row of tokens none is refused after one that is valid for less long was accepted.
    Monotone,
    /// Whatever the verdict, there is an orderly answer.
    Orderly,
    /// The claims that are handed over are those that were signed.
    Claims,
}

impl Kind {
    /// True if a token of which this is expected is worth presenting.
    pub(super) fn wants(self, expect: &Expect) -> bool {
        match self {
            Self::Accepted | Self::Claims => *expect == Expect::Accept,
            Self::Refused => matches!(expect, Expect::Reject(_)),
            _ => true,
        }
    }
}

/// Every property.
pub const PROPERTIES: &[Property] = &[
    Property {
        id: "valid",
        about: "a token that is valid by construction is accepted",
        covers: &["rfc8259-9-conforming-texts-accepted", "rfc7519-2-numericdate-fraction-accepted"],
        kind: Kind::Accepted,
        draw: |setup| Some(single(parts(equivalent(setup), 0, 3))),
    },
    Property {
        id: "spoiled",
        about: "a token with one thing wrong is refused, whatever else it holds",
        covers: &["rfc7515-5.2-signature-mismatch-reject"],
        kind: Kind::Refused,
        draw: |setup| {
            let spoiled = (invalid(setup), parts(equivalent(setup), 0, 2));
            Some(single(spoiled.prop_map(|(one, others)| [one, others].concat()).boxed()))
        },
    },
    Property {
        id: "unknown-members",
        about: "claims and header members that no text defines change nothing",
        covers: &["rfc7519-4-unknown-claims-ignored", "rfc7515-4-unknown-header-ignored"],
        kind: Kind::Expected,
        draw: |setup| Some(single(perhaps_spoiled(setup, parts(unknown_members(), 1, 3)))),
    },
    Property {
        id: "spelling",
        about: "order, white space, escapes and the spelling of numbers change nothing",
        covers: &["rfc7515-3-json-whitespace-accepted", "rfc8259-9-conforming-texts-accepted"],
        kind: Kind::Expected,
        draw: |setup| Some(single(perhaps_spoiled(setup, spellings(setup)))),
    },
    Property {
        id: "flipped",
        about: "a token with one bit of header, claims or signature flipped is refused",
        covers: &["rfc7515-5.2-signature-mismatch-reject"],
        kind: Kind::Refused,
        draw: |_| {
            let flipped = (bit_flips(), parts(unknown_members(), 0, 1));
            Some(single(flipped.prop_map(|(one, others)| [one, others].concat()).boxed()))
        },
    },
    Property {
        id: "audience",
        about: "`aud` decides as membership in a set does",
        covers: &["rfc7519-4.1.3-aud-array", "rfc7519-4.1.3-aud-single-string"],
        kind: Kind::Expected,
        draw: |setup| {
            let aud = audiences().prop_map(claim("aud"));
            let test_case = (aud, parts(equivalent(setup), 0, 1));
            Some(single(test_case.prop_map(|(aud, others)| [others, aud].concat()).boxed()))
        },
    },
    Property {
        id: "later-expiry",
        about: "a token that expires later is not refused where one that expires earlier is accepted",
        covers: &["rfc7519-4.1.4-exp-past-reject"],
        kind: Kind::Monotone,
        draw: |_| Some(row("exp", false)),
    },
    Property {
        id: "earlier-start",
        about: "a token that is valid from earlier on is not refused where a later one is accepted",
        covers: &["rfc7519-4.1.5-nbf-future-reject"],
        kind: Kind::Monotone,
        draw: |_| Some(row("nbf", true)),
    },
    Property {
        id: "isolation",
        about: "a token of one provider never passes for another's",
        covers: &["rfc8725-3.8-keys-belong-to-issuer", "rfc9068-5-any-published-key-accepted"],
        kind: Kind::Expected,
        draw: |setup| setup.has_second().then(|| single(between_issuers(setup))),
    },
    Property {
        id: "repeated",
        about: "the same token gets the same verdict each time",
        covers: &["rfc7515-5.2-signature-mismatch-reject"],
        kind: Kind::Same,
        draw: |setup| Some(several(setup, false)),
    },
    Property {
        id: "at-once",
        about: "the same tokens get the same verdict when they come at the same time",
        covers: &["rfc7515-5.2-signature-mismatch-reject"],
        kind: Kind::Same,
        draw: |setup| Some(several(setup, true)),
    },
    Property {
        id: "presented",
        about: "a token is taken from the header in every form that RFC 6750 permits, and no other",
        covers: &["rfc6750-2.1-authorization-header-supported"],
        kind: Kind::Expected,
        draw: |_| Some(requested(requests())),
    },
    Property {
        id: "orderly",
        about: "whatever octets stand in `Authorization`, the answer is an orderly one",
        covers: &["rfc9110-5.4-oversized-field-4xx", "rfc4648-12-decoder-survives-invalid"],
        kind: Kind::Orderly,
        draw: |_| Some(requested(credentials().prop_map(RequestSpec::octets).boxed())),
    },
    Property {
        id: "claims",
        about: "the claims that the application is handed are those that were signed",
        covers: &["rfc7515-5.2-signed-bytes-as-received"],
        kind: Kind::Claims,
        draw: |setup| Some(single(parts(equivalent(setup), 1, 4))),
    },
    Property {
        id: "any",
        about: "any token gets the verdict that the specifications ask for",
        covers: &["rfc8259-9-conforming-texts-accepted", "rfc7515-5.2-signature-mismatch-reject"],
        kind: Kind::Expected,
        draw: |setup| Some(single(recipes(setup, 4))),
    },
];

fn parts(part: Differences, least: usize, most: usize) -> Differences {
    vec(part, least..=most).prop_map(|parts| parts.concat()).boxed()
}

fn single(differences: Differences) -> BoxedStrategy<Vec<TestStep>> {
    differences.prop_map(|differences| vec![TestStep::of(differences)]).boxed()
}

fn requested(request: BoxedStrategy<RequestSpec>) -> BoxedStrategy<Vec<TestStep>> {
    request
        .prop_map(|request| vec![TestStep { request: Some(request), ..TestStep::of(vec![]) }])
        .boxed()
}

fn perhaps_spoiled(setup: &SetupSpec, neutral: Differences) -> Differences {
    (option::weighted(0.4, invalid(setup)), neutral)
        .prop_map(|(invalid, neutral)| [invalid.unwrap_or_default(), neutral].concat())
        .boxed()
}

fn several(setup: &SetupSpec, at_once: bool) -> BoxedStrategy<Vec<TestStep>> {
    (recipes(setup, 2), 2..=6_u32)
        .prop_map(move |(differences, times)| {
            vec![TestStep { times, at_once, ..TestStep::of(differences) }]
        })
        .boxed()
}

/// Tokens whose time claim rises, or falls, away from the edges of the leeway.
fn row(name: &'static str, falling: bool) -> BoxedStrategy<Vec<TestStep>> {
    let moment = (any::<bool>(), prop_oneof![3 => 40..4000_i64, 1 => 4000..40_000_000_i64])
        .prop_map(|(past, seconds)| if past { -seconds } else { seconds });
    vec(moment, 2..=4)
        .prop_map(move |mut moments| {
            moments.sort_unstable();
            moments.dedup();
            if falling {
                moments.reverse();
            }
            let at = |seconds: i64| match seconds {
                ..0 => value(&format!("@now-leeway-{}s", -seconds)),
                _ => value(&format!("@now+leeway+{seconds}s")),
            };
            let step =
                |seconds| TestStep::of(vec![Difference::Claim(name.to_owned(), at(seconds))]);
            moments.into_iter().map(step).collect()
        })
        .boxed()
}

impl Property {
    /// Samples of it in a setup; nothing if there are none.
    pub fn samples(&self, setup: &SetupSpec) -> Option<BoxedStrategy<Vec<TestStep>>> {
        (self.draw)(setup)
    }

    /// Why a target cannot be asked, if it cannot.
    pub fn unsupported_by(
        &self,
        capabilities: &Capabilities,
        channel: Channel,
    ) -> Option<&'static str> {
        match self.id {
            "isolation" if !capabilities.has_many_providers() => {
                Some("the target takes one provider")
            }
            "presented" | "orderly" if !channel.bearer => {
                Some("the target takes the token elsewhere than in `Authorization: Bearer`")
            }
            "claims" if !channel.claims => {
                Some("the target does not answer with the claims of the token")
            }
            _ => None,
        }
    }

    /// The properties whose id matches one of these globs, with or without `property/` in front;
    /// all, if there is no glob.
    ///
    /// # Errors
    ///
    /// If a glob is malformed or matches nothing.
    pub fn choose(globs: &[String]) -> Result<Vec<&'static Self>, String> {
        if globs.is_empty() {
            return Ok(PROPERTIES.iter().collect());
        }
        let mut chosen = Vec::new();
        for glob in globs {
            let plain = glob.strip_prefix("property/").unwrap_or(glob);
            let wrong = |error| format!("`{glob}` is not a glob: {error}");
            let matcher = Glob::new(plain).map_err(wrong)?.compile_matcher();
            if !PROPERTIES.iter().any(|it| matcher.is_match(it.id)) {
                let known: Vec<&str> = PROPERTIES.iter().map(|it| it.id).collect();
                return Err(format!(
                    "no property matches `{glob}`\nknown here: {}",
                    known.join(", ")
                ));
            }
            chosen.push(matcher);
        }
        let is_chosen = |it: &&Self| chosen.iter().any(|glob| glob.is_match(it.id));
        Ok(PROPERTIES.iter().filter(is_chosen).collect())
    }
}
