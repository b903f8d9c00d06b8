//! Setups: what a verifier is told, the issuers around it, and what a valid token is there.

use std::collections::HashSet;

use indexmap::{IndexMap, IndexSet};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::serve::{pretty, serves};
use super::value;
use jwtspec_engine::scenario::{IssuerSpec, KeySpec, Scenario, ServeSpec, Step, TrustSpec};
use jwtspec_fixtures::Key;
use jwtspec_mint::context::MintContext;
use jwtspec_mint::placeholder::{Position, Template, ValueText};
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
        let terms = self.issuers.values().flat_map(|issuer| issuer.keys.iter().flatten());
        let mut keys: Vec<Key> = Vec::new();
        for terms in terms {
            if !keys.contains(&terms.key) {
                keys.push(terms.key);
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
    pub(crate) fn rests_on(&self) -> Vec<&'static str> {
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
        .filter_map(|(special, id)| special.then_some(id))
        .take(1)
        .collect()
    }

    /// Roughly how much is said: fewer words make a simpler find.
    pub(crate) fn weight(&self) -> usize {
        format!("{self:?}").len()
    }
}

/// The fixture keys that a verifier should take, those that sign fastest first. Shared secrets
/// are left out: they cannot be published.
pub fn keys(capabilities: &Capabilities) -> Vec<Key> {
    const SOUND: [&str; 15] = [
        "eddsa-a", "eddsa-b", "es256-a", "es256-b", "es384-a", "es512-a", "es256k-a", "rs256-a",
        "rs256-b", "rs256-c", "rs384-a", "rs512-a", "ps256-a", "ps384-a", "ps512-a",
    ];
    let verifies = |key: &Key| capabilities.verifies(key.algorithm());
    SOUND.iter().filter_map(|name| Key::named(name).ok()).filter(verifies).collect()
}

/// A key that no honest issuer publishes, of the same type if there is one.
pub(super) fn foreign(key: Key) -> Key {
    let name = match key.algorithm().family() {
        Family::RsaPkcs1 | Family::RsaPss => "rs256-x",
        Family::Ed => "eddsa-x",
        Family::Hmac => "hs256-x",
        Family::Ec | Family::None if key.algorithm() == Algorithm::Es384 => "es384-x",
        Family::Ec | Family::None => "es256-x",
    };
    Key::named(name).unwrap_or(key)
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
    let form = prop_oneof![5 => Just(0_u8), 1 => 1..6_u8];
    let shape = prop_oneof![6 => Just(0_u8), 1 => Just(1_u8), 1 => Just(2_u8)];
    (one, more, vec(form, 3), shape)
        .prop_map(|(one, more, forms, shape)| {
            let mut keys = vec![one];
            keys.extend(more.into_iter().filter(|key| *key != one));
            let mut keys: Vec<KeySpec> =
                keys.into_iter().zip(forms).map(|(key, form)| published(key, form)).collect();
            match shape {
                1 => keys.truncate(1),
                2 => one_kid(&mut keys),
                _ => return keys,
            }
            if let (1, [only]) = (shape, keys.as_mut_slice()) {
                only.without.push("kid".to_owned());
            }
            keys
        })
        .boxed()
}

fn published(key: Key, form: u8) -> KeySpec {
    let mut terms = KeySpec::plain(key);
    match form {
        1 => terms.kid = Some(value("2027-01/a b+c")),
        2 => terms.without.push("alg".to_owned()),
        3 => drop(terms.set.insert("use".to_owned(), value("sig"))),
        4 => terms.without.push("use".to_owned()),
        5 => drop(terms.set.insert("x-note".to_owned(), value("unknown to all"))),
        _ => {}
    }
    terms
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
    let audiences = prop_oneof![
        5 => Just(None),
        1 => Just(Some(vec![])),
        1 => Just(Some(vec!["client-1"])),
        2 => Just(Some(vec!["https://api.jwtspec.example/orders", "https://api.jwtspec.example/"])),
        1 => Just(Some(vec!["a", "b", "c"])),
    ];
    let any_leeway = [0, 60].map(|it| capabilities.possible_leeway().settle(it).is_some());
    let leeway = if_possible(any_leeway == [true; 2], option::of(1..120_u64));
    let required = prop_oneof![
        3 => Just(None),
        1 => subsequence(vec!["sub", "iat", "exp", "jti"], 1..=3).prop_map(Some),
    ];
    let required = if_possible(capabilities.required_claims, required);
    let typ = prop_oneof![5 => Just(None), 1 => Just(Some("at+jwt".to_owned()))];
    let typ = if_possible(capabilities.typ, typ);
    let mut ways: Vec<Option<KeyDelivery>> = vec![None];
    ways.extend(capabilities.keys.iter().copied().map(Some));
    (audiences, leeway, required, typ, select(ways))
        .prop_map(|(audiences, leeway, required, typ, keys)| TrustSpec {
            audiences: audiences.map(|list| list.into_iter().filter_map(plain_text).collect()),
            leeway,
            required_claims: required.map(|list| list.into_iter().map(str::to_owned).collect()),
            typ,
            keys,
            ..TrustSpec::default()
        })
        .boxed()
}

fn if_possible<T: Clone + std::fmt::Debug + 'static>(
    possible: bool,
    strategy: impl Strategy<Value = Option<T>> + 'static,
) -> BoxedStrategy<Option<T>> {
    if possible { strategy.boxed() } else { Just(None).boxed() }
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
    let name_of_first = any::<bool>();
    (setups(capabilities), key_sets(capabilities), name_of_first, any::<bool>())
        .prop_map(|(mut setup, keys, same_name, other_audience)| {
            let mut keys = others(&setup, keys);
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

/// Keys for a second issuer: none that the first one has.
fn others(setup: &SetupSpec, keys: Vec<KeySpec>) -> Vec<KeySpec> {
    let taken = setup.published();
    let mut own: Vec<KeySpec> =
        keys.into_iter().filter(|terms| !taken.contains(&terms.key)).collect();
    if own.is_empty() {
        let spare =
            ["eddsa-b", "es256-b", "rs256-b"].iter().filter_map(|name| Key::named(name).ok());
        let alike = setup.first_key().map(|key| key.algorithm().family());
        own.extend(
            spare
                .filter(|key| !taken.contains(key) && Some(key.algorithm().family()) == alike)
                .map(KeySpec::plain),
        );
    }
    own
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
