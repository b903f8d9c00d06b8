//! Checks of a token's form: what it takes to read header and claims at all.

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::check::{Check, Examination, Needs, Objection};
use super::json::{self, Duplicates};
use crate::profile::Profile;
use crate::trust::{CachePolicy, Trust};
use crate::words::Reason;

/// Octets of the largest token that is examined. Real ones have a few thousand; most servers
/// refuse header lines of more than 8 to 64 KiB.
const LARGEST_TOKEN: usize = 128 << 10;

/// How the segments are called, in their order.
const NAMES: [&str; 3] = ["header", "payload", "signature"];

pub(super) const CHECKS: [Check; 5] = [
    Check {
        name: "size",
        about: "is the token of a size worth examining? (RFC 9110 section 5.4)",
        needs: Needs::Nothing,
        run: size,
    },
    Check {
        name: "segments",
        about: "is it a compact JWS of three segments? (RFC 7515 section 5.2)",
        needs: Needs::Nothing,
        run: segments,
    },
    Check {
        name: "base64url",
        about: "is each segment base64url without padding? (RFC 7515 section 2)",
        needs: Needs::Nothing,
        run: base64url,
    },
    Check {
        name: "header-json",
        about: "is the header one JSON object with unique names? (RFC 7515 section 4)",
        needs: Needs::Nothing,
        run: header_json,
    },
    Check {
        name: "claims-json",
        about: "is the payload one JSON object with unique names? (RFC 7519 sections 4 and 7.2)",
        needs: Needs::Nothing,
        run: claims_json,
    },
];

/// What a token says of itself: header, claims, and the octets of its signature.
pub(crate) type Form = (Map<String, Value>, Map<String, Value>, Vec<u8>);

/// Reads a token by these checks alone, or says why not.
pub(crate) fn read_token(token: &str) -> Result<Form, String> {
    static NOBODY: LazyLock<Trust> = LazyLock::new(|| Trust {
        providers: Vec::new(),
        profile: Profile::default(),
        leeway_seconds: 0,
        cache: CachePolicy::default(),
        ca_pem: None,
    });
    let mut examination = Examination::new(token, &NOBODY, Duration::ZERO);
    for check in CHECKS {
        (check.run)(&mut examination).map_err(|objection| match objection {
            Objection::Refused(refusal) => refusal.message,
            Objection::Unasked(why) => why.to_owned(),
        })?;
    }
    match (examination.header, examination.claims, examination.octets) {
        (Some(header), Some(claims), Some([_, _, signature])) => Ok((header, claims, signature)),
        _ => Err("the token was not read".to_owned()),
    }
}

fn malformed(message: impl Into<String>) -> Objection {
    Objection::because(Reason::Malformed, message)
}

fn size(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let octets = examination.token.len();
    if octets > LARGEST_TOKEN {
        return Err(malformed(format!(
            "the token has {octets} octets, more than the {LARGEST_TOKEN} that are examined; \
             put less into its claims"
        )));
    }
    Ok(())
}

fn segments(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let token = examination.token;
    if token.starts_with('{') {
        return Err(malformed(
            "the token is in a JSON serialization; send it in the compact one, as three \
             segments with periods between them",
        ));
    }
    let parts: Vec<&str> = token.splitn(6, '.').collect();
    examination.segments = Some(match parts[..] {
        [header, claims, signature] => [header, claims, signature],
        [_, _, _, _, _] => {
            return Err(malformed(
                "the token has five segments, so it is encrypted (JWE), and this verifier takes \
                 signed tokens only; have the issuer sign it without encrypting it",
            ));
        }
        _ => {
            let count = token.split('.').count();
            return Err(malformed(format!(
                "the token should have three segments with periods between them, but has {count}; \
                 check that it was copied whole"
            )));
        }
    });
    Ok(())
}

fn base64url(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let [header, claims, signature] = examination.segments()?;
    let decode = |index: usize, segment: &str| {
        URL_SAFE_NO_PAD.decode(segment).map_err(|error| {
            malformed(format!("the {} segment {}", NAMES[index], encoding_fault(segment, &error)))
        })
    };
    examination.octets = Some([decode(0, header)?, decode(1, claims)?, decode(2, signature)?]);
    Ok(())
}

/// What is wrong with a segment, and what to do.
fn encoding_fault(segment: &str, error: &base64::DecodeError) -> String {
    let stranger = segment
        .bytes()
        .position(|octet| !octet.is_ascii_alphanumeric() && octet != b'-' && octet != b'_');
    match stranger.map(|place| (place, segment.as_bytes()[place])) {
        Some((_, b'=')) => "ends in `=` padding; a JWT's base64url goes without".to_owned(),
        Some((_, b'+' | b'/')) => {
            "uses the standard base64 alphabet; a JWT's base64url has - and _ for + and /"
                .to_owned()
        }
        Some((place, _)) => {
            format!("has a character outside the base64url alphabet at position {}", place + 1)
        }
        None => match error {
            base64::DecodeError::InvalidLastSymbol { .. } => {
                "ends in unused bits that are not zero, so it was not made by a base64url encoder"
                    .to_owned()
            }
            _ => "has a length that no base64url text can have; check that it was copied whole"
                .to_owned(),
        },
    }
}

fn header_json(examination: &mut Examination<'_>) -> Result<(), Objection> {
    read_header(examination, Duplicates::Refuse)
}

/// Reads the header under a policy for repeated names.
pub(crate) fn read_header(
    examination: &mut Examination<'_>,
    duplicates: Duplicates,
) -> Result<(), Objection> {
    let [header, ..] = examination.octets()?;
    let header = json::object(header, duplicates)
        .map_err(|fault| malformed(format!("the header {fault}")))?;
    examination.header = Some(header);
    Ok(())
}

fn claims_json(examination: &mut Examination<'_>) -> Result<(), Objection> {
    read_claims(examination, Duplicates::Refuse)
}

/// Reads the claims under a policy for repeated names.
pub(crate) fn read_claims(
    examination: &mut Examination<'_>,
    duplicates: Duplicates,
) -> Result<(), Objection> {
    let [_, claims, _] = examination.octets()?;
    let claims = json::object(claims, duplicates)
        .map_err(|fault| malformed(format!("the payload {fault}")))?;
    examination.claims = Some(claims);
    Ok(())
}
