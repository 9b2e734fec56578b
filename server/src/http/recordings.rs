//! Recordings: created, read, completed, tried again; and their transcripts.

use axum::extract::State;
use axum::http::StatusCode;
use medrecord_common::ids::RecordingId;
use medrecord_common::manifest::Complete;
use medrecord_common::page::Page;
use medrecord_common::problem::Problem;
use medrecord_common::receipt::Completed;
use medrecord_common::recording::{CreateRecording, Recording};
use medrecord_common::transcript::Transcript;

use super::ApiResult;
use super::error::ApiError;
use super::extract::{Json, Path, Query};
use super::identity::{Browser, Device, Reader};
use super::listing::{self, CursorQuery};
use crate::audit::{self, Act, Target};
use crate::db;
use crate::recordings::{self, Created};
use crate::state::App;

#[utoipa::path(put, path = "/recordings/{id}", params(("id" = RecordingId, Path)),
    request_body = CreateRecording, responses(
    (status = 201, body = Recording), (status = 200, body = Recording, description = "Repeated"),
    (status = 404, body = Problem), (status = 409, body = Problem, description = "Another body"),
    (status = 422, body = Problem)))]
#[tracing::instrument(skip_all, fields(recording.id = %id))]
pub(super) async fn create(
    device: Device,
    State(app): State<App>,
    Path(id): Path<RecordingId>,
    Json(body): Json<CreateRecording>,
) -> ApiResult<(StatusCode, axum::Json<Recording>)> {
    let status = match recordings::create(&app, device.clinician, device.device, id, &body).await? {
        Created::Now => StatusCode::CREATED,
        Created::Before => StatusCode::OK,
    };
    app.wake.events(device.clinician);
    let views = db::recording_view::load(&app.pool, device.clinician, &[id.0]).await?;
    let view = views.into_iter().next().ok_or(ApiError::NotFound)?;
    Ok((status, axum::Json(view.recording)))
}

#[utoipa::path(get, path = "/recordings", params(CursorQuery), responses(
    (status = 200, body = Page<Recording>), (status = 401, body = Problem)))]
pub(super) async fn list(
    reader: Reader,
    State(app): State<App>,
    Query(query): Query<CursorQuery>,
) -> ApiResult<axum::Json<Page<Recording>>> {
    let place = query.place()?;
    let mut tx = app.pool.begin().await?;
    let views = recordings::page(&mut tx, reader.clinician(), place).await?;
    audit::record(&mut tx, app.clock.now(), reader.who(), Act::ReadWorklist, Target::default())
        .await?;
    tx.commit().await?;
    Ok(axum::Json(listing::page(views, |view| view.recording)))
}

#[utoipa::path(get, path = "/recordings/{id}", params(("id" = RecordingId, Path)), responses(
    (status = 200, body = Recording), (status = 404, body = Problem)))]
#[tracing::instrument(skip_all, fields(recording.id = %id))]
pub(super) async fn get(
    reader: Reader,
    State(app): State<App>,
    Path(id): Path<RecordingId>,
) -> ApiResult<axum::Json<Recording>> {
    let mut tx = app.pool.begin().await?;
    let views = db::recording_view::load(&mut *tx, reader.clinician(), &[id.0]).await?;
    let view = views.into_iter().next().ok_or(ApiError::NotFound)?;
    audit::record(&mut tx, app.clock.now(), reader.who(), Act::ReadRecording, id).await?;
    tx.commit().await?;
    Ok(axum::Json(view.recording))
}

#[utoipa::path(post, path = "/recordings/{id}/complete", params(("id" = RecordingId, Path)),
    request_body = Complete, responses(
    (status = 200, body = Completed), (status = 404, body = Problem),
    (status = 409, body = Problem, description = "Segments or changes are missing"),
    (status = 422, body = Problem)))]
#[tracing::instrument(skip_all, fields(recording.id = %id))]
pub(super) async fn complete(
    device: Device,
    State(app): State<App>,
    Path(id): Path<RecordingId>,
    Json(body): Json<Complete>,
) -> ApiResult<axum::Json<Completed>> {
    let receipt = recordings::complete(&app, device.who(), device.clinician, id, &body).await?;
    app.wake.events(device.clinician);
    app.wake.jobs();
    Ok(axum::Json(Completed { receipt }))
}

#[utoipa::path(post, path = "/recordings/{id}/retry", params(("id" = RecordingId, Path)), responses(
    (status = 204, description = "What was given up is tried again; so it is when nothing was"),
    (status = 401, body = Problem), (status = 404, body = Problem)))]
#[tracing::instrument(skip_all, fields(recording.id = %id))]
pub(super) async fn retry(
    browser: Browser,
    State(app): State<App>,
    Path(id): Path<RecordingId>,
) -> ApiResult<StatusCode> {
    let retried = recordings::retry(&app, browser.who(), Some(browser.clinician), id).await?;
    retried.ok_or(ApiError::NotFound)?;
    app.wake.events(browser.clinician);
    app.wake.jobs();
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(get, path = "/recordings/{id}/transcript", params(("id" = RecordingId, Path)),
    responses((status = 200, body = Transcript), (status = 404, body = Problem)))]
#[tracing::instrument(skip_all, fields(recording.id = %id))]
pub(super) async fn transcript(
    reader: Reader,
    State(app): State<App>,
    Path(id): Path<RecordingId>,
) -> ApiResult<axum::Json<Transcript>> {
    let mut tx = app.pool.begin().await?;
    if !db::recording::is_readable(&mut *tx, id, reader.clinician()).await? {
        return Err(ApiError::NotFound);
    }
    let segments = db::segment_text::transcript(&mut *tx, id).await?;
    let target = Target::from(id);
    audit::record(&mut tx, app.clock.now(), reader.who(), Act::ReadTranscript, target).await?;
    tx.commit().await?;
    Ok(axum::Json(Transcript { recording: id, segments }))
}
