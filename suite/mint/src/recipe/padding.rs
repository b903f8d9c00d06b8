//! Encoded messages of RSA other than the right one, as they are written: `padding(short)`.

use jwtspec_types::words::words;

words! {
    /// An encoded message that is not the one that RFC 8017 section 9 makes of a token.
    PaddingFault {
        /// The shortest padding, and garbage behind `DigestInfo`.
        GarbageBehind = "garbage-behind",
        /// The shortest padding, and garbage for the parameters of the hash.
        GarbageInParameters = "garbage-in-parameters",
        /// The shortest padding, and garbage behind the hash, within `DigestInfo`.
        GarbageInDigestInfo = "garbage-in-digest-info",
        /// No parameters of the hash, where NULL is due.
        ParametersAbsent = "parameters-absent",
        /// Lengths in more bytes than DER allows.
        LongLengths = "long-lengths",
        /// `DigestInfo` of indefinite length, as BER allows.
        IndefiniteLength = "indefinite-length",
        /// `DigestInfo` as a SET, not a SEQUENCE.
        OtherTag = "other-tag",
        /// One more value behind the NULL of the hash.
        ElementBehindParameters = "element-behind-parameters",
        /// Seven bytes of padding, behind zeros.
        Short = "short",
        /// `DigestInfo` behind zeros.
        Absent = "absent",
        /// One byte of padding that is not FF.
        OtherOctet = "other-octet",
        /// Block type 0.
        BlockType0 = "block-type-0",
        /// Block type 2.
        BlockType2 = "block-type-2",
        /// A first byte that is not zero.
        FirstOctet = "first-octet",
        /// No zero byte in front.
        LeadingZeroRemoved = "leading-zero-removed",
        /// No zero byte behind the padding.
        NoSeparator = "no-separator",
        /// The hash without `DigestInfo`.
        BareHash = "bare-hash",
        /// A hash of no bytes.
        EmptyHash = "empty-hash",
        /// The object identifier of another hash of this length.
        OtherIdentifier = "other-identifier",
        /// `DigestInfo` within the padding, and another hash where it belongs.
        HashElsewhere = "hash-elsewhere",
        /// PSS: a last byte that is not BC.
        PssTrailer = "pss-trailer",
        /// PSS: the first bit set, which has to be clear.
        PssTopBit = "pss-top-bit",
        /// PSS: a bit set in the zeros under the mask.
        PssPadding = "pss-padding",
        /// PSS: a byte of 3 where 1 ends the padding.
        PssSeparator = "pss-separator",
        /// PSS: a bit of the salt changed under the mask.
        PssSalt = "pss-salt",
        /// PSS: a bit of the hash changed.
        PssHash = "pss-hash",
    }
}

impl PaddingFault {
    /// Its description for people, after "over".
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::GarbageBehind => "a padding of 8 octets, DigestInfo, and garbage behind it",
            Self::GarbageInParameters => "a DigestInfo with garbage as parameters of its hash",
            Self::GarbageInDigestInfo => "a DigestInfo with garbage behind its hash",
            Self::ParametersAbsent => "a DigestInfo without the parameters of its hash",
            Self::LongLengths => "a DigestInfo whose lengths have an octet more than DER allows",
            Self::IndefiniteLength => "a DigestInfo of indefinite length",
            Self::OtherTag => "a DigestInfo that is a SET",
            Self::ElementBehindParameters => {
                "a DigestInfo with an octet string behind the parameters of its hash"
            }
            Self::Short => "zeros and a padding of 7 octets",
            Self::Absent => "zeros and DigestInfo, without padding",
            Self::OtherOctet => "a padding with an octet that is not FF",
            Self::BlockType0 => "a padding of block type 00",
            Self::BlockType2 => "a padding of block type 02",
            Self::FirstOctet => "an encoded message that starts with 01, not 00",
            Self::LeadingZeroRemoved => "an encoded message without the 00 in front",
            Self::NoSeparator => "a padding without the 00 behind it",
            Self::BareHash => "a hash without DigestInfo around it",
            Self::EmptyHash => "a DigestInfo with a hash of no octets",
            Self::OtherIdentifier => "a DigestInfo that names another hash function",
            Self::HashElsewhere => {
                "a padding with the right DigestInfo in it, and another behind it"
            }
            Self::PssTrailer => "an encoded message that ends in CC, not BC",
            Self::PssTopBit => "an encoded message whose first bit is set",
            Self::PssPadding => "a padding that is not all zeros under its mask",
            Self::PssSeparator => "a padding that ends in 03 under its mask, not 01",
            Self::PssSalt => "another salt than the one that was hashed",
            Self::PssHash => "a hash with its last bit changed",
        }
    }
}
