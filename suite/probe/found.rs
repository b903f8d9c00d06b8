//! What a target should declare, by what was measured.

use std::fmt::Write as _;

use serde::Serialize;

use crate::timing::Timing;
use crate::trust::KeyDelivery;
use crate::verifier::Number;

/// What a target should declare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Declaration {
    /// How many providers one trust can hold.
    pub providers: Number,
    /// How keys can be given.
    pub keys: Vec<KeyDelivery>,
    /// The algorithms that it verifies.
    pub algorithms: Vec<String>,
    /// What can be done about leeway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leeway: Option<Timing>,
    /// What can be done about the age up to which key sets are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_age: Option<Timing>,
    /// What can be done about the time between fetches for unknown keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<Timing>,
    /// Whether it keeps key sets no longer than answers permit (RFC 9111).
    pub http_cache: bool,
    /// Whether it takes the time from each request; a target with `[trust]` does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<bool>,
    /// Whether it can be told the authority behind certificates.
    pub tls: bool,
    /// Whether it enforces an expected `typ`.
    pub typ: bool,
    /// Whether it enforces required claims.
    pub required_claims: bool,
}

impl Declaration {
    /// The `[trust]` section of a target file.
    pub fn to_toml(&self) -> String {
        let mut text = "[trust]\n".to_owned();
        let mut line = |name: &str, value: String| {
            let _ = writeln!(text, "{name:<15} = {value}");
        };
        let quoted = |text: &dyn std::fmt::Display| format!("\"{text}\"");
        let list = |names: Vec<String>| format!("[{}]", names.join(", "));
        line(
            "providers",
            quoted(&match self.providers {
                Number::One => "one",
                Number::Many => "many",
            }),
        );
        line("keys", list(self.keys.iter().map(|keys| quoted(&keys.as_str())).collect()));
        line("algorithms", list(self.algorithms.iter().map(|name| quoted(name)).collect()));
        for (name, timing) in
            [("leeway", self.leeway), ("cache-age", self.cache_age), ("cooldown", self.cooldown)]
        {
            match timing {
                Some(timing) => line(name, quoted(&timing)),
                None => line(&format!("# {name}"), "not measured, see above".to_owned()),
            }
        }
        line("http-cache", self.http_cache.to_string());
        line("tls", self.tls.to_string());
        line("typ", self.typ.to_string());
        line("required-claims", self.required_claims.to_string());
        text
    }

    /// The capabilities in the description of a driver, a member a line.
    pub fn to_json(&self) -> String {
        let members = match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(members)) => members,
            _ => serde_json::Map::new(),
        };
        let lines: Vec<String> = members
            .iter()
            .map(|(name, value)| {
                let value = value.to_string().replace("\",\"", "\", \"");
                format!("  \"{name}\": {value}")
            })
            .collect();
        format!("\"capabilities\": {{\n{}\n}}", lines.join(",\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::AbilitiesTable;
    use crate::verifier::Capabilities;

    #[test]
    fn what_is_printed_can_be_pasted() {
        let declaration = Declaration {
            providers: Number::Many,
            keys: vec![KeyDelivery::JwksUri, KeyDelivery::Inline],
            algorithms: vec!["RS256".to_owned(), "ES256".to_owned()],
            leeway: Some(Timing::From(1)),
            cache_age: Some(Timing::Fixed(60)),
            cooldown: None,
            http_cache: false,
            clock: Some(false),
            tls: true,
            typ: false,
            required_claims: true,
        };
        #[derive(serde::Deserialize)]
        struct File {
            trust: AbilitiesTable,
        }
        let table = toml::from_str::<File>(&declaration.to_toml()).unwrap().trust;
        assert_eq!(table.leeway, Timing::From(1));
        assert_eq!((table.cache_age, table.cooldown), (Some(Timing::Fixed(60)), None));
        assert_eq!(table.keys, declaration.keys);
        assert!(table.tls && table.required_claims && !table.typ);

        let json = format!("{{ {} }}", declaration.to_json());
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let capabilities: Capabilities =
            serde_json::from_value(json["capabilities"].clone()).unwrap();
        assert_eq!(capabilities.algorithms, declaration.algorithms);
        assert_eq!(capabilities.cache_age, Some(Timing::Fixed(60)));
    }
}
