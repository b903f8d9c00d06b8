//! Bytes as people write them: in hexadecimal.

use std::fmt;
use std::str::FromStr;

use jwtspec_types::advised::Advised;
use jwtspec_types::members::string_format;

/// Bytes, written as hexadecimal digits: `"426561726572"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HexBytes(pub Vec<u8>);

impl FromStr for HexBytes {
    type Err = Advised;

    fn from_str(text: &str) -> Result<Self, Advised> {
        let digit = |letter: u8| char::from(letter).to_digit(16);
        let pair = |pair: &[u8]| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok();
        let pairs = text.as_bytes().chunks_exact(2);
        let whole = pairs.remainder().is_empty();
        let bytes = pairs.map(pair).collect::<Option<_>>().filter(|_| whole);
        bytes.map(Self).ok_or_else(|| {
            Advised::new(format!("`{text}` is not hexadecimal"))
                .advise("write two digits for each octet: \"00ff\"")
        })
    }
}

impl fmt::Display for HexBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

string_format!(HexBytes, "Octets", { "type": "string", "pattern": "^([0-9a-fA-F]{2})*$" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_two_digits_each() {
        assert_eq!("00fF".parse(), Ok(HexBytes(vec![0, 255])));
        assert_eq!(HexBytes(vec![0, 255]).to_string(), "00ff");
        for wrong in ["0", "0x", "00f", "+1", "é"] {
            assert!(wrong.parse::<HexBytes>().is_err(), "{wrong}");
        }
    }
}
