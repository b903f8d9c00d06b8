//! Whatever is served, the linter comes to an end and says something.

use jwtspec_advice::lint::TokenSource;

use super::case::Case;

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % below.max(1)
    }
}

const PIECES: [&str; 12] =
    ["{", "}", "[", "]", "\"", "null", "1e400", "-1", "\\ud800", ",", ":", "\u{feff}"];

/// A body with a few bytes changed, cut out, doubled, or replaced by pieces of JSON.
fn corrupt(body: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = body.to_vec();
    for _ in 0..=numbers.next(4) {
        let at = numbers.next(bytes.len());
        let end = (at + numbers.next(40)).min(bytes.len());
        match numbers.next(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            3 => bytes[at..end].fill(u8::try_from(numbers.next(256)).unwrap()),
            _ => {
                let piece = PIECES[numbers.next(PIECES.len())];
                bytes.splice(at..end, piece.bytes());
            }
        }
        if bytes.is_empty() {
            return bytes;
        }
    }
    bytes
}

#[tokio::test]
async fn arbitrary_bodies_do_no_harm() {
    let honest = Case::start().await;
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for round in 0..60 {
        let mut case = honest.clone();
        case.issuer.use_keys(&["rs256-a", "es256-a", "eddsa-a"]);
        case.token("");
        match round % 3 {
            0 => {
                let body = corrupt(&case.issuer.documents.discovery.body, &mut numbers);
                case.issuer.documents.discovery.body = body.into();
            }
            1 => {
                let body = corrupt(&case.issuer.documents.jwks.body, &mut numbers);
                case.issuer.documents.jwks.body = body.into();
            }
            _ => {
                let token = corrupt(case.issuer.mint("").as_bytes(), &mut numbers);
                let token = String::from_utf8_lossy(&token).into_owned();
                case.options.token = Some(TokenSource::Given(token));
            }
        }
        let Ok(report) = case.lint().await else { continue };
        assert!(!report.to_string().contains('\u{202e}'));
    }
}
