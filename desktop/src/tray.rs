//! The tray: Record, Pause, Stop, Show and Quit, whether the window is open or not.

use medrecord_common::workstation::{Severity, Take, TakeState, Warning};
use tauri::menu::{Menu, MenuEvent, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Manager, Wry};

use crate::desk::Desk;
use crate::{platform, window};

/// The icon in the tray, and the items that follow the recording.
pub(crate) struct Tray {
    icon: TrayIcon,
    record: MenuItem<Wry>,
    pause: MenuItem<Wry>,
    stop: MenuItem<Wry>,
}

/// None where nothing shows tray icons; the window then behaves otherwise on closing.
pub(crate) fn build(app: &AppHandle) -> Option<Tray> {
    if !platform::has_tray() {
        tracing::info!("nothing on this desktop shows tray icons");
        return None;
    }
    Tray::new(app).inspect_err(|error| tracing::warn!(%error, "no tray icon")).ok()
}

impl Tray {
    fn new(app: &AppHandle) -> tauri::Result<Self> {
        let item =
            |id: &str, text: &str, enabled| MenuItem::with_id(app, id, text, enabled, None::<&str>);
        let record = item("record", "Record", true)?;
        let pause = item("pause", "Pause", false)?;
        let stop = item("stop", "Stop", false)?;
        let (show, quit) = (item("show", "Show window", true)?, item("quit", "Quit", true)?);
        let line = || PredefinedMenuItem::separator(app);
        let menu =
            Menu::with_items(app, &[&record, &pause, &stop, &line()?, &show, &line()?, &quit])?;
        let mut builder = TrayIconBuilder::with_id("main")
            .menu(&menu)
            .tooltip("MedRecord AI")
            .on_menu_event(on_menu);
        if let Some(icon) = app.default_window_icon() {
            builder = builder.icon(icon.clone());
        }
        Ok(Self { icon: builder.build(app)?, record, pause, stop })
    }

    /// Lets the menu offer what is possible now.
    pub(crate) fn follow(&self, take: Option<&Take>) -> tauri::Result<()> {
        let paused = take.is_some_and(|take| take.state == TakeState::Paused);
        self.record.set_enabled(take.is_none())?;
        self.stop.set_enabled(take.is_some())?;
        self.pause.set_enabled(take.is_some())?;
        self.pause.set_text(if paused { "Resume" } else { "Pause" })?;
        self.icon.set_tooltip(Some(match take {
            None => "MedRecord AI",
            Some(_) if paused => "MedRecord AI: paused",
            Some(_) => "MedRecord AI: recording",
        }))
    }
}

fn on_menu(app: &AppHandle, event: MenuEvent) {
    match event.id().as_ref() {
        "record" => Desk::act(app, |recorder| recorder.start(None).map(drop)),
        "pause" => Desk::act(app, |recorder| {
            let paused = recorder.state().take.is_some_and(|take| take.state == TakeState::Paused);
            if paused { recorder.resume() } else { recorder.pause() }
        }),
        "stop" => Desk::act(app, |recorder| recorder.stop()),
        "show" => window::show(app),
        "quit" => quit(app),
        _ => {}
    }
}

/// Quit never ends a recording: that takes Stop, so that nobody ends one by a slip in a menu.
fn quit(app: &AppHandle) {
    let desk = app.state::<Desk>();
    if !desk.is_recording() {
        app.exit(0);
        return;
    }
    desk.show_notice(Warning {
        severity: Severity::Warning,
        code: "quit_while_recording".to_owned(),
        text: "Recording goes on. MedRecord does not quit while it records: press Stop, then quit."
            .to_owned(),
    });
    window::show(app);
}
