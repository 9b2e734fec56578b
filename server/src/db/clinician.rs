//! People who sign in.

use medrecord_common::auth::Clinician;
use medrecord_common::ids::{ClinicianId, RecordingId};
use sqlx::PgExecutor;

use super::{from_word, word};

/// What sign-in compares with.
pub(crate) struct PasswordRow {
    pub(crate) clinician: Clinician,
    pub(crate) password_hash: String,
}

pub(crate) async fn insert(
    db: impl PgExecutor<'_>,
    clinician: &Clinician,
    password_hash: &str,
    vocabulary: &[String],
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into clinician (id, email, name, role, password_hash, vocabulary)
         values ($1, $2, $3, $4, $5, $6)",
        clinician.id.0,
        clinician.email,
        clinician.name,
        word(&clinician.role)?,
        password_hash,
        vocabulary,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The enabled clinician of an e-mail address, whatever its case.
pub(crate) async fn find_by_email(
    db: impl PgExecutor<'_>,
    email: &str,
) -> sqlx::Result<Option<PasswordRow>> {
    let row = sqlx::query!(
        "select id, email, name, role, password_hash from clinician
         where lower(email) = lower($1) and disabled_at is null",
        email
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let clinician = Clinician {
            id: row.id.into(),
            name: row.name,
            email: row.email,
            role: from_word(row.role)?,
        };
        Ok(PasswordRow { clinician, password_hash: row.password_hash })
    })
    .transpose()
}

pub(crate) async fn find(
    db: impl PgExecutor<'_>,
    id: ClinicianId,
) -> sqlx::Result<Option<PasswordRow>> {
    let row = sqlx::query!(
        "select id, email, name, role, password_hash from clinician
         where id = $1 and disabled_at is null",
        id.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let clinician = Clinician {
            id: row.id.into(),
            name: row.name,
            email: row.email,
            role: from_word(row.role)?,
        };
        Ok(PasswordRow { clinician, password_hash: row.password_hash })
    })
    .transpose()
}

/// Who speaks in a recording, and how.
pub(crate) struct Speaker {
    pub(crate) clinician: ClinicianId,
    pub(crate) vocabulary: Vec<String>,
    pub(crate) language: String,
}

/// The speaker of a recording that exists.
pub(crate) async fn speaker(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
) -> sqlx::Result<Speaker> {
    let row = sqlx::query!(
        "select c.id, c.vocabulary, r.language from recording r
         join clinician c on c.id = r.clinician_id where r.id = $1",
        recording.0
    )
    .fetch_one(db)
    .await?;
    Ok(Speaker { clinician: row.id.into(), vocabulary: row.vocabulary, language: row.language })
}
