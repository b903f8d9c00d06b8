//! The capabilities of a verifier: what its driver or its target file declares.

mod channel;

use serde::{Deserialize, Deserializer, Serialize};

use crate::timing::Timing;
use crate::words::{Algorithm, KeyEncryption, KeyForm, words};

pub use channel::{Channel, SessionChannel};

/// Defines [`Capabilities`] and [`TrustSection`], which have the same members in the spellings of
/// JSON and TOML. `#[serde(..)]` applies to both, `#[driver(..)]` and `#[file(..)]` to one.
macro_rules! capabilities {
    ($(
        $(#[doc = $doc:literal])+
        $(#[serde($both:meta)])?
        $(#[driver($driver:meta)])?
        $(#[file($($file:meta),+)])?
        $name:ident: $type:ty,
    )+) => {
        /// The capabilities of a verifier, as the description of a driver declares them.
        ///
        /// By default it declares none.
        ///
        /// ```
        /// use jwtspec_types::capabilities::{Capabilities, KeyDelivery, Number};
        /// use jwtspec_types::timing::Timing;
        ///
        /// let capabilities = Capabilities::default()
        ///     .keys([KeyDelivery::Inline])
        ///     .algorithms(["RS256".to_owned()])
        ///     .providers(Number::One)
        ///     .leeway(Timing::Fixed(60));
        /// assert!(!capabilities.clock);
        /// ```
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct Capabilities {
            $(
                $(#[doc = $doc])+
                $(#[serde($both)])?
                $(#[$driver])?
                pub $name: $type,
            )+
        }

        impl Capabilities {
            $(
                $(#[doc = $doc])+
                #[must_use]
                pub fn $name(mut self, $name: impl Into<$type>) -> Self {
                    self.$name = $name.into();
                    self
                }
            )+
        }

        /// The capabilities of a target that is configured by a file.
        #[derive(Clone, Debug, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        #[cfg_attr(feature = "schema", schemars(rename = "Capabilities"))]
        pub struct TrustSection {
            $(
                $(#[doc = $doc])+
                $(#[serde($both)])?
                $($(#[$file])+)?
                $name: $type,
            )+
        }

        impl From<TrustSection> for Capabilities {
            fn from(section: TrustSection) -> Self {
                Self { $($name: section.$name),+ }
            }
        }
    };
}

capabilities! {
    /// Many if one trust can hold several providers; one-each if each trust holds one, and the target
    /// several trusts; one if it holds one trust.
    #[driver(serde(default))]
    providers: Providers,
    /// One if a provider can hold one audience, many if it can hold several.
    #[serde(default)]
    audiences: Number,
    /// The ways to give it keys, in order of preference.
    keys: Vec<KeyDelivery>,
    /// The forms in which it takes a key as text, besides JWKs (default: none).
    #[serde(default)]
    key_forms: Vec<KeyForm>,
    /// The names of the algorithms (`alg`) under which it decrypts tokens that are encrypted to a key
    /// pair of its own (default: none).
    #[serde(default)]
    decrypts: Vec<String>,
    /// The names of the algorithms that it verifies.
    algorithms: Vec<String>,
    /// The leeway: `"60s"` is fixed; `"configurable"`; `"from 1s"` is configurable, from this on.
    #[file(serde(deserialize_with = "stated"), cfg_attr(feature = "schema", schemars(required)))]
    leeway: Option<Timing>,
    /// The time for which it keeps key sets, written like `leeway` (default: unknown).
    cache_age: Option<Timing>,
    /// The time in which an unknown `kid` causes no further fetch, written like `leeway` (default:
    /// unknown).
    cooldown: Option<Timing>,
    /// Keeps key sets by the rules of HTTP caching (RFC 9111).
    #[serde(default)]
    http_cache: bool,
    /// Takes the time from the header `Jwtspec-Time` of each request: for claims, and for the age
    /// of key sets.
    #[driver(serde(default))]
    #[file(serde(skip))]
    clock: bool,
    /// Tells strangers which issuers it trusts, and may.
    #[serde(default)]
    tells_issuers: bool,
    /// The status and the challenge of its answers are the driver's own, not those of what is
    /// tested, and are not judged.
    #[driver(serde(default))]
    #[file(serde(skip))]
    driver_answers: bool,
    /// Its server takes header fields of 4 MB, so that a token of that size is the verifier's to judge.
    #[serde(default)]
    large_headers: bool,
    /// Can be told the authority behind the certificates of issuers.
    #[serde(default)]
    tls: bool,
    /// Can be told an expected `typ`.
    #[serde(default)]
    typ: bool,
    /// Can be told claims that must be there.
    #[serde(default)]
    required_claims: bool,
}

/// Reads a member that a target file must state.
fn stated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timing>, D::Error> {
    Timing::deserialize(deserializer).map(Some)
}

impl Capabilities {
    /// Every capability: for listing scenarios without a target.
    pub fn all() -> Self {
        Self {
            providers: Providers::Many,
            audiences: Number::Many,
            keys: vec![KeyDelivery::JwksUri, KeyDelivery::Discovery, KeyDelivery::Inline],
            key_forms: KeyForm::TOLD.to_vec(),
            decrypts: KeyEncryption::ALL.iter().map(ToString::to_string).collect(),
            algorithms: Algorithm::ALL.iter().map(ToString::to_string).collect(),
            leeway: None,
            cache_age: Some(Timing::From(0)),
            cooldown: Some(Timing::From(0)),
            http_cache: true,
            clock: true,
            tells_issuers: false,
            driver_answers: false,
            large_headers: true,
            tls: true,
            typ: true,
            required_claims: true,
        }
    }

    /// Returns true if one trust can hold several providers.
    pub fn has_many_providers(&self) -> bool {
        self.providers == Providers::Many
    }

    /// Returns true if one process can hold several trusts.
    pub fn has_many_trusts(&self) -> bool {
        self.providers != Providers::One
    }

    /// Returns true if it verifies this algorithm.
    pub fn verifies(&self, algorithm: Algorithm) -> bool {
        self.algorithms.iter().any(|name| name == algorithm.as_str())
    }

    /// The leeway that it can have: any, unless it declares one.
    pub fn possible_leeway(&self) -> Timing {
        self.leeway.unwrap_or(Timing::From(0))
    }
}

/// One or many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Number {
    /// One.
    One,
    /// As many as needed.
    #[default]
    Many,
}

/// The number of providers that a verifier can be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Providers {
    /// One trust, of one provider.
    One,
    /// As many trusts as needed, of one provider each.
    OneEach,
    /// As many providers in one trust as needed.
    #[default]
    Many,
}

impl From<Number> for Providers {
    fn from(number: Number) -> Self {
        match number {
            Number::One => Self::One,
            Number::Many => Self::Many,
        }
    }
}

words! {
    /// A way in which a verifier can be told keys.
    KeyDelivery {
        /// OpenID Connect Discovery.
        Discovery = "discovery",
        /// The URL of a JWK Set.
        JwksUri = "jwks-uri",
        /// The JWK Set itself.
        Inline = "inline",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_and_a_target_file_state_the_same_in_their_own_spelling() {
        let json = r#"{"keys":["jwks-uri"],"algorithms":["RS256"],"cache_age":"60s","tls":true}"#;
        let of_driver: Capabilities = serde_json::from_str(json).unwrap();
        let toml = "providers = 'many'\nkeys = ['jwks-uri']\nalgorithms = ['RS256']\n\
                    leeway = 'configurable'\ncache-age = '60s'\ntls = true\n";
        let of_file = Capabilities::from(toml::from_str::<TrustSection>(toml).unwrap());
        assert_eq!(of_file, of_driver.leeway(Timing::From(0)));

        for missing in ["providers", "keys", "algorithms", "leeway"] {
            let rest: String = toml
                .lines()
                .filter(|line| !line.starts_with(missing))
                .collect::<Vec<_>>()
                .join("\n");
            let error = toml::from_str::<TrustSection>(&rest).unwrap_err();
            assert!(error.message().contains(&format!("missing field `{missing}`")), "{error}");
        }
        for unknown in ["clock = true", "driver-answers = true", "cache_age = '60s'", "tsl = true"]
        {
            let error = toml::from_str::<TrustSection>(&format!("{toml}{unknown}")).unwrap_err();
            assert!(error.message().contains("unknown field"), "{error}");
        }
    }
}
