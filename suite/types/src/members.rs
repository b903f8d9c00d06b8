//! Serde helpers for members of file formats.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Gives a type a JSON Schema: as a definition by its name or another, or inline.
#[macro_export]
macro_rules! json_schema_of {
    ($name:ident, |$generator:pat_param| $schema:expr) => {
        $crate::json_schema_of!($name, stringify!($name), inline: false, |$generator| $schema);
    };
    ($name:ident, $title:expr, inline: $inline:literal, |$generator:pat_param| $schema:expr) => {
        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                $inline
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                $title.into()
            }

            fn json_schema($generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $schema
            }
        }
    };
}
pub use json_schema_of;

/// Reads a type from a string through its `FromStr`, and gives it this JSON Schema, `inline` or as a
/// definition.
#[macro_export]
macro_rules! read_from_str {
    ($name:ident, inline: $inline:literal, $schema:tt) => {
        $crate::read_from_str!($name, stringify!($name), inline: $inline, $schema);
    };
    ($name:ident, $title:expr, inline: $inline:literal, $schema:tt) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        $crate::json_schema_of!($name, $title, inline: $inline, |_| schemars::json_schema!($schema));
    };
}

/// True if a member has its default, so that it need not be written.
pub fn is_default<T: Default + PartialEq>(member: &T) -> bool {
    *member == T::default()
}

/// Defines a table of a file format whose members may all be left out. A member that is left out
/// has its default, and one that has its default is not written.
#[macro_export]
macro_rules! sparse {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$about:meta])* pub $member:ident: $type:ty,)+
    }) => {
        $(#[$meta])*
        #[derive(serde::Deserialize, serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[$about])*
                #[serde(skip_serializing_if = "jwtspec_types::members::is_default")]
                pub $member: $type,
            )+
        }
    };
}
pub use sparse;

/// Reads `x` like `[x]`.
pub fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Visitor<T>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string or an array of strings")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            T::deserialize(serde::de::value::StrDeserializer::new(text)).map(|one| vec![one])
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<Vec<T>, A::Error> {
            Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(seq))
        }
    }

    deserializer.deserialize_any(Visitor(std::marker::PhantomData))
}

/// Writes `[x]` as `x`.
pub fn as_one_or_many<S: Serializer, T: Serialize>(
    list: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match list {
        [one] => one.serialize(serializer),
        _ => list.serialize(serializer),
    }
}

/// The schema of a member that is read by [`one_or_many`].
#[cfg(feature = "schema")]
pub fn one_or_many_schema<T: schemars::JsonSchema>(
    generator: &mut schemars::SchemaGenerator,
) -> schemars::Schema {
    let one = generator.subschema_for::<T>();
    schemars::json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
}

/// Implements serde for a type that files write as a string: `FromStr` reads it, `Display` writes
/// it. The JSON Schema is given, and the name under which it is known there if it is another.
#[macro_export]
macro_rules! string_format {
    ($name:ident, $schema:tt) => {
        $crate::string_format!($name, stringify!($name), $schema);
    };
    ($name:ident, $title:expr, $schema:tt) => {
        $crate::read_from_str!($name, $title, inline: true, $schema);

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}
pub use string_format;
