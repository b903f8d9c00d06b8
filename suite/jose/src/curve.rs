//! The curves of ECDSA, as far as their equation (FIPS 186-5 section 3.3, SEC 2 version 2.0).

use num_bigint::BigUint;

/// A curve of RFC 7518 section 6.2.1.1 or RFC 8812 section 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// secp256k1.
    Secp256k1,
}

impl Curve {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::Secp256k1];

    /// Its registered name, the value of `crv`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
        }
    }

    /// Its object identifier, as DER has it (RFC 5480 section 2.1.1.1).
    pub(super) const fn identifier(self) -> &'static [u8] {
        match self {
            Self::P256 => b"\x2a\x86\x48\xce\x3d\x03\x01\x07",
            Self::P384 => b"\x2b\x81\x04\x00\x22",
            Self::P521 => b"\x2b\x81\x04\x00\x23",
            Self::Secp256k1 => b"\x2b\x81\x04\x00\x0a",
        }
    }

    /// The length of a coordinate, and of each half of a signature, in bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Returns whether y² = x³ + ax + b modulo the prime, with both coordinates below it.
    pub fn contains(self, x: &[u8], y: &[u8]) -> bool {
        let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
        let prime = self.prime();
        if x >= prime || y >= prime {
            return false;
        }
        let (a, b) = self.coefficients(&prime);
        (&y * &y) % &prime == ((&x * &x + a) * &x + b) % &prime
    }

    /// The order of its base point, below which r and s of a signature are.
    pub fn order(self) -> BigUint {
        let hex: &[u8] = match self {
            Self::P256 => b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
            Self::P384 => {
                b"ffffffffffffffffffffffffffffffffffffffffffffffff\
                  c7634d81f4372ddf581a0db248b0a77aecec196accc52973"
            }
            Self::P521 => {
                b"01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa\
                  51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
            }
            Self::Secp256k1 => b"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        };
        BigUint::parse_bytes(hex, 16).unwrap_or_default()
    }

    fn prime(self) -> BigUint {
        let two = |exponent: u32| BigUint::from(2_u8).pow(exponent);
        match self {
            Self::P256 => two(256) - two(224) + two(192) + two(96) - 1_u8,
            Self::P384 => two(384) - two(128) - two(96) + two(32) - 1_u8,
            Self::P521 => two(521) - 1_u8,
            Self::Secp256k1 => two(256) - two(32) - 977_u16,
        }
    }

    fn coefficients(self, prime: &BigUint) -> (BigUint, BigUint) {
        let b: &[u8] = match self {
            Self::P256 => b"5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
            Self::P384 => {
                b"b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875a\
                  c656398d8a2ed19d2a85c8edd3ec2aef"
            }
            Self::P521 => {
                b"51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109\
                  e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00"
            }
            Self::Secp256k1 => b"7",
        };
        let a = match self {
            Self::Secp256k1 => BigUint::ZERO,
            _ => prime - 3_u8,
        };
        (a, BigUint::parse_bytes(b, 16).unwrap_or_default())
    }
}
