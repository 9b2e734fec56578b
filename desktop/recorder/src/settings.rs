//! Where this computer keeps MedRecord's data.

use std::env;
use std::path::PathBuf;

use crate::recorder::RecorderError;

/// The platform's data folder /medrecord; it may not exist yet.
///
/// # Errors
/// When the environment names no home folder.
pub fn data_dir() -> Result<PathBuf, RecorderError> {
    let from = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = if cfg!(windows) {
        from("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        from("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        // XDG Base Directory Specification
        from("XDG_DATA_HOME").or_else(|| from("HOME").map(|home| home.join(".local/share")))
    };
    folder.map(|folder| folder.join("medrecord")).ok_or(RecorderError::NoDataFolder)
}
