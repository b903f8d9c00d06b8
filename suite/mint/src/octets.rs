//! Numbers and DER as bytes.

use num_bigint::BigUint;

/// A DER value; its content is shorter than 64 KiB.
pub(super) fn tagged(tag: u8, content: Vec<u8>) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let head = match (high, low) {
        (0, ..=0x7f) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, content].concat()
}

/// Big-endian bytes of that width; nothing if the number is wider.
pub(super) fn fixed_width(number: &BigUint, width: usize) -> Option<Vec<u8>> {
    let bytes = number.to_bytes_be();
    let missing = width.checked_sub(bytes.len())?;
    Some([vec![0; missing], bytes].concat())
}
