//! The properties: what must hold for every token, and by which text.

use std::sync::LazyLock;

use globset::Glob;
use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::Deserialize;

use super::TestStep;
use crate::generate::{
    Differences, SetupSpec, audiences, between_issuers, bit_flips, claim, credentials, equivalent,
    invalid, recipes, requests, spellings, unknown_members, value,
};
use jwtspec_engine::judge::sample::Kind;
use jwtspec_engine::scenario::RequestSpec;
use jwtspec_mint::recipe::Difference;
use jwtspec_types::capabilities::{Capabilities, Channel};
use jwtspec_types::requirements::RequirementId;

/// Something that must hold for every token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Property {
    /// Its name; `property/` and this begin the id of what is found.
    pub id: String,
    /// The rule, in one line.
    pub about: String,
    /// The requirements that it rests on. A token that should have been refused breaks those that
    /// the model names instead.
    pub covers: Vec<RequirementId>,
    /// Those that the refusal of a valid token breaks, if not all of them.
    #[serde(default)]
    pub refused: Option<Vec<RequirementId>>,
    /// The aspect that is judged.
    #[serde(rename = "judged")]
    pub kind: Kind,
}

/// Every property; none if the table has mistakes, which a test sees.
pub static PROPERTIES: LazyLock<Vec<Property>> = LazyLock::new(|| {
    let read: Result<IndexMap<String, Vec<Property>>, _> = toml::from_str(TABLE);
    read.unwrap_or_default().into_values().flatten().collect()
});

const TABLE: &str = include_str!("table.toml");

fn parts(part: Differences, least: usize, most: usize) -> Differences {
    vec(part, least..=most).prop_map(|parts| parts.concat()).boxed()
}

fn requested(request: BoxedStrategy<RequestSpec>) -> BoxedStrategy<Vec<TestStep>> {
    request
        .prop_map(|request| vec![TestStep { request: Some(request), ..TestStep::of(vec![]) }])
        .boxed()
}

fn perhaps_invalid(setup: &SetupSpec, neutral: Differences) -> Differences {
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
        let concat = |(one, others): (Vec<_>, Vec<_>)| [one, others].concat();
        let differences = match self.id.as_str() {
            "valid" => parts(equivalent(setup), 0, 3),
            "spoiled" => (invalid(setup), parts(equivalent(setup), 0, 2)).prop_map(concat).boxed(),
            "unknown-members" => perhaps_invalid(setup, parts(unknown_members(), 1, 3)),
            "spelling" => perhaps_invalid(setup, spellings(setup)),
            "flipped" => (bit_flips(), parts(unknown_members(), 0, 1)).prop_map(concat).boxed(),
            "audience" => {
                let aud = audiences().prop_map(claim("aud"));
                (parts(equivalent(setup), 0, 1), aud).prop_map(concat).boxed()
            }
            "isolation" if setup.has_second() => between_issuers(setup),
            "claims" => parts(equivalent(setup), 1, 4),
            "any" => recipes(setup, 4),
            "later-expiry" => return Some(row("exp", false)),
            "earlier-start" => return Some(row("nbf", true)),
            "repeated" => return Some(several(setup, false)),
            "at-once" => return Some(several(setup, true)),
            "presented" => return Some(requested(requests())),
            "orderly" => {
                return Some(requested(credentials().prop_map(RequestSpec::bytes).boxed()));
            }
            _ => return None,
        };
        let single = differences.prop_map(|differences| vec![TestStep::of(differences)]);
        Some(single.boxed())
    }

    /// Why a target cannot be asked, if it cannot.
    pub fn unsupported_by(
        &self,
        capabilities: &Capabilities,
        channel: Channel,
    ) -> Option<&'static str> {
        match self.id.as_str() {
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
            if !PROPERTIES.iter().any(|it| matcher.is_match(&it.id)) {
                let known: Vec<&str> = PROPERTIES.iter().map(|it| it.id.as_str()).collect();
                return Err(format!(
                    "no property matches `{glob}`\nknown here: {}",
                    known.join(", ")
                ));
            }
            chosen.push(matcher);
        }
        let is_chosen = |it: &&Self| chosen.iter().any(|glob| glob.is_match(&it.id));
        Ok(PROPERTIES.iter().filter(is_chosen).collect())
    }
}
