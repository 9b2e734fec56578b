//! Requests that this process answered, by the route's pattern: as many series as there are routes, whoever asks.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Seconds: from a look into memory to a provider that thinks.
const BUCKETS: [f64; 9] = [0.005, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 120.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// Clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    answers: Family<Answer, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
}

impl Requests {
    pub(crate) fn new() -> Self {
        let seconds = Family::new_with_constructor(histogram as fn() -> Histogram);
        Self { answers: Family::default(), seconds }
    }

    /// One that was answered; what no route is for has no route.
    pub(crate) fn answered(
        &self,
        method: &Method,
        route: Option<&str>,
        status: StatusCode,
        took: Duration,
    ) {
        let route = route.unwrap_or("none").to_owned();
        let answer = Answer { method: name(method), route: route.clone(), status: status.as_u16() };
        self.answers.get_or_create(&answer).inc();
        self.seconds.get_or_create(&Route { route }).observe(took.as_secs_f64());
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let (answers, seconds) = (self.answers.clone(), self.seconds.clone());
        registry.register("http_requests", "Requests that this process answered", answers);
        registry.register("http_request_seconds", "From a request's head to its answer's", seconds);
    }
}

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}

/// A request may call its method anything.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
