//! Finding the place where a verifier changes its mind, by doubling and then by halving. Pure.

/// A search for the last of ascending numbers at which something still holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    low: i64,
    high: Option<i64>,
    limit: i64,
}

/// The result of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// It holds up to this number and no longer at the next.
    Last(i64),
    /// It holds at every number that was tried.
    Never,
}

impl Search {
    /// It is taken for granted that it holds at `low`; nothing beyond `limit` is tried.
    pub(super) fn new(low: i64, limit: i64) -> Self {
        Self { low, high: None, limit }
    }

    /// The number to try next; nothing once the edge is known.
    pub(super) fn next(&self) -> Option<i64> {
        match self.high {
            None if self.low >= self.limit => None,
            None => Some((self.low * 2).max(self.low + 1).min(self.limit)),
            Some(high) if high - self.low <= 1 => None,
            Some(high) => Some(self.low + (high - self.low) / 2),
        }
    }

    /// Records whether it holds at a number.
    pub(super) fn record(&mut self, number: i64, holds: bool) {
        if holds {
            self.low = self.low.max(number);
        } else {
            self.high = Some(self.high.map_or(number, |high| high.min(number)));
        }
    }

    /// The edge, once there is nothing to try any more.
    pub(super) fn edge(&self) -> Edge {
        self.high.map_or(Edge::Never, |_| Edge::Last(self.low))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(low: i64, limit: i64, holds: impl Fn(i64) -> bool) -> (Edge, usize) {
        let mut search = Search::new(low, limit);
        let mut tries = 0;
        while let Some(number) = search.next() {
            tries += 1;
            search.record(number, holds(number));
        }
        (search.edge(), tries)
    }

    #[test]
    fn every_edge_is_found() {
        for last in -1..200 {
            let (edge, tries) = found(-1, 1000, |number| number <= last);
            assert_eq!(edge, Edge::Last(last));
            assert!(tries <= 18, "{tries} tries for {last}");
        }
    }

    #[test]
    fn what_never_changes_has_no_edge() {
        assert_eq!(found(-1, 86_400, |_| true).0, Edge::Never);
        assert_eq!(found(0, 0, |_| false), (Edge::Never, 0));
        assert_eq!(found(0, 1, |_| false), (Edge::Last(0), 1));
        let largest = 1 << 20;
        assert_eq!(found(0, largest, |number| number < largest).0, Edge::Last(largest - 1));
    }
}
