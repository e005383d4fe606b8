//! Who sends a request, as far as the network tells.

use std::net::{IpAddr, Ipv6Addr};

/// The sender of a request, signed in or not.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Where it comes from; none when nobody can tell.
    pub address: Option<IpAddr>,
    /// What it calls itself.
    pub user_agent: Option<String>,
}

impl Client {
    /// The address as far as it tells one client from another: of IPv6 the network, because whoever has one address of
    /// it has all.
    pub(crate) fn network(&self) -> String {
        match self.address.map(|address| address.to_canonical()) {
            None => "unknown".to_owned(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
            }
        }
    }
}
