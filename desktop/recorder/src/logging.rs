//! The log: to stderr, and to files of a day each in the data folder. Ids and codes only, never what
//! was said or about whom.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

/// Days that are kept: longer than it takes until someone asks what happened.
const DAYS: usize = 14;

/// Where the files of a data folder's log are.
#[must_use]
pub fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("log")
}

/// Starts the log of this process. `stderr` says how much goes to the terminal unless `RUST_LOG` does;
/// the files always hold `info`. Without a data folder that can be written there is the terminal only.
pub fn start(data_dir: Option<&Path>, stderr: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| quiet(stderr));
    // A log that cannot be written would panic in whatever thread logs, capture among them.
    let terminal =
        fmt::layer().with_writer(io::stderr).log_internal_errors(false).with_filter(filter);
    let file = data_dir.and_then(|data_dir| appender(&folder(data_dir)).ok()).map(|file| {
        fmt::layer()
            .with_ansi(false)
            .log_internal_errors(false)
            .with_writer(std::sync::Mutex::new(file))
            .with_filter(quiet("info"))
    });
    tracing_subscriber::registry().with(terminal).with(file).init();
}

/// Its client calls the end of every stream an error.
fn quiet(level: &str) -> EnvFilter {
    EnvFilter::new(format!("{level},pulseaudio=off"))
}

/// Old files go when a new day begins; none is ever emptied.
fn appender(folder: &Path) -> io::Result<RollingFileAppender> {
    fs::create_dir_all(folder)?;
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("medrecord")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(folder)
        .map_err(io::Error::other)
}

/// The newest `count` lines, oldest first; fewer when there are not so many.
pub(crate) fn newest_lines(folder: &Path, count: usize) -> io::Result<Vec<String>> {
    let mut files: Vec<_> =
        fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    // Their names hold the day.
    files.sort();
    let mut lines = Vec::new();
    for file in files.iter().rev() {
        let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
        lines.extend(text.lines().rev().take(count - lines.len()).map(ToOwned::to_owned));
        if lines.len() == count {
            break;
        }
    }
    lines.reverse();
    Ok(lines)
}
