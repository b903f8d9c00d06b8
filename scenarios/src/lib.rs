//! Unstable: the scenario files, the requirements they cite and the profiles, embedded.

use include_dir::{Dir, include_dir};

/// The scenario files, one topic each: `audience.toml`, `expiry.toml`, …
pub static TOPICS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/topics");

/// The requirements of the specifications, one document each: `rfc7519.toml`, …
pub static REQUIREMENTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/requirements");

/// The profiles: `jwt.toml`, `oidc.toml`, …
pub static PROFILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/profiles");
