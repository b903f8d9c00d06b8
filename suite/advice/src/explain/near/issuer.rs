//! Why the verifier knows no issuer like that of the token.

use super::url::{Difference, difference};
use super::{Look, NearMiss};
use crate::explain::facts::Facts;
use crate::explain::show::{list, literal, value};
use crate::explain::side::Side;

pub(super) const LOOKS: [Look; 9] = [
    nobody_trusted,
    missing,
    misspelt,
    audience_instead,
    tenant_placeholder,
    local,
    other_instance,
    similar,
    other_provider,
];

const ISSUER: [&str; 1] = ["issuer"];

fn nobody_trusted(facts: &Facts<'_>) -> Option<NearMiss> {
    facts.trust.providers.is_empty().then(|| {
        NearMiss::new(
            "no-providers",
            &ISSUER,
            Side::Verifier,
            "The configuration names no provider at all, so no token can be accepted.",
        )
        .advise("Add the issuer of the token to `providers`.")
        .advise(if facts.convex {
            "If `auth.config` has a provider, it was not deployed: run `npx convex dev` or `npx \
             convex deploy` again."
        } else {
            "If the file that you wrote has one, look whether the verifier loads that file."
        })
    })
}

fn missing(facts: &Facts<'_>) -> Option<NearMiss> {
    let claims = facts.claims?;
    let provider = facts.likely()?;
    match claims.get("iss") {
        None => Some(
            NearMiss::new(
                "issuer-missing",
                &ISSUER,
                Side::Issuer,
                "The token has no `iss`, so the verifier cannot tell whose key to use.",
            )
            .advise(format!("Have the issuer add \"iss\": {}.", literal(&provider.issuer))),
        ),
        Some(iss) if !iss.is_string() => Some(
            NearMiss::new(
                "issuer-not-text",
                &ISSUER,
                Side::Issuer,
                format!("`iss` is {}, and must be a string.", value(iss)),
            )
            .advise(format!("Have the issuer write \"iss\": {}.", literal(&provider.issuer))),
        ),
        Some(_) => None,
    }
}

fn misspelt(facts: &Facts<'_>) -> Option<NearMiss> {
    if facts.provider().is_some() {
        return None;
    }
    let iss = facts.text("iss")?;
    let found = facts.trust.providers.iter().find_map(|provider| {
        difference(iss, &provider.issuer).map(|difference| (provider, difference))
    });
    let (provider, difference) = found?;
    let expected = provider.issuer.as_str();
    let (id, side, how, why) = match difference {
        Difference::Slash => {
            ("issuer-trailing-slash", Side::Verifier, "only in the slash at the end", "")
        }
        Difference::WhiteSpace if iss.trim() != iss => (
            "issuer-white-space",
            Side::Issuer,
            "only in white space around it",
            "The issuer writes white space into `iss`, perhaps from a file with a line break.",
        ),
        Difference::WhiteSpace => (
            "issuer-white-space",
            Side::Verifier,
            "only in white space around it",
            "The configuration has white space around the value.",
        ),
        Difference::Scheme if iss.starts_with("http://") => (
            "issuer-scheme",
            Side::Issuer,
            "only in `http` and `https`",
            "The issuer seems not to know that it is reached by https: behind a proxy it must be \
             told its public URL.",
        ),
        Difference::Scheme => ("issuer-scheme", Side::Verifier, "only in `http` and `https`", ""),
        Difference::SchemeMissing => (
            "issuer-scheme-missing",
            Side::Issuer,
            "only in that the token's has no `https://`",
            "An issuer is a URL, so its `iss` needs a scheme.",
        ),
        Difference::SchemeUnwanted => (
            "issuer-scheme-missing",
            Side::Verifier,
            "only in that the configured one has no scheme",
            "",
        ),
        Difference::Case => ("issuer-case", Side::Verifier, "only in upper and lower case", ""),
        Difference::Www => ("issuer-www", Side::Verifier, "only in `www.`", ""),
        Difference::Port => ("issuer-port", Side::Verifier, "only in the port", ""),
        Difference::Several => {
            ("issuer-spelling", Side::Verifier, "only in scheme, case, `www.`, port or slash", "")
        }
    };
    let mut text = format!(
        "`iss` is {} and the configured issuer is {}. They differ {how}, and a verifier compares \
         them character for character.",
        literal(iss),
        literal(expected)
    );
    let stated = facts.sought().find_map(|(_, members)| {
        members.get("issuer").and_then(serde_json::Value::as_str).map(str::to_owned)
    });
    // What the issuer calls itself decides which of the two spellings is wrong.
    let side = match stated {
        Some(stated) if stated == iss => {
            text += " The issuer's discovery document spells it like the token.";
            Side::Verifier
        }
        Some(stated) if stated == expected => {
            text += " The issuer's discovery document spells it like the configuration.";
            Side::Issuer
        }
        _ => {
            if !why.is_empty() {
                text = format!("{text} {why}");
            }
            side
        }
    };
    let configure = format!("\"{}\": {}", facts.issuer_key(), literal(iss));
    let mint = format!("\"iss\": {}", literal(expected));
    let miss = NearMiss::new(id, &ISSUER, side, text);
    Some(match side {
        Side::Issuer => {
            miss.advise(format!("Have the issuer write {mint} into its tokens.")).advise(format!(
                "Or, if that is how it is called, configure the verifier with {configure}."
            ))
        }
        _ => miss.advise(format!("Configure the verifier with {configure}.")).advise(format!(
            "Or, if the issuer is yours, have it write {mint}, and the same in its discovery document."
        )),
    })
}

fn audience_instead(facts: &Facts<'_>) -> Option<NearMiss> {
    let iss = facts.text("iss")?;
    let provider =
        facts.trust.providers.iter().find(|it| it.audiences.iter().any(|it| it == iss))?;
    (facts.provider().is_none()).then(|| {
        NearMiss::new(
            "issuer-is-audience",
            &ISSUER,
            Side::Issuer,
            format!(
                "`iss` is {}, which is the audience that the verifier expects: `iss` and `aud` seem \
                 to be swapped.",
                literal(iss)
            ),
        )
        .advise(format!(
            "Have the issuer write \"iss\": {}, \"aud\": {}.",
            literal(&provider.issuer),
            literal(iss)
        ))
    })
}

fn tenant_placeholder(facts: &Facts<'_>) -> Option<NearMiss> {
    let provider = facts.likely()?;
    let unfilled = ["{", "<", "your-", "YOUR_", "example.com", "/common/", "/organizations/"];
    let sign = unfilled.iter().find(|sign| provider.issuer.contains(**sign))?;
    let iss = facts.text("iss")?;
    (facts.provider().is_none()).then(|| {
        NearMiss::new(
            "issuer-placeholder",
            &ISSUER,
            Side::Verifier,
            format!(
                "The configured issuer {} has `{sign}` in it, which looks like an example that was \
                 not filled in.",
                literal(&provider.issuer)
            ),
        )
        .advise(format!(
            "Configure the verifier with \"{}\": {}.",
            facts.issuer_key(),
            literal(iss)
        ))
    })
}

fn local(facts: &Facts<'_>) -> Option<NearMiss> {
    let is_local = |text: &str| {
        let host = host(text);
        host == "localhost" || host.starts_with("127.") || host.ends_with(".local")
    };
    let iss = facts.text("iss")?;
    let known = facts.trust.providers.iter().any(|provider| is_local(&provider.issuer));
    (facts.provider().is_none() && is_local(iss) && !known).then(|| {
        NearMiss::new(
            "issuer-of-test-environment",
            &ISSUER,
            Side::Token,
            format!(
                "`iss` is {}, which is on somebody's own machine: the token comes from a development \
                 environment, and the verifier trusts {}.",
                literal(iss),
                list(facts.trust.providers.iter().map(|provider| provider.issuer.as_str()))
            ),
        )
        .advise("Get a token from the issuer of this environment.")
        .advise(format!(
            "To test with this issuer, add a provider with \"{}\": {} to the verifier, but not in \
             production.",
            facts.issuer_key(),
            literal(iss)
        ))
    })
}

/// Another tenant of the same service, as development and production are.
fn other_instance(facts: &Facts<'_>) -> Option<NearMiss> {
    let iss = facts.text("iss")?;
    let provider = facts.likely().filter(|_| facts.provider().is_none())?;
    let expected = provider.issuer.as_str();
    let (service, kinds) = shared_service(host(iss), host(expected))?;
    let which = match kinds {
        Some((of_token, configured)) => {
            format!("the token comes from {of_token}, and the configured one is {configured}")
        }
        None => "the token comes from another one than the configured one".to_owned(),
    };
    let again = match facts.convex {
        true => {
            " This backend then answers \"No auth provider found matching the given token\", the \
             same as for a wrong audience."
        }
        false => "",
    };
    Some(
        NearMiss::new(
            "issuer-of-another-instance",
            &ISSUER,
            Side::Token,
            format!(
                "`iss` is {}, and the configured issuer is {}: two instances of {service}. Each has \
                 users and keys of its own; {which}.{again}",
                literal(iss),
                literal(expected)
            ),
        )
        .advise(format!(
            "Give the client the key, or the client id, of the instance whose issuer is {}.",
            literal(expected)
        ))
        .advise(format!(
            "Or, if the instance of the token is meant, configure this deployment with \"{}\": {}; \
             development and production each have a configuration of their own.",
            facts.issuer_key(),
            literal(iss)
        )),
    )
}

/// The service to which two different hosts belong as instances of it; where that can be told,
/// also what kind of instance each is.
fn shared_service<'a>(
    one: &'a str,
    other: &'a str,
) -> Option<(&'a str, Option<(&'static str, &'static str)>)> {
    const DEVELOPMENT: &str = ".clerk.accounts.dev";
    const SERVICES: [&str; 7] = [
        ".auth0.com",
        ".okta.com",
        ".oktapreview.com",
        ".b2clogin.com",
        ".amazoncognito.com",
        ".kinde.com",
        ".authkit.app",
    ];
    let kind = |host: &str| match (host.ends_with(DEVELOPMENT), host.starts_with("clerk.")) {
        (true, _) => Some("a development instance"),
        (false, true) => Some("a production instance"),
        _ => None,
    };
    if one == other {
        return None;
    }
    if let (Some(of_one), Some(of_other)) = (kind(one), kind(other)) {
        return Some(("Clerk", (of_one != of_other).then_some((of_one, of_other))));
    }
    // Names that are nearly the same are looked at as such.
    let near = strsim::normalized_levenshtein(one, other) > 0.7;
    let shared = SERVICES.iter().find(|it| one.ends_with(**it) && other.ends_with(**it))?;
    (!near).then(|| (shared.trim_start_matches('.'), None))
}

fn host(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or_default()
}

fn similar(facts: &Facts<'_>) -> Option<NearMiss> {
    let iss = facts.text("iss")?;
    let provider = facts.likely()?;
    let expected = provider.issuer.as_str();
    let close = strsim::normalized_levenshtein(iss, expected) > 0.8;
    let within = !iss.is_empty() && (expected.starts_with(iss) || iss.starts_with(expected));
    let known = difference(iss, expected).is_some();
    let instance = shared_service(host(iss), host(expected)).is_some();
    if facts.provider().is_some() || known || instance || !(close || within) {
        return None;
    }
    let how = if within { "one is the beginning of the other" } else { "they are spelt alike" };
    Some(
        NearMiss::new(
            "issuer-similar",
            &ISSUER,
            Side::Verifier,
            format!(
                "`iss` is {}, and the configured issuer is {}: {how}. Perhaps it is another tenant, \
                 realm or environment of the same issuer.",
                literal(iss),
                literal(expected)
            ),
        )
        .advise(format!(
            "If you trust that issuer, configure the verifier with \"{}\": {}.",
            facts.issuer_key(),
            literal(iss)
        ))
        .advise(format!("Otherwise get a token whose `iss` is {}.", literal(expected))),
    )
}

/// `iss` names one provider, and everything else is as another one has it.
fn other_provider(facts: &Facts<'_>) -> Option<NearMiss> {
    let provider = facts.provider()?;
    let aud = facts.audiences();
    let named = |audiences: &[String]| audiences.iter().any(|it| aud.contains(&it.as_str()));
    if provider.audiences.is_empty() || named(&provider.audiences) {
        return None;
    }
    let other = facts.trust.providers.iter().find(|other| named(&other.audiences))?;
    Some(
        NearMiss::new(
            "issuer-of-another-provider",
            &["audience"],
            Side::Issuer,
            format!(
                "`aud` is {}, which the provider {} expects, but `iss` is {}, another provider: the \
                 two do not belong together.",
                list(aud),
                literal(&other.issuer),
                literal(&provider.issuer)
            ),
        )
        .advise(format!(
            "Have that issuer write \"aud\": {}, or get the token from {}.",
            list(provider.audiences.iter().map(String::as_str)),
            literal(&other.issuer)
        )),
    )
}
