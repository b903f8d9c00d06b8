//! Faults in comparing issuers: as addresses, which have several spellings, and not as text.

use reqwest::Url;

use super::issuers::find;
use super::{Fault, changed, wrong_check};
use crate::Check;

pub(super) const FAULTS: &[Fault] = &[
    wrong_check("issuer-as-url", "compares issuers as URLs that were read and normalised", AS_URL)
        .caught_by(&[
            "issuer-host/backslash",
            "issuer-host/default-port",
            "issuer-host/default-port-left-out",
            "issuer-host/dot-dot-segment",
            "issuer-host/dot-segment",
            "issuer-host/empty-path",
            "issuer-host/empty-port",
            "issuer-host/host-in-capitals",
            "issuer-host/punycode-for-unicode",
            "issuer-host/scheme-in-capitals",
            "issuer-host/unicode-for-punycode",
            "issuer-host/wide-dot",
            "issuer-host/address-as-number",
            "issuer-host/address-in-other-digits",
            "issuer-host/encoded-dot-segment",
            "issuer-host/ipv6-written-out",
            "issuer-host/kelvin-sign",
            "issuer-host/soft-hyphen",
            "issuer-host/tab-inside",
        ]),
    wrong_check("issuer-lowercased", "compares issuers in small letters of Unicode", LOWERCASED)
        .caught_by(&["issuer-host/host-in-capitals", "issuer-host/kelvin-sign"]),
    wrong_check(
        "issuer-sharp-s-folded",
        "compares issuers as IDNA of 2003, where \u{df} is ss",
        SHARP_S,
    )
    .caught_by(&["issuer-host/sharp-s"]),
    wrong_check("issuer-percent-decoded", "compares issuers percent-decoded", DECODED).caught_by(
        &[
            "issuer-host/percent-decoded",
            "issuer-host/percent-encoded-letter",
            "issuer-host/percent-encoding-in-small-letters",
        ],
    ),
    wrong_check("issuer-without-dot", "compares issuers without a dot behind the host", UNDOTTED)
        .caught_by(&["issuer-host/trailing-dot"]),
    wrong_check("issuer-slashes-merged", "compares issuers with doubled slashes merged", MERGED)
        .caught_by(&["issuer-host/doubled-slash", "issuer/slash-doubled"]),
    wrong_check("issuer-by-host", "compares the hosts of issuers only", BY_HOST).caught_by(&[
        "issuer-host/empty-query",
        "issuer-host/fragment",
        "issuer-host/query",
        "issuer-host/user-before-host",
    ]),
    wrong_check("issuer-by-beginning", "takes an `iss` that begins with the trusted host", BEGINS)
        .caught_by(&["issuer-host/trusted-as-user"]),
    wrong_check("issuer-below-host", "takes an `iss` of a host below the trusted one", BELOW)
        .caught_by(&["issuer-host/host-below"]),
];

const AS_URL: Check = changed("issuer", |it| {
    find(it, |received, trusted| {
        let url = |text: &str| Url::parse(text).ok();
        url(received).is_some() && url(received) == url(trusted)
    })
});

const LOWERCASED: Check = changed("issuer", |it| {
    find(it, |received, trusted| received.to_lowercase() == trusted.to_lowercase())
});

const SHARP_S: Check = changed("issuer", |it| {
    find(it, |received, trusted| {
        received.replace('\u{df}', "ss") == trusted.replace('\u{df}', "ss")
    })
});

const DECODED: Check = changed("issuer", |it| {
    find(it, |received, trusted| percent_decoded(received) == percent_decoded(trusted))
});

/// What is no escape stays.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => {
                bytes.push(b'%');
                bytes.extend_from_slice(part.as_bytes());
            }
        }
    }
    bytes
}

const UNDOTTED: Check = changed("issuer", |it| {
    find(it, |received, trusted| received.replace("./", "/") == trusted.replace("./", "/"))
});

const MERGED: Check = changed("issuer", |it| {
    find(it, |received, trusted| {
        let merged = |text: &str| text.replacen("://", ":", 1).replace("//", "/");
        merged(received) == merged(trusted)
    })
});

fn host(text: &str) -> Option<String> {
    Url::parse(text).ok()?.host_str().map(str::to_owned)
}

const BY_HOST: Check = changed("issuer", |it| {
    find(it, |received, trusted| host(received).is_some() && host(received) == host(trusted))
});

const BEGINS: Check = changed("issuer", |it| {
    find(it, |received, trusted| {
        host(trusted).is_some_and(|host| received.starts_with(&format!("https://{host}")))
    })
});

const BELOW: Check = changed("issuer", |it| {
    find(it, |received, trusted| match (host(received), host(trusted)) {
        (Some(received), Some(trusted)) => received.ends_with(&format!(".{trusted}")),
        _ => false,
    })
});
