//! Parsers that are wrong in one respect, to show that `parse_jwt` finds what is wrong.

use super::{Parsed, Parser};
use jwtspec_jose::{Compact, Duplicates, Tolerance, decode_with, object};

/// A parser that is as strict as the strict one, but for one fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// Panics where arrays or objects are nested in more than 32 others.
    PanicsAtDepth,
    /// Takes `+` and `/` for `-` and `_`.
    StandardBase64,
    /// Takes unused bits of a segment's last character that are not zero.
    TrailingBits,
    /// Takes the first of members that have the same name.
    FirstOfRepeated,
}

/// As deep as [`Planted::PanicsAtDepth`] goes.
const DEEPEST: usize = 32;

impl Planted {
    /// Every one.
    pub const ALL: [Self; 4] =
        [Self::PanicsAtDepth, Self::StandardBase64, Self::TrailingBits, Self::FirstOfRepeated];

    fn bytes(self, segment: &str) -> Result<Vec<u8>, String> {
        let tolerance = Tolerance {
            standard_alphabet: self == Self::StandardBase64,
            trailing_bits: self == Self::TrailingBits,
            ..Tolerance::NONE
        };
        decode_with(segment, tolerance).map_err(|fault| fault.to_string())
    }
}

impl Parser for Planted {
    fn name(&self) -> &str {
        match self {
            Self::PanicsAtDepth => "panics-at-depth",
            Self::StandardBase64 => "standard-base64",
            Self::TrailingBits => "trailing-bits",
            Self::FirstOfRepeated => "first-of-repeated",
        }
    }

    fn parse(&self, token: &str) -> Result<Parsed, String> {
        let segments = Compact::new(token).three();
        let [header, claims, signature] = segments.ok_or("not three segments")?;
        let signature = self.bytes(signature)?;
        let read = |segment| {
            let bytes = self.bytes(segment)?;
            if *self == Self::PanicsAtDepth {
                assert!(depth(&bytes) <= DEEPEST, "deeper than {DEEPEST}");
            }
            let duplicates = match self {
                Self::FirstOfRepeated => Duplicates::TakeFirst,
                _ => Duplicates::Refuse,
            };
            object(&bytes, duplicates).map_err(|fault| fault.to_string())
        };
        Ok(Parsed { header: read(header)?, claims: read(claims)?, signature: Some(signature) })
    }
}

/// The most brackets that are open at once; those in strings count too, which is no matter here.
fn depth(bytes: &[u8]) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in bytes {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}
