//! A backend that looks up `iss` among its configured providers, over HTTP and a WebSocket.
//!
//! It exists to be tested: see README.md.

mod cache;
mod choice;
mod config;
mod custom_jwt;
mod deployment;
mod domain;
mod fetch;
mod function;
mod header;
mod http;
mod identity;
mod message;
mod oidc;
mod refusal;
mod session;
mod socket;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::deployment::Deployment;
use crate::domain::Loopback;
use crate::refusal::Mode;

/// A backend that looks up `iss` among its configured providers.
#[derive(Parser)]
#[command(version, about)]
struct Args {
    /// The providers, as JSON: `auth.config.json`
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The port to listen on, on 127.0.0.1; 0 lets the system choose
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Say as little as in production: neither key ids nor configured providers
    #[arg(long)]
    production: bool,
    /// Take issuers on this machine, over http and without a top-level domain. For tests only:
    /// an author of the configuration can then have this service ask anything on this machine
    #[arg(long)]
    allow_loopback: bool,
}

/// Bad usage, a bad configuration, or a port that is taken.
const UNUSABLE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "convex-style: {error}");
            ExitCode::from(UNUSABLE)
        }
    }
}

async fn serve(args: Args) -> Result<(), Box<dyn std::error::Error>> {
    let loopback = if args.allow_loopback { Loopback::Allowed } else { Loopback::Refused };
    let config = Config::read(&args.config, loopback)?;
    let client = fetch::client().map_err(|error| format!("failed to set up HTTP: {error}"))?;
    let deployment =
        |it: config::Deployment| Deployment::new(it.providers, client.clone(), it.cache);
    let service = http::Service {
        root: deployment(config.root),
        deployments: config
            .deployments
            .into_iter()
            .map(|(name, it)| (name, deployment(it)))
            .collect(),
        mode: if args.production { Mode::Production } else { Mode::Development },
    };
    let listener = TcpListener::bind(("127.0.0.1", args.port)).await.map_err(|error| {
        format!(
            "failed to listen on port {}: {error}\nleave --port out to let the system choose",
            args.port
        )
    })?;
    let address = listener.local_addr()?;
    let _ = writeln!(std::io::stdout(), "listening on http://{address}");
    axum::serve(listener, http::router(service)).await?;
    Ok(())
}
