//! Text about a patient, or spoken: shown to people, never to a log.

use serde::{Deserialize, Serialize};

/// A string that must not reach a log, a URL, a metric or an error.
///
/// It has no `Display`, and its `Debug` shows only the length, so it cannot be formatted by accident.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct PatientText(String);

impl PatientText {
    /// The text itself: for the screen, the database and the provider.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for PatientText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for PatientText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Debug for PatientText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PatientText({} characters)", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::PatientText;

    #[test]
    fn debug_shows_the_length_and_nothing_else() {
        assert_eq!(format!("{:?}", PatientText::from("Hale")), "PatientText(4 characters)");
    }
}
