//! Faults that show with tokens of one kind: ID tokens, access tokens, tokens for a Convex-style
//! backend.

use std::sync::Arc;

use futures::FutureExt;
use reqwest::Url;
use serde_json::Value;

use super::{Fault, as_before, changed, fault, wrong_check};
use crate::cache::{CachedKeys, KeyCache, Obtaining, unavailable};
use crate::clock::Timestamp;
use crate::issuer::received;
use crate::{Check, Examination, Objection};
use jwtspec_types::trust::KeySource;
use jwtspec_types::words::Reason;

pub(super) const FAULTS: &[Fault] = &[
    wrong_check("typ-as-text", "compares `typ` as text, and not as a media type", TYP_AS_TEXT)
        .caught_by(&[
            "profiles/typ-in-full",
            "profiles/typ-in-full-capitals",
            "profiles/typ-mixed",
        ]),
    wrong_check("other-typ-malformed", "calls a token malformed whose `typ` is not JWT", TYP_JWT)
        .caught_by(&["profiles/access-token"]),
    wrong_check("azp-of-empty-list", "looks for `azp` in a list that is empty", NO_AZP)
        .caught_by(&["profiles/azp-of-this-client"]),
    wrong_check("sub-overflows", "fails on a `sub` beyond 128 letters of ASCII", SHORT_SUB)
        .caught_by(&["profiles/sub-beyond-ascii", "profiles/sub-of-255", "profiles/sub-of-256"]),
    wrong_check("fails-on-null-claim", "fails on null for a claim that it reads", NO_NULL)
        .caught_by(&["profiles/null-optional-claims"]),
    wrong_check("issuer-names-tenant", "fails on an `iss` that is no URL of a tenant", TENANT)
        .caught_by(&["convex/scheme-missing-of-https-issuer", "convex/several-slashes-added"]),
    fault("configured-keys-unread", "does not read keys of its configuration", |it| {
        it.with_cache(|trust, fetcher| Arc::new(FetchedOnly(CachedKeys::new(trust, fetcher))))
    })
    .caught_by(&["convex/key-set-in-configuration"])
    .proving_only(&["convex"]),
];

const TYP_AS_TEXT: Check = changed("type", |examination| {
    as_before("type", examination)?;
    let expected = examination.provider()?.typ.as_deref();
    let typ = examination.header()?.get("typ").and_then(Value::as_str);
    match expected.is_none() || typ == expected {
        true => Ok(()),
        false => Err(Objection::because(Reason::TypeMismatch, "the `typ` is another")),
    }
});

const TYP_JWT: Check =
    changed("type", |examination| match examination.header()?.get("typ").and_then(Value::as_str) {
        Some(typ) if !typ.eq_ignore_ascii_case("jwt") => {
            Err(Objection::because(Reason::Malformed, "this is no JWT, as its `typ` says"))
        }
        _ => as_before("type", examination),
    });

const NO_AZP: Check = changed("id-token-audience", |examination| {
    match examination.claims()?.get("azp").and_then(Value::as_str) {
        Some(_) => Err(Objection::because(Reason::ClaimInvalid, "the `azp` is not listed")),
        None => as_before("id-token-audience", examination),
    }
});

const SHORT_SUB: Check = changed("text-claims", |examination| {
    let sub = examination.claims()?.get("sub").and_then(Value::as_str).unwrap_or_default();
    assert!(sub.is_ascii() && sub.len() <= 128, "no room for `sub`, as this fault wants it");
    as_before("text-claims", examination)
});

const NO_NULL: Check = changed("text-claims", |examination| {
    let claims = examination.claims()?;
    let is_null = |name: &&str| claims.get(*name) == Some(&Value::Null);
    let null = ["acr", "amr", "auth_time", "azp", "nonce"].iter().find(|name| is_null(name));
    assert!(null.is_none(), "a claim that is null, as this fault wants it");
    as_before("text-claims", examination)
});

const TENANT: Check = changed("issuer", |examination| {
    let url = received(examination).map(Url::parse)?;
    let tenant = url.ok().and_then(|url| url.path_segments()?.next_back().map(str::to_owned));
    assert!(tenant.is_some_and(|it| !it.is_empty()), "no tenant, as this fault wants it");
    as_before("issuer", examination)
});

/// The keys of issuers that have to be fetched.
struct FetchedOnly(CachedKeys);

impl KeyCache for FetchedOnly {
    fn obtain<'a>(&'a self, examination: &'a Examination<'_>, now: Timestamp) -> Obtaining<'a> {
        async move {
            match &examination.provider()?.keys {
                KeySource::Jwks(_) => Err(unavailable("there is no address to ask")),
                _ => self.0.obtain(examination, now).await,
            }
        }
        .boxed()
    }
}
