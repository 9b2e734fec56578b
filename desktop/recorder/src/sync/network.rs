//! The operating system's word that a network is back: who waits for the server need not wait on.

use std::net::IpAddr;

use netwatcher::async_adapter::Tokio;
use tokio::sync::watch;

/// Announces each address that leads out of this computer as it appears, until dropped.
///
/// A cable that was pulled in another room changes no address here: that is what the waits are for, which end by
/// themselves. They are all there is on a system that tells nothing.
pub(super) async fn announce(networks: &watch::Sender<()>) {
    let mut interfaces = match netwatcher::watch_interfaces_async::<Tokio>() {
        Ok(interfaces) => interfaces,
        Err(error) => {
            tracing::warn!(%error, "this system does not say when a network is back");
            return;
        }
    };
    loop {
        let update = interfaces.changed().await;
        if !update.is_initial && update.addrs_added().any(|(_, added)| leads_out(added.ip)) {
            tracing::info!("a network is back");
            networks.send_replace(());
        }
    }
}

fn leads_out(ip: IpAddr) -> bool {
    let is_link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !ip.is_loopback() && !is_link_local
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
