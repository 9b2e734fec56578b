//! Changes to a recording.

use axum::extract::State;
use axum::http::StatusCode;
use medrecord_common::ids::RecordingId;
use medrecord_common::problem::Problem;
use medrecord_common::recording::Change;

use super::ApiResult;
use super::extract::{Json, Path};
use super::identity::Device;
use crate::recordings;
use crate::state::App;

#[utoipa::path(post, path = "/recordings/{id}/changes", params(("id" = RecordingId, Path)),
    request_body = Vec<Change>, responses(
    (status = 204), (status = 404, body = Problem),
    (status = 409, body = Problem, description = "A hole, or another change with the number")))]
#[tracing::instrument(skip_all, fields(recording.id = %id))]
pub(super) async fn append(
    device: Device,
    State(app): State<App>,
    Path(id): Path<RecordingId>,
    Json(changes): Json<Vec<Change>>,
) -> ApiResult<StatusCode> {
    recordings::append_changes(&app, device.who(), device.clinician, id, &changes).await?;
    app.wake.events(device.clinician);
    app.wake.jobs();
    Ok(StatusCode::NO_CONTENT)
}
