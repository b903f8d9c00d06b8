//! The declaration that is suggested for a target.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use jwtspec_types::capabilities::Capabilities;

/// The declaration that fits a target, by what was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The capabilities; a timing that was not measured is missing.
    pub capabilities: Capabilities,
    /// The names of members that could not be measured.
    pub unmeasured: BTreeSet<&'static str>,
    /// The target is a driver. A target with `[trust]` has no clock.
    pub is_driver: bool,
}

impl Declaration {
    /// The members that were measured, null where a measurement came to nothing.
    fn members(&self) -> Map<String, Value> {
        let mut members = match serde_json::to_value(&self.capabilities) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        };
        members.retain(|name, _| match name.as_str() {
            "decrypts" | "large_headers" | "tells_issuers" | "driver_answers" => false,
            "clock" => self.is_driver,
            _ => true,
        });
        for name in &self.unmeasured {
            members.entry(*name).and_modify(|value| *value = Value::Null);
        }
        members
    }

    /// The members that a driver declares.
    fn known_members(&self) -> Map<String, Value> {
        let mut members = self.members();
        members.retain(|_, value| !value.is_null());
        members
    }

    /// The `[trust]` section of a target file.
    pub fn to_toml(&self) -> String {
        let mut text = "[trust]\n".to_owned();
        for (name, value) in self.members().iter().filter(|(name, _)| *name != "clock") {
            let name = name.replace('_', "-");
            let (name, value) = match value {
                Value::Null => (format!("# {name}"), "not measured, see above".to_owned()),
                value => (name, spaced(value)),
            };
            text += &format!("{name:<15} = {value}\n");
        }
        text
    }

    /// The capabilities in the description of a driver, a member a line.
    pub fn to_json(&self) -> String {
        let members = self.known_members();
        let lines: Vec<String> = members
            .iter()
            .map(|(name, value)| format!("  \"{name}\": {}", spaced(value)))
            .collect();
        format!("\"capabilities\": {{\n{}\n}}", lines.join(",\n"))
    }
}

impl Serialize for Declaration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.known_members().serialize(serializer)
    }
}

/// A value as JSON and TOML spell it alike, with a blank after each comma of a list.
fn spaced(value: &Value) -> String {
    value.to_string().replace("\",\"", "\", \"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jwtspec_types::capabilities::{KeyDelivery, TrustSection};
    use jwtspec_types::timing::Timing;

    #[test]
    fn what_is_printed_can_be_pasted() {
        let measured = Capabilities::default()
            .keys([KeyDelivery::JwksUri, KeyDelivery::Inline])
            .algorithms(["RS256".to_owned(), "ES256".to_owned()])
            .leeway(Timing::From(1))
            .cache_age(Timing::Fixed(60))
            .tls(true)
            .required_claims(true);
        let declaration = Declaration {
            capabilities: measured.clone(),
            unmeasured: BTreeSet::new(),
            is_driver: true,
        };
        #[derive(serde::Deserialize)]
        struct File {
            trust: TrustSection,
        }
        let toml = declaration.to_toml();
        assert!(toml.contains("# cooldown      = not measured"), "{toml}");
        let section = toml::from_str::<File>(&toml).unwrap().trust;
        assert_eq!(Capabilities::from(section), measured);

        let json = format!("{{ {} }}", declaration.to_json());
        let json: Value = serde_json::from_str(&json).unwrap();
        let capabilities: Capabilities =
            serde_json::from_value(json["capabilities"].clone()).unwrap();
        assert_eq!(capabilities, measured);

        let unmeasured = BTreeSet::from(["tls", "providers"]);
        let declaration = Declaration { unmeasured, ..declaration };
        let (toml, json) = (declaration.to_toml(), declaration.to_json());
        assert!(toml.contains("# tls           = not measured, see above"), "{toml}");
        assert!(!json.contains("tls") && !json.contains("providers"), "{json}");
    }
}
