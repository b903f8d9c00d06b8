//! The parser that others are held to: strict reading, and nothing else.

use super::{Parsed, Parser};
use jwtspec_jose::Token;

/// The parser of the reference verifier, without its limit of size.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strict;

impl Parser for Strict {
    fn name(&self) -> &str {
        "strict"
    }

    fn parse(&self, token: &str) -> Result<Parsed, String> {
        let Token { header, claims, signature } =
            Token::read(token).map_err(|fault| fault.to_string())?;
        Ok(Parsed { header, claims, signature: Some(signature) })
    }
}
