//! What the reference verifier says when it refuses, reviewed: `cargo insta review` shows changes.

mod support;

use std::sync::Arc;

use jwtspec::reference::Reference;
use jwtspec::report::snapshots;
use jwtspec::run::Options;
use jwtspec::scenario::Catalogue;
use jwtspec::target::Target;

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_verifier_says_what_was_reviewed() {
    let catalogue = Catalogue::embedded().unwrap_or_else(|error| panic!("{error}"));
    let target = Target::Rust(Arc::new(Reference::default()));
    let (_, results) = support::results(&catalogue, target, &Options::default())
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/reference"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (topic, text) in snapshots(&results) {
        settings.bind(|| insta::assert_snapshot!(topic, text));
    }
}
