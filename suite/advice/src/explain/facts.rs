//! All that is known of one token, for the search for the cause.

use serde_json::{Map, Value};

use super::show::{list, literal};
use super::trust::Kind;
use jwtspec_driver::Refusal;
use jwtspec_jose::{self as jose, Compact, Duplicates, Part, Tolerance};
use jwtspec_reference::{Exchange, Judged, Judgement, KEY_SET, SignatureFault};
use jwtspec_types::trust::{KeySource, Provider, Trust};

/// The name under which documents are noted that no check needed.
pub(super) const SEARCHED: &str = "looked for as well";

/// All that is known of one token.
pub(super) struct Facts<'a> {
    /// The credential as a verifier gets it.
    pub(super) credential: &'a str,
    /// The token inside it, freed from what does not belong there.
    pub(super) token: &'a str,
    /// The header, read as leniently as possible.
    pub(super) header: Option<&'a Map<String, Value>>,
    /// The claims, read as leniently as possible.
    pub(super) claims: Option<&'a Map<String, Value>>,
    pub(super) trust: &'a Trust,
    /// The kind of provider, if the trust is of a Convex-style backend that has one for this token.
    pub(super) backend: Option<Kind>,
    /// True if the trust is of a Convex-style backend.
    pub(super) convex: bool,
    /// Seconds since 1970.
    pub(super) now: f64,
    pub(super) checks: &'a [Judged],
    pub(super) exchanges: &'a [Exchange],
    /// The fault of the signature, if it was checked and has one.
    pub(super) signature_fault: Option<&'a SignatureFault>,
}

impl Facts<'_> {
    /// The number of segments of the token.
    pub(super) fn segments(&self) -> usize {
        Compact::new(self.token).count()
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
    pub(super) fn likely_provider(&self) -> Option<&Provider> {
        let iss = self.text("iss").unwrap_or_default();
        let near = |provider: &&Provider| strsim::jaro_winkler(&provider.issuer, iss);
        self.provider()
            .or_else(|| self.trust.providers.iter().max_by(|a, b| near(a).total_cmp(&near(b))))
    }

    /// The message of this check, if it fails.
    pub(super) fn refusal(&self, check: &str) -> Option<&str> {
        self.checks.iter().find_map(|judged| match &judged.judgement {
            Judgement::Refused(refusal) if judged.name == check => Some(refusal.message.as_str()),
            _ => None,
        })
    }

    /// The last answer for the key set or the discovery document.
    pub(super) fn last_exchange(&self, what: &str) -> Option<&Exchange> {
        self.exchanges.iter().rev().find(|exchange| exchange.what == what)
    }

    /// Documents that were found in the usual places, where neither configuration nor metadata
    /// has them.
    pub(super) fn searched(&self) -> impl Iterator<Item = (&Exchange, Map<String, Value>)> {
        let found = self.exchanges.iter().filter(|exchange| exchange.what == SEARCHED);
        found.filter_map(|exchange| Some((exchange, object(&exchange.body)?)))
    }

    /// The keys that are published, or configured.
    pub(super) fn keys(&self) -> Option<Vec<Map<String, Value>>> {
        let set = match self.last_exchange(KEY_SET) {
            Some(exchange) => object(&exchange.body)?,
            None => match &self.provider()?.keys {
                KeySource::Jwks(set) => set.clone(),
                _ => return None,
            },
        };
        let keys = set.get("keys")?.as_array()?;
        Some(keys.iter().filter_map(Value::as_object).cloned().collect())
    }

    /// The first key under this `kid`.
    pub(super) fn key_named(&self, kid: &str) -> Option<Map<String, Value>> {
        self.keys()?.into_iter().find(|key| key.get("kid").and_then(Value::as_str) == Some(kid))
    }

    /// The trusted issuers, as a phrase.
    pub(super) fn issuers(&self) -> String {
        list(self.trust.providers.iter().map(|provider| &provider.issuer))
    }

    /// What a Convex-style backend answers where no provider fits, which is the same for this
    /// other fault, too; nothing for other verifiers.
    pub(super) fn no_provider_found(&self, other: &str) -> String {
        let answer = format!(
            " This backend then answers \"No auth provider found matching the given token\", the \
             same as for a wrong {other}."
        );
        if self.convex { answer } else { String::new() }
    }

    /// The issuer as a line of the configuration.
    pub(super) fn issuer_line(&self, issuer: &str) -> String {
        let key = match (self.convex, self.backend) {
            (false, _) | (true, Some(Kind::CustomJwt)) => "issuer",
            (true, _) => "domain",
        };
        format!("\"{key}\": {}", literal(issuer))
    }

    /// The audience as a line of the configuration.
    pub(super) fn audience_line(&self, audience: &str) -> String {
        match self.convex {
            true => format!("\"applicationID\": {}", literal(audience)),
            false => format!("\"audiences\": [{}]", literal(audience)),
        }
    }
}

/// The first check that fails, and its refusal.
pub(super) fn first_failure(checks: &[Judged]) -> Option<(&Judged, &Refusal)> {
    checks.iter().find_map(|judged| match &judged.judgement {
        Judgement::Refused(refusal) => Some((judged, refusal)),
        _ => None,
    })
}

/// Reads a body as a JSON object.
pub(super) fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    jose::object(bytes, Duplicates::TakeLast).ok()
}

/// The bytes of a part of a text, read as leniently as possible.
pub(super) fn segment(token: &str, part: Part) -> Option<Vec<u8>> {
    Compact::new(token).bytes(part, Tolerance::ALL)
}
