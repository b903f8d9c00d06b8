//! The driver contract, from the side of the harness.

use serde_json::Value;

use super::error::{DriverError, NotConfigured};
use super::http::HttpClient;
use super::request::PreparedRequest;
use super::trust_fault::TrustFault;
use jwtspec_driver::{CONTRACT, Description};
use jwtspec_types::trust::Trust;

/// `GET /`: what the driver is and can do.
pub(super) async fn describe(http: &HttpClient, base: &str) -> Result<Description, DriverError> {
    let url = format!("{base}/");
    let asked = ask(http, PreparedRequest::new("GET", &url)).await;
    let (status, body) = asked.map_err(|error| match error {
        DriverError::Unreachable { url, fault } if fault.is_flood() => {
            DriverError::NotADriver { url, what: format!("`GET /` has {fault}") }
        }
        error => error,
    })?;
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
    let mut post = PreparedRequest::new("POST", &url);
    post.headers.push(("content-type".to_owned(), b"application/json".to_vec()));
    post.body = Some(body);
    let failed = |error: DriverError| NotConfigured::Failed(error.into());
    let (status, body) = ask(http, post).await.map_err(failed)?;
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
    let _ = http.send(&PreparedRequest::new("DELETE", url)).await;
}

async fn ask(http: &HttpClient, request: PreparedRequest) -> Result<(u16, String), DriverError> {
    let answered = http.answer_to(&request).await;
    let answer = answered.map_err(|fault| DriverError::Unreachable { url: request.url, fault })?;
    Ok((answer.status, answer.body))
}
