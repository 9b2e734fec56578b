//! The Tauri shell of the workstation: commands, events, tray and shortcut around the recorder. No logic.

mod announce;
mod arguments;
mod commands;
mod desk;
mod end_of_session;
mod platform;
mod shortcut;
mod tray;
mod update;
mod window;

use anyhow::Context;
use medrecord_recorder::logging;
use tauri::{App, AppHandle, Manager};

pub use arguments::Arguments;

/// Runs the window until the program is quit. A second start shows the window of the first and ends.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    logging::start(arguments.data_dir().ok().as_deref(), "info");
    tauri::Builder::default()
        // First, so that a second start touches nothing else.
        .plugin(tauri_plugin_single_instance::init(|app: &AppHandle, _arguments, _folder| {
            window::show(app);
            desk::open_again_if_failed(app);
        }))
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .plugin(tauri_plugin_updater::Builder::new().build())
        .manage(desk::Desk::new(arguments))
        .manage(update::Updates::new())
        .invoke_handler(tauri::generate_handler![
            commands::state,
            commands::enrol,
            commands::fingerprint,
            commands::trust,
            commands::set_pin,
            commands::lock,
            commands::unlock,
            commands::choose_microphone,
            commands::try_microphone,
            commands::start,
            commands::pause,
            commands::resume,
            commands::stop,
            commands::mark,
            commands::set_patient,
            commands::retry,
            commands::discard,
            commands::restore,
            commands::trash,
            commands::save_diagnostics,
            commands::audio,
            commands::export_audio,
            commands::import_file,
            commands::start_continuing,
            commands::start_replacing,
            commands::set_consent,
            commands::trim,
            commands::set_cap,
            commands::set_upload_limit,
            commands::set_control_mode,
            commands::install_update,
            commands::open_note,
            commands::open_review,
        ])
        .on_window_event(window::on_event)
        .setup(|app| {
            set_up(app);
            Ok(())
        })
        .run(tauri::generate_context!())
        .context("The window could not be opened. Recordings on this computer are untouched.")
}

/// Neither a missing tray nor a refused shortcut nor a locked keyring keeps the window from opening.
fn set_up(app: &App) {
    end_of_session::watch(app.handle());
    app.manage(tray::build(app.handle()));
    let shortcut = shortcut::register(app.handle());
    app.state::<desk::Desk>().set_shortcut(shortcut);
    announce::spawn(app.handle());
    update::spawn(app.handle());
    desk::open(app.handle());
}
