//! Notes: read, edited under `If-Match`, signed.

use axum::extract::State;
use axum::http::HeaderMap;
use medrecord_common::ids::{NoteId, RecordingId};
use medrecord_common::note::{EditNote, Note, SignNote};
use medrecord_common::problem::Problem;

use super::error::ApiError;
use super::extract::{Json, Path};
use super::identity::{Browser, Reader};
use super::{ApiResult, headers};
use crate::audit::{self, Act, Target};
use crate::state::App;
use crate::{db, notes};

type Answer = (HeaderMap, axum::Json<Note>);

#[utoipa::path(get, path = "/notes/{id}", params(("id" = NoteId, Path)), responses(
    (status = 200, body = Note, headers(("ETag" = String, description = "The version, in quotes"))),
    (status = 404, body = Problem)))]
#[tracing::instrument(skip_all, fields(note.id = %id))]
pub(super) async fn get(
    reader: Reader,
    State(app): State<App>,
    Path(id): Path<NoteId>,
) -> ApiResult<Answer> {
    read(&app, &reader, id).await
}

#[utoipa::path(get, path = "/recordings/{id}/note", params(("id" = RecordingId, Path)), responses(
    (status = 200, body = Note), (status = 404, body = Problem, description = "Or no note yet")))]
#[tracing::instrument(skip_all, fields(recording.id = %id))]
pub(super) async fn of_recording(
    reader: Reader,
    State(app): State<App>,
    Path(id): Path<RecordingId>,
) -> ApiResult<Answer> {
    let note = db::note::of_recording(&app.pool, id).await?.ok_or(ApiError::NotFound)?;
    read(&app, &reader, note).await
}

#[utoipa::path(put, path = "/notes/{id}", request_body = EditNote,
    params(("id" = NoteId, Path), ("If-Match" = String, Header, description = "The ETag")),
    responses((status = 200, body = Note), (status = 404, body = Problem),
    (status = 409, body = Problem, description = "Signed"),
    (status = 412, body = Problem, description = "Changed elsewhere"),
    (status = 422, body = Problem), (status = 428, body = Problem)))]
#[tracing::instrument(skip_all, fields(note.id = %id))]
pub(super) async fn edit(
    browser: Browser,
    State(app): State<App>,
    Path(id): Path<NoteId>,
    headers: HeaderMap,
    Json(body): Json<EditNote>,
) -> ApiResult<Answer> {
    let note = notes::edit(&app, &browser, id, headers::if_match(&headers), body).await?;
    app.wake.events(browser.clinician);
    Ok(answer(note))
}

#[utoipa::path(post, path = "/notes/{id}/draft",
    params(("id" = NoteId, Path), ("If-Match" = String, Header, description = "The ETag")),
    responses((status = 200, body = Note, description = "It will be another version soon"),
    (status = 404, body = Problem), (status = 409, body = Problem, description = "Signed"),
    (status = 412, body = Problem), (status = 428, body = Problem)))]
#[tracing::instrument(skip_all, fields(note.id = %id))]
pub(super) async fn draft(
    browser: Browser,
    State(app): State<App>,
    Path(id): Path<NoteId>,
    headers: HeaderMap,
) -> ApiResult<Answer> {
    let note = notes::draft(&app, &browser, id, headers::if_match(&headers)).await?;
    app.wake.jobs();
    app.wake.events(browser.clinician);
    Ok(answer(note))
}

#[utoipa::path(post, path = "/notes/{id}/sign", request_body = SignNote,
    params(("id" = NoteId, Path), ("If-Match" = String, Header, description = "The ETag")),
    responses((status = 200, body = Note), (status = 401, body = Problem),
    (status = 404, body = Problem), (status = 409, body = Problem),
    (status = 412, body = Problem), (status = 428, body = Problem)))]
#[tracing::instrument(skip_all, fields(note.id = %id))]
pub(super) async fn sign(
    browser: Browser,
    State(app): State<App>,
    Path(id): Path<NoteId>,
    headers: HeaderMap,
    Json(body): Json<SignNote>,
) -> ApiResult<Answer> {
    let version = headers::if_match(&headers);
    let note = notes::sign(&app, &browser, id, version, body.password).await?;
    app.wake.events(browser.clinician);
    Ok(answer(note))
}

async fn read(app: &App, reader: &Reader, id: NoteId) -> ApiResult<Answer> {
    let mut tx = app.pool.begin().await?;
    let note = db::note::find(&mut *tx, id, reader.clinician()).await?;
    let note = note.ok_or(ApiError::NotFound)?;
    let target = Target::from(id);
    audit::record(&mut tx, app.clock.now(), reader.who(), Act::ReadNote, target).await?;
    tx.commit().await?;
    Ok(answer(note))
}

fn answer(note: Note) -> Answer {
    (headers::etag(note.version), axum::Json(note))
}
