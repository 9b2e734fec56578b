//! The signals that mean "stop, and keep everything": Ctrl-C, the end of the session, a closed terminal.

/// What it means that the terminal is gone from which the program was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hangup {
    /// Nobody could stop it any more: it stops by itself.
    Stops,
    /// There is a window as well: it goes on.
    GoesOn,
}

/// From [`StopSignal::listen`] on, none of the signals ends the program by itself.
pub struct StopSignal {
    #[cfg(unix)]
    signals: Vec<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl StopSignal {
    /// To be called, in a tokio runtime, before there is anything to lose.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn listen(hangup: Hangup) -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut signals = vec![signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
        if !hangup_is_ignored() {
            // Its handler stays in place, whether or not anyone waits for it.
            let hung_up = signal(SignalKind::hangup())?;
            if hangup == Hangup::Stops {
                signals.push(hung_up);
            }
        }
        Ok(Self { signals })
    }

    /// Waits for the first of them.
    pub async fn received(&mut self) {
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
    /// To be called, in a tokio runtime, before there is anything to lose.
    ///
    /// # Errors
    /// None here.
    pub fn listen(_hangup: Hangup) -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for Ctrl-C; without a console, for ever.
    pub async fn received(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
