//! Starting the process of a target: what its file says, rendered.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::configuration::read_template;
use super::error::{TargetError, system_error};
use super::fault::ConnectionFault;
use super::file::TargetFile;
use super::http::HttpClient;
use super::process::{self, Process, Unready};
use super::render;
use super::request::PreparedRequest;
use super::template::Variables;
use jwtspec_format::Problems;
use jwtspec_types::trust::Trust;

/// The variables in which HTTP clients look for the file of an authority to trust.
const AUTHORITY_VARIABLES: [&str; 4] =
    ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// The time for an answer of a target that may not be ready.
const LOOK: Duration = Duration::from_secs(2);

/// Renders what the file says and starts the process.
pub(super) fn spawn_process(
    file: &TargetFile,
    trusts: &[Trust],
    ca_file: &Path,
) -> Result<(Process, u16, tempfile::TempDir), TargetError> {
    let folder = file
        .folder
        .canonicalize()
        .map_err(system_error(format!("open {}", file.folder.display())))?;
    let scratch = tempfile::tempdir().map_err(system_error("make a temporary folder"))?;
    let mut variables = Variables::new(&folder, trusts);
    variables.port = process::free_port().map_err(system_error("find a free port"))?;
    variables.scratch = scratch.path().display().to_string();
    variables.ca_file = ca_file.display().to_string();
    if let Some(name) = &file.start.config {
        let template = read_template(&file.source, &file.folder, name, &[])?;
        let rendered = render::render_file(&template, &variables)
            .map_err(|problem| Problems::from_one(&template, problem))?;
        let stem = PathBuf::from(name.strip_suffix(".j2").unwrap_or(name));
        let config = scratch.path().join(stem.file_name().unwrap_or(stem.as_os_str()));
        std::fs::write(&config, rendered).map_err(system_error("write the configuration"))?;
        variables.config = config.display().to_string();
    }
    let rendered = |what: &str, text: &String| render::render(what, text, &variables);
    let command = file
        .start
        .command
        .iter()
        .map(|argument| rendered("`start.command`", argument))
        .collect::<Result<Vec<_>, _>>()?;
    let mut environment = vec![("JWTSPEC_PORT".to_owned(), variables.port.to_string())];
    let authority = |name: &&str| ((*name).to_owned(), variables.ca_file.clone());
    if !variables.ca_file.is_empty() {
        environment.extend(AUTHORITY_VARIABLES.iter().map(authority));
    }
    for (name, value) in &file.start.env {
        environment.push((name.clone(), rendered("`start.env`", value)?));
    }
    Ok((Process::start(&command, &folder, &environment)?, variables.port, scratch))
}

/// Finds out whether something answers there, with anything but a server error.
pub(super) async fn answers(http: &HttpClient, base: &str, path: &str) -> Result<(), Unready> {
    let get = PreparedRequest::new("GET", format!("{base}{path}"));
    let answer = tokio::time::timeout(LOOK, http.answer_to(&get)).await;
    let path = path.to_owned();
    match answer.unwrap_or(Err(ConnectionFault::Timeout(LOOK))) {
        Ok(answer) if answer.status < 500 => Ok(()),
        // It is up, and what is wrong with its answer shows next.
        Err(fault) if fault.is_flood() => Ok(()),
        Ok(answer) => Err(Unready::Failing { path, status: answer.status }),
        Err(fault) => Err(Unready::NoAnswer { path, fault }),
    }
}
