//! The template of the configuration file of a target.

use std::path::Path;

use super::render;
use super::template::{OF_START, Variables};
use jwtspec_format::{Document, Problem, Problems, Source};

/// Reads the template that `start.config` of a target file in this folder names.
///
/// # Errors
///
/// If it cannot be read, or is no template for the variables that there are, or fails for an example
/// of them.
pub(super) fn read_template(
    target: &Source,
    folder: &Path,
    name: &str,
    examples: &[Variables],
) -> Result<Source, Problems> {
    let path = folder.strip_prefix(".").unwrap_or(folder).join(name);
    let bytes = std::fs::read(&path).map_err(|error| {
        let place = Document::parse(target).place(&["start", "config"]);
        let message = format!("failed to read the template {}: {error}", path.display());
        let problem = Problem::new(place, message).with_help("name a file beside this one");
        Problems::from_one(target, problem)
    })?;
    let template = Source::from_bytes(path.to_string_lossy(), bytes)?;
    match Problems::from_list(&template, render::check_file(&template, &OF_START, examples)) {
        None => Ok(template),
        Some(problems) => Err(problems),
    }
}
