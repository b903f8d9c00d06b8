//! An HTTP client that keeps everything that an answer shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, IF_NONE_MATCH, LOCATION};
use reqwest::tls::TlsInfo;
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, Url, Version, redirect};

use super::LintError;
use super::resolver::LoopbackResolver;
use jwtspec_engine::target::{require_loopback, without_user};
use jwtspec_reference::parts::{certificate_fault, choose_cryptography};
use jwtspec_reference::{Clock, TransportFault};

/// Bytes of an answer that are read. Verifiers stop here or earlier.
pub(crate) const LARGEST: usize = 1 << 20;
/// The most redirects that are followed.
const MOST_HOPS: usize = 3;

/// Sends requests, within limits.
pub(crate) struct HttpClient {
    strict: Client,
    /// Accepts any certificate. It sends nothing that is secret, and its answers are only judged.
    lenient: Client,
    allow_remote: bool,
    patience: Duration,
    pub(crate) clock: Clock,
    answered: AtomicBool,
}

/// The outcome of one request for a document.
pub(crate) struct Exchange {
    pub(crate) url: Url,
    /// The targets of redirects, with the status of each.
    pub(crate) hops: Vec<(u16, String)>,
    /// The fault of the certificate of the server, which was accepted all the same.
    pub(crate) certificate: Option<String>,
    /// The last answer, or the reason why there is none.
    pub(crate) answer: Result<Answer, String>,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// True if there was more than is read.
    pub(crate) is_cut: bool,
    pub(crate) took: Duration,
    /// The time when it came, since 1970.
    pub(crate) at: Duration,
    /// The certificate that the server showed, DER.
    pub(crate) shown: Option<Vec<u8>>,
}

impl HttpClient {
    pub(crate) fn new(
        authority: Option<&str>,
        allow_remote: bool,
        patience: Duration,
        clock: Clock,
    ) -> Result<Self, LintError> {
        choose_cryptography();
        let make = |lenient: bool| {
            let builder = Client::builder()
                .pool_max_idle_per_host(0)
                .tls_info(true)
                .user_agent(concat!("jwtspec/", env!("CARGO_PKG_VERSION")))
                .redirect(redirect::Policy::none());
            let builder = match allow_remote {
                true => builder,
                false => builder.no_proxy().dns_resolver(Arc::new(LoopbackResolver)),
            };
            let builder = match (lenient, authority) {
                (true, _) => builder.tls_danger_accept_invalid_certs(true),
                (false, None) => builder,
                (false, Some(pem)) => {
                    let certificates = Certificate::from_pem_bundle(pem.as_bytes())
                        .ok()
                        .filter(|certificates| !certificates.is_empty())
                        .ok_or(LintError::Authority)?;
                    builder.tls_certs_only(certificates)
                }
            };
            builder.build().map_err(|error| match authority {
                Some(_) if !lenient => LintError::Authority,
                _ => LintError::Client(error),
            })
        };
        Ok(Self {
            strict: make(false)?,
            lenient: make(true)?,
            allow_remote,
            patience,
            clock,
            answered: AtomicBool::new(false),
        })
    }

    /// The time since 1970.
    pub(crate) fn now(&self) -> Duration {
        (self.clock)()
    }

    /// True if anything answered at all.
    pub(crate) fn was_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// Passes a URL that may be asked.
    pub(crate) fn permit(&self, url: &Url) -> Result<(), LintError> {
        if !self.allow_remote && require_loopback(url.as_str()).is_err() {
            return Err(LintError::Elsewhere(without_user(url.as_str())));
        }
        Ok(())
    }

    /// Gets a document, following redirects as far as they may be followed.
    pub(crate) async fn get(&self, url: &Url, etag: Option<&str>) -> Exchange {
        let (mut hops, mut certificate, mut next) = (Vec::new(), None, url.clone());
        loop {
            let (fault, answer) = self.get_once(&next, etag).await;
            certificate = certificate.or(fault);
            let target = answer.as_ref().ok().and_then(|answer| {
                let status @ (301 | 302 | 303 | 307 | 308) = answer.status else { return None };
                let to = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok());
                hops.push((status, to.unwrap_or("").to_owned()));
                let to = next.join(to.unwrap_or("")).ok()?;
                matches!(to.scheme(), "http" | "https").then_some(to)
            });
            match target {
                Some(to) if hops.len() <= MOST_HOPS && self.permit(&to).is_ok() => next = to,
                _ => return Exchange { url: url.clone(), hops, certificate, answer },
            }
        }
    }

    /// Asks once; again with the lenient client if the certificate is at fault.
    async fn get_once(
        &self,
        url: &Url,
        etag: Option<&str>,
    ) -> (Option<String>, Result<Answer, String>) {
        let request = |client: &Client| {
            let request = client
                .get(url.clone())
                .header(ACCEPT, "application/json, application/jwk-set+json;q=0.9")
                .header(ACCEPT_ENCODING, "identity");
            etag.into_iter().fold(request, |request, etag| request.header(IF_NONE_MATCH, etag))
        };
        match self.send(request(&self.strict)).await {
            Ok(answer) => (None, Ok(answer)),
            Err(SendError { why, certificate: None }) => (None, Err(why)),
            Err(SendError { certificate, .. }) => {
                let answer = self.send(request(&self.lenient)).await;
                (certificate, answer.map_err(|trouble| trouble.why))
            }
        }
    }

    /// Sends a form, to a server whose certificate must be valid.
    pub(crate) async fn post(
        &self,
        url: &Url,
        form: &[(String, String)],
    ) -> Result<Answer, String> {
        // The query of a URL and a form are written alike.
        let mut text = url.clone();
        text.query_pairs_mut().clear().extend_pairs(form);
        let request = self
            .strict
            .post(url.clone())
            .header(ACCEPT, "application/json")
            .header(ACCEPT_ENCODING, "identity")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(text.query().unwrap_or_default().to_owned());
        self.send(request).await.map_err(|trouble| trouble.why)
    }

    /// Sends any request, to a server whose certificate must be valid.
    pub(crate) async fn ask(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Option<String>,
    ) -> Result<Answer, String> {
        let request = self.strict.request(method, url.clone()).headers(headers);
        let request = body.into_iter().fold(request, RequestBuilder::body);
        self.send(request).await.map_err(|trouble| trouble.why)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, SendError> {
        let start = Instant::now();
        let work = async {
            let answer = request.send().await?;
            self.answered.store(true, Ordering::Relaxed);
            let at = self.now();
            read(answer, start, at).await
        };
        match tokio::time::timeout(self.patience, work).await {
            Ok(answer) => answer.map_err(|error| SendError {
                why: TransportFault::from(&error).to_string(),
                certificate: certificate_fault(&error),
            }),
            Err(_) => {
                let seconds = self.patience.as_secs_f64();
                Err(SendError { why: format!("no answer within {seconds} s"), certificate: None })
            }
        }
    }
}

/// The reason why there is no answer.
struct SendError {
    why: String,
    certificate: Option<String>,
}

async fn read(
    mut answer: Response,
    start: Instant,
    at: Duration,
) -> Result<Answer, reqwest::Error> {
    let mut body = Vec::new();
    let mut is_cut = false;
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            body.truncate(LARGEST);
            is_cut = true;
            break;
        }
    }
    let info = answer.extensions().get::<TlsInfo>();
    Ok(Answer {
        status: answer.status().as_u16(),
        version: answer.version(),
        headers: answer.headers().clone(),
        body,
        is_cut,
        took: start.elapsed(),
        at,
        shown: info.and_then(TlsInfo::peer_certificate).map(<[u8]>::to_vec),
    })
}

impl Answer {
    /// A header field, as far as it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }
}
