//! Time, processor and memory that something took of a server.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::usage;

pub(crate) struct Taken {
    pub(crate) elapsed: Duration,
    /// Seconds of one core, as all below.
    pub(crate) server_cpu: f64,
    pub(crate) postgres_cpu: f64,
    /// Of those who send, on the same machine.
    pub(crate) client_cpu: f64,
    pub(crate) began_with_mb: f64,
    /// Of the server alone: its highest resident set in this time.
    pub(crate) peak_mb: f64,
}

/// Does it, and looks at the server before and after.
pub(crate) async fn during<T>(
    server: u32,
    postgres: Option<u32>,
    work: impl Future<Output = Result<T>>,
) -> Result<(T, Taken)> {
    // From now on the peak counts anew.
    fs::write(format!("/proc/{server}/clear_refs"), "5").context("forget the server's peak")?;
    let began_with_mb = peak_mb(server)?;
    let (before, began) = (cpu(server, postgres)?, Instant::now());
    let done = work.await?;
    let (elapsed, after) = (began.elapsed(), cpu(server, postgres)?);
    let [server_cpu, postgres_cpu, client_cpu] =
        std::array::from_fn(|of| usage::seconds(after[of] - before[of]));
    let peak_mb = peak_mb(server)?;
    let taken = Taken { elapsed, server_cpu, postgres_cpu, client_cpu, began_with_mb, peak_mb };
    Ok((done, taken))
}

/// Of server, PostgreSQL and this process; the two are this process's children.
fn cpu(server: u32, postgres: Option<u32>) -> Result<[u64; 3]> {
    let all = usage::cpu(std::process::id())?;
    let server = usage::cpu(server)?;
    let postgres = postgres.map_or(Ok(0), usage::cpu)?;
    Ok([server, postgres, all.saturating_sub(server + postgres)])
}

fn peak_mb(server: u32) -> Result<f64> {
    let kilobytes = usage::memory_kb(server, "status", "VmHWM:").context("the server has ended")?;
    Ok(kilobytes as f64 / 1_024.0)
}
