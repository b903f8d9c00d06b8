//! Keeps one input of each kind, within the limits.

use std::collections::{BTreeMap, BTreeSet};

use super::{MOST, MOST_BYTES, Seed};
use jwtspec_mint::recipe::{Recipe, slug};

/// Longer inputs slow every execution that starts from them.
const LONGEST: usize = 3 << 10;

/// Words in order, each once, as the kind of an input.
pub(super) fn words(words: impl IntoIterator<Item: AsRef<str> + Ord>) -> String {
    let words: BTreeSet<_> = words.into_iter().collect();
    words.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(" ")
}

/// How a recipe differs from that of a valid token.
pub(super) fn slugs(recipe: &Recipe) -> impl Iterator<Item = String> {
    recipe.differences().into_iter().map(|difference| difference.slug())
}

/// The inputs offered so far, one of each kind. Their names may be the same.
#[derive(Default)]
pub(super) struct Collection {
    kinds: BTreeMap<String, Seed>,
}

impl Collection {
    /// Offers an input. Of one kind the shortest is kept, and the first of equally short ones.
    pub(super) fn offer(&mut self, slug: &str, kind: String, bytes: Vec<u8>) {
        if bytes.len() > LONGEST {
            return;
        }
        let shorter = self.kinds.get(&kind).is_none_or(|known| bytes.len() < known.bytes.len());
        if shorter {
            self.kinds.insert(kind, Seed { name: slug.to_owned(), bytes });
        }
    }

    /// Those that fit into the limits, the short ones first, by name.
    pub(super) fn into_seeds(self) -> Vec<Seed> {
        let mut candidates: Vec<Seed> = self.kinds.into_values().collect();
        candidates.sort_by(|a, b| {
            (a.bytes.len(), &a.name, &a.bytes).cmp(&(b.bytes.len(), &b.name, &b.bytes))
        });
        candidates.dedup_by(|a, b| a.bytes == b.bytes);
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let mut seeds = Vec::new();
        let mut bytes = 0;
        for candidate in candidates.into_iter().take(MOST) {
            bytes += candidate.bytes.len();
            if bytes > MOST_BYTES {
                break;
            }
            let slug = slug(&candidate.name);
            let count = names.entry(slug.clone()).or_default();
            *count += 1;
            let name = match count {
                1 => format!("seed-{slug}"),
                count => format!("seed-{slug}-{count}"),
            };
            seeds.push(Seed { name, bytes: candidate.bytes });
        }
        seeds.sort_by(|a, b| a.name.cmp(&b.name));
        seeds
    }
}
