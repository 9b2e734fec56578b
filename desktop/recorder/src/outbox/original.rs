//! Table `original`: the file that a recording was imported from, as it was. It stays on this computer.

use medrecord_common::PatientText;
use medrecord_common::ids::RecordingId;
use rusqlite::{Connection, OptionalExtension as _};

use super::{Outbox, OutboxError};

/// An imported file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Its name without folders; people put names of patients into it.
    pub name: PatientText,
    /// E.g. `audio/mpeg`.
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl Original {
    /// What stands behind the last dot of its name: letters and digits, `bin` when there are none.
    #[must_use]
    pub fn extension(&self) -> String {
        let extension = self.name.as_str().rsplit_once('.').map_or("", |(_, extension)| extension);
        let usable = !extension.is_empty() && extension.chars().all(|c| c.is_ascii_alphanumeric());
        if usable { extension.to_ascii_lowercase() } else { "bin".to_owned() }
    }
}

impl Outbox {
    /// Keeps the file beside the recording.
    ///
    /// # Errors
    /// When the database cannot be written, or the recording has one.
    pub fn keep_original(&self, id: RecordingId, original: &Original) -> Result<(), OutboxError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO original (recording, name, media_type, bytes) VALUES (?1, ?2, ?3, ?4)",
                (id.0, original.name.as_str(), &original.media_type, &original.bytes),
            )?;
            Ok(())
        })
    }

    /// The file, if the recording was imported and its audio is still here.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn original(&self, id: RecordingId) -> Result<Option<Original>, OutboxError> {
        self.read(|connection| {
            let sql = "SELECT name, media_type, bytes FROM original WHERE recording = ?1";
            let found = connection.prepare_cached(sql)?.query_row([id.0], |row| {
                let name: String = row.get(0)?;
                Ok(Original { name: name.into(), media_type: row.get(1)?, bytes: row.get(2)? })
            });
            Ok(found.optional()?)
        })
    }
}

/// With the audio of a recording.
pub(super) fn delete(connection: &Connection, id: RecordingId) -> Result<(), OutboxError> {
    connection.execute("DELETE FROM original WHERE recording = ?1", [id.0])?;
    Ok(())
}
