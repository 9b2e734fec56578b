//! The outbox as the window sees it: recordings with what is counted of them, in two queries however many.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use medrecord_common::PatientText;
use medrecord_common::ids::{ClinicianId, RecordingId};
use rusqlite::Connection;

use super::recording::{COLUMNS, columns};
use super::{Outbox, OutboxError, StoredRecording, rows};

/// Of one clinician (none: those without an owner) since a time, and older ones that are not on the server or wait for
/// a person (what a restored server lost is a week old when it is noticed).
const WHICH: &str = "owner IS ?1 AND discarded_at IS NULL
    AND (started_at >= ?2 OR state IN ('recording', 'finished') OR wedged IS NOT NULL)";

/// A recording with what is counted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    pub recording: StoredRecording,
    /// How long it is so far: gaps included, pauses not.
    pub samples: u64,
    pub segments: u32,
    pub segments_sent: u32,
    /// Somebody spoke up to this sample, as far as segments are cut; 0 when nobody did.
    pub spoken_to: u64,
    /// Name of the file it was imported from.
    pub original: Option<PatientText>,
}

/// What is counted of the segments of one recording.
#[derive(Debug, Clone, Copy, Default)]
struct Cut {
    segments: u32,
    sent: u32,
    end: u64,
    spoken_to: u64,
}

impl Outbox {
    /// Recordings of one clinician (none: those without an owner) that began at `since` or later, and
    /// older ones that are not on the server yet or are set aside; newest first. Discarded ones are not among them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn overview(
        &self,
        owner: Option<ClinicianId>,
        since: DateTime<Utc>,
    ) -> Result<Vec<Overview>, OutboxError> {
        let (owner, since) = (owner.map(|owner| owner.0), rows::time(since));
        self.read(|connection| {
            let cuts = cuts(connection, owner, &since)?;
            let sql = format!(
                "SELECT {COLUMNS},
                     (SELECT name FROM original WHERE recording = id) AS file,
                     (SELECT start + length(pcm) / 2 FROM chunk WHERE recording = id
                      ORDER BY start DESC LIMIT 1) AS chunks_end,
                     (SELECT max(json_extract(body, '$.start') + json_extract(body, '$.samples'))
                      FROM change WHERE recording = id AND json_extract(body, '$.change') = 'gap')
                      AS gaps_end
                 FROM recording WHERE {WHICH} ORDER BY started_at DESC, id DESC"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_map((owner, &since), |row| {
                let ends: (Option<i64>, Option<i64>) =
                    (row.get("chunks_end")?, row.get("gaps_end")?);
                Ok((columns(row)?, row.get::<_, Option<String>>("file")?, ends))
            })?;
            found
                .map(|row| {
                    let (recording, original, (chunks, gaps)) = row?;
                    let recording = recording.read()?;
                    let cut = cuts.get(&recording.id).copied().unwrap_or_default();
                    let beside = chunks.max(gaps).map_or(0, rows::unsigned);
                    Ok(Overview {
                        samples: cut.end.max(beside),
                        segments: cut.segments,
                        segments_sent: cut.sent,
                        spoken_to: cut.spoken_to,
                        original: original.map(PatientText::from),
                        recording,
                    })
                })
                .collect()
        })
    }
}

fn cuts(
    connection: &Connection,
    owner: Option<uuid::Uuid>,
    since: &str,
) -> Result<HashMap<RecordingId, Cut>, OutboxError> {
    let sql = format!(
        "SELECT recording, count(*), count(sent_at), max(start + samples),
             max(iif(speech > 0, start + samples, 0))
         FROM segment WHERE recording IN (SELECT id FROM recording WHERE {WHICH})
         GROUP BY recording"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_map((owner, since), |row| {
        let cut = Cut {
            segments: row.get(1)?,
            sent: row.get(2)?,
            end: rows::unsigned(row.get(3)?),
            spoken_to: rows::unsigned(row.get(4)?),
        };
        Ok((RecordingId(row.get(0)?), cut))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

#[cfg(test)]
pub(crate) mod tests;
