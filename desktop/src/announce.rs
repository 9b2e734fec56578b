//! Tells the window and the tray of every change (the event `workstation` carries the whole state), and sounds alarms.

use medrecord_common::workstation::{Severity, TakeState, Workstation};
use medrecord_recorder::audio::sound_alarm;
use tauri::{AppHandle, Emitter, Manager};

use crate::desk::Desk;
use crate::tray::Tray;
use crate::update::Updates;

/// The event's name; the window listens for it.
const EVENT: &str = "workstation";

/// What was told last.
#[derive(Default)]
struct Told {
    take: Option<Option<TakeState>>,
    alarms: Vec<String>,
}

/// Follows the desk for as long as the program runs.
pub(crate) fn spawn(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut changes = app.state::<Desk>().changes();
        let mut told = Told::default();
        loop {
            let workstation = app.state::<Desk>().workstation();
            announce(&app, &workstation, &mut told);
            changes.next().await;
        }
    });
}

fn announce(app: &AppHandle, workstation: &Workstation, told: &mut Told) {
    if let Err(error) = app.emit(EVENT, workstation) {
        tracing::warn!(%error, "the window was not told of a change");
    }
    app.state::<Updates>().follow(workstation);
    let alarms = workstation.warnings.iter().filter(|one| one.severity == Severity::Alarm);
    let alarms: Vec<String> = alarms.map(|alarm| alarm.code.clone()).collect();
    if alarms.iter().any(|code| !told.alarms.contains(code)) {
        sound_alarm();
    }
    told.alarms = alarms;
    // The tray is touched only when what it offers changes; its calls go through the main thread.
    let take = workstation.take.as_ref().map(|take| take.state);
    if told.take == Some(take) {
        return;
    }
    told.take = Some(take);
    if let Some(tray) = app.state::<Option<Tray>>().as_ref()
        && let Err(error) = tray.follow(workstation.take.as_ref())
    {
        tracing::warn!(%error, "the tray does not show the state");
    }
}
