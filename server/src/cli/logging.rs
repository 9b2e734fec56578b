//! The log: lines on standard error, ids and codes only. Beside it, spans for a collector, if there is one.

use std::io::stderr;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

use crate::config::{Config, LogFormat};
use crate::traces::Traces;

/// What is written and sent until the process ends.
pub(super) struct Logging(Option<Traces>);

impl Logging {
    /// `RUST_LOG` chooses what is shown; without it, this program's `info` and others' `warn`.
    pub(super) fn start(config: &Config) -> anyhow::Result<Self> {
        let filter = EnvFilter::try_from_default_env()
            .unwrap_or_else(|_| EnvFilter::new("warn,medrecord_server=info"));
        let lines = fmt::layer().with_writer(stderr);
        let lines = match config.log_format {
            LogFormat::Json => lines.json().flatten_event(true).boxed(),
            LogFormat::Text => lines.with_ansi(false).boxed(),
        };
        let traces = config.traces.as_ref().map(Traces::start).transpose()?;
        let spans = traces.as_ref().map(Traces::layer);
        registry().with(lines.with_filter(filter)).with(spans).init();
        Ok(Self(traces))
    }

    /// Sends what is on its way.
    pub(super) async fn end(self) {
        if let Some(traces) = self.0 {
            traces.end().await;
        }
    }
}
