//! Ways in which an honest issuer may answer, which must change no verdict.

use indexmap::IndexMap;
use proptest::prelude::*;
use proptest::sample::select;

use super::{json_text, value};
use jwtspec_engine::scenario::ServeSpec;
use jwtspec_fixtures::Key;
use jwtspec_mint::placeholder::{JsonText, Position, Template, ValueText};
use jwtspec_mint::recipe::ValueTemplate;

/// Ways to answer for a key set that a verifier must understand: members that it does not know,
/// keys of a type that it does not know, its registered content type, an `ETag`.
pub fn serves() -> BoxedStrategy<ServeSpec> {
    let kind = select(vec![
        None,
        Some("application/jwk-set+json"),
        Some("application/json; charset=utf-8"),
    ]);
    (kind, any::<bool>(), any::<bool>())
        .prop_map(|(kind, note, etag)| {
            let mut terms = ServeSpec { etag, ..ServeSpec::default() };
            if let Some(Ok(kind)) = kind.map(|kind| Template::parse(kind, Position::Value)) {
                terms.header.insert("content-type".to_owned(), ValueText(kind));
            }
            if note {
                let note = IndexMap::from([("a".to_owned(), value("b"))]);
                terms.set.insert("x-note".to_owned(), ValueTemplate::Table(note));
            }
            terms
        })
        .boxed()
}

/// A key set with white space, behind a key of an unknown type.
pub(super) fn pretty(keys: impl Iterator<Item = Key>) -> JsonText {
    let keys: Vec<String> = keys.map(|key| format!("@jwk({})", key.name())).collect();
    let unknown = r#"{ "kty": "x-unknown", "kid": "of the future", "x": "AA" }"#;
    json_text(&format!(
        "{{\n  \"keys\": [\n    {unknown},\n    {}\n  ]\n}}\n",
        keys.join(",\n    ")
    ))
}
