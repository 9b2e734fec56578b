//! Creates a recording, with its patient and its data key.

use medrecord_common::ids::{ClinicianId, DeviceId, RecordingId};
use medrecord_common::patient::Patient;
use medrecord_common::problem::FieldError;
use medrecord_common::recording::CreateRecording;
use medrecord_common::segment::Digest;

use crate::audit::{self, Act, Who};
use crate::db;
use crate::http::ApiResult;
use crate::http::error::ApiError;
use crate::state::App;

/// Whether this request made it, or an equal one before.
pub(crate) enum Created {
    Now,
    Before,
}

/// Another body under the same id is a conflict; someone else's id is not found.
pub(crate) async fn create(
    app: &App,
    clinician: ClinicianId,
    device: DeviceId,
    id: RecordingId,
    request: &CreateRecording,
) -> ApiResult<Created> {
    check(request)?;
    let bytes = serde_json::to_vec(request).map_err(anyhow::Error::from)?;
    let digest = Digest::of(&bytes);
    if let Some(created) = repeated(app, clinician, id, digest).await? {
        return Ok(created);
    }
    // The key first: a row never names one that is not on disk. A key without a row does no harm.
    let key = app.objects.make_key().await?;
    let mut tx = app.pool.begin().await?;
    if let Some(patient) = &request.patient {
        put_patient(&mut tx, patient, clinician).await?;
    }
    if !db::recording::insert(&mut *tx, id, clinician, device, request, &digest.0).await? {
        tx.rollback().await?;
        return repeated(app, clinician, id, digest).await?.ok_or(ApiError::NotFound);
    }
    db::recording_key::insert(&mut *tx, id, key).await?;
    let who = Who { clinician: Some(clinician), device: Some(device) };
    audit::record(&mut tx, app.clock.now(), who, Act::CreateRecording, id).await?;
    super::stage::announce(app, &mut tx, clinician, id).await?;
    tx.commit().await?;
    Ok(Created::Now)
}

async fn repeated(
    app: &App,
    clinician: ClinicianId,
    id: RecordingId,
    digest: Digest,
) -> ApiResult<Option<Created>> {
    match db::recording::origin(&app.pool, id).await? {
        None => Ok(None),
        Some((owner, _)) if owner != clinician => Err(ApiError::NotFound),
        Some((_, before)) if before == digest.0 => Ok(Some(Created::Before)),
        Some(_) => Err(ApiError::Conflict("A recording with this id and other data is here.")),
    }
}

pub(super) async fn put_patient(
    tx: &mut sqlx::PgConnection,
    patient: &Patient,
    clinician: ClinicianId,
) -> ApiResult<()> {
    if db::patient::put(tx, patient, clinician).await? {
        Ok(())
    } else {
        Err(ApiError::Conflict("A patient with this id is here and cannot be changed."))
    }
}

fn check(request: &CreateRecording) -> ApiResult<()> {
    let mut errors = Vec::new();
    let language = request.language.as_bytes();
    if language.len() != 2 || !language.iter().all(u8::is_ascii_lowercase) {
        errors.push(FieldError {
            field: "/language".to_owned(),
            message: "an ISO 639-1 code, e.g. en".to_owned(),
        });
    }
    if let Some(stretch) = &request.replaces
        && (stretch.start > super::MAX_SAMPLES || stretch.samples > super::MAX_SAMPLES)
    {
        errors.push(FieldError {
            field: "/replaces".to_owned(),
            message: "a stretch within a day".to_owned(),
        });
    }
    errors.extend(request.patient.as_ref().and_then(|patient| check_patient("/patient", patient)));
    if errors.is_empty() { Ok(()) } else { Err(ApiError::Invalid(errors)) }
}

/// The rule that a patient breaks.
pub(super) fn check_patient(field: &str, patient: &Patient) -> Option<FieldError> {
    let is_long = |text: &str, most: usize| text.chars().count() > most;
    let message = if is_long(patient.name.as_str(), 200) {
        "a name has at most 200 characters"
    } else if patient.mrn.as_ref().is_some_and(|mrn| is_long(mrn.as_str(), 64)) {
        "a record number has at most 64 characters"
    } else if patient.name.as_str().contains('\0')
        || patient.mrn.as_ref().is_some_and(|mrn| mrn.as_str().contains('\0'))
    {
        "no NUL characters"
    } else {
        return None;
    };
    Some(FieldError { field: field.to_owned(), message: message.to_owned() })
}
