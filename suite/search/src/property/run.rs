//! One property after the other, within cases and time.

use std::time::{Duration, Instant};

use super::TestCase;
use super::campaign::{Campaign, FollowUp, Hunt, open};
use super::confirm::PropertyError;
use super::pool::pool;
use super::presented::{Answers, Presented};
use super::source::Source;
use super::table::Property;
use super::tally::{Limits, Row, SearchEvent, Tally};
use super::verdict::{Suspicion, judge};
use jwtspec_engine::judge::sample::Kind;
use jwtspec_engine::run::Options;
use jwtspec_engine::scenario::Expect;
use jwtspec_engine::target::Target;
use jwtspec_types::words::Finding;

/// Tries properties on a target, and tells what happens as it happens.
///
/// # Errors
///
/// If they cannot be tried at all; what a verifier does wrong is a find, not an error.
pub async fn run(
    target: Target,
    properties: &[&'static Property],
    limits: Limits,
    options: &Options,
    tell: &mut dyn FnMut(SearchEvent<'_>),
) -> Result<Tally, PropertyError> {
    let setups = |capabilities: &_| pool(limits.seed, capabilities);
    let presenter = open(target, setups, options, tell).await?;
    let mut campaign = Campaign::new(&presenter, limits, options, tell);
    campaign.first_controls(true).await?;
    if !presenter.is_usable(0) {
        return Err(PropertyError::ControlRefused("of the plain setup"));
    }
    let began = Instant::now();
    let mut rows = Vec::new();
    for (done, property) in properties.iter().enumerate() {
        let share = limits.time.map(|time| {
            let left = time.saturating_sub(began.elapsed());
            Instant::now() + left / u32::try_from(properties.len() - done).unwrap_or(1)
        });
        rows.push(try_property(&mut campaign, property, share).await?);
    }
    Ok(Tally { rows, finds: campaign.finds, skipped_setups: presenter.skipped().to_vec() })
}

/// Tries one property until its cases or its time are used up.
async fn try_property(
    campaign: &mut Campaign<'_>,
    property: &'static Property,
    until: Option<Instant>,
) -> Result<Row, PropertyError> {
    let target = campaign.presenter.target();
    let source = Source::new(campaign.presenter, property, campaign.limits.seed);
    let unsupported = property.unsupported_by(target.capabilities(), target.channel());
    let no_setup = source.is_empty().then_some("no setup for it that the target can be told");
    let skipped = unsupported.or(no_setup).map(str::to_owned);
    let mut hunt = PropertyHunt { property, source, row: Row { skipped, ..Row::default() } };
    let before = (campaign.finds.len(), campaign.repeats, campaign.unconfirmed);
    if hunt.row.skipped.is_none() {
        campaign.run(&mut hunt, until).await?;
    }
    Ok(Row {
        property: &property.id,
        finds: campaign.finds.len() - before.0,
        repeats: campaign.repeats - before.1,
        unconfirmed: campaign.unconfirmed - before.2,
        ..hunt.row
    })
}

/// The search for cases that break one property.
struct PropertyHunt {
    property: &'static Property,
    source: Source,
    row: Row,
}

impl Hunt for PropertyHunt {
    fn next_case(&mut self, number: usize) -> TestCase {
        self.source.case(number)
    }

    fn kind(&self) -> Kind {
        self.property.kind
    }

    fn judge(&self, _: &TestCase, answers: &Answers) -> Option<Suspicion> {
        judge(self.property.kind, answers)
    }

    fn property(&self, _: &TestCase, _: Finding) -> &'static Property {
        self.property
    }

    fn take(&mut self, _: &TestCase, answers: Option<Answers>) -> Vec<FollowUp> {
        self.row.cases += 1;
        let Some(answers) = answers else {
            self.row.void += 1;
            return Vec::new();
        };
        let suspicion = judge(self.property.kind, &answers);
        let is_open = |one: &Presented| matches!(one.prepared.expected.expect, Expect::Either(_));
        let open = suspicion.is_none() && answers.iter().flatten().all(is_open);
        self.row.open += usize::from(open);
        suspicion.map(FollowUp::Suspicious).into_iter().collect()
    }

    fn progress(&mut self, campaign: &Campaign<'_>, took: Duration) -> SearchEvent<'static> {
        self.row.duration += took;
        let (cases, finds) = (self.row.cases, campaign.finds.len());
        SearchEvent::Progress { property: Some(&self.property.id), cases, signatures: 0, finds }
    }
}
