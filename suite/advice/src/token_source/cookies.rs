//! Cookies that a source sets, as far as one URL needs them: a session may be renewed with each
//! answer.

use std::time::Duration;

use indexmap::IndexMap;

use crate::lint::exchange::Answer;
use jwtspec_reference::parts::date;

/// The cookies of one source, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Cookies(IndexMap<String, String>);

impl Cookies {
    /// Takes the cookies of a `Cookie` line.
    pub(super) fn add_line(&mut self, line: &str) {
        for (name, value) in line.split(';').filter_map(|pair| pair.split_once('=')) {
            self.0.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }

    /// Stores, replaces and drops cookies as an answer says (RFC 6265 section 5.3). Domain and path are
    /// left aside: there is one URL.
    pub(super) fn take(&mut self, answer: &Answer) {
        for line in answer.headers.get_all("set-cookie") {
            if let Ok(line) = line.to_str() {
                self.take_line(line, answer.at);
            }
        }
    }

    fn take_line(&mut self, line: &str, now: Duration) {
        let mut parts = line.split(';');
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let (mut age, mut end) = (None, None);
        for (attribute, value) in parts.filter_map(|part| part.split_once('=')) {
            match attribute.trim().to_ascii_lowercase().as_str() {
                "max-age" => age = value.trim().parse::<i64>().ok(),
                "expires" => end = date(value.trim()),
                _ => {}
            }
        }
        // `Max-Age` goes before `Expires`.
        let over = match (age, end) {
            (Some(age), _) => age <= 0,
            (None, Some(end)) => end <= now,
            (None, None) => false,
        };
        match over {
            true => self.0.shift_remove(name.trim()),
            false => self.0.insert(name.trim().to_owned(), value.trim().to_owned()),
        };
    }

    /// The `Cookie` line, if there is any cookie.
    pub(super) fn line(&self) -> Option<String> {
        let pairs: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_kept_renewed_and_dropped() {
        let mut cookies = Cookies::default();
        assert_eq!(cookies.line(), None);
        cookies.add_line("session=one; theme=dark");
        let now = Duration::from_secs(1_800_000_000);
        cookies.take_line("session=two; Path=/; HttpOnly; Max-Age=60", now);
        assert_eq!(cookies.line().as_deref(), Some("session=two; theme=dark"));
        cookies.take_line("theme=; Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT", now);
        assert_eq!(cookies.line().as_deref(), Some("session=two"));
        cookies.take_line("session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", now);
        assert_eq!(cookies.line(), None);
        cookies.take_line("nonsense", now);
        assert_eq!(cookies.line(), None);
    }
}
