//! The trust of the driver contract.

use super::fields::{Fields, expected};
use jwtspec_format::Problem;
use jwtspec_jose::located::{Json, Node};
use jwtspec_types::nearest::nearest;
use jwtspec_types::profile::Profile;
use jwtspec_types::trust::{CachePolicy, KeySource, Provider, Trust};
use jwtspec_types::words::Algorithm;

const TRUST: [&str; 5] = ["providers", "profile", "leeway_seconds", "cache", "ca_pem"];
const PROVIDER: [&str; 6] = ["issuer", "audiences", "keys", "algorithms", "typ", "required_claims"];

pub(super) fn read(node: &Node, problems: &mut Vec<Problem>) -> Option<Trust> {
    let mut fields = Fields::of(node, &TRUST, problems)?;
    let list = fields.required("providers", "the list of issuers to trust")?;
    let Json::Array(nodes) = &list.value else {
        fields.wrong(expected("an array of providers", list));
        return None;
    };
    let providers = nodes.iter().filter_map(|node| provider(node, fields.problems())).collect();
    let leeway_seconds = fields.seconds("leeway_seconds", 0);
    let profile = match fields.optional("profile") {
        Some(node) => word(&mut fields, node, Profile::names()).unwrap_or_default(),
        None => Profile::default(),
    };
    let cache = match fields.optional("cache") {
        Some(node) => cache(node, fields.problems()),
        None => CachePolicy::default(),
    };
    let ca_pem = match fields.optional("ca_pem").map(|node| (node, &node.value)) {
        Some((_, Json::Text(pem))) => Some(pem.clone()),
        Some((node, _)) => {
            fields.wrong(expected("a certificate as PEM text", node));
            None
        }
        None => None,
    };
    Some(Trust { providers, profile, leeway_seconds, cache, ca_pem })
}

fn provider(node: &Node, problems: &mut Vec<Problem>) -> Option<Provider> {
    let mut fields = Fields::of(node, &PROVIDER, problems)?;
    let issuer = fields.required("issuer", "what `iss` of its tokens must equal");
    let issuer = issuer.and_then(|node| fields.text(node, "the issuer, as a string"));
    let keys = fields.required("keys", KEYS).and_then(|node| keys(node, fields.problems()));
    let algorithms = fields.required("algorithms", "such as [\"RS256\"]");
    let algorithms = algorithms.map(|node| algorithms_of(&mut fields, node)).unwrap_or_default();
    let audiences = fields.texts("audiences");
    let required_claims = fields.texts("required_claims");
    let typ = fields.optional("typ").and_then(|node| fields.text(node, "a string"));
    let typ = typ.map(str::to_owned);
    Some(Provider {
        issuer: issuer?.to_owned(),
        audiences,
        keys: keys?,
        algorithms,
        typ,
        required_claims,
    })
}

const KEYS: &str = "{\"discovery\": true}, {\"jwks_uri\": \"https://…\"} or \
                    {\"jwks\": {\"keys\": […]}}";

fn keys(node: &Node, problems: &mut Vec<Problem>) -> Option<KeySource> {
    let mut fields = Fields::of(node, &["discovery", "jwks_uri", "jwks"], problems)?;
    let Json::Object(members) = &node.value else { return None };
    let [member] = members.as_slice() else {
        let problem = Problem::new(node.span.clone(), "expected one source of keys");
        fields.wrong(problem.with_help(format!("it is {KEYS}")));
        return None;
    };
    let source = match (member.name.as_str(), &member.value.value) {
        ("discovery", Json::Bool(true)) => KeySource::Discovery(true),
        ("jwks_uri", Json::Text(uri)) => KeySource::JwksUri(uri.clone()),
        ("jwks", Json::Object(_)) => match member.value.plain() {
            serde_json::Value::Object(set) => KeySource::Jwks(set),
            _ => return None,
        },
        ("discovery" | "jwks_uri" | "jwks", _) => {
            let problem = Problem::new(
                member.value.span.clone(),
                format!("{} is no value of `{}`", member.value.kind(), member.name),
            );
            fields.wrong(problem.with_help(format!("it is {KEYS}")));
            return None;
        }
        _ => return None,
    };
    Some(source)
}

fn algorithms_of<'a>(fields: &mut Fields<'a, '_>, node: &'a Node) -> Vec<Algorithm> {
    let Json::Array(nodes) = &node.value else {
        fields.wrong(expected("an array such as [\"RS256\"]", node));
        return Vec::new();
    };
    nodes.iter().filter_map(|node| word(fields, node, Algorithm::NAMES)).collect()
}

fn cache(node: &Node, problems: &mut Vec<Problem>) -> CachePolicy {
    let default = CachePolicy::default();
    match Fields::of(node, &["max_age_seconds", "cooldown_seconds"], problems) {
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
        let near = nearest(text, known.iter().copied());
        let near = near.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
        fields.wrong(
            Problem::new(node.span.clone(), format!("unknown word `{text}`"))
                .with_help(format!("{near}known here: {}", known.join(", "))),
        );
    }
    read
}
