//! The parser that others are held to: the reference verifier's checks of form, and nothing else.

use super::{Parsed, Parser};
use crate::reference::parts::read_token;

/// The reference verifier's parser.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strict;

impl Parser for Strict {
    fn name(&self) -> &str {
        "strict"
    }

    fn parse(&self, token: &str) -> Result<Parsed, String> {
        let (header, claims, signature) = read_token(token)?;
        Ok(Parsed { header, claims, signature: Some(signature) })
    }
}
