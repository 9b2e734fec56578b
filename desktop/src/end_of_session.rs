//! The session ends (logout, shutdown, Ctrl-C): the recording is stopped and kept whole, then the program ends.
//!
//! A terminal that is closed is no end: the window is still there, and a recording goes on.

use medrecord_recorder::stop_signal::{Hangup, StopSignal};
use tauri::{AppHandle, Manager};

use crate::desk::Desk;

pub(crate) fn watch(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        match StopSignal::listen(Hangup::GoesOn) {
            Ok(mut signal) => signal.received().await,
            Err(error) => return tracing::warn!(%error, "the end of the session is not noticed"),
        }
        let desk = app.state::<Desk>();
        if desk.is_recording()
            && let Err(error) = desk.run(|recorder| recorder.stop()).await
        {
            // What is on disk is found at the next start.
            tracing::error!(code = error.code, "the recording was not stopped well");
        }
        app.exit(0);
    });
}
