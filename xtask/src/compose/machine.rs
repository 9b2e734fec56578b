//! What containers take of this machine's processors and memory while something is measured, and what is left of it.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::stack::Stack;
use crate::bench::usage::{self, Usage};

/// Looks from the beginning to the end.
pub(super) struct Watch {
    nginx: Service,
    servers: Service,
    postgres: Service,
    machine: Ticks,
    began: Instant,
}

pub(super) struct Taken {
    pub(super) nginx: Share,
    pub(super) servers: Share,
    pub(super) postgres: Share,
    /// Cores of everything else: who sends, the engine with its health checks, the kernel's own threads.
    pub(super) others: f64,
    /// Shares of the machine's time: without work, and without work because of the disk.
    pub(super) idle: f64,
    pub(super) waiting: f64,
}

/// Of a service's containers.
pub(super) struct Share {
    pub(super) cores: f64,
    /// Of the largest at the end; pages that are shared with others count by their share.
    pub(super) megabytes: f64,
}

impl Watch {
    pub(super) fn begin(stack: &Stack<'_>, servers: usize) -> Result<Self> {
        Ok(Self {
            nginx: Service::of(stack, "nginx", 1)?,
            servers: Service::of(stack, "server", servers)?,
            postgres: Service::of(stack, "postgres", 1)?,
            machine: Ticks::now()?,
            began: Instant::now(),
        })
    }

    pub(super) fn end(self) -> Result<Taken> {
        let (seconds, before, now) =
            (self.began.elapsed().as_secs_f64(), self.machine, Ticks::now()?);
        let nginx = self.nginx.share(seconds)?;
        let servers = self.servers.share(seconds)?;
        let postgres = self.postgres.share(seconds)?;
        let busy = usage::seconds(now.busy - before.busy) / seconds;
        let all = (now.all() - before.all()) as f64;
        Ok(Taken {
            others: (busy - nginx.cores - servers.cores - postgres.cores).max(0.0),
            idle: (now.idle - before.idle) as f64 / all,
            waiting: (now.waiting - before.waiting) as f64 / all,
            nginx,
            servers,
            postgres,
        })
    }
}

/// First processes of its containers, and what they had taken before.
pub(super) struct Service {
    pids: Vec<u32>,
    before: u64,
}

impl Service {
    pub(super) fn of(stack: &Stack<'_>, name: &str, number: usize) -> Result<Self> {
        let containers = stack.containers(name, number)?;
        let pids = containers.iter().map(|container| Ok(container.pid()?.parse()?));
        let pids = pids.collect::<Result<Vec<_>>>()?;
        Ok(Self { before: ticks(&pids)?, pids })
    }

    /// Seconds of processor since then.
    pub(super) fn taken(&self) -> Result<f64> {
        Ok(usage::seconds(ticks(&self.pids)?.saturating_sub(self.before)))
    }

    fn share(&self, seconds: f64) -> Result<Share> {
        let cores = self.taken()? / seconds;
        let mut megabytes = 0.0_f64;
        for pid in &self.pids {
            megabytes = megabytes.max(Usage::of(*pid, 0.0)?.pss_mb);
        }
        Ok(Share { cores, megabytes })
    }
}

fn ticks(pids: &[u32]) -> Result<u64> {
    pids.iter().map(|pid| usage::cpu(*pid)).sum()
}

/// Of all processors together, since the start.
struct Ticks {
    busy: u64,
    idle: u64,
    waiting: u64,
}

impl Ticks {
    fn now() -> Result<Self> {
        let stat = fs::read_to_string("/proc/stat").context("read /proc/stat")?;
        let fields = stat.lines().next().unwrap_or_default().split_whitespace().skip(1);
        let fields: Vec<u64> = fields.filter_map(|field| field.parse().ok()).collect();
        let [user, nice, system, idle, waiting, irq, softirq, ..] = fields[..] else {
            bail!("/proc/stat does not begin with the processors' times");
        };
        Ok(Self { busy: user + nice + system + irq + softirq, idle, waiting })
    }

    const fn all(&self) -> u64 {
        self.busy + self.idle + self.waiting
    }
}
