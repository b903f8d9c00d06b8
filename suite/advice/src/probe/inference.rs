//! Infers cache age, cool-down and HTTP caching from the spans that were told and observed.

use super::ProbeRun;
use super::cache::{
    ObservedAge, ObservedCooldown, ObservedSpan, measure_age, measure_cooldown,
    measure_http_caching,
};
use super::measurement::Measurement;
use super::question::{AGES, CLOCKED_AGES, CLOCKED_COOLDOWNS, COOLDOWNS};
use super::spans::{Inferred, ToldSpan, infer_timing};
use super::unmeasured::{NOT_MEASURED, Unmeasured, all_hold};
use jwtspec_engine::run::RunError;
use jwtspec_types::timing::Timing;

/// The findings on the caching of key sets.
pub(super) struct Caching {
    pub(super) lines: Vec<Measurement>,
    pub(super) cache_age: Option<Timing>,
    pub(super) cooldown: Option<Timing>,
    /// True if it heeds the `Cache-Control` of answers; nothing if that could not be measured.
    pub(super) http_cache: Option<bool>,
    /// True if any span was seen to end.
    pub(super) seen: bool,
    /// True if some span could not be measured, though that shows nothing of the target.
    pub(super) is_unknown: bool,
}

/// Measures cache age and cool-down; all trusts side by side.
pub(super) async fn measure_caching(run: &ProbeRun<'_>) -> Result<Caching, RunError> {
    let (ages, cooldowns) = match run.clock {
        Some(_) => (CLOCKED_AGES, CLOCKED_COOLDOWNS),
        None => (AGES, COOLDOWNS),
    };
    let (a, b, c, d, permitted) = tokio::join!(
        measure_age(run, ages[0]),
        measure_age(run, ages[1]),
        measure_cooldown(run, cooldowns[0]),
        measure_cooldown(run, cooldowns[1]),
        measure_http_caching(run),
    );
    let mut caching = describe_caching(run, &[a?, b?], &[c?, d?]);
    let (line, heeded) = describe_http_caching(run, permitted?, caching.cache_age);
    caching.lines.push(line);
    caching.http_cache = heeded;
    Ok(caching)
}

fn describe_caching(
    run: &ProbeRun<'_>,
    ages: &[ObservedAge; 2],
    cooldowns: &[ObservedCooldown; 2],
) -> Caching {
    let patience = run.patience();
    let spans = ages.each_ref().map(|age| (age.told, &age.seen));
    let (mut age_line, cache_age) =
        describe_span("cache age", "cache-age", spans, patience, run.declared.cache_age);
    if ages.iter().any(|age| age.late) {
        age_line = age_line.remark(
            "a key set is still used in the second in which its age is the whole one, where \
             RFC 9111 section 4.2 has it stale",
        );
    }
    if ages.iter().all(|age| matches!(age.seen, ObservedSpan::NotWithin(_))) {
        age_line = age_line.means(format!(
            "a key that the issuer withdraws goes on serving for more than {patience} s, if not until \
             a restart; `--max-wait` measures longer"
        ));
    }
    let mut lines = vec![age_line];
    lines.extend(describe_removed_key(ages));

    lines.push(describe_unknown_kid(cooldowns, patience));
    let spans = cooldowns.each_ref().map(|cooldown| (cooldown.told, &cooldown.seen));
    let declared = run.declared.cooldown;
    let ever = cooldowns.iter().any(|cooldown| cooldown.ever);
    // Where no unknown `kid` causes a fetch, a declaration is about failed fetches at most.
    let comparable = declared.filter(|_| ever);
    let (mut line, mut cooldown) =
        describe_span("cool-down", "cooldown", spans, patience, comparable);
    let is_known = !cooldowns.iter().any(|cooldown| cooldown.seen.unknown().is_some());
    if let (Some(declared), false, true) = (declared, ever, is_known) {
        line = line.remark(format!(
            "declares cooldown {declared}, but no unknown `kid` causes a fetch: there is none to \
             be measured"
        ));
    }
    if let (Some(Timing::Fixed(age)), Some(Timing::Fixed(span))) = (cache_age, cooldown)
        && age == span
    {
        // The fetch may have come from age alone.
        cooldown = None;
        line = line.remark("as long as the cache age, so it may be no cool-down at all");
    }
    lines.push(line);
    let seen = cache_age.is_some() || cooldown.is_some();
    let seen_spans = ages.iter().map(|age| &age.seen).chain(cooldowns.iter().map(|it| &it.seen));
    let is_unknown = seen_spans.filter_map(ObservedSpan::unknown).any(Unmeasured::shows_nothing);
    Caching { lines, cache_age, cooldown, http_cache: None, seen, is_unknown }
}

fn describe_http_caching(
    run: &ProbeRun<'_>,
    departure: Result<Option<&'static str>, Unmeasured>,
    cache_age: Option<Timing>,
) -> (Measurement, Option<bool>) {
    const NAME: &str = "HTTP caching";
    let told = "told 3600 s, permitted 1 s by Cache-Control";
    let as_old = matches!(cache_age, Some(Timing::Fixed(0..=2)));
    let (heeded, seen) = match departure {
        Err(why) if why.shows_nothing() => {
            return (Measurement::unmeasured(NAME, format!("{told}: {why}"), &why), None);
        }
        Ok(None) if as_old => (false, "it keeps no key set for longer anyway".to_owned()),
        Ok(None) => (true, "fetched again after that".to_owned()),
        Ok(Some(departure)) => (false, departure.to_owned()),
        Err(why) => (false, why.to_string()),
    };
    let value = if heeded { "max-age is heeded" } else { "max-age is not heeded" };
    let line = Measurement::new(NAME, value, format!("{told}: {seen}"));
    // `max-age` alone does not prove all that the declaration claims.
    let line = match run.declared.http_cache {
        false if heeded => line.remark("http-cache is not declared"),
        declared => line.against_bool("http-cache", declared, heeded),
    };
    (line, Some(heeded))
}

fn describe_span(
    name: &'static str,
    member: &str,
    spans: [(u64, &ObservedSpan); 2],
    patience: u64,
    declared: Option<Timing>,
) -> (Measurement, Option<Timing>) {
    let [short, long] = spans.map(|(told, seen)| ToldSpan { told, has: seen.seconds() });
    let parts = spans.map(|(told, seen)| match seen {
        ObservedSpan::Ended(0) => format!("told {told} s: fetched again each time"),
        ObservedSpan::Ended(has) => format!("told {told} s: fetched again {has} s later"),
        ObservedSpan::NotWithin(waited) => {
            format!("told {told} s: not fetched again within {waited} s")
        }
        ObservedSpan::Unknown(why) => format!("told {told} s: {why}"),
    });
    let waited = spans
        .iter()
        .any(|(_, seen)| matches!(seen, ObservedSpan::NotWithin(_)))
        .then_some(patience);
    let unknown: Vec<&Unmeasured> = spans.iter().filter_map(|(_, seen)| seen.unknown()).collect();
    let (value, timing) = match infer_timing(short, long, patience) {
        _ if !unknown.is_empty() => (NOT_MEASURED.to_owned(), None),
        Inferred::Timing(timing) => (timing.to_string(), Some(timing)),
        Inferred::Unseen => (format!("not within {patience} s"), None),
        Inferred::Unclear => ("unclear".to_owned(), None),
    };
    let line = Measurement::new(name, value, parts.join("; "));
    if !unknown.is_empty() {
        return (line.lacking(unknown), None);
    }
    (line.against_timing(member, declared, timing, waited), timing)
}

/// Describes whether a key that the issuer took back goes on serving.
fn describe_removed_key(ages: &[ObservedAge; 2]) -> Option<Measurement> {
    const NAME: &str = "removed key";
    let kept = ages.iter().filter_map(|age| age.keeps_removed.clone());
    let refused: Vec<_> = kept.map(|kept| kept.map(|kept| !kept)).collect();
    if refused.is_empty() {
        return None;
    }
    Some(match all_hold(refused) {
        Ok(true) => {
            let seen = "refused once the set was fetched again";
            Measurement::new(NAME, "refused from the next fetch on", seen)
        }
        Ok(false) => {
            let seen = "accepted although the set that was fetched again lacks the key";
            Measurement::new(NAME, "goes on serving", seen)
                .means("one who has stolen a key goes on getting in after it was withdrawn")
        }
        Err(why) => {
            let seen = format!("once the set was fetched again: {why}");
            Measurement::unmeasured(NAME, seen, &why)
        }
    })
}

/// Describes the fetches that an unknown `kid` causes.
fn describe_unknown_kid(cooldowns: &[ObservedCooldown; 2], patience: u64) -> Measurement {
    const NAME: &str = "unknown kid";
    let (value, seen) = match cooldowns.iter().find_map(|cooldown| cooldown.seen.unknown()) {
        Some(why) => return Measurement::unmeasured(NAME, why.to_string(), why),
        None if cooldowns.iter().all(|cooldown| cooldown.at_once) => {
            ("causes a fetch at once", "right after the first fetch".to_owned())
        }
        None if cooldowns.iter().any(|cooldown| cooldown.ever) => (
            "causes a fetch after the cool-down",
            "none right after the first fetch, which begins the cool-down".to_owned(),
        ),
        None => {
            let seen = format!("none within {patience} s");
            return Measurement::new(NAME, "causes no fetch", seen).means(
                "when the issuer adds a key, valid tokens of it are refused until the key set is \
                 fetched for another reason (OpenID Connect Core 1.0 section 10.1.1)",
            );
        }
    };
    Measurement::new(NAME, value, seen)
}
