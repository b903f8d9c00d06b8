//! What the integration tests share.

use jwtspec::event::{CaseResult, Event, Summary};
use jwtspec::run::{Options, RunError, run};
use jwtspec::scenario::Catalogue;
use jwtspec::target::Target;

/// Runs scenarios and returns every result, by id.
pub(crate) async fn results(
    catalogue: &Catalogue,
    target: Target,
    options: &Options,
) -> Result<(Summary, Vec<CaseResult>), RunError> {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let summary = run(catalogue, target, options, &sender).await?;
    drop(sender);
    let mut results = Vec::new();
    while let Some(event) = receiver.recv().await {
        if let Event::CaseFinished(result) = event {
            results.push(*result);
        }
    }
    results.sort_by(|a, b| a.id.cmp(&b.id));
    Ok((summary, results))
}
