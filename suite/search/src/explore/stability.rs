//! Cases that mean the same in every run: ports, times and `jti` differ, and a flipped bit of them
//! becomes another character each time.

use crate::property::TestCase;
use crate::property::presenter::Presenter;
use jwtspec_jose::decode;
use jwtspec_mint::context::MintContext;
use jwtspec_mint::mint;
use jwtspec_mint::recipe::{Difference, Recipe, TextEdit};

/// True if every flipped bit of a case is of the same character in every run, at the same distance
/// from the beginning or the end of its text.
pub(super) fn is_stable(presenter: &Presenter, case: &TestCase) -> bool {
    let recipe = presenter.recipe(case.setup, &case.steps[0].differences);
    flips_the_same(&recipe, &presenter.mint_context(case.setup))
}

fn flips_the_same(recipe: &Recipe, mint_context: &MintContext) -> bool {
    let flip = |difference: &Difference| match difference {
        Difference::Text(TextEdit::FlipHeader(bit)) => Some((0, *bit)),
        Difference::Text(TextEdit::FlipClaims(bit)) => Some((1, *bit)),
        _ => None,
    };
    let (flips, plain): (Vec<_>, Vec<_>) =
        recipe.differences().into_iter().partition(|difference| flip(difference).is_some());
    let plain = Recipe::of(plain);
    let texts = |context| mint(&plain, context).map(|minted| texts(&minted.token)).ok();
    let Some((here, there)) = texts(mint_context).zip(texts(&another_run(mint_context))) else {
        return flips.is_empty();
    };
    flips.iter().filter_map(flip).all(|(part, bit)| {
        let (Some(here), Some(there)) = (here.get(part), there.get(part)) else { return false };
        let alike = |(a, b): &(&u8, &u8)| a == b;
        let (place, same) = match usize::try_from(bit) {
            Ok(bit) => (bit / 8, here.iter().zip(there).take_while(alike).count()),
            Err(_) => {
                let behind = here.iter().rev().zip(there.iter().rev()).take_while(alike).count();
                (usize::try_from(-(bit + 1)).unwrap_or(usize::MAX) / 8, behind)
            }
        };
        place < same
    })
}

/// Header and claims of a token; a segment that is no base64url as it is.
fn texts(token: &str) -> Vec<Vec<u8>> {
    let text = |segment: &str| decode(segment).unwrap_or_else(|_| segment.as_bytes().to_vec());
    token.split('.').take(2).map(text).collect()
}

/// The context of a run with other ports, at another time, with another `jti`, each of another
/// length where it may be.
fn another_run(mint_context: &MintContext) -> MintContext {
    let mut other = mint_context.clone();
    for facts in other.issuers.values_mut() {
        for url in [&mut facts.identifier, &mut facts.jwks_uri, &mut facts.discovery_uri] {
            // Behind the host lie the port and the number of the issuer.
            let (host, rest) = url.split_at(url.rfind(':').unwrap_or(0));
            let renumbered = rest.chars().map(|c| match c.to_digit(10) {
                Some(digit) => format!("{}0", (digit + 1) % 10),
                None => c.to_string(),
            });
            *url = host.to_owned() + &renumbered.collect::<String>();
        }
    }
    other.now = mint_context.now.saturating_add(1_111_111_111);
    other.serial = "~".repeat(mint_context.serial.len() + 1);
    other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flip_is_stable_unless_ports_times_or_jti_move_it() {
        let mut mint_context = MintContext::example();
        for facts in mint_context.issuers.values_mut() {
            facts.identifier = "http://127.0.0.1:33043/issuer/72".to_owned();
        }
        let is_stable =
            |differences: Vec<Difference>| flips_the_same(&Recipe::of(differences), &mint_context);
        let header = |bit| Difference::Text(TextEdit::FlipHeader(bit));
        let claims = |bit| Difference::Text(TextEdit::FlipClaims(bit));
        // {"iss":"http://127.0.0.1:33043/issuer/72","sub":…,"jti":"…"}
        for stable in [header(3), header(-3), claims(0), claims(8 * 24), claims(-1), claims(-9)] {
            assert!(is_stable(vec![stable.clone()]), "{stable:?}");
        }
        // The port, what lies behind it, the end of `jti`, and beyond the last bit.
        for moved in [claims(8 * 25), claims(8 * 45), claims(-17), claims(8 * 1000)] {
            assert!(!is_stable(vec![moved.clone()]), "{moved:?}");
            assert!(!is_stable(vec![claims(0), moved]));
        }
        assert!(is_stable(vec![Difference::WithoutClaim("iss".to_owned())]));
        assert!(is_stable(vec![Difference::WithoutClaim("iss".to_owned()), claims(8 * 20)]));
    }
}
