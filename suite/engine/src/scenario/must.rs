//! The requirements on which a `must` rests.

use super::Scenario;
use super::overrides::Mistake;
use jwtspec_types::profile::Profile;
use jwtspec_types::words::Level;

/// The mistake of a scenario that is a `must` under a profile, without a requirement that bears one.
pub(super) fn check_must(scenario: &Scenario) -> Option<Mistake> {
    let unproven = Profile::all().find(|profile| {
        scenario.is_for(*profile)
            && scenario.level_under(*profile) == Level::Must
            && !scenario.covers.iter().any(|requirement| requirement.bears_must(*profile))
    })?;
    let vendor = scenario.covers.iter().find(|requirement| {
        requirement.is_of_vendor() && unproven.rules() != Some(&requirement.doc)
    });
    Some(match vendor {
        Some(rule) => {
            let own = Profile::all().filter(|profile| profile.rules() == Some(&rule.doc));
            let own: Vec<String> = own.map(|profile| format!("\"{profile}\"")).collect();
            Mistake::new(
                format!(
                    "a `must` under the profile `{unproven}` that rests on `{}`, which binds under \
                     the profiles of its vendor only",
                    rule.id
                ),
                format!(
                    "write `profiles = [{}]`, cite a requirement that has `checked = true`, or \
                     write `level = \"should\"`",
                    own.join(", ")
                ),
            )
        }
        None => Mistake::new(
            "a `must` that covers only requirements not yet compared with their source",
            "cite a requirement that has `checked = true`, or write `level = \"should\"`",
        ),
    })
}

#[cfg(test)]
mod tests {
    use crate::scenario::parse;
    use jwtspec_format::Source;

    #[test]
    fn a_must_needs_a_requirement_that_was_compared_with_its_source() {
        let told = |covers: &str, more: &str| {
            let text = format!(
                "about = 'x'\n[x]\ntitle = 'x'\ncovers = [{covers}]\nexpect = 'accept'\n{more}"
            );
            parse("t", &Source::new("t.toml", text)).map(drop).map_err(|it| it.to_lines())
        };
        let unchecked = "'fips186-5-6.4.2-ecdsa-zero-reject'";
        let checked = "'rfc7515-5.2-signature-mismatch-reject'";
        let refused = "t.toml:2:2: a `must` that covers only requirements not yet compared with \
                       their source (cite a requirement that has `checked = true`, or write \
                       `level = \"should\"`)\n";
        assert_eq!(told(unchecked, ""), Err(refused.to_owned()));
        assert_eq!(told(unchecked, "level = 'should'"), Ok(()));
        assert_eq!(told(&format!("{unchecked}, {checked}"), ""), Ok(()));
        let under = "level = 'should'\nprofile.oidc.level = 'must'";
        assert_eq!(told(unchecked, under), Err(refused.to_owned()));

        let vendor = "'convex-oidc-one-audience'";
        let refused = |profile: &str| {
            format!(
                "t.toml:2:2: a `must` under the profile `{profile}` that rests on \
                 `convex-oidc-one-audience`, which binds under the profiles of its vendor only \
                 (write `profiles = [\"convex\", \"convex-custom-jwt\"]`, cite a requirement that \
                 has `checked = true`, or write `level = \"should\"`)\n"
            )
        };
        assert_eq!(told(vendor, "level = 'must'"), Err(refused("jwt")));
        assert_eq!(told(vendor, "level = 'must'\nprofiles = ['oidc']"), Err(refused("oidc")));
        assert_eq!(told(vendor, "level = 'must'\nprofiles = ['convex']"), Ok(()));
        let under = "level = 'should'\nprofile.convex.level = 'must'";
        assert_eq!(told(vendor, under), Ok(()));
        let under = "level = 'should'\nprofile.at-jwt.level = 'must'";
        assert_eq!(told(vendor, under), Err(refused("at-jwt")));
        assert_eq!(told(&format!("{vendor}, {checked}"), "level = 'must'"), Ok(()));
    }
}
