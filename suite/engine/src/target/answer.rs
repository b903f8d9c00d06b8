//! HTTP answers.

use http::{HeaderMap, HeaderValue};

/// An answer whose body is longer than this is a flood.
pub(super) const MOST_BYTES: usize = 1 << 20;
/// The same of its head.
pub(super) const MOST_HEAD_BYTES: usize = 400 << 10;
/// The most header lines that the HTTP library reads.
pub(super) const MOST_LINES: usize = 100;

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its header lines.
    pub headers: Vec<(String, String)>,
    /// Its body, bytes that are not UTF-8 replaced.
    pub body: String,
}

impl Answer {
    /// The status of an answer that opens a socket (RFC 9110 section 15.2.2).
    pub(super) const SWITCHED: u16 = 101;

    /// Returns true if it was made of a conversation on a socket: its status is then the code with
    /// which that was closed, or 101.
    pub fn is_of_a_socket(&self) -> bool {
        self.status == Self::SWITCHED || self.status >= 1000
    }

    /// Its header lines, and behind an empty one its body.
    pub(crate) fn text(&self) -> String {
        let lines = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        format!("{}\n{}", lines.collect::<String>(), self.body)
    }

    /// The first header line of that name.
    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// Every header line of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The lines of a head, bytes that are not UTF-8 replaced.
pub(super) fn header_lines(fields: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    fields.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}
