//! The differences of a request from the usual.

use serde::Deserializer;

use jwtspec_mint::context::MintContext;
use jwtspec_mint::hex::HexBytes;
use jwtspec_mint::placeholder::{ExpandError, RequestText};
#[cfg(feature = "schema")]
use jwtspec_types::members::one_or_many_schema;
use jwtspec_types::members::{one_or_many, sparse};
use jwtspec_types::words::words;

sparse! {
    /// The differences of a request from the usual.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct RequestSpec {
        /// Values of `Authorization`, one header line each; none if empty.
        #[serde(deserialize_with = "some_list")]
        #[cfg_attr(feature = "schema", schemars(schema_with = "one_or_many_schema::<RequestText>"))]
        pub authorization: Option<Vec<RequestText>>,
        /// The bytes of `Authorization`, whatever they are; the token is not presented.
        pub authorization_octets: Option<HexBytes>,
        /// The query string.
        pub query: Option<RequestText>,
        /// A form body, sent by POST.
        pub form: Option<RequestText>,
        /// A cookie, beside the usual credentials.
        pub cookie: Option<RequestText>,
        /// The method.
        pub method: Option<Method>,
        /// Another spelling of the path.
        pub path: Option<PathSpelling>,
    }
}

impl RequestSpec {
    /// These bytes as `Authorization`, instead of a token.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        Self { authorization_octets: Some(HexBytes(bytes)), ..Self::default() }
    }

    /// Fills the token into every part, for checking.
    pub(crate) fn fill_all(
        &self,
        token: &str,
        mint_context: &MintContext,
    ) -> Result<(), ExpandError> {
        let elsewhere = self.query.iter().chain(&self.form).chain(&self.cookie);
        let mut texts = self.authorization.iter().flatten().chain(elsewhere);
        texts.try_for_each(|text| jwtspec_mint::fill(text, token, mint_context).map(drop))
    }

    /// Returns true if what is asked for may be nothing that the target has: by another method than
    /// GET and HEAD, or at another spelling of its path.
    pub(crate) fn asks_elsewhere(&self) -> bool {
        let other = self.method.is_some_and(|it| !matches!(it, Method::Get | Method::Head));
        other || self.path.is_some()
    }

    /// The differences, on one line.
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        match self.authorization.as_deref() {
            None => {}
            Some([]) => parts.push("without `Authorization`".to_owned()),
            Some(values) => {
                parts.extend(values.iter().map(|value| format!("Authorization: {}", value.0)));
            }
        }
        let bytes = self.authorization_octets.iter();
        parts.extend(bytes.map(|bytes| format!("Authorization: the bytes {bytes}")));
        parts.extend(self.query.iter().map(|query| format!("query {}", query.0)));
        parts.extend(self.form.iter().map(|form| format!("form {}", form.0)));
        parts.extend(self.cookie.iter().map(|cookie| format!("Cookie: {}", cookie.0)));
        parts.extend(self.method.map(|method| format!("by {}", method.as_str())));
        parts.extend(self.path.map(|path| format!("at the path with {}", path.about())));
        parts.join("; ")
    }
}

fn some_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<RequestText>>, D::Error> {
    one_or_many(deserializer).map(Some)
}

words! {
    /// A request method.
    Method {
        /// GET.
        Get = "GET",
        /// HEAD.
        Head = "HEAD",
        /// POST.
        Post = "POST",
        /// PUT.
        Put = "PUT",
        /// PATCH.
        Patch = "PATCH",
        /// PROPFIND (RFC 4918), which few servers know.
        Propfind = "PROPFIND",
    }
}

words! {
    /// Another spelling of a path, which a server may take for the same.
    PathSpelling {
        /// A slash behind it.
        SlashBehind = "slash-behind",
        /// A second slash before it.
        SlashDoubled = "slash-doubled",
        /// A parameter behind it, as RFC 3986 section 3.3 knows them.
        ParameterBehind = "parameter-behind",
        /// An encoded space behind it.
        SpaceBehind = "space-behind",
        /// A file name extension behind it.
        ExtensionBehind = "extension-behind",
        /// Its first letter in the other case.
        LetterInOtherCase = "letter-in-other-case",
        /// Its first letter percent-encoded.
        LetterEncoded = "letter-encoded",
    }
}

impl PathSpelling {
    const fn about(self) -> &'static str {
        match self {
            Self::SlashBehind => "a slash behind it",
            Self::SlashDoubled => "a second slash before it",
            Self::ParameterBehind => "`;a=b` behind it",
            Self::SpaceBehind => "an encoded space behind it",
            Self::ExtensionBehind => "`.json` behind it",
            Self::LetterInOtherCase => "its first letter in the other case",
            Self::LetterEncoded => "its first letter percent-encoded",
        }
    }

    /// The path in this spelling; nothing if it has no letter to change.
    pub(crate) fn of(self, path: &str) -> Option<String> {
        let other_letter = |change: fn(char) -> String| {
            let place = path.find(|c: char| c.is_ascii_alphabetic())?;
            let (before, behind) = path.split_at(place);
            let (letter, behind) = behind.split_at(1);
            Some(format!("{before}{}{behind}", letter.chars().map(change).collect::<String>()))
        };
        match self {
            Self::SlashBehind => Some(format!("{path}/")),
            Self::SlashDoubled => Some(format!("/{path}")),
            Self::ParameterBehind => Some(format!("{path};a=b")),
            Self::SpaceBehind => Some(format!("{path}%20")),
            Self::ExtensionBehind => Some(format!("{path}.json")),
            Self::LetterInOtherCase => other_letter(|letter| match letter.is_ascii_lowercase() {
                true => letter.to_ascii_uppercase().to_string(),
                false => letter.to_ascii_lowercase().to_string(),
            }),
            Self::LetterEncoded => other_letter(|letter| format!("%{:02X}", u32::from(letter))),
        }
    }
}
