//! macOS: always a menu bar, always global shortcuts; the computer has a name that people gave it.

use std::process::Command;

/// The name in System Settings, Sharing.
pub(crate) fn device_name() -> String {
    let named = Command::new("/usr/sbin/scutil").args(["--get", "ComputerName"]).output();
    let name = named
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default();
    if name.is_empty() { "Mac".to_owned() } else { name }
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
