//! Form: a compact JWS is three base64url segments, the first two of them JSON objects.
//!
//! Reading goes on behind a fault as a lax reader would, so that whatever else is wrong is found.

use super::json::{Doubts, Fault, Json, Object, parse};
use super::ruling::{Names, Ruling};
use jwtspec_types::words::Reason::{
    self, AlgorithmNotAllowed, ClaimInvalid, IssuerMissing, Malformed, SignatureInvalid,
    TokenMissing,
};

/// Longer tokens may be too large for a verifier's HTTP server.
const LONG: usize = 7000;

/// The content of a token's segments, as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) header: Option<Object>,
    pub(super) claims: Option<Object>,
    /// The bytes of the third segment.
    pub(super) signature: Vec<u8>,
}

/// The two JSON texts of a token, and what their faults are called.
struct Text {
    what: &'static str,
    reasons: Names,
    utf8: &'static str,
    not_object: &'static str,
    trailing: &'static str,
    repeated: &'static str,
}

const HEADER: Text = Text {
    what: "the header",
    reasons: &[Malformed, AlgorithmNotAllowed],
    utf8: "rfc7515-5.2-header-utf8-reject",
    not_object: "rfc7515-5.2-header-not-object-reject",
    trailing: "rfc7515-10.12-trailing-data-reject",
    repeated: "rfc7515-4-duplicate-header-names",
};

const CLAIMS: Text = Text {
    what: "the payload",
    reasons: &[Malformed, ClaimInvalid],
    utf8: "rfc7519-7.2-payload-utf8-reject",
    not_object: "rfc7519-7.2-payload-not-object-reject",
    trailing: "rfc7519-7.2-payload-trailing-data-reject",
    repeated: "rfc7519-4-duplicate-claim-names",
};

pub(super) fn parse_token(token: &str, ruling: &mut Ruling) -> Parts {
    let broken: Names = &[Malformed, TokenMissing, SignatureInvalid];
    if token.is_empty() {
        ruling.must(
            &[TokenMissing, Malformed],
            "rfc7519-7.2-no-period-reject",
            "there is no token",
        );
        return Parts::default();
    }
    if token.len() > LONG {
        let what = format!("it has {} bytes", token.len());
        ruling.may(&[Malformed, TokenMissing], "rfc9110-5.4-oversized-field-4xx", what);
    }
    let segments: Vec<&str> = token.split('.').collect();
    if segments.len() == 1 {
        ruling.must(broken, "rfc7519-7.2-no-period-reject", "it has no period");
    } else if segments.len() == 5 {
        let names: Names =
            &[Malformed, AlgorithmNotAllowed, SignatureInvalid, TokenMissing, IssuerMissing];
        ruling.must(names, "rfc7516-9-five-segments-is-jwe", "five segments are a JWE");
    } else if segments.len() != 3 {
        let what = format!("it has {} segments", segments.len());
        ruling.must(broken, "rfc7515-5.2-exactly-three-segments", what);
    }
    let mut bytes = segments.iter().take(3).map(|segment| decode(segment, ruling));
    let (header, claims) = (bytes.next(), bytes.next());
    let signature = bytes.next().unwrap_or_default();
    drop(bytes);
    let is_jws = segments.len() < 5;
    Parts {
        header: header.and_then(|bytes| object(&bytes, &HEADER, ruling)),
        claims: claims.filter(|_| is_jws).and_then(|bytes| object(&bytes, &CLAIMS, ruling)),
        signature,
    }
}

/// The bytes of a base64url text; nothing if it is none.
pub(super) fn decode_base64url(text: &str) -> Option<Vec<u8>> {
    let mut ruling = Ruling::default();
    let bytes = decode(text, &mut ruling);
    (!ruling.is_binding()).then_some(bytes)
}

/// RFC 4648 section 5 without padding; what does not belong there is passed over.
fn decode(segment: &str, ruling: &mut Ruling) -> Vec<u8> {
    let names: Names = &[Malformed, TokenMissing, SignatureInvalid];
    let strange = segment.bytes().find(|byte| sextet(*byte, false).is_none());
    match strange {
        None => {}
        Some(b'=') => {
            ruling.must(names, "rfc7515-2-base64url-padding-reject", "a segment is padded");
        }
        Some(b' ' | b'\t' | b'\r' | b'\n') => {
            ruling.must(names, "rfc7515-5.2-segment-whitespace-reject", "white space in a segment");
        }
        Some(b'+' | b'/') => {
            ruling.must(names, "rfc4648-5-url-safe-alphabet", "a segment in the standard alphabet");
        }
        Some(_) => {
            ruling.must(names, "rfc8725bis-3.14-jwt-alphabet-only", "no letter of base64url");
        }
    }
    let mut bytes = Vec::with_capacity(segment.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for value in segment.bytes().filter_map(|byte| sextet(byte, true)) {
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.extend(u8::try_from(bits >> count & 0xff));
            bits &= (1 << count) - 1;
        }
    }
    if count == 6 {
        ruling.must(names, "rfc4648-3.3-non-alphabet-reject", "a segment of an impossible length");
    } else if bits != 0 {
        let names: Names = &[Malformed, SignatureInvalid];
        ruling.may(names, "rfc4648-3.5-noncanonical-bits-reject", "unused bits are not zero");
    }
    bytes
}

fn sextet(byte: u8, lax: bool) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        b'+' if lax => 62,
        b'/' if lax => 63,
        _ => return None,
    })
}

fn object(bytes: &[u8], text: &Text, ruling: &mut Ruling) -> Option<Object> {
    let what = text.what;
    if std::str::from_utf8(bytes).is_err() {
        ruling.must(text.reasons, text.utf8, format!("{what} is not UTF-8"));
    }
    let string = String::from_utf8_lossy(bytes);
    let json = match string.strip_prefix('\u{feff}') {
        Some(rest) => {
            let what = format!("{what} has a byte order mark");
            ruling.may(text.reasons, "rfc8259-8.1-byte-order-mark", what);
            rest
        }
        None => &string,
    };
    match parse(json) {
        Ok((Json::Object(object), doubts)) => {
            raise(&doubts, text, ruling);
            Some(object)
        }
        Ok((other, _)) => {
            ruling.must(text.reasons, text.not_object, format!("{what} is {}", other.kind()));
            None
        }
        Err(Fault::Syntax) if json.is_empty() => {
            ruling.must(text.reasons, text.not_object, format!("{what} is empty"));
            None
        }
        Err(Fault::Syntax) => {
            let requirement = "rfc7515-10.12-malformed-json-reject";
            ruling.must(text.reasons, requirement, format!("{what} is no JSON"));
            None
        }
        Err(Fault::Trailing) => {
            ruling.must(text.reasons, text.trailing, format!("there is more after {what}"));
            None
        }
    }
}

/// Judges what a parser may refuse, and may take.
fn raise(doubts: &Doubts, text: &Text, ruling: &mut Ruling) {
    const NAMES: &[Reason] = &[Malformed, ClaimInvalid];
    let what = text.what;
    if let Some(name) = &doubts.repeated {
        ruling.may(NAMES, text.repeated, format!("{what} has `{name}` twice"));
    }
    let doubts = [
        (doubts.surrogate, "rfc7493-2.1-surrogates-refused", "half a surrogate pair"),
        (doubts.number, "rfc8259-6-number-range-limit", "a number out of range"),
        (doubts.deep, "rfc8259-9-depth-and-size-limits", "deeply nested values"),
        (doubts.proto, "rfc8725bis-3.10-claims-are-hostile-input", "a member called `__proto__`"),
    ];
    for (_, requirement, has) in doubts.into_iter().filter(|(holds, ..)| *holds) {
        ruling.may(NAMES, requirement, format!("{what} has {has}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{ids, judged};

    fn parts(token: &str) -> (Parts, Vec<&'static str>) {
        let mut ruling = Ruling::default();
        let parts = parse_token(token, &mut ruling);
        (parts, ids(&ruling))
    }

    #[test]
    fn three_segments_of_base64url() {
        let (parts, ids) = parts("e30.e30.AA");
        assert!(parts.header.is_some() && parts.claims.is_some());
        assert_eq!(parts.signature, [0]);
        assert_eq!(ids, [""; 0]);
    }

    #[test]
    fn each_fault_of_form_is_named() {
        for (token, id) in [
            ("", "rfc7519-7.2-no-period-reject"),
            ("e30", "rfc7519-7.2-no-period-reject"),
            ("e30.e30", "rfc7515-5.2-exactly-three-segments"),
            ("e30.e30.AA.", "rfc7515-5.2-exactly-three-segments"),
            ("e30.e30.AA.AA.AA", "rfc7516-9-five-segments-is-jwe"),
            ("e30=.e30.AA", "rfc7515-2-base64url-padding-reject"),
            ("e3 0.e30.AA", "rfc7515-5.2-segment-whitespace-reject"),
            ("e30.e30.A+", "rfc4648-5-url-safe-alphabet"),
            ("e30~.e30.AA", "rfc8725bis-3.14-jwt-alphabet-only"),
            ("e30.e30.A", "rfc4648-3.3-non-alphabet-reject"),
            ("e30.e30.AB", "rfc4648-3.5-noncanonical-bits-reject"),
            ("gA.e30.AA", "rfc7515-5.2-header-utf8-reject"),
            ("e30.gA.AA", "rfc7519-7.2-payload-utf8-reject"),
            ("W10.e30.AA", "rfc7515-5.2-header-not-object-reject"),
            (".e30.AA", "rfc7515-5.2-header-not-object-reject"),
            ("e30..AA", "rfc7519-7.2-payload-not-object-reject"),
            ("e30.ew.AA", "rfc7515-10.12-malformed-json-reject"),
            ("e31x.e30.AA", "rfc7515-10.12-trailing-data-reject"),
            ("e30.e31x.AA", "rfc7519-7.2-payload-trailing-data-reject"),
            ("77u_e30.e30.AA", "rfc8259-8.1-byte-order-mark"),
        ] {
            assert!(parts(token).1.contains(&id), "{token}: {:?}", parts(token).1);
        }
    }

    #[test]
    fn what_a_parser_may_refuse_leaves_a_choice() {
        for (claims, id) in [
            ("{@claims,\"a\":1,\"a\":2}", "rfc7519-4-duplicate-claim-names"),
            ("{@claims,\"a\":\"\\ud800\"}", "rfc7493-2.1-surrogates-refused"),
            ("{@claims,\"a\":1e999}", "rfc8259-6-number-range-limit"),
            ("{@claims,\"a\":@nested(99)}", "rfc8259-9-depth-and-size-limits"),
            ("{@claims,\"__proto__\":1}", "rfc8725bis-3.10-claims-are-hostile-input"),
        ] {
            let expected = judged(&format!("claims-json = '{claims}'"));
            assert!(
                matches!(expected.expect, jwtspec_engine::scenario::Expect::Either(_)),
                "{claims}"
            );
            assert_eq!(expected.because[0].requirement, id);
        }
        assert_eq!(
            judged("claims.note = '@filler(9000)'").because[0].requirement,
            "rfc9110-5.4-oversized-field-4xx"
        );
    }
}
