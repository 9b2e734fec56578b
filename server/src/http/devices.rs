//! Workstations: listed, renamed and revoked by people; reporting by themselves.

use axum::extract::State;
use axum::http::StatusCode;
use medrecord_common::auth::Role;
use medrecord_common::device::{self, DeviceReport, RenameDevice};
use medrecord_common::ids::{ClinicianId, DeviceId};
use medrecord_common::page::Page;
use medrecord_common::problem::Problem;

use super::ApiResult;
use super::error::ApiError;
use super::extract::{Json, Path, Query};
use super::identity::{Browser, Device};
use crate::audit::{self, Act};
use crate::db;
use crate::state::App;

/// Rows a page: a clinic's workstations are mostly one page.
const PAGE: usize = 500;

/// `?cursor=`.
#[derive(serde::Deserialize, utoipa::IntoParams)]
pub(super) struct CursorQuery {
    /// `next` of the page before.
    cursor: Option<DeviceId>,
}

#[utoipa::path(get, path = "/devices", params(CursorQuery), responses(
    (status = 200, body = Page<device::Device>,
        description = "Those with a credential of one's own, revoked ones too; an admin: all"),
    (status = 401, body = Problem)))]
pub(super) async fn list(
    browser: Browser,
    State(app): State<App>,
    Query(query): Query<CursorQuery>,
) -> ApiResult<axum::Json<Page<device::Device>>> {
    let whose = sees(&app, &browser).await?;
    let limit = PAGE as i64 + 1;
    let mut items = db::device_view::page(&app.pool, whose, query.cursor, limit).await?;
    let is_last = items.len() <= PAGE;
    items.truncate(PAGE);
    let next = items.last().filter(|_| !is_last).map(|device| device.id.to_string());
    Ok(axum::Json(Page { items, next }))
}

#[utoipa::path(patch, path = "/devices/{id}", params(("id" = DeviceId, Path)),
    request_body = RenameDevice, responses(
    (status = 200, body = device::Device), (status = 401, body = Problem),
    (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn rename(
    browser: Browser,
    State(app): State<App>,
    Path(id): Path<DeviceId>,
    Json(body): Json<RenameDevice>,
) -> ApiResult<axum::Json<device::Device>> {
    let whose = sees(&app, &browser).await?;
    let mut tx = app.pool.begin().await?;
    db::device_view::find(&mut *tx, id, whose).await?.ok_or(ApiError::NotFound)?;
    check_name("/name", &body.name)?;
    db::device::rename(&mut *tx, id, body.name.trim()).await?;
    audit::record(&mut tx, app.clock.now(), browser.who(), Act::RenameDevice, id).await?;
    let renamed = db::device_view::find(&mut *tx, id, whose).await?.ok_or(ApiError::NotFound)?;
    tx.commit().await?;
    Ok(axum::Json(renamed))
}

#[utoipa::path(post, path = "/devices/{id}/revoke", params(("id" = DeviceId, Path)), responses(
    (status = 200, body = device::Device,
        description = "One's own credential on it; an admin: the whole workstation"),
    (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn revoke(
    browser: Browser,
    State(app): State<App>,
    Path(id): Path<DeviceId>,
) -> ApiResult<axum::Json<device::Device>> {
    let whose = sees(&app, &browser).await?;
    let now = app.clock.now();
    let mut tx = app.pool.begin().await?;
    db::device_view::find(&mut *tx, id, whose).await?.ok_or(ApiError::NotFound)?;
    let ended = db::device::revoke(&mut tx, id, whose, now).await?;
    audit::record(&mut tx, now, browser.who(), Act::RevokeDevice, id).await?;
    let revoked = db::device_view::find(&mut *tx, id, whose).await?.ok_or(ApiError::NotFound)?;
    tx.commit().await?;
    // Its open streams look again, and end.
    for clinician in ended {
        app.wake.events(clinician);
    }
    Ok(axum::Json(revoked))
}

#[utoipa::path(put, path = "/devices/self/report", request_body = DeviceReport, responses(
    (status = 204), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn report(
    device: Device,
    State(app): State<App>,
    Json(body): Json<DeviceReport>,
) -> ApiResult<StatusCode> {
    check_report(&body)?;
    let mut tx = app.pool.begin().await?;
    db::device::set_version(&mut *tx, device.device, &body.version).await?;
    let (id, now) = (device.device, app.clock.now());
    db::device_report::replace(&mut *tx, id, device.clinician, &body, now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose part of the workstations this browser sees; none: all of it.
async fn sees(app: &App, browser: &Browser) -> ApiResult<Option<ClinicianId>> {
    let row = db::clinician::find(&app.pool, browser.clinician).await?;
    match row.ok_or(ApiError::Unauthenticated)?.clinician.role {
        Role::Admin => Ok(None),
        Role::Clinician => Ok(Some(browser.clinician)),
    }
}

/// A word for people: 1 to 100 characters.
pub(super) fn check_name(field: &str, text: &str) -> Result<(), ApiError> {
    if text.trim().is_empty() || text.chars().count() > 100 {
        return Err(ApiError::invalid(field, "1 to 100 characters"));
    }
    Ok(())
}

fn check_report(report: &DeviceReport) -> Result<(), ApiError> {
    let is_version = |it: char| it.is_ascii_alphanumeric() || ".+-".contains(it);
    if report.version.is_empty()
        || report.version.len() > 40
        || !report.version.chars().all(is_version)
    {
        return Err(ApiError::invalid("/version", "a release, like 1.2.3"));
    }
    // More than anyone records in a lifetime.
    if report.waiting > 1_000_000 || report.wedged > 1_000_000 {
        return Err(ApiError::invalid("/waiting", "at most 1,000,000"));
    }
    if (report.waiting == 0) != report.oldest_waiting_s.is_none() {
        return Err(ApiError::invalid("/oldest_waiting_s", "there exactly when something waits"));
    }
    Ok(())
}
