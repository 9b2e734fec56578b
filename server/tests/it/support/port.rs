//! Ports that stay free while a program is ended and started again on its own.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below Linux's `ip_local_port_range` (from 32,768): the system gives them to nobody by itself, neither to who listens
/// on any port nor to connections, of which the tests make thousands.
const FIRST: u16 = 20_000;
const PORTS: u16 = 12_000;

/// One that nobody listens on, and no other test of this process gets.
pub(crate) fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Another process's tests begin elsewhere.
    let begin = (std::process::id() % 113) as u16 * 106;
    loop {
        let port = FIRST + begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
