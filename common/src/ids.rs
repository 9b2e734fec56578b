//! Identifiers: UUIDv7, one type for each thing, so that they cannot be mixed up.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier; its first 48 bits are the current time.
            #[must_use]
            #[expect(clippy::new_without_default, reason = "two calls give two identifiers")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// A person who signs in.
    ClinicianId
);
id!(
    /// A workstation that has been enrolled.
    DeviceId
);
id!(
    /// A recording; made on the workstation.
    RecordingId
);
id!(
    /// A patient; made on the workstation while provisional.
    PatientId
);
id!(
    /// A contact of a patient with the organisation.
    EncounterId
);
id!(
    /// A note, in all its versions.
    NoteId
);
