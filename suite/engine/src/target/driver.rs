//! The driver contract, from the side of the harness.

use serde_json::Value;

use super::error::{DriverError, NotConfigured};
use super::http::HttpClient;
use super::request::PreparedRequest;
use jwtspec_driver::{CONTRACT, Description};
use jwtspec_types::trust::Trust;

/// `GET /`: what the driver is and can do.
pub(super) async fn describe(http: &HttpClient, base: &str) -> Result<Description, DriverError> {
    let url = format!("{base}/");
    let (status, body) = ask(http, PreparedRequest::new("GET", &url)).await?;
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
    let member = |name: &str| {
        let json: Value = serde_json::from_str(&body).ok()?;
        json.get(name)?.as_str().map(str::to_owned)
    };
    match (status, member("path"), member("unsupported")) {
        (201, Some(path), _) if path.starts_with('/') => Ok(path),
        (422, _, Some(why)) => Err(NotConfigured::Unsupported(why)),
        _ => {
            let body = jwtspec_mint::shorten(&body);
            let what = format!("`POST /verifiers` answers {status} with {body}");
            Err(failed(DriverError::NotADriver { url, what }))
        }
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
