//! Unstable: the scenario files, the requirements they cite and the profiles, embedded.

use include_dir::{Dir, include_dir};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR");

/// The manifest of this crate, which lies beside the scenario files.
pub const MANIFEST: &str = "Cargo.toml";

/// The scenarios that fail for each fault of the bank.
pub const POWER: &str = include_str!("../power/matrix.toml");

/// An embedded file: its name without `.toml`, and its text.
pub type File = (&'static str, &'static str);

/// The scenario files by name, one topic each: `audience`, `expiry`, …
pub fn topics() -> Vec<File> {
    toml_files(&FILES)
}

/// The requirements by document: `rfc7519`, …
pub fn requirements() -> Vec<File> {
    FILES.get_dir("requirements").map(toml_files).unwrap_or_default()
}

/// The profiles by name: `jwt`, `oidc`, …
pub fn profiles() -> Vec<File> {
    FILES.get_dir("profiles").map(toml_files).unwrap_or_default()
}

fn toml_files(folder: &'static Dir<'static>) -> Vec<File> {
    let named = |file: &'static include_dir::File<'static>| {
        let name = file.path().file_name()?.to_str()?;
        let stem = name.strip_suffix(".toml").filter(|_| name != MANIFEST)?;
        Some((stem, file.contents_utf8()?))
    };
    let mut files: Vec<File> = folder.files().filter_map(named).collect();
    files.sort_unstable();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_file_is_embedded() {
        let has = |files: Vec<File>, wanted: &str| files.iter().any(|(name, _)| *name == wanted);
        assert!(has(topics(), "audience") && has(requirements(), "rfc7519"));
        assert!(has(profiles(), "jwt"));
        assert!(!has(topics(), "Cargo"), "the manifest is no topic");
    }
}
