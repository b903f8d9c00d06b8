//! Overrides under a profile: those at the head of a file, and mistakes in them.

use std::hash::{Hash, Hasher};
use std::mem::take;
use std::ops::Range;

use globset::Glob;

use super::entry::{KnownDifference, SharedEntry};
use super::{Override, Scenario};
use jwtspec_format::Problem;
use jwtspec_types::nearest::nearest;
use jwtspec_types::profile::Profile;

/// A mistake that is found when the members of a scenario are seen together.
pub(super) struct Mistake {
    message: String,
    help: String,
}

impl Mistake {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    pub(super) fn at(self, place: Range<usize>) -> Problem {
        Problem::new(place, self.message).with_help(self.help)
    }
}

/// Gives each scenario that an entry at the head of its file speaks of what it says. What the
/// scenario says itself counts.
pub(super) fn apply_shared(entries: Vec<SharedEntry>, scenarios: &mut [Scenario]) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for entry in entries {
        if entry.profiles.is_empty() || entry.scenarios.is_empty() {
            mistakes.push(Mistake::new(
                "an override without `profiles` or `scenarios` speaks of nothing",
                "name at least one of each",
            ));
        }
        for pattern in &entry.scenarios {
            match matching_scenarios(pattern, scenarios) {
                Ok(places) => {
                    for place in places {
                        let profiles = entry.profiles.iter();
                        profiles.for_each(|it| apply(&mut scenarios[place], *it, &entry));
                    }
                }
                Err(mistake) => mistakes.push(mistake),
            }
        }
    }
    mistakes
}

/// The places of the scenarios whose names match.
fn matching_scenarios(pattern: &str, scenarios: &[Scenario]) -> Result<Vec<usize>, Mistake> {
    let glob = Glob::new(pattern).map_err(|error| {
        Mistake::new(
            format!("`{pattern}` in `overrides` is not a glob: {error}"),
            "write the name of a scenario, or a glob such as \"typ-*\"",
        )
    })?;
    let matcher = glob.compile_matcher();
    let name =
        |it: &'_ Scenario| it.id.split_once('/').map_or(it.id.clone(), |(_, name)| name.to_owned());
    let names: Vec<String> = scenarios.iter().map(name).collect();
    let places: Vec<usize> =
        (0..names.len()).filter(|place| matcher.is_match(&names[*place])).collect();
    if places.is_empty() {
        let near = nearest(pattern, names.iter().map(String::as_str));
        let near = near.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
        return Err(Mistake::new(
            format!("`{pattern}` in `overrides` matches no scenario of this file"),
            format!("{near}correct the name, or remove it"),
        ));
    }
    Ok(places)
}

fn apply(scenario: &mut Scenario, profile: Profile, entry: &SharedEntry) {
    let SharedEntry { expect, level, skip, departs, .. } = entry.clone();
    let own = scenario.overrides.entry(profile).or_default();
    *own = take(own).or(Override { expect, level, skip, departs });
    // A resumed run must see that the head of the file has changed.
    let mut hasher = std::hash::DefaultHasher::new();
    (scenario.fingerprint, profile, format!("{entry:?}")).hash(&mut hasher);
    scenario.fingerprint = hasher.finish();
}

/// The mistakes in the overrides of a scenario.
pub(super) fn check_overrides(scenario: &Scenario) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for profile in scenario.overrides.keys() {
        if !scenario.is_for(*profile) && !Profile::all().any(|it| inherits(scenario, it, *profile))
        {
            mistakes.push(Mistake::new(
                format!("`profile.{profile}` of a scenario that does not run under it"),
                "add it to `profiles`, or remove it",
            ));
        }
    }
    for profile in Profile::all() {
        let under = scenario.under(profile);
        if let Some(difference) = &under.departs {
            mistakes.extend(check_difference(scenario, profile, &under, difference));
        }
    }
    mistakes
}

/// True if the scenario runs under this profile, which takes what it does not say from the other.
fn inherits(scenario: &Scenario, profile: Profile, from: Profile) -> bool {
    profile.base() == from && scenario.is_for(profile)
}

/// The mistake in a known difference, if there is one.
fn check_difference(
    scenario: &Scenario,
    profile: Profile,
    under: &Override,
    difference: &KnownDifference,
) -> Option<Mistake> {
    let mistake = |message: String, help: &str| Some(Mistake::new(message, help));
    if difference.why.trim().is_empty() {
        return mistake(
            format!("`profile.{profile}.departs` needs its why"),
            "say what the backend does otherwise, and by which of its rules",
        );
    }
    let Some((_, presentation)) = scenario.last_presentation() else {
        return mistake(
            format!("`profile.{profile}.departs` of a scenario that presents no token"),
            "remove it",
        );
    };
    if difference.expect.is_none() && difference.answer.is_none() {
        return mistake(
            format!("`profile.{profile}.departs` does not say how"),
            "add the verdict that the backend comes to, `expect`, or the form of its `answer`",
        );
    }
    let stated = under.expect.as_ref().unwrap_or(&presentation.expect);
    if let Some(other) =
        difference.expect.as_ref().filter(|it| it.is_within(&stated.under(profile)))
    {
        return mistake(
            format!(
                "`profile.{profile}.departs` departs from nothing: {other} is expected anyway, of {}",
                scenario.id
            ),
            "remove it",
        );
    }
    let same = difference.answer.as_ref().is_some_and(|it| *it == presentation.answer);
    if same && difference.expect.is_none() {
        return mistake(
            format!(
                "`profile.{profile}.departs` departs from nothing: {} asks for the same `answer`",
                scenario.id
            ),
            "remove it",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Expect, Scenario, parse};
    use jwtspec_format::Source;
    use jwtspec_types::profile::Profile;
    use jwtspec_types::words::{Level, Reason};

    const HEAD: &str = "about = 'x'\n";

    fn scenarios(text: &str) -> Result<Vec<Scenario>, String> {
        let source = Source::new("t.toml", format!("{HEAD}{text}"));
        parse("t", &source).map_err(|problems| problems.to_lines())
    }

    fn mistake(text: &str) -> String {
        scenarios(text).map(|_| String::new()).unwrap_err()
    }

    const ONE: &str = "[one]\ntitle = 'x'\ncovers = ['rfc7519-4.1.4-exp-past-reject']\n\
                       token = { claims.exp = 1 }\nexpect = { reject = 'expired' }\n";

    fn oidc() -> Profile {
        Profile::named("oidc").unwrap()
    }

    fn convex() -> Profile {
        Profile::named("convex").unwrap()
    }

    fn custom_jwt() -> Profile {
        Profile::named("convex-custom-jwt").unwrap()
    }

    #[test]
    fn a_departure_departs_from_something_and_says_why() {
        for (spec, message) in [
            ("{ expect = 'accept', why = ' ' }", "needs its why"),
            ("{ why = 'x' }", "does not say how"),
            ("{ expect = { reject = 'expired' }, why = 'x' }", "departs from nothing"),
            ("{ answer = {}, why = 'x' }", "asks for the same `answer`"),
        ] {
            let text = format!("{ONE}profile.convex.departs = {spec}\n");
            assert!(mistake(&text).contains(message), "{spec}: {}", mistake(&text));
        }
        let text = format!("{ONE}profile.convex.departs = {{ expect = 'accept', why = 'x' }}\n");
        let [one] = scenarios(&text).unwrap().try_into().unwrap();
        assert_eq!(one.under(convex()).departs.unwrap().expect, Some(Expect::Accept));
        assert_eq!(one.under(custom_jwt()).departs, None);
    }

    #[test]
    fn one_message_for_two_reasons_is_no_departure() {
        let text = "[one]\ntitle = 'x'\ncovers = ['rfc7519-4.1.3-aud-mismatch-reject']\n\
                    token = { claims.aud = 'x' }\nexpect = { reject = 'audience-mismatch' }\n\
                    profile.convex.departs = { expect = { reject = 'issuer-unknown' }, why = 'x' }";
        assert!(mistake(text).contains("departs from nothing"));
    }

    #[test]
    fn the_head_of_a_file_speaks_of_many_scenarios() {
        let head = "overrides = [{ profiles = ['convex', 'convex-custom-jwt'], scenarios = ['o*'], \
                    level = 'may', departs = { expect = 'accept', why = 'x' } }]\n";
        let text = format!("{head}{ONE}profile.convex.level = 'should'\n");
        let [one] = scenarios(&text).unwrap().try_into().unwrap();
        assert_eq!(one.under(convex()).level, Some(Level::Should));
        assert_eq!(one.under(custom_jwt()).level, Some(Level::May));
        assert!(one.under(convex()).departs.is_some());
        let [plain] = scenarios(ONE).unwrap().try_into().unwrap();
        assert_ne!(one.fingerprint, plain.fingerprint);

        let typo = head.replace("'o*'", "'on'");
        let said = mistake(&format!("{typo}{ONE}"));
        assert!(said.contains("matches no scenario") && said.contains("`one`"), "{said}");
        let empty = head.replace("'o*'", "");
        assert!(mistake(&format!("{empty}{ONE}")).contains("speaks of nothing"));
    }

    #[test]
    fn a_profile_takes_what_it_does_not_say_from_its_base() {
        let text = format!(
            "{ONE}profile.oidc = {{ skip = 'x', level = 'may' }}\n\
             profile.convex.expect = {{ reject = 'claim-invalid' }}\n"
        );
        let [one] = scenarios(&text).unwrap().try_into().unwrap();
        let (base, own) = (one.under(oidc()), one.under(convex()));
        assert_eq!((base.skip.as_deref(), own.skip), (Some("x"), None));
        assert_eq!((base.expect, own.level), (None, Some(Level::May)));
        assert_eq!(own.expect, Some(Expect::Reject(vec![Reason::ClaimInvalid])));
        assert_eq!(one.under(custom_jwt()).level, None);

        let only = format!("{ONE}profiles = ['oidc']\n");
        let [only] = scenarios(&only).unwrap().try_into().unwrap();
        assert!(only.is_for(convex()) && !only.is_for(custom_jwt()));
        let other = format!("{ONE}profiles = ['oidc']\nprofile.jwt.level = 'may'\n");
        assert!(mistake(&other).contains("does not run under it"));
    }
}
