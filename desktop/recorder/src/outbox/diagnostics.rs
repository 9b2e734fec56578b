//! The outbox in numbers, and the texts that no diagnosis may hold.

use medrecord_common::patient::Patient;
use medrecord_common::recording::ChangeKind;
use rusqlite::Connection;

use super::{Outbox, OutboxError, rows};

/// What the outbox holds about the patient of one recording.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PatientTexts {
    /// Name, number, birth date.
    pub(crate) names: Vec<String>,
    /// Empty when there is none.
    pub(crate) note: String,
}

impl Outbox {
    /// Lines like `recordings finished 3`.
    pub(crate) fn counts(&self) -> Result<Vec<String>, OutboxError> {
        self.read(|connection| {
            let mut lines = Vec::new();
            let mut statement = connection.prepare_cached(
                "SELECT state, count(*), sum(wedged IS NOT NULL), sum(discarded_at IS NOT NULL),
                     sum(recovered) FROM recording GROUP BY state ORDER BY state",
            )?;
            let mut found = statement.query([])?;
            while let Some(row) = found.next()? {
                let (state, count): (String, i64) = (row.get(0)?, row.get(1)?);
                let (wedged, trashed, recovered): (i64, i64, i64) =
                    (row.get(2)?, row.get(3)?, row.get(4)?);
                lines.push(format!(
                    "recordings {state} {count}, of these set aside {wedged}, in the trash \
                     {trashed}, recovered {recovered}"
                ));
            }
            for (name, sql) in [
                ("segments not sent", "SELECT count(*) FROM segment WHERE sent_at IS NULL"),
                ("changes not sent", "SELECT count(*) FROM change WHERE sent_at IS NULL"),
                ("chunks", "SELECT count(*) FROM chunk"),
                ("schema", "PRAGMA user_version"),
                ("pages", "PRAGMA page_count"),
            ] {
                let value: i64 = connection.query_row(sql, [], |row| row.get(0))?;
                lines.push(format!("{name} {value}"));
            }
            Ok(lines)
        })
    }

    /// Of all clinicians.
    pub(crate) fn patient_texts(&self) -> Result<Vec<PatientTexts>, OutboxError> {
        self.read(|connection| {
            let mut texts = recordings(connection)?;
            // Who it was about before is in the history.
            let mut statement = connection.prepare_cached("SELECT body FROM change")?;
            let bodies = statement.query_map([], |row| row.get::<_, String>(0))?;
            for body in bodies {
                let names = match rows::read_json(&body?)? {
                    ChangeKind::Patient { patient } => names(&patient),
                    ChangeKind::Consent { by, .. } => vec![by.as_str().to_owned()],
                    _ => continue,
                };
                texts.push(PatientTexts { names, note: String::new() });
            }
            // The names of imported files are as people gave them.
            let mut statement = connection.prepare_cached("SELECT name FROM original")?;
            let files = statement.query_map([], |row| row.get(0))?;
            for name in files {
                texts.push(PatientTexts { names: vec![name?], note: String::new() });
            }
            Ok(texts)
        })
    }
}

fn recordings(connection: &Connection) -> Result<Vec<PatientTexts>, OutboxError> {
    let mut statement =
        connection.prepare_cached("SELECT patient, coalesce(note_text, '') FROM recording")?;
    let found = statement
        .query_map([], |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, String>(1)?)))?;
    found
        .map(|row| {
            let (patient, note) = row?;
            let patient: Option<Patient> = patient.as_deref().map(rows::read_json).transpose()?;
            Ok(PatientTexts { names: patient.as_ref().map(names).unwrap_or_default(), note })
        })
        .collect()
}

fn names(patient: &Patient) -> Vec<String> {
    let mrn = patient.mrn.as_ref().map(|mrn| mrn.as_str().to_owned());
    let born = patient.birth_date.map(|date| date.to_string());
    [Some(patient.name.as_str().to_owned()), mrn].into_iter().flatten().chain(born).collect()
}
