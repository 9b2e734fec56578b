//! Linux: a tray only where the desktop has one, global shortcuts only under X11.

use tauri::utils::config::BundleType;
use tauri::utils::platform::bundle_type;
use tauri::{AppHandle, Manager as _};

/// The host's name, as the kernel has it.
pub(crate) fn device_name() -> String {
    match std::fs::read_to_string("/proc/sys/kernel/hostname") {
        Ok(name) if !name.trim().is_empty() => name.trim().to_owned(),
        _ => "Linux workstation".to_owned(),
    }
}

/// Whether something on the session bus shows tray icons (GNOME without an extension shows none).
pub(crate) fn has_tray() -> bool {
    let has_owner = || -> zbus::Result<bool> {
        let bus = zbus::blocking::Connection::session()?;
        let name = "org.kde.StatusNotifierWatcher".try_into()?;
        Ok(zbus::blocking::fdo::DBusProxy::new(&bus)?.name_has_owner(name)?)
    };
    has_owner().unwrap_or(false)
}

/// A key grabbed from X11 is not seen under Wayland while another program has the focus, so it would be a false promise.
pub(crate) fn has_global_shortcuts() -> bool {
    std::env::var_os("WAYLAND_DISPLAY").is_none() && std::env::var_os("DISPLAY").is_some()
}

/// An AppImage replaces its own file. What the package manager installed is the package manager's to update, and whoever
/// may use that: no clinician is asked for the password of root.
pub(crate) fn installs_updates(app: &AppHandle) -> bool {
    !matches!(bundle_type(), Some(BundleType::Deb | BundleType::Rpm))
        && app.env().appimage.is_some()
}
