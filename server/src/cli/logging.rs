//! The log: lines on standard error, ids and codes only.

use std::io::stderr;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// `RUST_LOG` chooses what is shown; without it, this program's `info` and others' `warn`.
pub(super) fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,medrecord_server=info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    match format {
        LogFormat::Json => builder.json().flatten_event(true).init(),
        LogFormat::Text => builder.with_ansi(false).init(),
    }
}
