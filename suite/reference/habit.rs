//! How keys are fetched and kept: the right way, and the wrong ones that faulty verifiers show.

/// What a verifier does when it fetches and keeps keys.
///
/// What is wrong with a check is another check; what is wrong between the checks is said here.
/// A verifier has one habit, so a faulty one differs from the reference in one respect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Everything as it should be.
    #[default]
    Sound,
    /// A key set never goes stale.
    CachesForEver,
    /// A key set is stale at once.
    NeverCaches,
    /// What the issuer says about caching does not count.
    IgnoresCacheControl,
    /// An unknown key causes a fetch each time.
    RefetchesOnEveryKid,
    /// An unknown key never causes a fetch.
    NeverRefetches,
    /// Whoever waits for a fetch makes one more.
    ThunderingHerd,
    /// A failed fetch takes the held keys away.
    ForgetsKeysOnOutage,
    /// A new set adds to the one before instead of replacing it.
    KeepsRemovedKeys,
    /// A set with one key that cannot be used is no set.
    OneBadKeyKillsSet,
    /// The discovery document may state another issuer.
    IgnoresDiscoveryIssuer,
    /// An answer counts whatever its status.
    AnyStatusHasKeys,
    /// What came before the connection broke counts.
    TakesCutDocuments,
    /// A document may be of any size, and take any time.
    UnboundedDocuments,
    /// Redirects lead anywhere.
    FollowsRedirects,
    /// Any certificate will do.
    IgnoresCertificates,
}
