//! The signals that mean "stop, and keep everything": Ctrl-C, an end of the session, a closed terminal.

/// Whichever comes first; from [`StopSignal::listen`] on, none of them ends the program by itself.
pub(super) struct StopSignal {
    #[cfg(unix)]
    signals: Vec<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl StopSignal {
    /// Must be called before there is anything to lose.
    pub(super) fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
        if !hangup_is_ignored() {
            kinds.push(SignalKind::hangup());
        }
        Ok(Self { signals: kinds.into_iter().map(signal).collect::<Result<_, _>>()? })
    }

    pub(super) async fn received(&mut self) {
        let received = self.signals.iter_mut().map(|signal| Box::pin(signal.recv()));
        futures::future::select_all(received).await;
    }
}

/// Started by `nohup`, the program outlives its terminal, and so does the recording. (Known on Linux only.)
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is number 1, bit 0.
    ignored.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
impl StopSignal {
    /// Must be called before there is anything to lose.
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    pub(super) async fn received(&mut self) {
        // Without a console there is none to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
