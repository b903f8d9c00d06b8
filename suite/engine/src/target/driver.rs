//! The driver contract, from the side of the harness.

use serde_json::Value;

use super::fault::ConnectionFault;
use super::http::{HttpClient, connection_fault, read_body};
use super::running::NotConfigured;
use super::trust_fault::TrustFault;
use jwtspec_driver::{CONTRACT, Description};
use jwtspec_types::trust::Trust;

/// A driver that does not keep to the contract.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// Nothing answers there, or nothing that can be read.
    #[error("failed to reach the driver at {url}: {fault}\nis it running? does it listen there?")]
    Unreachable {
        /// Its URL.
        url: String,
        /// The fault of the connection.
        fault: ConnectionFault,
    },
    /// It answers something else.
    #[error("{url} does not speak the driver contract: {what}\nsee docs/drivers.md")]
    NotADriver {
        /// The URL of the request.
        url: String,
        /// The mistake in the answer.
        what: String,
    },
    /// It does not take a trust as the contract says.
    #[error("{fault}; the body of the answer: {body}\nsee docs/drivers.md")]
    Trust {
        /// The mistake in the answer.
        fault: TrustFault,
        /// The beginning of the body of the answer.
        body: String,
    },
    /// It speaks a later version.
    #[error(
        "the driver at {url} speaks version {version} of the contract, this jwtspec speaks {CONTRACT}\nupdate jwtspec"
    )]
    OtherContract {
        /// Its URL.
        url: String,
        /// Its version.
        version: u32,
    },
}

/// `GET /`: what the driver is and can do.
pub(super) async fn describe(http: &HttpClient, base: &str) -> Result<Description, DriverError> {
    let url = format!("{base}/");
    let (status, body) = request(http, http.client().get(&url), &url).await?;
    if status != 200 {
        return Err(DriverError::NotADriver { url, what: format!("`GET /` answers {status}") });
    }
    let description: Description =
        serde_json::from_str(&body).map_err(|error| DriverError::NotADriver {
            url: url.clone(),
            what: format!("the answer to `GET /`: {}", jwtspec_mint::shorten(&error.to_string())),
        })?;
    if description.contract > CONTRACT {
        return Err(DriverError::OtherContract { url, version: description.contract });
    }
    Ok(description)
}

/// `POST /verifiers`: tells it a trust. Returns the path of the verifier.
pub(super) async fn configure(
    http: &HttpClient,
    base: &str,
    trust: &Trust,
) -> Result<String, NotConfigured> {
    let url = format!("{base}/verifiers");
    let body = serde_json::to_string(trust).unwrap_or_default();
    let post = http.client().post(&url).header("content-type", "application/json").body(body);
    let failed = |error: DriverError| NotConfigured::Failed(error.into());
    let (status, body) = request(http, post, &url).await.map_err(failed)?;
    path_in(status, &body).unwrap_or_else(|fault| {
        let body = match body.as_str() {
            "" => "none".to_owned(),
            body => jwtspec_mint::shorten(body),
        };
        Err(failed(DriverError::Trust { fault, body }))
    })
}

/// The answer to a trust: the path of the verifier, or why the driver does not support it.
fn path_in(status: u16, body: &str) -> Result<Result<String, NotConfigured>, TrustFault> {
    if !matches!(status, 201 | 422) {
        return Err(TrustFault::Status(status));
    }
    let json: Value = serde_json::from_str(body).map_err(|_| TrustFault::NotJson(status))?;
    let member = |name: &str| json.get(name)?.as_str().map(str::to_owned);
    if status == 422 {
        let why = member("unsupported").ok_or(TrustFault::NoReason)?;
        return Ok(Err(NotConfigured::Unsupported(why)));
    }
    match member("path") {
        Some(path) if path.starts_with('/') => Ok(Ok(path)),
        Some(_) => Err(TrustFault::RelativePath),
        None => Err(TrustFault::NoPath),
    }
}

/// `DELETE`: the verifier is no longer needed. A driver that fails here has done its work.
pub(super) async fn release(http: &HttpClient, url: &str) {
    let _ = http.client().delete(url).timeout(http.timeout()).send().await;
}

async fn request(
    http: &HttpClient,
    builder: reqwest::RequestBuilder,
    url: &str,
) -> Result<(u16, String), DriverError> {
    let unreachable = |fault| DriverError::Unreachable { url: url.to_owned(), fault };
    let exchange = async {
        let response = builder.send().await.map_err(|error| connection_fault(&error))?;
        let status = response.status().as_u16();
        Ok((status, read_body(response).await?))
    };
    let timeout = http.timeout();
    match tokio::time::timeout(timeout, exchange).await {
        Ok(outcome) => outcome.map_err(unreachable),
        Err(_) => Err(unreachable(ConnectionFault::Timeout(timeout))),
    }
}
