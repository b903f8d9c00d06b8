//! `jwtspec seeds`: writes the seeds of the fuzz targets.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::args::SeedsArgs;
use super::exit::CLEAN;
use super::fail::Fail;
use jwtspec_search::fuzz::seeds::{SeedTarget, seeds};

pub(super) fn write(args: &SeedsArgs) -> Result<u8, Fail> {
    let targets = match args.target {
        Some(target) => vec![target],
        None => SeedTarget::ALL.to_vec(),
    };
    for target in targets {
        let folder = args.dir.join(target.as_str());
        fs::create_dir_all(&folder).map_err(|error| Fail::file("create", &folder, error))?;
        remove_old(&folder)?;
        let seeds = seeds(target)?;
        let mut bytes = 0;
        for seed in &seeds {
            let path = folder.join(&seed.name);
            fs::write(&path, &seed.bytes).map_err(|error| Fail::file("write", &path, error))?;
            bytes += seed.bytes.len();
        }
        let _ =
            writeln!(anstream::stdout().lock(), "{target}: {} seeds, {bytes} bytes", seeds.len());
    }
    Ok(CLEAN)
}

/// Removes the seeds of earlier runs.
fn remove_old(folder: &Path) -> Result<(), Fail> {
    let entries = fs::read_dir(folder).map_err(|error| Fail::file("read", folder, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Fail::file("read", folder, error))?;
        if entry.file_name().to_string_lossy().starts_with("seed-") {
            let path = entry.path();
            fs::remove_file(&path).map_err(|error| Fail::file("remove", &path, error))?;
        }
    }
    Ok(())
}
