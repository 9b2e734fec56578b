//! Table `recording`: who it belongs to, what the server is told, and how far it is.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::PatientText;
use medrecord_common::ids::{ClinicianId, NoteId, RecordingId};
use medrecord_common::patient::Patient;
use medrecord_common::recording::{Consent, CreateRecording, Stage};
use medrecord_common::segment::Digest;
use rusqlite::{Connection, OptionalExtension as _, Row};
use uuid::Uuid;

use super::{Outbox, OutboxError, chunk, rows, segment};
use crate::sync::receipt::VerifiedReceipt;

/// Audio stays this long after its receipt: longer than the time between two backups (design §5).
pub const RETENTION: TimeDelta = TimeDelta::days(7);

pub(super) const COLUMNS: &str = "id, owner, body, patient, state, recovered, wedged, receipt,
    acknowledged_at, stage, reason, note, note_text, discarded_at, consent, trimmed_to";

/// A recording that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecording {
    pub id: RecordingId,
    /// None before enrolment; it is given to whoever enrols.
    pub owner: Option<ClinicianId>,
    pub create: CreateRecording,
}

/// Where a recording is on this computer. Only forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingState {
    Recording,
    /// Stopped; all of it in segments.
    Finished,
    /// Whole on the server: a receipt that matches is here.
    Acknowledged,
    /// Acknowledged, and the audio was deleted here after [`RETENTION`].
    Released,
}

/// A recording with its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecording {
    pub id: RecordingId,
    pub owner: Option<ClinicianId>,
    pub create: CreateRecording,
    /// As last said.
    pub patient: Option<Patient>,
    pub state: RecordingState,
    pub recovered: bool,
    /// Why it is not sent, in words; its bytes are kept.
    pub wedged: Option<String>,
    /// Compact JWS.
    pub receipt: Option<String>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// How far the server is, when last asked.
    pub stage: Option<Stage>,
    pub reason: Option<String>,
    pub note: Option<NoteId>,
    pub note_text: Option<PatientText>,
    pub discarded_at: Option<DateTime<Utc>>,
    /// As last said.
    pub consent: Option<Consent>,
    /// What begins at this sample or later is left out.
    pub trimmed_to: Option<u64>,
}

impl Outbox {
    /// The row is there before the first sample is.
    ///
    /// # Errors
    /// When the database cannot be written, or the id is taken.
    pub fn begin(&self, new: &NewRecording) -> Result<(), OutboxError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO recording (id, owner, started_at, body, patient)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                (
                    new.id.0,
                    new.owner.map(|owner| owner.0),
                    rows::time(new.create.started_at),
                    rows::json(&new.create),
                    new.create.patient.as_ref().map(rows::json),
                ),
            )?;
            Ok(())
        })
    }

    /// Stopped. All samples must be in segments by now. Asked again, it is done already.
    ///
    /// # Errors
    /// [`OutboxError::WrongState`] when it is not recording, or samples are still in chunks.
    pub fn finish(&self, id: RecordingId, recovered: bool) -> Result<(), OutboxError> {
        self.write(|transaction| {
            let sql = "SELECT 1 FROM recording
                 WHERE id = ?1 AND state = 'finished' AND recovered = ?2";
            if transaction.query_row(sql, (id.0, recovered), |_| Ok(())).optional()?.is_some() {
                return Ok(());
            }
            require(transaction, id, RecordingState::Recording)?;
            if !chunk::list(transaction, id)?.is_empty() {
                let state = RecordingState::Recording;
                return Err(OutboxError::WrongState { recording: id, state });
            }
            transaction.execute(
                "UPDATE recording SET state = 'finished', recovered = ?2 WHERE id = ?1",
                (id.0, recovered),
            )?;
            Ok(())
        })
    }

    /// Keeps a receipt that was verified; it must be for the recording as it stands here. A second one, of another
    /// epoch, takes the first one's place, and the retention time begins anew.
    ///
    /// # Errors
    /// [`OutboxError::ReceiptMismatch`] when it is for other bytes: nothing is changed.
    pub fn acknowledge(
        &self,
        id: RecordingId,
        receipt: &VerifiedReceipt,
        epoch: Option<Uuid>,
        at: DateTime<Utc>,
    ) -> Result<(), OutboxError> {
        self.write(|transaction| {
            let state = state(transaction, id)?;
            if state == RecordingState::Recording {
                return Err(OutboxError::WrongState { recording: id, state });
            }
            let manifest = Digest::of(segment::manifest_text(transaction, id)?.as_bytes());
            if receipt.recording() != id || receipt.manifest() != manifest {
                return Err(OutboxError::ReceiptMismatch(id));
            }
            transaction.execute(
                "UPDATE recording SET receipt = ?2, acknowledged_at = ?3, epoch = ?4, wedged = NULL, stage = NULL,
                     state = CASE state WHEN 'released' THEN state ELSE 'acknowledged' END
                 WHERE id = ?1",
                (id.0, receipt.jws(), rows::time(at), epoch),
            )?;
            let sent = "UPDATE segment SET sent_at = coalesce(sent_at, ?2) WHERE recording = ?1";
            transaction.execute(sent, (id.0, rows::time(at)))?;
            Ok(())
        })
    }

    /// The server has all of it in this epoch, too.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn confirm(&self, id: RecordingId, epoch: Uuid) -> Result<(), OutboxError> {
        self.write(|transaction| {
            // What it was made into since is asked again.
            let sql = "UPDATE recording SET epoch = ?2, stage = NULL WHERE id = ?1";
            transaction.execute(sql, (id.0, epoch))?;
            Ok(())
        })
    }

    /// Deletes audio whose receipt is older than [`RETENTION`] and of the epoch that the server is in (when it tells
    /// one); returns whose.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn release(
        &self,
        owner: Option<ClinicianId>,
        epoch: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<Vec<RecordingId>, OutboxError> {
        let before = rows::time(now - RETENTION);
        let due: Vec<RecordingId> = self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM recording WHERE state = 'acknowledged' AND acknowledged_at <= ?1
                   AND owner IS ?2 AND (?3 IS NULL OR epoch IS ?3)",
            )?;
            let parameters = (&before, owner.map(|owner| owner.0), epoch);
            let ids = statement.query_map(parameters, |row| Ok(RecordingId(row.get(0)?)))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })?;
        for id in &due {
            self.write(|transaction| {
                segment::delete_audio(transaction, *id)?;
                let sql = "UPDATE recording SET state = 'released' WHERE id = ?1";
                transaction.execute(sql, [id.0])?;
                Ok(())
            })?;
        }
        Ok(due)
    }

    /// What the server said of a recording.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_stage(
        &self,
        id: RecordingId,
        stage: Stage,
        reason: Option<&str>,
        note: Option<NoteId>,
    ) -> Result<(), OutboxError> {
        let changed = self.write_quietly(|transaction| {
            Ok(transaction.execute(
                "UPDATE recording SET stage = ?2, reason = ?3, note = ?4,
                     note_text = CASE WHEN note IS ?4 THEN note_text END WHERE id = ?1
                   AND (stage IS NOT ?2 OR reason IS NOT ?3 OR note IS NOT ?4)",
                (id.0, rows::json(&stage), reason, note.map(|note| note.0)),
            )?)
        })?;
        // Told only when it is news: sync, which is woken by what changes, is the one that writes this.
        if changed > 0 {
            self.changes.send_modify(|count| *count += 1);
        }
        Ok(())
    }

    /// Keeps the text of the draft, to be read offline.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_note_text(&self, id: RecordingId, text: &PatientText) -> Result<(), OutboxError> {
        self.write(|transaction| {
            let sql = "UPDATE recording SET note_text = ?2 WHERE id = ?1";
            transaction.execute(sql, (id.0, text.as_str()))?;
            Ok(())
        })
    }

    /// Sets a recording aside with the reason, or (with none) lets it be tried again.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_wedged(&self, id: RecordingId, reason: Option<&str>) -> Result<(), OutboxError> {
        self.write(|transaction| {
            let sql = "UPDATE recording SET wedged = ?2 WHERE id = ?1";
            match transaction.execute(sql, (id.0, reason))? {
                0 => Err(OutboxError::UnknownRecording(id)),
                _ => Ok(()),
            }
        })
    }

    /// # Errors
    /// [`OutboxError::UnknownRecording`].
    pub fn recording(&self, id: RecordingId) -> Result<StoredRecording, OutboxError> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM recording WHERE id = ?1");
            let row = connection.prepare_cached(&sql)?.query_row([id.0], columns).optional()?;
            row.ok_or(OutboxError::UnknownRecording(id))?.read()
        })
    }

    /// Those that are over and whose audio is here, with when they began; oldest first.
    pub(super) fn with_audio(&self) -> Result<VecDeque<(RecordingId, DateTime<Utc>)>, OutboxError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, started_at FROM recording WHERE state IN ('finished', 'acknowledged')
                 ORDER BY started_at",
            )?;
            let found = statement
                .query_map([], |row| Ok((RecordingId(row.get(0)?), row.get::<_, String>(1)?)))?;
            found
                .map(|row| {
                    let (id, began) = row?;
                    Ok((id, rows::read_time(&began)?))
                })
                .collect()
        })
    }

    /// How long the recording is so far, in samples: gaps included, pauses not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn samples(&self, id: RecordingId) -> Result<u64, OutboxError> {
        self.read(|connection| chunk::end(connection, id))
    }
}

pub(super) fn state(
    connection: &Connection,
    id: RecordingId,
) -> Result<RecordingState, OutboxError> {
    let text: Option<String> = connection
        .prepare_cached("SELECT state FROM recording WHERE id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    RecordingState::parse(&text.ok_or(OutboxError::UnknownRecording(id))?)
}

pub(super) fn require(
    connection: &Connection,
    id: RecordingId,
    wanted: RecordingState,
) -> Result<(), OutboxError> {
    match state(connection, id)? {
        found if found == wanted => Ok(()),
        state => Err(OutboxError::WrongState { recording: id, state }),
    }
}

impl RecordingState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Finished => "finished",
            Self::Acknowledged => "acknowledged",
            Self::Released => "released",
        }
    }

    fn parse(text: &str) -> Result<Self, OutboxError> {
        [Self::Recording, Self::Finished, Self::Acknowledged, Self::Released]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(OutboxError::Unreadable("state"))
    }
}

impl std::fmt::Display for RecordingState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The columns as SQLite has them; [`Columns::read`] makes sense of them.
pub(super) struct Columns {
    id: RecordingId,
    owner: Option<ClinicianId>,
    create: String,
    patient: Option<String>,
    state: String,
    recovered: bool,
    wedged: Option<String>,
    receipt: Option<String>,
    acknowledged_at: Option<String>,
    stage: Option<String>,
    reason: Option<String>,
    note: Option<NoteId>,
    note_text: Option<String>,
    discarded_at: Option<String>,
    consent: Option<String>,
    trimmed_to: Option<i64>,
}

pub(super) fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok(Columns {
        id: RecordingId(row.get(0)?),
        owner: row.get::<_, Option<_>>(1)?.map(ClinicianId),
        create: row.get(2)?,
        patient: row.get(3)?,
        state: row.get(4)?,
        recovered: row.get(5)?,
        wedged: row.get(6)?,
        receipt: row.get(7)?,
        acknowledged_at: row.get(8)?,
        stage: row.get(9)?,
        reason: row.get(10)?,
        note: row.get::<_, Option<_>>(11)?.map(NoteId),
        note_text: row.get(12)?,
        discarded_at: row.get(13)?,
        consent: row.get(14)?,
        trimmed_to: row.get(15)?,
    })
}

impl Columns {
    pub(super) fn read(self) -> Result<StoredRecording, OutboxError> {
        Ok(StoredRecording {
            id: self.id,
            owner: self.owner,
            create: rows::read_json(&self.create)?,
            patient: self.patient.as_deref().map(rows::read_json).transpose()?,
            state: RecordingState::parse(&self.state)?,
            recovered: self.recovered,
            wedged: self.wedged,
            receipt: self.receipt,
            acknowledged_at: self.acknowledged_at.as_deref().map(rows::read_time).transpose()?,
            stage: self.stage.as_deref().map(rows::read_json).transpose()?,
            reason: self.reason,
            note: self.note,
            note_text: self.note_text.map(PatientText::from),
            discarded_at: self.discarded_at.as_deref().map(rows::read_time).transpose()?,
            consent: self.consent.as_deref().map(rows::read_json).transpose()?,
            trimmed_to: self.trimmed_to.map(rows::unsigned),
        })
    }
}
