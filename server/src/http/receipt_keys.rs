//! The keys that sign receipts, for workstations that pinned an earlier one.

use axum::Json;
use axum::extract::State;
use medrecord_common::problem::Problem;
use medrecord_common::receipt::ReceiptKeys;

use super::ApiResult;
use super::identity::Device;
use crate::state::App;

/// Nothing here is secret; nobody but a workstation has a use for it.
#[utoipa::path(get, path = "/receipt-keys", responses(
    (status = 200, body = ReceiptKeys), (status = 401, body = Problem)))]
pub(super) async fn list(_: Device, State(app): State<App>) -> ApiResult<Json<ReceiptKeys>> {
    Ok(Json(app.config.receipt_key.chain().map_err(anyhow::Error::from)?))
}
