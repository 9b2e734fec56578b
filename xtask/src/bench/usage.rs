//! What a program and all that it started take: processor time and memory, from /proc.

use std::collections::HashMap;
use std::fs;

use anyhow::{Context, Result};

/// Clock ticks a second in /proc/PID/stat; 100 on every Linux (USER_HZ).
const TICKS: f64 = 100.0;

/// Of a process with its children.
pub(crate) struct Usage {
    pub(crate) cpu_seconds_a_minute: f64,
    pub(crate) rss_mb: f64,
    /// Pages that are shared with others count by their share.
    pub(crate) pss_mb: f64,
    pub(crate) processes: usize,
}

impl Usage {
    /// Memory as it is now.
    pub(crate) fn of(pid: u32, cpu_seconds_a_minute: f64) -> Result<Self> {
        let tree = tree(pid)?;
        let sum = |field: &str| {
            let kilobytes: u64 =
                tree.keys().filter_map(|&pid| memory_kb(pid, "smaps_rollup", field)).sum();
            kilobytes as f64 / 1_024.0
        };
        let (rss_mb, pss_mb) = (sum("Rss:"), sum("Pss:"));
        Ok(Self { cpu_seconds_a_minute, rss_mb, pss_mb, processes: tree.len() })
    }
}

/// User and system time of a process and all below it, those that have ended included; in ticks.
pub(crate) fn cpu(pid: u32) -> Result<u64> {
    Ok(tree(pid)?.values().map(|process| process.ticks).sum())
}

/// Ticks as seconds.
pub(crate) fn seconds(ticks: u64) -> f64 {
    ticks as f64 / TICKS
}

/// Kilobytes of one field of a process's `file` in /proc; none when it has ended.
pub(crate) fn memory_kb(pid: u32, file: &str, field: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

#[derive(Clone, Copy)]
struct Process {
    parent: u32,
    /// utime, stime, cutime and cstime.
    ticks: u64,
}

/// The process and all that descend from it.
fn tree(root: u32) -> Result<HashMap<u32, Process>> {
    let names = fs::read_dir("/proc").context("read /proc")?.flatten();
    let pids = names.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let all: HashMap<_, _> = pids.filter_map(|pid| Some((pid, process(pid)?))).collect();
    let below = |mut pid: u32| {
        while pid != root {
            match all.get(&pid) {
                Some(process) if process.parent != 0 => pid = process.parent,
                _ => return false,
            }
        }
        true
    };
    Ok(all.iter().filter(|(pid, _)| below(**pid)).map(|(pid, process)| (*pid, *process)).collect())
}

fn process(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it may hold anything, blanks and brackets too.
    let fields: Vec<_> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let parent = fields.get(1)?.parse().ok()?;
    let ticks = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Some(Process { parent, ticks })
}
