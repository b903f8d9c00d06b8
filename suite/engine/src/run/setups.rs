//! The setups of cases: when they are made, and when they give up what they took.

use std::ops::Deref;

use super::{RunError, now};
use crate::issuer::IssuerServer;
use crate::plan::{Case, Extra, Setup, endpoint_specs, setup};
use crate::target::TokenTable;

/// The setups of the cases, and when they are made.
pub(super) enum Setups {
    /// All made before the run, and kept until its end; in the order of the cases.
    Kept(Vec<Setup>),
    /// Each made when its case starts, and given up when the case is done: its ports take file
    /// descriptors.
    OnePerCase {
        /// The additions of the target file to tokens.
        token: Box<TokenTable>,
        /// For each case the number of its first issuer, so that it does not depend on which cases
        /// run before.
        first_numbers: Vec<usize>,
    },
}

impl Setups {
    /// The setup of the case with this index, which starts now.
    ///
    /// # Errors
    ///
    /// If the system refuses a port, or a token of the scenario cannot be minted.
    pub(super) fn of_case<'b>(
        &'b self,
        index: usize,
        case: &Case,
        issuers: &'b IssuerServer,
    ) -> Result<CaseSetup<'b>, RunError> {
        match self {
            Self::Kept(setups) => Ok(CaseSetup::Kept(&setups[index])),
            Self::OnePerCase { token, first_numbers } => {
                let extra = extra(token, issuers);
                let setup = set_up_as(issuers, case, first_numbers[index], extra)?;
                Ok(CaseSetup::Own { setup: Box::new(setup), issuers })
            }
        }
    }
}

/// The setup of a case while it runs.
pub(super) enum CaseSetup<'b> {
    Kept(&'b Setup),
    Own { setup: Box<Setup>, issuers: &'b IssuerServer },
}

impl Deref for CaseSetup<'_> {
    type Target = Setup;

    fn deref(&self) -> &Setup {
        match self {
            Self::Kept(setup) => setup,
            Self::Own { setup, .. } => setup,
        }
    }
}

impl Drop for CaseSetup<'_> {
    fn drop(&mut self) {
        if let Self::Own { setup, issuers } = self {
            for (number, _) in setup.issuers.values() {
                issuers.release(*number);
            }
        }
    }
}

/// Takes places for the issuers of a case, opens them, and sets the case up there.
pub fn set_up_on(issuers: &IssuerServer, case: &Case, extra: Extra<'_>) -> Result<Setup, RunError> {
    let first_number = issuers.take_numbers(case.scenario.issuers.len());
    set_up_as(issuers, case, first_number, extra)
}

/// The same for issuers with numbers from this one on. What it took is given up if it fails.
fn set_up_as(
    issuers: &IssuerServer,
    case: &Case,
    first_number: usize,
    extra: Extra<'_>,
) -> Result<Setup, RunError> {
    let specs = endpoint_specs(case);
    let numbers = first_number..first_number + specs.len();
    let set_up = || {
        let reserve = |(number, spec)| issuers.reserve_as(number, spec);
        let places: Vec<_> = numbers.clone().zip(specs).map(reserve).collect::<Result<_, _>>()?;
        let setup = setup(case, &places, now(), extra)
            .map_err(|error| RunError::Scenario { id: case.scenario.id.clone(), error })?;
        for (number, documents) in setup.issuers.values() {
            issuers.open(*number, documents.clone())?;
        }
        Ok(setup)
    };
    set_up().inspect_err(|_| numbers.clone().for_each(|number| issuers.release(number)))
}

/// The additions of a run to every case.
pub(super) fn extra<'a>(token: &'a TokenTable, issuers: &'a IssuerServer) -> Extra<'a> {
    Extra {
        header: Some(&token.header),
        claims: Some(&token.claims),
        ca_pem: Some(issuers.ca_pem()),
    }
}
