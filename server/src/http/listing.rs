//! Cursors of lists: where the last page ended, as an opaque text.

use chrono::{TimeZone as _, Utc};
use medrecord_common::page::Page;

use super::error::ApiError;
use crate::db::recording_view::{Place, RecordingView};

/// Rows a page.
pub(crate) const PAGE: usize = 50;

/// `?cursor=`.
#[derive(serde::Deserialize, utoipa::IntoParams)]
pub(super) struct CursorQuery {
    /// `next` of the page before.
    cursor: Option<String>,
}

impl CursorQuery {
    pub(super) fn place(&self) -> Result<Option<Place>, ApiError> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let place = || {
            let (at, id) = cursor.split_once('.')?;
            Some((Utc.timestamp_micros(at.parse().ok()?).single()?, id.parse().ok()?))
        };
        let fault = || ApiError::BadRequest("The cursor cannot be read.".to_owned());
        place().map(Some).ok_or_else(fault)
    }
}

/// A page of what was asked for with one row too many.
pub(super) fn page<T>(
    mut views: Vec<RecordingView>,
    convert: impl FnMut(RecordingView) -> T,
) -> Page<T> {
    let is_last = views.len() <= PAGE;
    views.truncate(PAGE);
    let next = views.last().filter(|_| !is_last).map(|view| {
        let (at, id) = view.place();
        format!("{}.{id}", at.timestamp_micros())
    });
    Page { items: views.into_iter().map(convert).collect(), next }
}
