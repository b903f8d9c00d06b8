//! All that is known of one token, for whoever looks for the cause.

use serde_json::{Map, Value};

use super::trust::Kind;
use jwtspec_driver::Refusal;
use jwtspec_jose::{self as jose, Compact, Duplicates, Part, Tolerance};
use jwtspec_reference::{DISCOVERY, Exchange, Judged, Judgement, KEY_SET};
use jwtspec_types::trust::{KeySource, Provider, Trust};

/// The name under which documents are noted that no check needed.
pub(super) const SOUGHT: &str = "looked for as well";

/// All that is known of one token.
pub(super) struct Facts<'a> {
    /// The credential as a verifier gets it.
    pub(super) credential: &'a str,
    /// The token inside it, freed from what does not belong there.
    pub(super) core: &'a str,
    /// Header and claims, read as leniently as possible.
    pub(super) header: Option<&'a Map<String, Value>>,
    pub(super) claims: Option<&'a Map<String, Value>>,
    pub(super) trust: &'a Trust,
    /// How the backend takes this token, if the trust is of such a backend.
    pub(super) backend: Option<Kind>,
    /// Whether the trust is of such a backend.
    pub(super) convex: bool,
    /// Seconds since 1970.
    pub(super) now: f64,
    pub(super) checks: &'a [Judged],
    pub(super) exchanges: &'a [Exchange],
}

impl Facts<'_> {
    /// The number of segments of the token.
    pub(super) fn segments(&self) -> usize {
        Compact::new(self.core).count()
    }

    pub(super) fn claim(&self, name: &str) -> Option<&Value> {
        self.claims?.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.claim(name)?.as_str()
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.claim(name)?.as_f64()
    }

    pub(super) fn header(&self, name: &str) -> Option<&Value> {
        self.header?.get(name)
    }

    pub(super) fn alg(&self) -> Option<&str> {
        self.header("alg")?.as_str()
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.header("kid")?.as_str()
    }

    /// The values of `aud` that are strings.
    pub(super) fn audiences(&self) -> Vec<&str> {
        match self.claim("aud") {
            Some(Value::String(only)) => vec![only],
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The provider that `iss` names.
    pub(super) fn provider(&self) -> Option<&Provider> {
        let iss = self.text("iss")?;
        self.trust.providers.iter().find(|provider| provider.issuer == iss)
    }

    /// The provider that is probably meant.
    pub(super) fn likely(&self) -> Option<&Provider> {
        let iss = self.text("iss").unwrap_or_default();
        let near = |provider: &&Provider| strsim::jaro_winkler(&provider.issuer, iss);
        self.provider()
            .or_else(|| self.trust.providers.iter().max_by(|a, b| near(a).total_cmp(&near(b))))
    }

    /// What the first check that fails says.
    pub(super) fn first_failure(&self) -> Option<(&Judged, &Refusal)> {
        self.checks.iter().find_map(|judged| match &judged.judgement {
            Judgement::Refused(refusal) => Some((judged, refusal)),
            _ => None,
        })
    }

    /// Whether this check fails.
    pub(super) fn fails(&self, check: &str) -> bool {
        self.checks
            .iter()
            .any(|judged| judged.name == check && matches!(judged.judgement, Judgement::Refused(_)))
    }

    /// What the check says, if it fails.
    pub(super) fn message(&self, check: &str) -> &str {
        let found = self.checks.iter().find(|judged| judged.name == check);
        match found.map(|judged| &judged.judgement) {
            Some(Judgement::Refused(refusal)) => &refusal.message,
            _ => "",
        }
    }

    fn last(&self, what: &str) -> Option<&Exchange> {
        self.exchanges.iter().rev().find(|exchange| exchange.what == what)
    }

    /// The last answer for the key set.
    pub(super) fn key_set_exchange(&self) -> Option<&Exchange> {
        self.last(KEY_SET)
    }

    /// The last answer for the discovery document.
    pub(super) fn discovery_exchange(&self) -> Option<&Exchange> {
        self.last(DISCOVERY)
    }

    /// Documents that were found where nobody had said that they were.
    pub(super) fn sought(&self) -> impl Iterator<Item = (&Exchange, Map<String, Value>)> {
        let found = self.exchanges.iter().filter(|exchange| exchange.what == SOUGHT);
        found.filter_map(|exchange| Some((exchange, object(&exchange.body)?)))
    }

    /// The keys that are published, or configured.
    pub(super) fn keys(&self) -> Option<Vec<Map<String, Value>>> {
        let set = match self.key_set_exchange() {
            Some(exchange) => object(&exchange.body)?,
            None => match &self.provider()?.keys {
                KeySource::Jwks(set) => set.clone(),
                _ => return None,
            },
        };
        let keys = set.get("keys")?.as_array()?;
        Some(keys.iter().filter_map(Value::as_object).cloned().collect())
    }

    /// The keys under this `kid`.
    pub(super) fn key_named(&self, kid: &str) -> Option<Map<String, Value>> {
        self.keys()?.into_iter().find(|key| key.get("kid").and_then(Value::as_str) == Some(kid))
    }

    /// How the configuration calls the issuer.
    pub(super) const fn issuer_key(&self) -> &'static str {
        match (self.convex, self.backend) {
            (false, _) | (true, Some(Kind::CustomJwt)) => "issuer",
            (true, _) => "domain",
        }
    }

    /// The audience as a line of the configuration.
    pub(super) fn audience_line(&self, audience: &str) -> String {
        let value = super::show::literal(audience);
        if self.convex {
            format!("\"applicationID\": {value}")
        } else {
            format!("\"audiences\": [{value}]")
        }
    }
}

/// Reads a body as a JSON object.
pub(super) fn object(octets: &[u8]) -> Option<Map<String, Value>> {
    jose::object(octets, Duplicates::TakeLast).ok()
}

/// The octets of a part of a text, read as leniently as possible.
pub(super) fn segment(token: &str, part: Part) -> Option<Vec<u8>> {
    Compact::new(token).bytes(part, Tolerance::ALL)
}
