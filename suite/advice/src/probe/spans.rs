//! Infers the time spans of a verifier from those that it was told and those that were measured.
//! Pure.

use super::search::Edge;
use jwtspec_types::timing::Timing;

/// A span that a verifier was told, and the one that was measured. Seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ToldSpan {
    pub(super) told: u64,
    /// Nothing if it was not seen to end.
    pub(super) has: Option<u64>,
}

/// The inference from two measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inferred {
    /// This can be declared.
    Timing(Timing),
    /// Neither was seen to end.
    Unseen,
    /// The two contradict each other.
    Unclear,
}

/// Infers the timing to declare from two spans that were told, the second one longer. Spans longer
/// than `patience` could not be seen to end.
pub(super) fn infer_timing(short: ToldSpan, long: ToldSpan, patience: u64) -> Inferred {
    match (short.has, long.has) {
        (Some(has), Some(other)) if has == short.told && other == long.told => {
            Inferred::Timing(Timing::From(0))
        }
        (Some(has), Some(other)) if has == other => Inferred::Timing(Timing::Fixed(has)),
        // Where the least is more than what it has when told more, only the latter is certain.
        (Some(has), Some(other)) if other == long.told && has > short.told => {
            Inferred::Timing(Timing::From(has.min(other)))
        }
        (Some(has), None) if has == short.told && long.told > patience => {
            Inferred::Timing(Timing::From(0))
        }
        (None, None) => Inferred::Unseen,
        _ => Inferred::Unclear,
    }
}

/// Where the three claims stop and begin to hold. Each edge is the last number of seconds at
/// which a token is accepted: past its `exp`, and ahead of its `nbf` and `iat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edges {
    pub(super) exp: Edge,
    pub(super) nbf: Edge,
    pub(super) iat: Edge,
}

/// The leeway of a verifier for each claim. Seconds; nothing where the claim is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leeway {
    pub(super) exp: Option<u64>,
    pub(super) nbf: Option<u64>,
    pub(super) iat: Option<u64>,
    /// True if a token is still accepted in the second at which it must no longer be.
    pub(super) late: bool,
    /// True if a token is still refused in the second from which it must be accepted.
    pub(super) slow: bool,
}

/// Infers the leeway from the edges.
///
/// RFC 7519 draws them unlike: on or after `exp` a token is refused (section 4.1.4), on or after
/// `nbf` accepted (section 4.1.5). With a leeway of 7 s the last second past `exp` is the 6th and
/// the last one ahead of `nbf` the 7th. So `nbf` says where the edge of `exp` ought to be.
pub(super) fn infer_leeway(told: u64, edges: Edges) -> Leeway {
    let told = i64::try_from(told).unwrap_or(i64::MAX);
    let (mut late, mut slow) = (false, false);
    let (exp, nbf) = match (edges.exp, edges.nbf) {
        (Edge::Last(exp), Edge::Last(nbf)) => {
            slow = nbf + 1 == told && (exp == nbf || exp == told);
            let nbf = if slow { told } else { nbf };
            late = exp == nbf;
            (Some(if late { exp } else { exp + 1 }), Some(nbf))
        }
        // Nothing settles the edge of `exp`: what it was told, if that fits either reading.
        (Edge::Last(exp), Edge::Never) => {
            late = exp == told && told > 0;
            (Some(if late { exp } else { exp + 1 }), None)
        }
        (Edge::Never, Edge::Last(nbf)) => (None, Some(nbf)),
        (Edge::Never, Edge::Never) => (None, None),
    };
    let seconds = |span: i64| u64::try_from(span).unwrap_or_default();
    let iat = match edges.iat {
        Edge::Last(iat) => Some(seconds(iat)),
        Edge::Never => None,
    };
    Leeway { exp: exp.map(seconds), nbf: nbf.map(seconds), iat, late, slow }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::search::Search;

    fn heeded(told: u64, has: Option<u64>) -> ToldSpan {
        ToldSpan { told, has }
    }

    fn two(short: Option<u64>, long: Option<u64>) -> Inferred {
        infer_timing(heeded(2, short), heeded(4, long), 10)
    }

    #[test]
    fn a_span_that_follows_is_configurable_and_any_other_fixed() {
        assert_eq!(two(Some(2), Some(4)), Inferred::Timing(Timing::From(0)));
        assert_eq!(two(Some(3), Some(4)), Inferred::Timing(Timing::From(3)));
        assert_eq!(two(Some(9), Some(9)), Inferred::Timing(Timing::Fixed(9)));
        assert_eq!(two(Some(4), Some(4)), Inferred::Timing(Timing::Fixed(4)));
        // Zero means a default there; from 4 s on it follows.
        assert_eq!(two(Some(60), Some(4)), Inferred::Timing(Timing::From(4)));
        assert_eq!(two(Some(2), Some(9)), Inferred::Unclear);
        assert_eq!(two(Some(2), None), Inferred::Unclear);
        assert_eq!(two(None, Some(4)), Inferred::Unclear);
        assert_eq!(two(None, None), Inferred::Unseen);
        let short_of_patience = infer_timing(heeded(2, Some(2)), heeded(4, None), 3);
        assert_eq!(short_of_patience, Inferred::Timing(Timing::From(0)));
    }

    /// A verifier with a leeway.
    struct Fake {
        leeway: i64,
        late: bool,
        slow: bool,
    }

    impl Fake {
        fn edges(&self) -> Edges {
            let edge = |holds: &dyn Fn(i64) -> bool| {
                let mut search = Search::new(-1, 86_400);
                while let Some(number) = search.next() {
                    search.record(number, holds(number));
                }
                search.edge()
            };
            let ahead = |d: i64| if self.slow { d < self.leeway } else { d <= self.leeway };
            Edges {
                exp: edge(&|d| if self.late { d <= self.leeway } else { d < self.leeway }),
                nbf: edge(&ahead),
                iat: edge(&ahead),
            }
        }
    }

    #[test]
    fn the_leeway_is_read_off_whatever_edges_are_included() {
        for (late, slow) in [(false, false), (true, false), (false, true), (true, true)] {
            for (told, own) in [(0, 0), (7, 7)] {
                let edges = Fake { leeway: own, late, slow }.edges();
                let found = infer_leeway(told, edges);
                assert_eq!((found.exp, found.nbf), (Some(told), Some(told)), "{edges:?}");
                assert_eq!((found.late, found.slow), (late, slow), "{edges:?}");
            }
        }
    }

    #[test]
    fn a_leeway_of_its_own_is_settled_by_nbf() {
        for told in [0, 7] {
            let right = Fake { leeway: 60, late: false, slow: false }.edges();
            let found = infer_leeway(told, right);
            assert_eq!((found.exp, found.nbf, found.late), (Some(60), Some(60), false));
            let late = Fake { leeway: 60, late: true, slow: false }.edges();
            let found = infer_leeway(told, late);
            assert_eq!((found.exp, found.nbf, found.late), (Some(60), Some(60), true));
        }
        // Told 0, it has 1: the neighbourhood of what it was told proves nothing.
        let least = Fake { leeway: 1, late: false, slow: false }.edges();
        let found = infer_leeway(0, least);
        assert_eq!((found.exp, found.nbf, found.late), (Some(1), Some(1), false));
    }

    #[test]
    fn what_is_not_judged_has_no_leeway() {
        let edges = Edges { exp: Edge::Last(6), nbf: Edge::Never, iat: Edge::Never };
        let found = infer_leeway(7, edges);
        assert_eq!((found.exp, found.nbf, found.iat), (Some(7), None, None));
        let edges = Edges { exp: Edge::Never, nbf: Edge::Last(3), iat: Edge::Last(3) };
        let found = infer_leeway(7, edges);
        assert_eq!((found.exp, found.nbf, found.iat), (None, Some(3), Some(3)));
        // Unlike leeways for the two are told apart.
        let edges = Edges { exp: Edge::Last(59), nbf: Edge::Last(0), iat: Edge::Last(0) };
        let found = infer_leeway(7, edges);
        assert_eq!((found.exp, found.nbf, found.late), (Some(60), Some(0), false));
    }
}
