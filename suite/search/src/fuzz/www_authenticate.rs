//! `www_authenticate`: challenges of servers, as one header line.

use super::LONGEST_INPUT;
use jwtspec_engine::challenge::{format_challenges, parse_bearer, parse_challenges};

/// Reads the bytes as the value of a `WWW-Authenticate` field.
///
/// # Panics
///
/// If something panics; if what was read is another once it was written and read again; if the
/// Bearer challenge is not the first one of that scheme.
pub fn www_authenticate(data: &[u8]) {
    if data.len() > LONGEST_INPUT {
        return;
    }
    let Ok(line) = std::str::from_utf8(data) else { return };
    let Ok(list) = parse_challenges(line) else {
        assert!(parse_bearer(&[line]).is_err(), "{line:?} is refused, and yet read");
        return;
    };
    let text = format_challenges(&list);
    let again = parse_challenges(&text);
    let same = again.as_ref().is_ok_and(|again| {
        again.len() == list.len()
            && again.iter().zip(&list).all(|((scheme, one), (same_scheme, other))| {
                scheme == same_scheme
                    && one.parameters == other.parameters
                    && one.token68 == other.token68
                    && one.form_fault() == other.form_fault()
            })
    });
    assert!(same, "{line:?} is {list:?}\nwritten {text:?}\nthat is {again:?}");
    let first = list.iter().find(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let found = parse_bearer(&[line]);
    assert!(
        found.as_ref().is_ok_and(|found| found.as_ref() == first.map(|(_, challenge)| challenge)),
        "{line:?} is {list:?}, but its Bearer challenge is {found:?}"
    );
}
