//! What truly differs between systems; all else is behind crates that cover the three.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "windows")]
mod windows;

#[cfg(target_os = "linux")]
pub(crate) use linux::{device_name, has_global_shortcuts, has_tray, installs_updates};
#[cfg(target_os = "macos")]
pub(crate) use macos::{device_name, has_global_shortcuts, has_tray, installs_updates};
#[cfg(target_os = "windows")]
pub(crate) use windows::{device_name, has_global_shortcuts, has_tray, installs_updates};
