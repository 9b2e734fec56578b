//! The receipt: the server's signed statement that it holds a whole recording.

use serde::{Deserialize, Serialize};

use crate::ids::RecordingId;

/// Claims of the receipt, a compact JWS (EdDSA, `kid` in its header).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub recording: RecordingId,
    /// SHA-256 of the manifest, hexadecimal.
    pub manifest: String,
    pub segments: u32,
    pub gaps: u32,
    /// Length of the recording, gaps included.
    pub samples: u64,
    /// When the receipt was issued, seconds since 1970 by the server's clock.
    pub iat: i64,
}

/// The public half of the key that signs receipts; pinned by the workstation at enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceiptKey {
    pub kid: String,
    /// Ed25519 public key, 32 bytes, base64url without padding (`x` of RFC 8037).
    pub x: String,
}

/// The answer to a complete recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Completed {
    /// Compact JWS of a receipt.
    pub receipt: String,
}
