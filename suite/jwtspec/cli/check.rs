//! `jwtspec check`: finds every mistake in the files that people write.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::exit::{BAD_USAGE, CLEAN};
use super::fail::Fail;
use jwtspec_engine::plan::check_scenario;
use jwtspec_engine::scenario::{Catalogue, ReadError, toml_files};
use jwtspec_engine::target::{Deviations, DeviationsError, TargetFile, TargetFileError};

pub(super) fn check(paths: &[PathBuf]) -> Result<u8, Fail> {
    let mut report = Findings::default();
    let embedded = Catalogue::embedded()?;
    if paths.is_empty() {
        report.scenarios(&embedded);
    }
    for path in files(paths)? {
        report.file(&path, &embedded)?;
    }
    report.end()
}

/// Named files, and the TOML files of named folders.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Fail> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let found = toml_files(path).map_err(|error| Fail::file("open", path, error))?;
        if found.is_empty() {
            return Err(
                Fail::usage(format!("no *.toml in {}", path.display())).advise("name a file")
            );
        }
        files.extend(found);
    }
    Ok(files)
}

/// True if a file states how to start a target, under any file name: one folder may hold several
/// target files. At the top of a scenario file no member is text but `about`.
fn is_target(path: &Path) -> bool {
    let table = table(path);
    table.contains_key("start") && table.get("name").is_some_and(toml::Value::is_str)
}

/// True if a file lists deviations, under any file name: ids of scenarios have a slash, which names
/// in a scenario file have not.
fn is_deviations(path: &Path) -> bool {
    table(path).keys().any(|name| name.contains('/'))
}

fn table(path: &Path) -> toml::Table {
    std::fs::read_to_string(path).unwrap_or_default().parse().unwrap_or_default()
}

#[derive(Default)]
struct Findings {
    mistakes: Vec<jwtspec_format::Problems>,
    messages: Vec<String>,
    checked: usize,
}

impl Findings {
    fn file(&mut self, path: &Path, embedded: &Catalogue) -> Result<(), Fail> {
        match path.file_name().and_then(|name| name.to_str()) {
            name if name == Some("target.toml") || is_target(path) => {
                match TargetFile::read(path) {
                    Ok(file) => {
                        self.checked += 1;
                        self.deviations(file.add_deviations(&mut Deviations::default(), embedded));
                    }
                    Err(TargetFileError::Mistakes(problems)) => self.mistakes.push(problems),
                    Err(other) => return Err(other.into()),
                }
            }
            name if name == Some("deviations.toml") || is_deviations(path) => {
                self.checked += 1;
                self.deviations(Deviations::default().add_file(path, embedded));
            }
            _ => match Catalogue::from_path(path) {
                Ok(catalogue) => self.scenarios(&catalogue),
                Err(ReadError::Mistakes(mistakes)) => self.mistakes.extend(mistakes),
                Err(other) => return Err(other.into()),
            },
        }
        Ok(())
    }

    fn deviations(&mut self, added: Result<(), DeviationsError>) {
        match added {
            Ok(()) => {}
            Err(DeviationsError::Mistakes(problems)) => self.mistakes.push(problems),
            Err(other) => self.messages.push(other.to_string()),
        }
    }

    fn scenarios(&mut self, catalogue: &Catalogue) {
        for scenario in catalogue.iter() {
            self.checked += 1;
            if let Err(error) = check_scenario(scenario) {
                self.messages.push(format!("{}: {error}", scenario.id));
            }
        }
    }

    fn end(self) -> Result<u8, Fail> {
        if !self.messages.is_empty() {
            if !self.mistakes.is_empty() {
                Fail::Mistakes(self.mistakes).print();
            }
            return Err(Fail::library(BAD_USAGE, self.messages.join("\n")));
        }
        if !self.mistakes.is_empty() {
            return Err(Fail::Mistakes(self.mistakes));
        }
        let _ = writeln!(anstream::stdout().lock(), "{} checked, no mistakes", self.checked);
        Ok(CLEAN)
    }
}
