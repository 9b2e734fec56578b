//! Gives each command a permission of its own, so that the capability names what the window may call.

const COMMANDS: &[&str] = &[
    "state",
    "enrol",
    "fingerprint",
    "trust",
    "choose_microphone",
    "try_microphone",
    "start",
    "pause",
    "resume",
    "stop",
    "mark",
    "set_patient",
    "retry",
    "discard",
    "restore",
    "trash",
    "audio",
    "export_audio",
    "import_file",
    "start_continuing",
    "start_replacing",
    "set_consent",
    "trim",
    "set_cap",
    "set_upload_limit",
    "set_control_mode",
    "set_pin",
    "lock",
    "unlock",
    "save_diagnostics",
    "install_update",
    "open_note",
    "open_review",
];

fn main() {
    let attributes = tauri_build::Attributes::new()
        .app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
