//! Disagreements of two readers of one token, and those that are known.

use serde_json::{Map, Value};

use jwtspec_jose::{Compact, Duplicates, Part, decode, object};
use jwtspec_types::words::Reason;

/// A token on which a parser or verifier disagrees with the standard it is held to.
#[derive(Clone, Copy, Debug)]
pub struct DisputedToken<'a> {
    /// The token.
    pub token: &'a str,
    /// The way in which it disagrees.
    pub disagreement: Disagreement<'a>,
    /// The reason for which the standard refuses the token, if it names one.
    pub reason: Option<Reason>,
}

/// The way in which a parser or verifier disagrees with the standard it is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disagreement<'a> {
    /// It takes what the standard refuses, and this is why the standard does.
    Takes(&'a str),
    /// It refuses what the standard takes, and this is what it says.
    Refuses(&'a str),
    /// Both take it, but it reads this member of this part otherwise; the signature has none.
    Reads(Part, &'a str),
}

/// A difference that is known and has a reason.
///
/// It must be narrow: a property of the token, not all that one library does.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// A short name of its own.
    pub name: &'static str,
    /// Why it is so.
    pub reason: &'static str,
    /// True if it is the cause here.
    pub explains: fn(&DisputedToken<'_>) -> bool,
}

impl<'a> DisputedToken<'a> {
    /// A token on which there is this disagreement, and no reason is named.
    pub fn new(token: &'a str, disagreement: Disagreement<'a>) -> Self {
        Self { token, disagreement, reason: None }
    }

    /// Why the standard refuses what the other takes.
    pub fn takes(&self) -> Option<&'a str> {
        match self.disagreement {
            Disagreement::Takes(why) => Some(why),
            _ => None,
        }
    }

    /// The message of the other where it refuses what the standard takes.
    pub fn refuses(&self) -> Option<&'a str> {
        match self.disagreement {
            Disagreement::Refuses(why) => Some(why),
            _ => None,
        }
    }

    /// The member that is read otherwise; the signature has none.
    pub fn reads(&self) -> Option<(Part, &'a str)> {
        match self.disagreement {
            Disagreement::Reads(part, member) => Some((part, member)),
            _ => None,
        }
    }

    /// The text of a part, if the token has three.
    pub fn segment(&self, part: Part) -> Option<&'a str> {
        Compact::new(self.token).three().map(|segments| segments[part as usize])
    }

    /// The bytes of a part, if it is base64url.
    pub fn bytes(&self, part: Part) -> Option<Vec<u8>> {
        decode(self.segment(part)?).ok()
    }

    /// The members of a part; of those that are repeated, the last.
    pub fn members(&self, part: Part) -> Option<Map<String, Value>> {
        object(&self.bytes(part)?, Duplicates::TakeLast).ok()
    }

    /// True if a part is an object to a strict parser, which permits no member twice.
    pub fn is_object(&self, part: Part) -> bool {
        self.bytes(part).is_some_and(|bytes| object(&bytes, Duplicates::Refuse).is_ok())
    }

    /// True if a part is an object that has a member twice.
    pub fn repeats(&self, part: Part) -> bool {
        self.bytes(part).is_some_and(|bytes| {
            object(&bytes, Duplicates::TakeLast).is_ok()
                && object(&bytes, Duplicates::Refuse).is_err()
        })
    }

    /// A member of the header.
    pub fn header(&self, name: &str) -> Option<Value> {
        self.members(Part::Header)?.remove(name)
    }

    /// A claim.
    pub fn claim(&self, name: &str) -> Option<Value> {
        self.members(Part::Claims)?.remove(name)
    }
}

impl DisputedToken<'_> {
    /// Panics with a report, unless one of these known differences explains the disagreement.
    pub(super) fn must_be_known(&self, known: &[Known], headline: impl FnOnce() -> String) {
        if known.iter().any(|known| (known.explains)(self)) {
            return;
        }
        let text = |part| match self.bytes(part) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => "(not base64url)".to_owned(),
        };
        let (header, claims) = (text(Part::Header), text(Part::Claims));
        panic!(
            "{}\n  header         {header:?}\n  payload        {claims:?}\n  token          {:?}",
            headline(),
            self.token
        );
    }
}

/// The members that are not the same, or in one only.
pub(super) fn differing<'a>(
    ours: &'a Map<String, Value>,
    theirs: &'a Map<String, Value>,
) -> impl Iterator<Item = &'a str> {
    let changed = ours.iter().filter(|(name, value)| theirs.get(*name) != Some(value));
    let added = theirs.iter().filter(|(name, _)| !ours.contains_key(*name));
    changed.chain(added).map(|(name, _)| name.as_str())
}
