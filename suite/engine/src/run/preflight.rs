//! The preflight: does the target tell a good token from none and from a broken one at all?

use std::sync::Arc;

use indexmap::IndexMap;

use super::TestBed;
use crate::event::CaseResult;
use crate::plan::{Case, Conditions, Tells, Timetable, within_limits};
use crate::report::{comparison_text, expected_text, observed, step_action, why};
use crate::scenario::{
    AnswerSpec, Expect, IssuerSpec, Presentation, RequestSpec, Scenario, Step, TrustSpec,
};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::recipe::{Recipe, SignatureFault};
use jwtspec_types::capabilities::{Capabilities, Channel, KeyDelivery};
use jwtspec_types::words::{Level, Outcome};

/// The target cannot tell a good token from a bad one, so no result would mean anything.
#[derive(Debug, thiserror::Error)]
#[error("{}, or pass --no-preflight", self.explained())]
pub struct PreflightError(Box<CaseResult>);

impl PreflightError {
    /// The observations, and advice on the file to look at.
    pub fn explained(&self) -> String {
        format!(
            "the target does not tell a good token from a bad one, so no result would mean \
             anything\n{}",
            explain(&self.0)
        )
    }
}

fn explain(result: &CaseResult) -> String {
    let mut text = String::new();
    for step in &result.steps {
        let mark = if step.is_ok() { "ok" } else { "no" };
        text.push_str(&format!(
            "  {mark}  {}: expected {}, observed {}\n",
            step_action(step),
            expected_text(&step.comparison.expected),
            comparison_text(&step.comparison)
        ));
    }
    if result.steps.is_empty() {
        text.push_str(&format!("  {}\n", why(result).unwrap_or_else(|| observed(result))));
    }
    if let Some(message) = result.message.as_deref().filter(|message| !message.is_empty()) {
        text.push_str(&format!("  the target said: {}\n", jwtspec_mint::shorten(message)));
    }
    if let Some(evidence) = &result.evidence {
        text.push_str(&format!("  again: {}\n", evidence.curl));
    }
    text + "  check the trust and the `[token]` section of the target file"
}

/// The scenario of the preflight, which is always the first case.
pub fn case(conditions: &Conditions, capabilities: &Capabilities, channel: Channel) -> Case {
    let capabilities = &within_limits(capabilities, conditions.profile);
    let no_token = channel.bearer.then(|| {
        let request = RequestSpec { authorization: Some(Vec::new()), ..RequestSpec::default() };
        step(Recipe::default(), Some(request), Expect::Reject(Vec::new()))
    });
    let broken = Recipe { signature: vec![SignatureFault::Flip(-9)], ..Recipe::default() };
    let golden = || step(Recipe::default(), None, Expect::Accept);
    let steps = std::iter::once(golden())
        .chain(no_token)
        .chain([step(broken, None, Expect::Reject(Vec::new())), golden()])
        .collect();
    Case {
        scenario: Arc::new(Scenario {
            id: "preflight".to_owned(),
            title: "the target tells a good token from none and from a broken one".to_owned(),
            covers: Vec::new(),
            level: Level::Must,
            risk: None,
            trust: TrustSpec::default(),
            issuers: IndexMap::from([(MintContext::MAIN.to_owned(), IssuerSpec::default())]),
            steps,
            session: false,
            one_step: false,
            needs: Vec::new(),
            control: Recipe::default(),
            profiles: Vec::new(),
            overrides: IndexMap::new(),
            fingerprint: 0,
        }),
        profile: conditions.profile,
        level: Level::Must,
        delivery: capabilities.keys.first().copied().unwrap_or(KeyDelivery::JwksUri),
        time: Timetable::ordinary(capabilities),
        https: conditions.https && capabilities.tls,
        tells: Tells { typ: capabilities.typ, required_claims: capabilities.required_claims },
    }
}

fn step(recipe: Recipe, request: Option<RequestSpec>, expect: Expect) -> Step {
    let answer = AnswerSpec::default();
    Step::Present(Arc::new(Presentation {
        recipe,
        request,
        expect,
        answer,
        cause: None,
        times: 1,
        at_once: false,
    }))
}

/// Runs the preflight.
pub async fn check(test_bed: &TestBed) -> Result<(), PreflightError> {
    let result = test_bed.run_one(0).await;
    match result.outcome {
        Outcome::Pass => Ok(()),
        _ => Err(PreflightError(Box::new(result))),
    }
}
