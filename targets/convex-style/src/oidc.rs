//! OpenID providers: keys by discovery, tokens verified as ID tokens.

use std::sync::Arc;

use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    ClaimsVerificationError, ClientId, DiscoveryError, HttpRequest, IssuerUrl, Nonce,
    SignatureVerificationError,
};
use reqwest::Client;

use crate::cache::{Cache, Policy};
use crate::domain::with_scheme;
use crate::fetch::{self, FetchError, innermost};
use crate::refusal::{Code, Refusal};

/// The algorithms of ID tokens here.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 2] =
    [CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, CoreJwsSigningAlgorithm::EdDsa];

/// The keys of one OpenID provider.
///
/// Discovery is asked at the `iss` of the token, which matches the configured domain but for
/// slashes at its end. Each spelling is kept apart, so that tokens of one that fails cannot hold
/// up those of one that works; and there are two, so that a token cannot make up more of them.
#[derive(Debug)]
pub(crate) struct Oidc {
    client_id: ClientId,
    bare: Cache<CoreProviderMetadata>,
    with_slash: Cache<CoreProviderMetadata>,
}

/// The facts that verification adds to an ID token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    pub(crate) subject: String,
    /// In seconds since 1970.
    pub(crate) until: i64,
}

impl Oidc {
    pub(crate) fn new(application_id: &str, policy: Policy) -> Self {
        Self {
            client_id: ClientId::new(application_id.to_owned()),
            bare: Cache::new(policy),
            with_slash: Cache::new(policy),
        }
    }

    /// Verifies a token whose payload says that it comes from `issuer`.
    ///
    /// # Errors
    ///
    /// If the keys cannot be had, or the token is not valid.
    pub(crate) async fn verify(
        &self,
        token: &str,
        issuer: &str,
        client: &Client,
    ) -> Result<Verified, Refusal> {
        let issuer = with_scheme(issuer);
        let failed = |why| {
            let what = format!("Auth provider discovery of {issuer} failed");
            Refusal::new(Code::AuthProviderDiscoveryFailed, what, why)
        };
        let cache = match issuer.len() - issuer.trim_end_matches('/').len() {
            0 => &self.bare,
            1 => &self.with_slash,
            _ => return Err(failed("it ends in several slashes".to_owned())),
        };
        let issuer_url = IssuerUrl::new(issuer.clone()).map_err(|e| failed(e.to_string()))?;
        let id_token: CoreIdToken = token.parse().map_err(|error: serde_json::Error| {
            Refusal::invalid("Could not decode OIDC token", error.to_string())
        })?;
        let discover = || discover(issuer_url.clone(), client.clone());
        let metadata = cache.get(discover).await.map_err(failed)?;
        match self.claims(&id_token, &metadata) {
            Err(error) if lacks_key(&error) => match cache.newer(&metadata, discover).await {
                Some(newer) => self.claims(&id_token, &newer),
                None => Err(error),
            },
            verified => verified,
        }
        .map_err(|error| {
            Refusal::invalid("Could not verify OIDC token claim", explained(&error, token))
        })
    }

    fn claims(
        &self,
        token: &CoreIdToken,
        metadata: &Arc<CoreProviderMetadata>,
    ) -> Result<Verified, ClaimsVerificationError> {
        let verifier = CoreIdTokenVerifier::new_public_client(
            self.client_id.clone(),
            metadata.issuer().clone(),
            metadata.jwks().clone(),
        )
        .set_allowed_algs(ALGORITHMS);
        // The sign-in that made the nonce was another party's.
        let any_nonce = |_: Option<&Nonce>| Ok(());
        let claims = token.claims(&verifier, any_nonce)?;
        Ok(Verified {
            subject: claims.subject().to_string(),
            until: claims.expiration().timestamp(),
        })
    }
}

async fn discover(issuer: IssuerUrl, client: Client) -> Result<CoreProviderMetadata, String> {
    let plain_is_fit = issuer.url().scheme() == "http";
    let http = |request: HttpRequest| {
        let is_fit = plain_is_fit || request.uri().scheme_str() == Some("https");
        let client = client.clone();
        async move { if is_fit { fetch::send(client, request).await } else { Err(FetchError::Plain) } }
    };
    CoreProviderMetadata::discover_async(issuer, &http).await.map_err(|error| match &error {
        DiscoveryError::Parse(_) => format!("{error}: {}", innermost(&error)),
        DiscoveryError::Request(why) => FetchError::to_string(why),
        _ => error.to_string(),
    })
}

fn lacks_key(error: &ClaimsVerificationError) -> bool {
    use SignatureVerificationError::NoMatchingKey;
    matches!(error, ClaimsVerificationError::SignatureVerification(NoMatchingKey))
}

/// The text of an error with its causes and the key that it is about.
fn explained(error: &ClaimsVerificationError, token: &str) -> String {
    match error {
        ClaimsVerificationError::SignatureVerification(cause) => {
            let key = crate::header::kid(token)
                .map_or_else(|| "no `kid`".to_owned(), |kid| format!("`kid` {kid:?}"));
            format!("{error}: {cause} ({key})")
        }
        _ => error.to_string(),
    }
}
