//! The outbox as sync sees it: what there is of each recording, in one query.

use chrono::{DateTime, Utc};
use medrecord_common::ids::{ClinicianId, RecordingId};
use medrecord_common::segment::SegmentRanges;
use rusqlite::OptionalExtension as _;
use uuid::Uuid;

use super::{Outbox, OutboxError, rows};
use crate::sync::plan::Local;

impl Outbox {
    /// Recordings of a clinician with which something is still to be done or awaited. Those that are
    /// wedged wait for a person, and are left out.
    ///
    /// Receipts of another epoch than `epoch` (when the server tells one) are to be confirmed.
    pub(crate) fn sync_view(
        &self,
        owner: ClinicianId,
        epoch: Option<Uuid>,
    ) -> Result<Vec<Local>, OutboxError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, started_at, state, stage, note IS NOT NULL, note_text IS NOT NULL,
                     (SELECT count(*) FROM segment WHERE recording = id),
                     (SELECT count(*) FROM change WHERE recording = id),
                     (SELECT count(*) FROM change WHERE recording = id AND sent_at IS NOT NULL),
                     discarded_at IS NOT NULL, ?2 IS NULL OR epoch IS ?2
                 FROM recording
                 WHERE owner = ?1 AND wedged IS NULL
                   AND (stage IS NULL
                        OR (note_text IS NULL AND NOT (stage = '\"no_speech\"'
                             OR (stage = '\"discarded\"' AND discarded_at IS NOT NULL)))
                        OR (receipt IS NOT NULL AND ?2 IS NOT NULL AND epoch IS NOT ?2)
                        OR EXISTS (SELECT 1 FROM change
                                   WHERE recording = id AND sent_at IS NULL))",
            )?;
            let found = statement.query_map((owner.0, epoch), |row| {
                let state: String = row.get(2)?;
                let times_and_stage = (row.get::<_, String>(1)?, row.get::<_, Option<String>>(3)?);
                let local = Local {
                    id: RecordingId(row.get(0)?),
                    started_at: DateTime::UNIX_EPOCH,
                    segments: row.get(6)?,
                    changes: row.get(7)?,
                    changes_sent: row.get(8)?,
                    finished: state != "recording",
                    acknowledged: matches!(state.as_str(), "acknowledged" | "released"),
                    confirmed: row.get(10)?,
                    released: state == "released",
                    stage: None,
                    note: row.get(4)?,
                    note_text: row.get(5)?,
                    discarded: row.get(9)?,
                };
                Ok((local, times_and_stage))
            })?;
            found
                .map(|row| {
                    let (local, (started_at, stage)) = row?;
                    Ok(Local {
                        started_at: rows::read_time(&started_at)?,
                        stage: stage.as_deref().map(rows::read_json).transpose()?,
                        ..local
                    })
                })
                .collect()
        })
    }

    /// Who is recording; none: nobody, or somebody who is not enrolled yet.
    pub(crate) fn recording_now(&self) -> Result<Option<ClinicianId>, OutboxError> {
        self.read(|connection| {
            let sql = "SELECT owner FROM recording WHERE state = 'recording' AND owner IS NOT NULL";
            let owner = connection.query_row(sql, [], |row| row.get(0)).optional()?;
            Ok(owner.map(ClinicianId))
        })
    }

    /// Whether a clinician who pressed Stop is waiting for a note that may come by itself.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn is_note_awaited(&self) -> Result<bool, OutboxError> {
        self.read(|connection| {
            Ok(connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM recording
                     WHERE state <> 'recording' AND wedged IS NULL AND owner IS NOT NULL
                       AND discarded_at IS NULL
                       AND note_text IS NULL AND (stage IS NULL
                           OR stage NOT IN ('\"no_speech\"', '\"discarded\"', '\"stuck\"')))",
                [],
                |row| row.get(0),
            )?)
        })
    }

    /// What the server says it has already (an answer was lost): for the numbers on the screen.
    pub(crate) fn sent_before(
        &self,
        id: RecordingId,
        there: &SegmentRanges,
        at: DateTime<Utc>,
    ) -> Result<(), OutboxError> {
        self.write(|transaction| {
            for (first, last) in &there.ranges {
                transaction.execute(
                    "UPDATE segment SET sent_at = ?4
                     WHERE recording = ?1 AND seq BETWEEN ?2 AND ?3 AND sent_at IS NULL",
                    (id.0, first, last, rows::time(at)),
                )?;
            }
            transaction.execute(
                "UPDATE change SET sent_at = ?3
                 WHERE recording = ?1 AND number < ?2 AND sent_at IS NULL",
                (id.0, there.changes, rows::time(at)),
            )?;
            Ok(())
        })
    }
}
