//! The trust of the driver contract.

use super::fields::{Fields, unknown_name};
use jwtspec_format::Problem;
use jwtspec_jose::located::{Json, Node};
use jwtspec_types::profile::Profile;
use jwtspec_types::trust::{CachePolicy, KeySource, Provider, Trust};
use jwtspec_types::words::Algorithm;

const TRUST: [&str; 5] = ["providers", "profile", "leeway_seconds", "cache", "ca_pem"];
const PROVIDER: [&str; 6] = ["issuer", "audiences", "keys", "algorithms", "typ", "required_claims"];

pub(super) fn parse_trust(node: &Node, problems: &mut Vec<Problem>) -> Option<Trust> {
    let mut fields = Fields::parse(node, &TRUST, problems)?;
    let list = fields.required("providers", "the list of issuers to trust")?;
    let Json::Array(nodes) = &list.value else {
        return fields.expect("an array of providers", list);
    };
    let providers = nodes.iter().filter_map(|node| provider(node, fields.problems())).collect();
    let leeway_seconds = fields.seconds("leeway_seconds", 0);
    let profile = fields.optional("profile");
    let profile = profile.and_then(|node| word(&mut fields, node, Profile::names()));
    let cache = fields.optional("cache").map(|node| cache(node, fields.problems()));
    let ca_pem = fields.optional("ca_pem").and_then(|node| match &node.value {
        Json::Text(pem) => Some(pem.clone()),
        _ => fields.expect("a certificate as PEM text", node),
    });
    Some(Trust {
        providers,
        profile: profile.unwrap_or_default(),
        leeway_seconds,
        cache: cache.unwrap_or_default(),
        decryption_keys: Vec::new(),
        ca_pem,
    })
}

fn provider(node: &Node, problems: &mut Vec<Problem>) -> Option<Provider> {
    let mut fields = Fields::parse(node, &PROVIDER, problems)?;
    let issuer = fields.required("issuer", "what `iss` of its tokens must equal");
    let issuer = issuer.and_then(|node| fields.text(node, "the issuer, as a string"));
    let keys = fields.required("keys", KEYS).and_then(|node| keys(node, fields.problems()));
    let algorithms = fields.required("algorithms", "such as [\"RS256\"]");
    let algorithms = algorithms.map(|node| algorithms_of(&mut fields, node)).unwrap_or_default();
    let audiences = fields.texts("audiences");
    let required_claims = fields.texts("required_claims");
    let typ = fields.optional_text("typ").map(str::to_owned);
    Some(Provider {
        issuer: issuer?.to_owned(),
        audiences,
        keys: keys?,
        algorithms,
        typ,
        required_claims,
        key_text: None,
    })
}

const KEYS: &str = "{\"discovery\": true}, {\"jwks_uri\": \"https://…\"} or \
                    {\"jwks\": {\"keys\": […]}}";

fn keys(node: &Node, problems: &mut Vec<Problem>) -> Option<KeySource> {
    let mut fields = Fields::parse(node, &["discovery", "jwks_uri", "jwks"], problems)?;
    let Json::Object(members) = &node.value else { return None };
    let [member] = members.as_slice() else {
        return fields.refuse(node, "expected one source of keys", format!("it is {KEYS}"));
    };
    match (member.name.as_str(), &member.value.value) {
        ("discovery", Json::Bool(true)) => Some(KeySource::Discovery(true)),
        ("jwks_uri", Json::Text(uri)) => Some(KeySource::JwksUri(uri.clone())),
        ("jwks", Json::Object(_)) => match member.value.plain() {
            serde_json::Value::Object(set) => Some(KeySource::Jwks(set)),
            _ => None,
        },
        (name @ ("discovery" | "jwks_uri" | "jwks"), _) => {
            let message = format!("{} is no value of `{name}`", member.value.kind());
            fields.refuse(&member.value, message, format!("it is {KEYS}"))
        }
        _ => None,
    }
}

fn algorithms_of<'a>(fields: &mut Fields<'a, '_>, node: &'a Node) -> Vec<Algorithm> {
    let nodes = fields.list(node, "an array such as [\"RS256\"]").iter();
    nodes.filter_map(|node| word(fields, node, Algorithm::NAMES)).collect()
}

fn cache(node: &Node, problems: &mut Vec<Problem>) -> CachePolicy {
    let default = CachePolicy::default();
    match Fields::parse(node, &["max_age_seconds", "cooldown_seconds"], problems) {
        Some(mut fields) => CachePolicy {
            max_age_seconds: fields.seconds("max_age_seconds", default.max_age_seconds),
            cooldown_seconds: fields.seconds("cooldown_seconds", default.cooldown_seconds),
        },
        None => default,
    }
}

/// A word of a closed list.
fn word<'a, T: std::str::FromStr>(
    fields: &mut Fields<'a, '_>,
    node: &'a Node,
    known: &[&str],
) -> Option<T> {
    let text = fields.text(node, "a string")?;
    let read = text.parse().ok();
    if read.is_none() {
        fields.problems().push(unknown_name(node.span.clone(), "word", text, known));
    }
    read
}
