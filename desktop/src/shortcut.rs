//! The global shortcut: Record, and Stop, with one key from anywhere.

use tauri::AppHandle;
use tauri_plugin_global_shortcut::{Builder, GlobalShortcutExt, ShortcutState};

use crate::desk::Desk;
use crate::platform;

/// As people write it, and as the plugin parses it.
const SHORTCUT: &str = "Ctrl+Alt+R";

/// Claims the shortcut. None when the system refuses it: another program has it, or the session gives none.
pub(crate) fn register(app: &AppHandle) -> Option<String> {
    if !platform::has_global_shortcuts() {
        tracing::info!("this session gives programs no global shortcuts");
        return None;
    }
    let claimed =
        app.plugin(Builder::new().build()).map_err(|error| error.to_string()).and_then(|()| {
            app.global_shortcut()
                .on_shortcut(SHORTCUT, |app, _shortcut, event| {
                    if event.state == ShortcutState::Pressed {
                        Desk::act(app, |recorder| {
                            if recorder.state().take.is_some() {
                                recorder.stop()
                            } else {
                                recorder.start(None).map(drop)
                            }
                        });
                    }
                })
                .map_err(|error| error.to_string())
        });
    match claimed {
        Ok(()) => Some(SHORTCUT.to_owned()),
        Err(error) => {
            tracing::warn!(error, shortcut = SHORTCUT, "the system refused the global shortcut");
            None
        }
    }
}
