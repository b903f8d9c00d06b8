//! Time in a scenario: the spans that the verifier is told, and the waits of a run. Pure.

use std::time::Duration;

use super::{SkipReason, SpanOf};
use crate::scenario::{Need, Pass, Scenario, Step};
use jwtspec_types::capabilities::Capabilities;
use jwtspec_types::timing::Timing;
use jwtspec_types::trust::CachePolicy;

/// The spans, in seconds, that a verifier is told where the scenario does not say.
const CACHE_AGE: u64 = 300;
const COOLDOWN: u64 = 30;
/// The cool-down of a target that declares none: of those that are known, few have a longer one.
const ASSUMED_COOLDOWN: u64 = 30;
/// The same where time really passes, so that it is soon over.
const SHORT_CACHE_AGE: u64 = 2;
const SHORT_COOLDOWN: u64 = 1;

/// Time in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timetable {
    /// The cache policy that the verifier is told.
    pub cache: CachePolicy,
    /// The leeway that it is told, or has.
    pub leeway: u64,
    /// True if each request sets the verifier's clock; else time really passes.
    pub clock: bool,
    /// True if the steps wait for a cool-down that the target does not declare.
    pub assumes_cooldown: bool,
    /// The time that the steps wait in all.
    pub waits: Duration,
}

impl Timetable {
    /// The timetable of a scenario that says nothing of time.
    pub fn ordinary(capabilities: &Capabilities) -> Self {
        let cooldown = if capabilities.clock { COOLDOWN } else { SHORT_COOLDOWN };
        Self {
            cache: CachePolicy {
                max_age_seconds: nearest(capabilities.cache_age, CACHE_AGE),
                cooldown_seconds: nearest(capabilities.cooldown, cooldown),
            },
            leeway: capabilities.possible_leeway().nearest(0),
            clock: capabilities.clock,
            assumes_cooldown: false,
            waits: Duration::ZERO,
        }
    }

    /// The timetable of a scenario, or why the target cannot keep to it.
    pub(super) fn for_scenario(
        scenario: &Scenario,
        capabilities: &Capabilities,
        patience: Duration,
    ) -> Result<Self, SkipReason> {
        if scenario.needs.contains(&Need::Clock) && !capabilities.clock {
            return Err(SkipReason::Clock);
        }
        if scenario.needs.contains(&Need::LargeHeaders) && !capabilities.large_headers {
            return Err(SkipReason::LargeHeaders);
        }
        if scenario.needs.contains(&Need::HttpCache) && !capabilities.http_cache {
            return Err(SkipReason::HttpCache);
        }
        let passes = || scenario.steps.iter().filter_map(Step::time);
        let mut table = Self::ordinary(capabilities);
        if let Some(wanted) = scenario.trust.leeway {
            table.leeway = choose(SpanOf::Leeway, Some(capabilities.possible_leeway()), wanted)?;
        }
        let by_age = passes().any(|pass| pass.cache_ages > 0);
        if let Some(wanted) = scenario.trust.cache_age {
            table.cache.max_age_seconds =
                choose(SpanOf::CacheAge, capabilities.cache_age, wanted.0)?;
        } else if by_age && !table.clock {
            table.cache.max_age_seconds = nearest(capabilities.cache_age, SHORT_CACHE_AGE);
        }
        if let Some(wanted) = scenario.trust.cooldown {
            table.cache.cooldown_seconds =
                choose(SpanOf::Cooldown, capabilities.cooldown, wanted.0)?;
        }
        if by_age && capabilities.cache_age.is_none() {
            return Err(SkipReason::Undeclared(SpanOf::CacheAge));
        }
        if passes().any(|pass| pass.cooldowns > 0) && capabilities.cooldown.is_none() {
            table.assumes_cooldown = true;
            table.cache.cooldown_seconds = ASSUMED_COOLDOWN;
        }
        if !table.clock {
            table.waits = passes().map(|pass| table.length(pass)).sum();
            if table.waits > patience {
                return Err(SkipReason::MaxWait { wait: table.waits, allowed: patience });
            }
        }
        Ok(table)
    }

    /// The time that a step lets pass.
    pub fn length(&self, pass: &Pass) -> Duration {
        pass.length(self.cache, self.leeway)
    }

    /// The number of fetches more than in no time that an honest verifier may make, because so much
    /// real time went by: one for each cool-down. With a clock none of it concerns the verifier.
    pub fn allowance(&self, elapsed: Duration) -> usize {
        match self.cache.cooldown_seconds {
            _ if self.clock => 0,
            0 => 0,
            cooldown => usize::try_from(elapsed.as_secs() / cooldown).unwrap_or(usize::MAX),
        }
    }
}

/// As near to the wanted span as the target can come; where it says nothing, it is told at least.
fn nearest(timing: Option<Timing>, wanted: u64) -> u64 {
    timing.map_or(wanted, |timing| timing.nearest(wanted))
}

/// The wanted span, if the target can be told it.
fn choose(of: SpanOf, declared: Option<Timing>, wanted: u64) -> Result<u64, SkipReason> {
    let chosen = declared.and_then(|timing| timing.settle(wanted));
    chosen.ok_or(SkipReason::Span { of, wanted, declared })
}
