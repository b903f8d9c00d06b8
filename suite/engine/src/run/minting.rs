//! The tokens of a scenario, and the requests that present them.

use super::case::CaseRunner;
use super::exchange::Prepared;
use super::request;
use crate::judge::Abort;
use crate::plan::SkipReason;
use crate::scenario::{Presentation, RequestSpec};
use crate::target::Configured;
use jwtspec_driver::TIME_HEADER;
use jwtspec_mint::recipe::Recipe;
use jwtspec_mint::{Minted, mint};

impl CaseRunner<'_, '_> {
    /// Mints the next token on a thread of the runtime: signing takes most of the time of a run, and
    /// the cases of a run share one task.
    pub(super) async fn mint(&mut self, recipe: &Recipe) -> Result<Minted, Abort> {
        let (now, count) = if self.again {
            self.minted
        } else {
            self.tokens += 1;
            (self.clock.now(), self.tokens)
        };
        self.minted = (now, count);
        self.mint_context.now = now;
        self.mint_context.count = count;
        self.mint_context.serial = format!("{}#{count}", self.setup.mint_context.serial);
        let (recipe, mint_context) = (recipe.clone(), self.mint_context.clone());
        match tokio::spawn(async move { mint(&recipe, &mint_context) }).await {
            Ok(minted) => Ok(minted?),
            // It is never cancelled, so it panicked.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    pub(super) async fn prepare(
        &mut self,
        configured: &Configured,
        recipe: &Recipe,
        presentation: Option<&Presentation>,
    ) -> Result<Prepared, Abort> {
        let minted = self.mint(recipe).await?;
        let terms = presentation.and_then(|presentation| presentation.request.as_ref());
        if terms.is_some_and(|terms| !request::has_spelling(configured.url(), terms)) {
            return Err(SkipReason::NoLetter.into());
        }
        let table = self.test_bed.target().presenting();
        let mut request =
            request::prepare(table, configured.url(), &minted.token, terms, &self.mint_context)?;
        if let Some(now) = self.clock.injected() {
            request.headers.push((TIME_HEADER.to_owned(), now.into_bytes()));
        }
        let elsewhere = terms.is_some_and(RequestSpec::asks_elsewhere);
        Ok(Prepared { minted, request, elsewhere })
    }
}
