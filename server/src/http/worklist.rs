//! The worklist: a clinician's recordings on their way to signed notes, newest first.

use axum::extract::State;
use medrecord_common::note::WorklistItem;
use medrecord_common::page::Page;
use medrecord_common::problem::Problem;

use super::ApiResult;
use super::extract::Query;
use super::identity::Reader;
use super::listing::{self, CursorQuery};
use crate::audit::{self, Act, Target};
use crate::db::recording_view::RecordingView;
use crate::recordings;
use crate::state::App;

#[utoipa::path(get, path = "/worklist", params(CursorQuery), responses(
    (status = 200, body = Page<WorklistItem>), (status = 401, body = Problem)))]
pub(super) async fn list(
    reader: Reader,
    State(app): State<App>,
    Query(query): Query<CursorQuery>,
) -> ApiResult<axum::Json<Page<WorklistItem>>> {
    let place = query.place()?;
    let mut tx = app.pool.begin().await?;
    let views = recordings::page(&mut tx, reader.clinician(), place).await?;
    let (now, who) = (app.clock.now(), reader.who());
    audit::record(&mut tx, now, who, Act::ReadWorklist, Target::default()).await?;
    tx.commit().await?;
    Ok(axum::Json(listing::page(views, RecordingView::into_worklist_item)))
}
