//! Keeps the computer awake while something is recorded.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use tokio::sync::watch;

/// As long as it lives, the computer does not go to sleep by itself or by a menu. A closed lid may
/// still win, and then leaves a gap.
///
/// The system is asked on a thread of its own: a bus that does not answer must not hold up Record.
pub(crate) struct Awake {
    /// Closed when this is dropped: the thread lets the computer sleep again.
    _release: Sender<()>,
    refused: watch::Receiver<bool>,
}

impl Awake {
    pub(crate) fn hold() -> Self {
        let (release, released) = channel();
        let (refuse, refused) = watch::channel(false);
        let asked = refuse.clone();
        let started = thread::Builder::new()
            .name("awake".to_owned())
            .spawn(move || hold_until(&released, &asked));
        Self::started(started, release, &refuse, refused)
    }

    /// Without a thread nobody asked the system: as good as refused.
    fn started<T>(
        thread: std::io::Result<T>,
        release: Sender<()>,
        refuse: &watch::Sender<bool>,
        refused: watch::Receiver<bool>,
    ) -> Self {
        if let Err(error) = thread {
            tracing::warn!(%error, "no thread to keep the computer awake");
            refuse.send_replace(true);
        }
        Self { _release: release, refused }
    }

    /// Whether the system said no: then the person must see to it.
    pub(crate) fn is_refused(&self) -> bool {
        *self.refused.borrow()
    }
}

fn hold_until(released: &Receiver<()>, refuse: &watch::Sender<bool>) {
    let held = keepawake::Builder::default()
        .idle(true)
        .sleep(true)
        .reason("A recording is under way")
        .app_name("MedRecord")
        .app_reverse_domain("ai.medrecord.recorder")
        .create();
    let _held = match held {
        Ok(held) => held,
        Err(error) => {
            tracing::warn!(%error, "the computer may go to sleep while it records");
            refuse.send_replace(true);
            return;
        }
    };
    // Until the sender is dropped.
    let _ = released.recv();
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tokio::sync::watch;

    use super::Awake;

    #[test]
    fn without_a_thread_the_person_is_told() {
        let ((release, _released), (refuse, refused)) = (channel(), watch::channel(false));
        let none = Err::<(), _>(std::io::Error::from(std::io::ErrorKind::OutOfMemory));
        assert!(Awake::started(none, release, &refuse, refused).is_refused());
    }
}
