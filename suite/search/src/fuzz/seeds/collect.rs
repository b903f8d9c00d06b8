//! Keeps one input of each kind, within the limits.

use std::collections::BTreeMap;

use super::{MOST, MOST_OCTETS, Seed};

/// Longer inputs slow every execution that starts from them.
const LONGEST: usize = 3 << 10;

/// An input with a name and what kind it is.
struct Candidate {
    slug: String,
    octets: Vec<u8>,
}

/// The inputs offered so far, one of each kind.
#[derive(Default)]
pub(super) struct Collection {
    kinds: BTreeMap<String, Candidate>,
}

impl Collection {
    /// Offers an input. Of one kind the shortest is kept, and the first of equally short ones.
    pub(super) fn offer(&mut self, slug: &str, kind: String, octets: Vec<u8>) {
        if octets.len() > LONGEST {
            return;
        }
        let shorter = self.kinds.get(&kind).is_none_or(|known| octets.len() < known.octets.len());
        if shorter {
            self.kinds.insert(kind, Candidate { slug: slug.to_owned(), octets });
        }
    }

    /// Those that fit into the limits, the short ones first, by name.
    pub(super) fn into_seeds(self) -> Vec<Seed> {
        let mut candidates: Vec<Candidate> = self.kinds.into_values().collect();
        candidates.sort_by(|a, b| {
            (a.octets.len(), &a.slug, &a.octets).cmp(&(b.octets.len(), &b.slug, &b.octets))
        });
        candidates.dedup_by(|a, b| a.octets == b.octets);
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let mut seeds = Vec::new();
        let mut octets = 0;
        for candidate in candidates.into_iter().take(MOST) {
            octets += candidate.octets.len();
            if octets > MOST_OCTETS {
                break;
            }
            let plain: Vec<&str> = candidate
                .slug
                .split(|c: char| !c.is_ascii_alphanumeric())
                .filter(|word| !word.is_empty())
                .collect();
            let slug = plain.join("-").to_ascii_lowercase();
            let count = names.entry(slug.clone()).or_default();
            *count += 1;
            let name = match count {
                1 => format!("seed-{slug}"),
                count => format!("seed-{slug}-{count}"),
            };
            seeds.push(Seed { name, octets: candidate.octets });
        }
        seeds.sort_by(|a, b| a.name.cmp(&b.name));
        seeds
    }
}
