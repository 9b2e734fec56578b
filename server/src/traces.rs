//! Spans for the operator's collector: OpenTelemetry, by OTLP over HTTP. Off unless OTEL_EXPORTER_OTLP_ENDPOINT is set.
//!
//! A span holds what its lines in the log hold: ids, routes, numbers; the lines themselves stay in the log. No trace is
//! taken up from a request or given to a provider: who asks from outside could be anyone, and who is asked need not know.

use std::time::Duration;

use anyhow::Context as _;
use axum::http::{Method, StatusCode};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Status, TraceContextExt as _, TracerProvider as _};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::registry::LookupSpan;

use crate::config::TracesConfig;

/// A collector that does not answer holds the end of the process up for no longer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What sends them, a batch at a time, on a thread of its own.
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    pub(crate) fn start(config: &TracesConfig) -> anyhow::Result<Self> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", config.collector))
            .build()
            .context("spans cannot be sent (OTEL_EXPORTER_OTLP_ENDPOINT)")?;
        let resource = Resource::builder().with_service_name(config.service.clone()).build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter);
        Ok(Self(provider.with_resource(resource).build()))
    }

    /// What sees the spans, beside the log.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let ours = filter_fn(is_ours as fn(&Metadata<'_>) -> bool);
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(env!("CARGO_CRATE_NAME")))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(ours.with_max_level_hint(LevelFilter::INFO))
    }

    /// Sends what has not been sent yet.
    pub(crate) async fn end(self) {
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(PATIENCE));
        match ended.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last spans were not sent"),
            Err(error) => tracing::warn!(%error, "the last spans were not sent"),
        }
    }
}

/// Other crates' spans and everyone's events are not: what they say is not ours to choose.
fn is_ours(it: &Metadata<'_>) -> bool {
    it.is_span() && it.target().starts_with(env!("CARGO_CRATE_NAME"))
}

/// How the current request ended. Nothing happens where nobody collects.
pub(crate) fn answered(method: &Method, route: Option<&str>, status: StatusCode) {
    let context = Span::current().context();
    let span = context.span();
    if !span.is_recording() {
        return;
    }
    span.update_name(format!("{method} {}", route.unwrap_or("none")));
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
}
