//! Showing and closing the one window. Closing it never stops a recording and never hides the program for good.

use tauri::{AppHandle, Manager, Window, WindowEvent};

use crate::desk::Desk;
use crate::tray::Tray;

/// Brings the window to the front, from wherever it is.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window("main") else { return };
    for result in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = result {
            tracing::warn!(%error, "the window could not be brought to the front");
        }
    }
}

/// While the window is in front the microphone is open, so that a recording begins with the key; in the back it is
/// not, and the system's sign that a microphone is in use goes out.
pub(crate) fn warm_up(app: &AppHandle, in_front: bool) {
    // Not open yet: then it is told when it is.
    let Ok(recorder) = app.state::<Desk>().recorder() else { return };
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = recorder.warm_up(in_front) {
            tracing::warn!(code = error.code(), "the microphone is not warm");
        }
    });
}

/// With a tray, closing hides. Without one, a window that records is minimised (hidden it could not be reached), and
/// one that does not record ends the program: what has not been sent waits on disk for the next start.
pub(crate) fn on_event(window: &Window, event: &WindowEvent) {
    if let WindowEvent::Focused(focused) = event {
        warm_up(window.app_handle(), *focused);
    }
    let WindowEvent::CloseRequested { api, .. } = event else { return };
    let result = if window.state::<Option<Tray>>().is_some() {
        api.prevent_close();
        window.hide()
    } else if window.state::<Desk>().is_recording() {
        api.prevent_close();
        window.minimize()
    } else {
        Ok(())
    };
    if let Err(error) = result {
        tracing::warn!(%error, "the window stays open");
    }
}
