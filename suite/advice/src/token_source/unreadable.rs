//! What a token is that is no JWT, in the words of `explain`.

use super::secrets::Secrets;
use crate::explain::{Question, TrustFile, explain};

/// Says what a text is that cannot be read as a token; `why` is what the reference verifier says.
pub(super) async fn unreadable(text: &str, why: String, secrets: &Secrets) -> String {
    let Ok(nobody) = TrustFile::parse("nobody", r#"{"providers": []}"#) else { return why };
    let Ok(explanation) = explain(&Question::new(text, nobody)).await else { return why };
    let about_form = explanation.near_misses.iter().find(|it| it.explains.contains(&"segments"));
    match about_form {
        Some(miss) => secrets.hide(miss.text.trim_end_matches('.')),
        None => secrets.hide(&why),
    }
}
