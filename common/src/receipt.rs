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

/// `typ` of a JWS by which a key names its successor; see [`ReceiptKeys`].
pub const SUCCESSION_TYPE: &str = "receipt-key+jwt";

/// `GET /api/v1/receipt-keys`, from a workstation: how the key that signs receipts today follows from the earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceiptKeys {
    /// One for each key but the first, oldest first: a compact JWS (EdDSA, `typ` `receipt-key+jwt`) over its
    /// [`ReceiptKey`], signed by the key before it (`kid` in the header).
    pub successions: Vec<String>,
}

/// The answer to a complete recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Completed {
    /// Compact JWS of a receipt.
    pub receipt: String,
}
