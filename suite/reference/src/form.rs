//! Checks of a token's form: what it takes to read header and claims at all.

use super::check::{Check, Examination, Objection};
use jwtspec_jose::{Compact, Duplicates, Part, decode_part, parse_part};
use jwtspec_types::words::Reason;

/// The size of the largest token that is examined, in bytes. Real ones have a few thousand; most servers
/// refuse header lines of more than 8 to 64 KiB.
const LARGEST_TOKEN: usize = 128 << 10;

pub(super) const CHECKS: [Check; 5] = [
    Check::new("size", size)
        .about("is the token of a size worth examining? (RFC 9110 section 5.4)"),
    Check::new("segments", segments)
        .about("is it a compact JWS of three segments? (RFC 7515 section 5.2)"),
    Check::new("base64url", base64url)
        .about("is each segment base64url without padding? (RFC 7515 section 2)"),
    Check::new("header-json", header_json)
        .about("is the header one JSON object with unique names? (RFC 7515 section 4)"),
    Check::new("claims-json", claims_json)
        .about("is the payload one JSON object with unique names? (RFC 7519 sections 4 and 7.2)"),
];

fn malformed(message: impl Into<String>) -> Objection {
    Objection::because(Reason::Malformed, message)
}

fn size(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let bytes = examination.token.len();
    if bytes > LARGEST_TOKEN {
        return Err(malformed(format!(
            "the token has {bytes} bytes, more than the {LARGEST_TOKEN} that are examined; \
             put less into its claims"
        )));
    }
    Ok(())
}

fn segments(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let segments = Compact::new(examination.token).segments();
    examination.segments = Some(segments.map_err(|fault| malformed(fault.to_string()))?);
    Ok(())
}

fn base64url(examination: &mut Examination<'_>) -> Result<(), Objection> {
    let [header, claims, signature] = examination.segments()?;
    let decode =
        |part, segment| decode_part(part, segment).map_err(|fault| malformed(fault.to_string()));
    examination.decoded = Some([
        decode(Part::Header, header)?,
        decode(Part::Claims, claims)?,
        decode(Part::Signature, signature)?,
    ]);
    Ok(())
}

fn header_json(examination: &mut Examination<'_>) -> Result<(), Objection> {
    read_header(examination, Duplicates::Refuse)
}

/// Reads the header under a policy for repeated names.
pub(crate) fn read_header(
    examination: &mut Examination<'_>,
    duplicates: Duplicates,
) -> Result<(), Objection> {
    let [header, ..] = examination.decoded()?;
    let header = parse_part(Part::Header, header, duplicates);
    examination.header = Some(header.map_err(|fault| malformed(fault.to_string()))?);
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
    let [_, claims, _] = examination.decoded()?;
    let claims = parse_part(Part::Claims, claims, duplicates);
    examination.claims = Some(claims.map_err(|fault| malformed(fault.to_string()))?);
    Ok(())
}
