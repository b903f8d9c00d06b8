//! Seeds and regressions, replayed on stable; and each known departure, by hand.
