//! Describes a token that is no JWT, in the words of `explain`.

use super::secrets::Secrets;
use crate::explain::{Question, TrustFile, explain};

/// Describes a text that cannot be read as a token; `why` is the reason of the reference verifier.
pub(super) async fn describe_unreadable(text: &str, why: String, secrets: &Secrets) -> String {
    let Ok(trust) = TrustFile::parse("no provider", r#"{"providers": []}"#) else { return why };
    let Ok(explanation) = explain(&Question::new(text, trust)).await else { return why };
    let about_form = explanation.near_misses.iter().find(|it| it.explains.contains(&"segments"));
    match about_form {
        Some(miss) => secrets.hide(miss.text.trim_end_matches('.')),
        None => secrets.hide(&why),
    }
}
