//! The time, passed in: the system's, or one that a test sets.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};

/// A clock; clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Option<Arc<Mutex<DateTime<Utc>>>>);

impl Clock {
    /// The system's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still until it is advanced.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(Mutex::new(at))))
    }

    /// Whole microseconds, as PostgreSQL keeps them: what is written is read back equal.
    ///
    /// # Panics
    /// Never: every instant of the system's clock has microseconds.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Some(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
            None => Utc
                .timestamp_micros(Utc::now().timestamp_micros())
                .single()
                .expect("microseconds of an instant are an instant"),
        }
    }

    /// Moves a fixed clock; the system's stays as it is.
    pub fn advance(&self, by: TimeDelta) {
        if let Some(at) = &self.0 {
            *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += by;
        }
    }
}
