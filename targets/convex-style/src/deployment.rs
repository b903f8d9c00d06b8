//! A deployment: its providers, and the identities that it accepts.

use reqwest::Client;

use crate::cache::Policy;
use crate::choice::{self, Unverified};
use crate::config::{Kind, Provider};
use crate::custom_jwt::CustomJwt;
use crate::identity::Identity;
use crate::oidc::Oidc;
use crate::refusal::Refusal;

/// The providers of one deployment.
#[derive(Debug)]
pub(crate) struct Deployment {
    providers: Vec<Verifier>,
    client: Client,
}

/// A provider with what is kept of it.
#[derive(Debug)]
struct Verifier {
    provider: Provider,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Oidc(Oidc),
    CustomJwt(CustomJwt),
}

impl AsRef<Provider> for Verifier {
    fn as_ref(&self) -> &Provider {
        &self.provider
    }
}

impl Deployment {
    pub(crate) fn new(providers: Vec<Provider>, client: Client, policy: Policy) -> Self {
        let verifier = |provider: Provider| {
            let application_id = provider.application_id.clone();
            let keys = match &provider.kind {
                Kind::Oidc => Keys::Oidc(Oidc::new(&application_id.unwrap_or_default(), policy)),
                Kind::CustomJwt { jwks, algorithm } => Keys::CustomJwt(CustomJwt::new(
                    jwks.clone(),
                    *algorithm,
                    application_id,
                    policy,
                )),
            };
            Verifier { provider, keys }
        };
        Self { providers: providers.into_iter().map(verifier).collect(), client }
    }

    /// The identity of a token's bearer.
    ///
    /// # Errors
    ///
    /// Why the token is refused.
    pub(crate) async fn authenticate(&self, token: &str) -> Result<Identity, Refusal> {
        let unverified = Unverified::read(token)?;
        let verifier = choice::choose(&self.providers, &unverified)?;
        let verified = match &verifier.keys {
            Keys::Oidc(oidc) => oidc.verify(token, &unverified.issuer, &self.client).await?,
            Keys::CustomJwt(custom) => custom.verify(token, &unverified, &self.client).await?,
        };
        Ok(Identity {
            issuer: unverified.issuer,
            subject: verified.subject,
            until: verified.until,
            claims: unverified.claims,
        })
    }
}
