//! Where spans go. The SDK reads the other standard variables itself, e.g. OTEL_TRACES_SAMPLER.

use axum::http::Uri;

use super::Environment;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// A collector of OpenTelemetry's, and who we are to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracesConfig {
    /// Without a slash at the end, and without `/v1/traces`.
    pub collector: String,
    pub service: String,
}

impl TracesConfig {
    pub(super) fn read(env: &mut Environment) -> Option<Self> {
        env.optional(ENDPOINT)?;
        let collector = env.checked(ENDPOINT, collector)?;
        Some(Self { collector, service: env.or("OTEL_SERVICE_NAME", "medrecord-server") })
    }
}

fn collector(url: &str) -> Result<String, String> {
    let uri: Uri = url.parse().map_err(|_| "is no address".to_owned())?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err("must begin with http:// or https://".to_owned());
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("holds a password; OTEL_EXPORTER_OTLP_HEADERS is for that".to_owned());
    }
    if uri.query().is_some() {
        return Err("ends with its path: nothing after \"?\"".to_owned());
    }
    Ok(url.trim_end_matches('/').to_owned())
}
