//! The texts that a target file has for its socket, for one token.

use super::facts::Facts;
use super::file::TargetFile;
use super::message::{MessageTemplate, Messages};
use super::pattern::{Pattern, PatternTemplate};

impl TargetFile {
    /// The header fields of the opening handshake.
    ///
    /// # Errors
    ///
    /// If a template fails.
    pub(crate) fn handshake_header(&self, facts: &Facts) -> Result<Vec<(String, Vec<u8>)>, String> {
        let rendered = |(name, value): (&String, &MessageTemplate)| {
            Ok((name.clone(), value.render(facts)?.into_bytes()))
        };
        self.present.header.iter().map(rendered).collect()
    }

    /// The messages on its socket for a token.
    ///
    /// # Errors
    ///
    /// If a template fails.
    pub(crate) fn messages(&self, facts: &Facts) -> Result<Messages, String> {
        let texts = |templates: &[MessageTemplate]| -> Result<Vec<String>, String> {
            templates.iter().map(|template| template.render(facts)).collect()
        };
        let patterns = |templates: &[PatternTemplate]| -> Result<Vec<Pattern>, String> {
            templates.iter().map(|template| template.render(facts)).collect()
        };
        let named = |template: &Option<PatternTemplate>| {
            template.as_ref().map(|template| template.render(facts)).transpose()
        };
        let Self { present, verdict, .. } = self;
        Ok(Messages {
            subprotocol: present.subprotocol.clone(),
            open: texts(&present.open)?,
            send: texts(&present.send)?,
            sign_out: texts(&present.sign_out)?,
            accept: patterns(&verdict.accept.message)?,
            reject: patterns(&verdict.reject.message)?,
            version: named(&verdict.version)?,
            // A token without `sub` has no identity to name.
            identity: named(&verdict.identity)?.filter(|_| !facts.subject.is_empty()),
        })
    }
}
