//! Runs the containers' health checks, as Docker does by itself: each in a child of its own, so that a slow one holds up
//! no other.

use std::collections::HashMap;
use std::process::{Child, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::engine::Settings;
use crate::run;

const EVERY: Duration = Duration::from_secs(2);

/// The thread, ended with us.
pub(super) struct HealthChecks {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl HealthChecks {
    pub(super) fn start(settings: Settings) -> Self {
        let (end, ended) = channel();
        let thread = std::thread::spawn(move || {
            let mut running = HashMap::new();
            while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                check_all(&settings, &mut running);
            }
        });
        Self { end: Some(end), thread: Some(thread) }
    }
}

fn check_all(settings: &Settings, running: &mut HashMap<String, Child>) {
    running.retain(|_, check| matches!(check.try_wait(), Ok(None)));
    let Ok(ids) = run::stdout(settings.podman().args(["ps", "--quiet", "--no-trunc"])) else {
        return;
    };
    for id in ids.lines().filter(|id| !running.contains_key(*id)).collect::<Vec<_>>() {
        let mut check = settings.podman();
        check.args(["healthcheck", "run", id]).stdout(Stdio::null()).stderr(Stdio::null());
        if let Ok(child) = check.spawn() {
            running.insert(id.to_owned(), child);
        }
    }
}

impl Drop for HealthChecks {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
