//! Patients, as entered; provisional until matched with the organisation's register.

use medrecord_common::PatientText;
use medrecord_common::ids::{ClinicianId, PatientId};
use medrecord_common::patient::Patient;
use sqlx::PgExecutor;

use super::word;

/// Enters or renews a provisional patient of this clinician; false when the id is someone else's.
pub(crate) async fn put(
    db: impl PgExecutor<'_>,
    patient: &Patient,
    clinician: ClinicianId,
) -> sqlx::Result<bool> {
    let sex = patient.sex.map(|sex| word(&sex)).transpose()?;
    let done = sqlx::query!(
        "insert into patient (id, name, mrn, birth_date, sex, created_by)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do update
            set name = excluded.name, mrn = excluded.mrn, birth_date = excluded.birth_date,
                sex = excluded.sex, updated_at = now()
            where patient.created_by = excluded.created_by and patient.provisional",
        patient.id.0,
        patient.name.as_str(),
        patient.mrn.as_ref().map(PatientText::as_str),
        patient.birth_date,
        sex,
        clinician.0,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Columns of a joined patient, all absent when there is none.
pub(crate) fn patient_of(
    id: Option<uuid::Uuid>,
    name: Option<String>,
    mrn: Option<String>,
    birth_date: Option<chrono::NaiveDate>,
    sex: Option<String>,
) -> sqlx::Result<Option<Patient>> {
    let Some(id) = id else { return Ok(None) };
    Ok(Some(Patient {
        id: PatientId(id),
        name: name.unwrap_or_default().into(),
        mrn: mrn.map(PatientText::from),
        birth_date,
        sex: sex.map(super::from_word).transpose()?,
    }))
}
