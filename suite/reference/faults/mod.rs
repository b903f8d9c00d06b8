//! Deliberately wrong verifiers: the tester is tested with them.
//!
//! Each is the reference verifier with one change, of the kind that real libraries and services
//! have shipped. A scenario that no faulty verifier fails proves nothing; a faulty verifier that
//! passes every scenario shows a gap.

mod algorithms;
mod claims;
mod form;
mod issuers;
mod keys;
mod messages;
mod outages;
mod planted;

use crate::reference::{Check, Examination, Habit, Needs, Objection, Reference};
use crate::verifier::Refusal;

pub use planted::PLANTED;

/// A deliberately wrong verifier.
#[derive(Clone, Copy)]
pub struct Faulty {
    /// Its name, in reports and on the command line.
    pub name: &'static str,
    /// What is wrong with it, in one line.
    pub about: &'static str,
    make: fn(Reference) -> Reference,
}

impl Faulty {
    /// The verifier, ready to be served.
    pub fn driver(&self) -> Reference {
        self.changing(Reference::default())
    }

    /// The change, done to a reference verifier that has, for instance, another clock.
    pub fn changing(&self, reference: Reference) -> Reference {
        (self.make)(reference).called(self.name)
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FAULTS.iter().find(|fault| fault.name == name)
    }
}

/// Shortens the list below.
const fn fault(
    name: &'static str,
    about: &'static str,
    make: fn(Reference) -> Reference,
) -> Faulty {
    Faulty { name, about, make }
}

/// Every faulty verifier.
pub const FAULTS: &[Faulty] = &[
    fault("accepts-all", "looks at nothing", |it| it.without_checks()),
    fault("rejects-all", "refuses every token with the same words", |it| {
        it.without_checks().with(REFUSE)
    }),
    fault("panics", "fails when `kid` is no string", |it| it.replacing("key-id", keys::PANICKING)),
    fault("leaks-token", "repeats the token in its refusal", |it| {
        it.replacing("signature", keys::LEAKING)
    }),
    // Messages.
    fault("one-message", "refuses every token with the same words", |it| {
        it.with_voice(messages::one_message)
    }),
    fault("expired-like-forged", "says the same of an expired token and of a forged one", |it| {
        it.with_voice(messages::expired_like_forged)
    }),
    fault("leaks-signature", "repeats the signature in its refusal", |it| {
        it.with_voice(messages::with_signature)
    }),
    fault("leaks-stack-trace", "shows where in its code it refuses", |it| {
        it.with_voice(messages::with_stack_trace)
    }),
    fault("leaks-path", "names a file of its machine", |it| it.with_voice(messages::with_path)),
    fault("leaks-address", "names an address behind the firewall", |it| {
        it.with_voice(messages::with_address)
    }),
    fault("lists-issuers", "names every configured issuer when it refuses", |it| {
        it.with_voice(messages::with_issuers)
    }),
    fault("reflects-markup", "puts the token's texts into a page as they are", |it| {
        it.with_voice(messages::in_a_page)
    }),
    fault("reflects-controls", "hands the token's texts back as they are", |it| {
        it.with_voice(messages::as_it_came)
    }),
    // Form.
    fault("accepts-padding", "ignores `=` at the end of a segment", |it| {
        it.replacing("base64url", form::PADDED)
    }),
    fault("accepts-standard-base64", "takes + and / for - and _", |it| {
        it.replacing("base64url", form::STANDARD)
    }),
    fault("accepts-trailing-bits", "ignores the unused bits of a segment", |it| {
        it.replacing("base64url", form::TRAILING_BITS)
    }),
    fault("ignores-further-segments", "reads three segments and forgets the rest", |it| {
        it.replacing("segments", form::FIRST_THREE)
    }),
    fault("first-of-duplicate-header-members", "takes the first of two header members", |it| {
        it.replacing("header-json", form::FIRST_HEADER)
    }),
    fault("first-of-duplicate-claims", "takes the first of two claims", |it| {
        it.replacing("claims-json", form::FIRST_CLAIMS)
    }),
    // Header.
    fault("ignores-crit", "does not look at `crit`", |it| it.without("critical")),
    fault("ignores-enc", "takes a header for encryption in a signed token", |it| {
        it.without("not-encrypted")
    }),
    fault("ignores-cty", "takes a nested token for claims", |it| it.without("not-nested")),
    fault("ignores-typ", "does not look at `typ`", |it| it.without("type")),
    // Algorithms.
    fault("accepts-none", "takes unsigned tokens", algorithms::accept_none),
    fault("case-insensitive-alg", "takes `rs256` for `RS256`", |it| {
        it.replacing("algorithm-known", algorithms::CASELESS)
    }),
    fault("skips-algorithm-allowlist", "uses whatever algorithm the header names", |it| {
        it.without("algorithm-allowed")
    }),
    fault("hmac-with-public-key", "takes a public key for a shared secret", |it| {
        algorithms::confuse(it)
    }),
    // Issuers.
    fault("prefix-matches-issuer", "takes an `iss` that starts with a trusted one", |it| {
        it.replacing("issuer", issuers::PREFIX)
    }),
    fault("case-insensitive-issuer", "compares `iss` without regard to case", |it| {
        it.replacing("issuer", issuers::CASELESS)
    }),
    fault("ignores-trailing-slash", "compares `iss` without a trailing slash", |it| {
        it.replacing("issuer", issuers::SLASHLESS)
    }),
    fault("missing-issuer-accepted", "takes a token without `iss` for the first issuer's", |it| {
        it.replacing("issuer", issuers::OPTIONAL)
    }),
    // Keys and signatures.
    fault("ignores-signature", "does not verify the signature", |it| it.without("signature")),
    fault("trusts-embedded-jwk", "verifies with the key that the header holds", |it| {
        it.replacing("key", keys::EMBEDDED)
    }),
    fault("ignores-kid", "tries every key of every issuer", |it| {
        it.replacing("key", keys::ANY_KEY)
    }),
    fault("keys-of-any-issuer", "looks `kid` up among the keys of all issuers", |it| {
        it.replacing("key", keys::ANY_ISSUER)
    }),
    fault("case-insensitive-kid", "compares `kid` without regard to case", |it| {
        it.replacing("key", keys::CASELESS)
    }),
    fault("ignores-key-use", "verifies with a key that is for encryption", |it| {
        it.replacing("key", keys::ANY_USE)
    }),
    fault("ignores-key-alg", "uses a key for another algorithm than its own", |it| {
        it.replacing("key", keys::ANY_ALG)
    }),
    fault("requires-kid", "refuses a token without `kid`", |it| {
        it.replacing("key-id", keys::REQUIRED)
    }),
    fault("one-bad-key-kills-set", "takes no key of a set with one that it cannot use", |it| {
        it.with_habit(Habit::OneBadKeyKillsSet)
    }),
    fault("follows-jku", "fetches keys where the header's `jku` says", |it| {
        it.replacing("key", keys::OF_JKU)
    }),
    // When keys are fetched, and from where.
    fault("fetches-before-reading", "fetches keys also for what is no token", |it| {
        it.replacing("size", keys::BEFORE_READING)
    }),
    fault("fetches-for-any-issuer", "asks whomever `iss` names before it knows the name", |it| {
        it.replacing("issuer", issuers::ASKED_FIRST)
    }),
    fault("never-refetches", "does not look for a key that it does not hold", |it| {
        it.with_habit(Habit::NeverRefetches)
    }),
    fault("refetches-on-every-kid", "fetches keys anew for each unknown `kid`", |it| {
        it.with_habit(Habit::RefetchesOnEveryKid)
    }),
    fault("thundering-herd", "fetches once for each request that waits", |it| {
        it.with_habit(Habit::ThunderingHerd)
    }),
    fault("follows-redirects", "follows a redirect of the key set anywhere", |it| {
        it.with_habit(Habit::FollowsRedirects)
    }),
    fault("ignores-certificates", "takes keys from whoever answers for the host", |it| {
        it.with_habit(Habit::IgnoresCertificates)
    }),
    fault(
        "ignores-discovery-issuer",
        "does not look at `issuer` in the discovery document",
        |it| it.with_habit(Habit::IgnoresDiscoveryIssuer),
    ),
    // Which answers count, and for how long.
    fault("any-status-has-keys", "takes keys from an answer that is an error", |it| {
        it.with_habit(Habit::AnyStatusHasKeys)
    }),
    fault("takes-cut-documents", "takes the keys that came before the answer broke off", |it| {
        it.with_habit(Habit::TakesCutDocuments)
    }),
    fault("unbounded-documents", "reads a document of any size for any time", |it| {
        it.with_habit(Habit::UnboundedDocuments)
    }),
    fault("never-caches", "fetches keys for every token", |it| it.with_habit(Habit::NeverCaches)),
    fault("caches-for-ever", "keeps a key set until a key is missing", |it| {
        it.with_habit(Habit::CachesForEver)
    }),
    fault("ignores-cache-control", "keeps a key set for longer than its issuer allows", |it| {
        it.with_habit(Habit::IgnoresCacheControl)
    }),
    fault("keeps-removed-keys", "adds new keys to the old ones", |it| {
        it.with_habit(Habit::KeepsRemovedKeys)
    }),
    // What happens when keys cannot be had.
    fault("fails-open", "accepts what it cannot check for want of keys", outages::fail_open),
    fault("server-error-on-outage", "fails when it has no keys", |it| {
        it.replacing("key", outages::PANICKING)
    }),
    fault("forgets-keys-on-outage", "throws its keys away when a fetch fails", |it| {
        it.with_habit(Habit::ForgetsKeysOnOutage)
    }),
    fault("one-outage-for-all", "refuses every token while one issuer has an outage", |it| {
        it.replacing("algorithm-allowed", outages::ALL_OR_NOTHING)
    }),
    // Claims.
    fault("ignores-audience", "does not look at `aud`", |it| it.without("audience")),
    fault("missing-audience-accepted", "takes a token without `aud`", |it| {
        it.replacing("audience", claims::OPTIONAL_AUDIENCE)
    }),
    fault("audience-substring", "takes an `aud` that contains the expected text", |it| {
        it.replacing("audience", claims::AUDIENCE_SUBSTRING)
    }),
    fault("audience-string-only", "refuses an `aud` that is an array", |it| {
        it.replacing("audience", claims::AUDIENCE_STRING_ONLY)
    }),
    fault("audience-blamed-on-issuer", "says issuer where it means audience", |it| {
        it.replacing("audience", claims::AUDIENCE_MISNAMED)
    }),
    fault("ignores-expiry", "does not look at `exp`", |it| it.without("expiry")),
    fault("expiry-string-accepted", "takes an `exp` that is a text of digits", |it| {
        it.replacing("expiry", claims::EXPIRY_STRING)
    }),
    fault("ignores-odd-expiry", "takes an `exp` that is no number for none", |it| {
        it.replacing("expiry", claims::EXPIRY_ODD)
    }),
    fault("expiry-a-day-late", "allows a day of leeway", |it| {
        it.replacing("expiry", claims::EXPIRY_LATE)
    }),
    fault("expiry-whole-seconds-only", "refuses an `exp` with a fraction", |it| {
        it.replacing("expiry", claims::EXPIRY_WHOLE)
    }),
    fault("ignores-not-before", "does not look at `nbf`", |it| it.without("not-before")),
    fault("ignores-odd-issued-at", "does not look at `iat`", |it| it.without("issued-at")),
    fault("ignores-odd-subject", "takes any type for `sub`", |it| it.without("text-claims")),
    fault("ignores-required-claims", "does not miss a claim", |it| it.without("required-claims")),
];

const REFUSE: Check =
    changed("everything", |_| Err(Objection::Refused(Refusal::saying("the token was refused"))));

/// A check in another's place, or at the end.
const fn changed(
    name: &'static str,
    run: fn(&mut Examination<'_>) -> Result<(), Objection>,
) -> Check {
    Check { name, about: "deliberately wrong", needs: Needs::Nothing, run }
}

/// Asks what the reference verifier's check of this name asks.
fn as_before(name: &str, examination: &mut Examination<'_>) -> Result<(), Objection> {
    match Reference::default().checks().iter().find(|check| check.name == name) {
        Some(check) => (check.run)(examination),
        None => Err(Objection::Unasked("the reference verifier has no such check")),
    }
}

#[cfg(test)]
mod tests;
