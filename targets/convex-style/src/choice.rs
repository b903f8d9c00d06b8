//! Which provider a token is for, by what it says of itself before it is verified.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::config::{Kind, Provider};
use crate::domain::normalized;
use crate::refusal::{Code, Refusal};

/// The unverified content of a token, before its signature is looked at.
#[derive(Debug)]
pub(crate) struct Unverified {
    /// Its `iss`.
    pub(crate) issuer: String,
    /// Its `aud`, of which there may be none.
    audiences: Vec<String>,
    /// All claims.
    pub(crate) claims: Map<String, Value>,
}

impl Unverified {
    /// Reads the payload of a token.
    ///
    /// # Errors
    ///
    /// If it is not three segments, the second a JSON object with `iss` and perhaps `aud`.
    pub(crate) fn read(token: &str) -> Result<Self, Refusal> {
        let bad = |why: String| Refusal::invalid("Could not parse JWT payload", why);
        let segments: Vec<&str> = token.split('.').collect();
        let [_, payload, _] = segments[..] else {
            let count = segments.len();
            return Err(bad(format!("a JWT has three segments, and this has {count}")));
        };
        let octets = BASE64_URL_SAFE_NO_PAD
            .decode(payload)
            .map_err(|error| bad(format!("it is not base64url: {error}")))?;
        let claims: Map<String, Value> = serde_json::from_slice(&octets)
            .map_err(|error| bad(format!("it is not a JSON object: {error}")))?;
        let issuer = match claims.get("iss") {
            Some(Value::String(issuer)) => issuer.clone(),
            Some(_) => return Err(bad("`iss` is not a string".to_owned())),
            None => return Err(bad("there is no `iss`".to_owned())),
        };
        let audiences = audiences(claims.get("aud"))
            .ok_or_else(|| bad("`aud` is neither a string nor an array of strings".to_owned()))?;
        Ok(Self { issuer, audiences, claims })
    }
}

fn audiences(aud: Option<&Value>) -> Option<Vec<String>> {
    match aud {
        None => Some(Vec::new()),
        Some(Value::String(audience)) => Some(vec![audience.clone()]),
        Some(Value::Array(list)) => {
            list.iter().map(|audience| audience.as_str().map(str::to_owned)).collect()
        }
        Some(_) => None,
    }
}

/// The first provider with the issuer and an audience of the token.
///
/// # Errors
///
/// If there is none.
pub(crate) fn choose<'a, P: AsRef<Provider>>(
    providers: &'a [P],
    token: &Unverified,
) -> Result<&'a P, Refusal> {
    let issuer = normalized(&token.issuer);
    let matches = |provider: &Provider| {
        let audience = provider.application_id.as_ref();
        provider.issuer == issuer && audience.is_none_or(|id| token.audiences.contains(id))
    };
    providers.iter().find(|provider| matches((*provider).as_ref())).ok_or_else(|| {
        let what = "No auth provider found matching the given token";
        Refusal::new(Code::NoAuthProvider, what, configured(providers))
    })
}

fn configured<P: AsRef<Provider>>(providers: &[P]) -> String {
    if providers.is_empty() {
        return "no providers are configured".to_owned();
    }
    let list: Vec<String> = providers.iter().map(|it| shown(it.as_ref())).collect();
    format!("the configured ones are {}", list.join(", "))
}

fn shown(provider: &Provider) -> String {
    let issuer = &provider.issuer;
    let id = provider.application_id.as_deref().unwrap_or("any");
    match provider.kind {
        Kind::Oidc => format!("OIDC(domain={issuer}, applicationID={id})"),
        Kind::CustomJwt { .. } => format!("customJwt(issuer={issuer}, applicationID={id})"),
    }
}

impl AsRef<Self> for Provider {
    fn as_ref(&self) -> &Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Algorithm;
    use crate::refusal::Mode;

    fn oidc(issuer: &str, id: &str) -> Provider {
        Provider {
            issuer: normalized(issuer),
            application_id: Some(id.to_owned()),
            kind: Kind::Oidc,
        }
    }

    fn custom(issuer: &str) -> Provider {
        let jwks = "https://a.example/k".parse().unwrap();
        let kind = Kind::CustomJwt { jwks, algorithm: Algorithm::Rs256 };
        Provider { issuer: normalized(issuer), application_id: None, kind }
    }

    fn unverified(payload: &Value) -> Result<Unverified, Refusal> {
        Unverified::read(&format!("e30.{}.", BASE64_URL_SAFE_NO_PAD.encode(payload.to_string())))
    }

    fn chosen(providers: &[Provider], payload: &Value) -> Option<usize> {
        let token = unverified(payload).unwrap();
        let chosen = choose(providers, &token).ok()?;
        providers.iter().position(|provider| provider == chosen)
    }

    #[test]
    fn slashes_and_a_missing_scheme_do_not_matter_on_either_side() {
        for domain in ["a.example", "https://a.example/", "https://a.example"] {
            for issuer in ["a.example", "https://a.example/", "https://a.example", "a.example//"] {
                let payload = json!({ "iss": issuer, "aud": "app" });
                assert_eq!(chosen(&[oidc(domain, "app")], &payload), Some(0), "{domain} {issuer}");
            }
        }
        let other = json!({ "iss": "http://a.example", "aud": "app" });
        assert_eq!(chosen(&[oidc("a.example", "app")], &other), None);
    }

    #[test]
    fn the_audience_chooses_among_providers_of_one_issuer() {
        let providers = [oidc("a.example", "web"), oidc("a.example", "app"), custom("a.example")];
        let choose = |aud: Value| chosen(&providers, &json!({ "iss": "a.example", "aud": aud }));
        assert_eq!(choose(json!("web")), Some(0));
        assert_eq!(choose(json!(["other", "app"])), Some(1));
        assert_eq!(choose(json!(["app", "web"])), Some(0), "the first match wins");
        assert_eq!(choose(json!("other")), Some(2), "without an application id any `aud` does");
        assert_eq!(chosen(&providers, &json!({ "iss": "a.example" })), Some(2));
        assert_eq!(chosen(&providers[..2], &json!({ "iss": "a.example" })), None);
    }

    #[test]
    fn a_wrong_issuer_and_a_wrong_audience_are_told_apart_in_neither_mode() {
        let providers = [oidc("a.example", "app")];
        let refuse = |payload: &Value, mode| {
            choose(&providers, &unverified(payload).unwrap()).unwrap_err().message(mode)
        };
        let issuer = json!({ "iss": "https://b.example", "aud": "app" });
        let audience = json!({ "iss": "https://a.example", "aud": "other" });
        let short = "No auth provider found matching the given token";
        assert_eq!(refuse(&issuer, Mode::Production), short);
        assert_eq!(refuse(&audience, Mode::Production), short);
        let long = format!(
            "{short}: the configured ones are OIDC(domain=https://a.example, applicationID=app)"
        );
        assert_eq!(refuse(&issuer, Mode::Development), long);
        assert_eq!(refuse(&audience, Mode::Development), long);
        let none: [Provider; 0] = [];
        let refusal = choose(&none, &unverified(&issuer).unwrap()).unwrap_err();
        let said = refusal.message(Mode::Development);
        assert_eq!(said, format!("{short}: no providers are configured"));
    }

    #[test]
    fn what_has_no_issuer_is_no_token() {
        let refuse = |token: &str, mode| Unverified::read(token).unwrap_err().message(mode);
        for (token, said) in [
            ("opaque", "three segments, and this has 1"),
            ("a.b.c.d.e", "three segments, and this has 5"),
            ("e30.*.x", "not base64url"),
            ("e30.W10.x", "not a JSON object"),
            ("e30.e30.x", "there is no `iss`"),
        ] {
            let message = refuse(token, Mode::Development);
            assert!(message.contains(said), "{token}: {message}");
            assert_eq!(refuse(token, Mode::Production), "Could not parse JWT payload");
        }
        assert!(unverified(&json!({ "iss": 1 })).is_err());
        assert!(unverified(&json!({ "iss": "a.example", "aud": ["app", 1] })).is_err());
    }
}
