//! Setups: what a verifier is told, the issuers around it, and what a valid token is there.

use std::collections::HashSet;

use indexmap::{IndexMap, IndexSet};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::table::{TABLE, serves};
use super::{json_text, value};
use jwtspec_engine::scenario::{IssuerSpec, KeySpec, Scenario, ServeSpec, Step, TrustSpec};
use jwtspec_fixtures::Key;
use jwtspec_mint::context::MintContext;
use jwtspec_mint::placeholder::{JsonText, Position, Template, ValueText};
use jwtspec_mint::recipe::{Difference, Recipe};
use jwtspec_types::capabilities::{Capabilities, KeyDelivery};
use jwtspec_types::requirements::RequirementId;
use jwtspec_types::words::{Algorithm, Family};

/// A trust with the issuers around it.
#[derive(Clone, Debug, PartialEq)]
pub struct SetupSpec {
    /// The configuration of the verifier.
    pub trust: TrustSpec,
    /// The issuers, `main` first.
    pub issuers: IndexMap<String, IssuerSpec>,
    /// The differences that a valid token needs here from the usual one.
    pub base: Vec<Difference>,
}

impl SetupSpec {
    /// The second issuer, where there are two.
    pub const SECOND: &str = "second";
    /// An issuer that is not trusted.
    pub const STRANGER: &str = "stranger";

    /// One honest issuer with the fixture key that signs fastest among those that the verifier
    /// takes; nothing if it takes none.
    pub fn plain(capabilities: &Capabilities) -> Option<Self> {
        keys(capabilities).first().map(|key| Self::with(*key))
    }

    /// One honest issuer with this key.
    pub fn with(key: Key) -> Self {
        let main = IssuerSpec { keys: Some(vec![KeySpec::plain(key)]), ..IssuerSpec::default() };
        let stranger = IssuerSpec {
            keys: Some(vec![KeySpec::plain(foreign(key))]),
            trusted: Some(false),
            ..IssuerSpec::default()
        };
        let issuers = [(MintContext::MAIN, main), (Self::STRANGER, stranger)];
        Self {
            trust: TrustSpec::default(),
            issuers: issuers.map(|(name, terms)| (name.to_owned(), terms)).into_iter().collect(),
            base: Vec::new(),
        }
    }

    /// The key with which `main` signs.
    pub fn first_key(&self) -> Option<Key> {
        self.issuers.get(MintContext::MAIN)?.keys.as_deref()?.first().map(|terms| terms.key)
    }

    /// Every key that an issuer publishes here.
    pub fn published(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = Vec::new();
        for spec in self.issuers.values().flat_map(|issuer| issuer.keys.iter().flatten()) {
            if !keys.contains(&spec.key) {
                keys.push(spec.key);
            }
        }
        keys
    }

    /// True if a second issuer is trusted.
    pub fn has_second(&self) -> bool {
        self.issuers.contains_key(Self::SECOND)
    }

    /// The recipe with what a valid token needs here.
    pub fn recipe(&self, differences: impl IntoIterator<Item = Difference>) -> Recipe {
        Recipe::of(self.base.iter().cloned().chain(differences))
    }

    /// A scenario of these steps here.
    pub(crate) fn scenario(
        &self,
        id: String,
        title: impl Into<String>,
        covers: Vec<RequirementId>,
        steps: Vec<Step>,
    ) -> Scenario {
        Scenario {
            trust: self.trust.clone(),
            issuers: self.issuers.clone(),
            control: self.recipe([]),
            ..Scenario::generated(id, title, covers, steps)
        }
    }

    /// The ids of the requirements by which a valid token is valid in spite of what is special
    /// here; none for a plain setup.
    pub(crate) fn rests_on(&self) -> Option<&'static str> {
        let trusted = || self.issuers.values().filter(|terms| terms.trusted != Some(false));
        let without = |member: &str| {
            let mut keys = trusted().flat_map(|issuer| issuer.keys.iter().flatten());
            keys.any(|terms| terms.without.iter().any(|without| without == member))
        };
        let is_shared = |keys: &Vec<KeySpec>| {
            keys.len() > 1 && keys.iter().all(|terms| terms.kid == Some(value("shared")))
        };
        let shared = trusted().filter_map(|issuer| issuer.keys.as_ref()).any(is_shared);
        let served = |special: fn(&ServeSpec) -> bool| {
            trusted().filter_map(|issuer| issuer.jwks.as_ref()).any(special)
        };
        [
            (shared, "rfc7517-4.5-same-kid-different-kty"),
            (without("kid"), "rfc7515-D-candidate-keys-tried"),
            (without("alg"), "rfc7517-4.4-jwk-alg-absent-accepted"),
            (without("use"), "rfc7517-4.2-use-absent-accepted"),
            (served(|jwks| jwks.body.is_some()), "rfc7517-5-unknown-kty-skipped"),
            (served(|jwks| !jwks.set.is_empty()), "rfc7517-5-unknown-set-member-ignored"),
            (
                trusted().any(|issuer| issuer.suffix == "/"),
                "oidc-discovery-4.1-terminating-slash-removed",
            ),
        ]
        .into_iter()
        .find_map(|(special, id)| special.then_some(id))
    }

    /// Roughly how much is said: fewer words make a simpler find.
    pub(crate) fn weight(&self) -> usize {
        format!("{self:?}").len()
    }
}

/// The fixture keys that a verifier should take, those that sign fastest first. Shared secrets
/// are left out: they cannot be published.
pub fn keys(capabilities: &Capabilities) -> Vec<Key> {
    let keys = TABLE.sound_keys.iter().copied();
    keys.filter(|key| capabilities.verifies(key.algorithm())).collect()
}

/// A key that no honest issuer publishes, of the same type if there is one.
pub(super) fn foreign(key: Key) -> Key {
    let algorithm = key.algorithm();
    let mut foreign = TABLE.foreign_keys.iter().copied();
    let same_type = |it: &Key| it.text("kty") == key.text("kty");
    let alike = foreign.clone().find(|it| it.algorithm() == algorithm);
    alike.or_else(|| foreign.find(same_type)).unwrap_or(key)
}

/// Key sets: several keys, under other names, without `alg`, without `kid`, or under one `kid`.
pub fn key_sets(capabilities: &Capabilities) -> BoxedStrategy<Vec<KeySpec>> {
    let all = keys(capabilities);
    if all.is_empty() {
        return Just(Vec::new()).boxed();
    }
    let fastest = all[0].algorithm();
    let fast: Vec<Key> = all.iter().copied().filter(|key| key.algorithm() == fastest).collect();
    // The first key signs nearly every token, so it is mostly one that signs fast.
    let one = prop_oneof![
        5 => select(fast),
        1 => select(all.clone()),
    ];
    let more = subsequence(all.clone(), 0..=all.len().min(2));
    let form = option::weighted(0.2, select(&TABLE.keys[..]));
    let shape = prop_oneof![6 => Just(0_u8), 1 => Just(1_u8), 1 => Just(2_u8)];
    (one, more, vec(form, 3), shape)
        .prop_map(|(one, more, forms, shape)| {
            let mut keys = vec![one];
            keys.extend(more.into_iter().filter(|key| *key != one));
            let mut keys: Vec<KeySpec> = keys.into_iter().zip(forms).map(published).collect();
            match shape {
                1 => {
                    keys.truncate(1);
                    keys[0].without.push("kid".to_owned());
                }
                2 => one_kid(&mut keys),
                _ => {}
            }
            keys
        })
        .boxed()
}

fn published((key, form): (Key, Option<KeySpec>)) -> KeySpec {
    form.map_or_else(|| KeySpec::plain(key), |form| KeySpec { key, ..form })
}

/// Keys of different types under one `kid`; of one type the first stays.
fn one_kid(keys: &mut Vec<KeySpec>) {
    let mut families = HashSet::new();
    keys.retain(|terms| match terms.key.algorithm().family() {
        Family::RsaPss => families.insert(Family::RsaPkcs1),
        other => families.insert(other),
    });
    for terms in keys {
        terms.kid = Some(value("shared"));
        terms.without.retain(|member| member != "kid");
    }
}

/// Configurations that a verifier with these capabilities takes: audiences, leeway, claims, the way
/// to keys.
pub fn trusts(capabilities: &Capabilities) -> BoxedStrategy<TrustSpec> {
    let any_leeway = [0, 60].iter().all(|it| capabilities.possible_leeway().settle(*it).is_some());
    let is_taken = |it: &&TrustSpec| {
        (it.leeway.is_none() || any_leeway)
            && (it.required_claims.is_none() || capabilities.required_claims)
            && (it.typ.is_none() || capabilities.typ)
    };
    let taken: Vec<TrustSpec> = TABLE.trusts.iter().filter(is_taken).cloned().collect();
    let most = taken.len().min(3);
    let ways: Vec<_> =
        [None].into_iter().chain(capabilities.keys.iter().copied().map(Some)).collect();
    (subsequence(taken, 0..=most), select(ways))
        .prop_map(|(special, keys)| {
            let plain = TrustSpec { keys, ..TrustSpec::default() };
            special.iter().fold(plain, |trust, special| trust.overridden_by(special))
        })
        .boxed()
}

fn plain_text(text: &str) -> Option<ValueText> {
    Template::parse(text, Position::Value).ok().map(ValueText)
}

/// Setups with one trusted issuer.
pub fn setups(capabilities: &Capabilities) -> BoxedStrategy<SetupSpec> {
    let suffix = prop_oneof![5 => Just(""), 1 => Just("/")];
    (
        trusts(capabilities),
        key_sets(capabilities),
        option::of(serves()),
        suffix,
        any::<(bool, bool)>(),
    )
        .prop_filter_map("no key", |(trust, keys, jwks, suffix, (all, dressed))| {
            let mut setup = SetupSpec::with(keys.first()?.key);
            let main = setup.issuers.get_mut(MintContext::MAIN)?;
            let algorithms = algorithms_of(&keys).filter(|_| all);
            // Given inline, a key set is not answered for at all.
            main.jwks = jwks.filter(|_| trust.keys != Some(KeyDelivery::Inline));
            if let (true, Some(jwks)) =
                (keys.iter().all(|key| *key == KeySpec::plain(key.key)), &mut main.jwks)
            {
                jwks.body = dressed.then(|| pretty(keys.iter().map(|terms| terms.key)));
            }
            main.keys = Some(keys);
            main.suffix = suffix.to_owned();
            setup.trust = TrustSpec { algorithms, ..trust };
            setup.settle_base();
            Some(setup)
        })
        .boxed()
}

/// Setups with two trusted issuers, whose keys, names and audiences are as alike as may be.
pub fn setups_of_two(capabilities: &Capabilities) -> BoxedStrategy<SetupSpec> {
    let all = keys(capabilities);
    let name_of_first = any::<bool>();
    (setups(capabilities), key_sets(capabilities), name_of_first, any::<bool>())
        .prop_map(move |(mut setup, mut keys, same_name, other_audience)| {
            let taken = setup.published();
            keys.retain(|spec| !taken.contains(&spec.key));
            if keys.is_empty() {
                let spare = all.iter().find(|key| !taken.contains(key));
                keys.extend(spare.map(|key| KeySpec::plain(*key)));
            }
            let first = setup.issuers.get(MintContext::MAIN).and_then(|main| main.keys.as_deref());
            if let (true, Some([first, ..]), [own, ..]) = (same_name, first, keys.as_mut_slice()) {
                own.kid = first.kid.clone().or_else(|| Some(value(first.key.name())));
                own.without.retain(|member| member != "kid");
            }
            // Where every key is taken there is no second one.
            if !keys.is_empty() {
                let mut second = IssuerSpec { keys: Some(keys), ..IssuerSpec::default() };
                if other_audience && setup.trust.audiences.is_none() {
                    let audience = plain_text("https://api.jwtspec.example/second");
                    second.trust.audiences = Some(audience.into_iter().collect());
                }
                setup.issuers.insert(SetupSpec::SECOND.to_owned(), second);
            }
            setup
        })
        .boxed()
}

/// The algorithms of all these keys, if there are several; the default is that of the first one.
fn algorithms_of(keys: &[KeySpec]) -> Option<Vec<Algorithm>> {
    let algorithms: IndexSet<_> = keys.iter().map(|terms| terms.key.algorithm()).collect();
    (algorithms.len() > 1).then(|| algorithms.into_iter().collect())
}

impl SetupSpec {
    /// Sets the differences that a valid token needs under this trust.
    fn settle_base(&mut self) {
        if self.trust.audiences.as_ref().is_some_and(Vec::is_empty) {
            self.base.push(Difference::WithoutClaim("aud".to_owned()));
        }
        if let Some(typ) = &self.trust.typ {
            self.base.push(Difference::Header("typ".to_owned(), value(typ)));
        }
    }
}

/// A key set with white space, behind a key of an unknown type.
fn pretty(keys: impl Iterator<Item = Key>) -> JsonText {
    let keys: Vec<String> = keys.map(|key| format!("@jwk({})", key.name())).collect();
    let unknown = r#"{ "kty": "x-unknown", "kid": "of the future", "x": "AA" }"#;
    json_text(&format!(
        "{{\n  \"keys\": [\n    {unknown},\n    {}\n  ]\n}}\n",
        keys.join(",\n    ")
    ))
}
