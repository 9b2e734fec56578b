//! Tells the window and the tray of every change: the event `workstation` carries the whole state.

use medrecord_common::workstation::{TakeState, Workstation};
use tauri::{AppHandle, Emitter, Manager};

use crate::desk::Desk;
use crate::tray::Tray;

/// The event's name; the window listens for it.
const EVENT: &str = "workstation";

/// Follows the desk for as long as the program runs.
pub(crate) fn spawn(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut changes = app.state::<Desk>().changes();
        let mut shown = None;
        loop {
            let workstation = app.state::<Desk>().workstation();
            announce(&app, &workstation, &mut shown);
            changes.next().await;
        }
    });
}

/// The tray is touched only when what it offers changes; its calls go through the main thread.
fn announce(app: &AppHandle, workstation: &Workstation, shown: &mut Option<Option<TakeState>>) {
    if let Err(error) = app.emit(EVENT, workstation) {
        tracing::warn!(%error, "the window was not told of a change");
    }
    let state = workstation.take.as_ref().map(|take| take.state);
    if *shown == Some(state) {
        return;
    }
    *shown = Some(state);
    if let Some(tray) = app.state::<Option<Tray>>().as_ref()
        && let Err(error) = tray.follow(workstation.take.as_ref())
    {
        tracing::warn!(%error, "the tray does not show the state");
    }
}
