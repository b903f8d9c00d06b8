//! Names of this machine.

use std::net::SocketAddr;

use jwtspec_engine::target::NotLoopback;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves names of this machine only, for clients that ask many URLs: the addresses that are
/// found to be of this machine are those that are connected to.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoopbackResolver;

impl Resolve for LoopbackResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The client puts the port of the URL in the place of this one.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Vec<SocketAddr> = found.collect();
            if addresses.iter().all(|address| address.ip().is_loopback()) {
                Ok(Box::new(addresses.into_iter()) as Addrs)
            } else {
                Err(NotLoopback::Elsewhere(name.as_str().to_owned()).into())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_may_resolve_names_of_this_machine_only() {
        let resolve = |name: &str| LoopbackResolver.resolve(name.parse().expect("a name"));
        assert!(resolve("127.0.0.1").await.is_ok_and(|mut addresses| addresses.next().is_some()));
        assert!(resolve("192.0.2.1").await.is_err());
    }
}
