//! Windows: always a notification area, always global shortcuts.

/// The NetBIOS name of the computer, which Windows sets for every process.
pub(crate) fn device_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "Windows workstation".to_owned())
}

pub(crate) fn has_tray() -> bool {
    true
}

pub(crate) fn has_global_shortcuts() -> bool {
    true
}

pub(crate) fn installs_updates(_app: &tauri::AppHandle) -> bool {
    true
}
