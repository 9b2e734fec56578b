//! What the window may ask for: adapters from Tauri's commands to the recorder, and nothing else.

mod recordings;

use chrono::Utc;
use medrecord_common::ids::{ClinicianId, NoteId, RecordingId};
use medrecord_common::patient::Patient;
use medrecord_common::workstation::{CommandError, MicrophoneTrial, TrashedRecording, Workstation};
use medrecord_recorder::recorder::RecorderError;
use medrecord_recorder::sync::Authority;
use secrecy::SecretString;
use tauri::{AppHandle, Manager, State};
use tauri_plugin_opener::OpenerExt;

pub(crate) use self::recordings::*;
use crate::desk::Desk;
use crate::{platform, update};

type Answer<T> = Result<T, CommandError>;

#[tauri::command]
pub(crate) async fn state(desk: State<'_, Desk>) -> Answer<Workstation> {
    Ok(desk.workstation())
}

/// An empty device name means this computer's own.
#[tauri::command]
pub(crate) async fn enrol(
    desk: State<'_, Desk>,
    server: String,
    email: String,
    password: SecretString,
    device_name: String,
) -> Answer<()> {
    let name = if device_name.trim().is_empty() { platform::device_name() } else { device_name };
    desk.recorder()?.enrol(&server, &email, password, &name).await?;
    Ok(())
}

/// The fingerprint of the authority in a PEM file: it is compared before it is trusted.
#[tauri::command]
pub(crate) async fn fingerprint(pem: String) -> Answer<String> {
    Ok(Authority::from_pem(&pem).map_err(RecorderError::from)?.fingerprint())
}

/// Believes the authority in a PEM file, and no other, about the server at an address; without one: those that the
/// system knows.
#[tauri::command]
pub(crate) async fn trust(
    desk: State<'_, Desk>,
    server: String,
    pem: Option<String>,
) -> Answer<()> {
    let authority = pem.as_deref().map(Authority::from_pem).transpose();
    let authority = authority.map_err(RecorderError::from)?;
    Ok(desk.recorder()?.trust(&server, authority.as_ref()).await?)
}

#[tauri::command]
pub(crate) async fn set_pin(desk: State<'_, Desk>, pin: SecretString) -> Answer<()> {
    desk.run(move |recorder| recorder.set_pin(&pin)).await
}

#[tauri::command]
pub(crate) async fn lock(desk: State<'_, Desk>) -> Answer<()> {
    desk.run(|recorder| recorder.lock()).await
}

#[tauri::command]
pub(crate) async fn unlock(
    desk: State<'_, Desk>,
    clinician: ClinicianId,
    pin: SecretString,
) -> Answer<()> {
    desk.run(move |recorder| recorder.unlock(clinician, &pin, Utc::now())).await
}

#[tauri::command]
pub(crate) async fn choose_microphone(desk: State<'_, Desk>, id: Option<String>) -> Answer<()> {
    desk.run(move |recorder| recorder.choose_microphone(id)).await
}

#[tauri::command]
pub(crate) async fn try_microphone(desk: State<'_, Desk>, seconds: u64) -> Answer<MicrophoneTrial> {
    desk.run(move |recorder| recorder.try_microphone(seconds)).await
}

#[tauri::command]
pub(crate) async fn start(desk: State<'_, Desk>, patient: Option<Patient>) -> Answer<RecordingId> {
    desk.run(move |recorder| recorder.start(patient)).await
}

#[tauri::command]
pub(crate) async fn pause(desk: State<'_, Desk>) -> Answer<()> {
    desk.run(|recorder| recorder.pause()).await
}

#[tauri::command]
pub(crate) async fn resume(desk: State<'_, Desk>) -> Answer<()> {
    desk.run(|recorder| recorder.resume()).await
}

#[tauri::command]
pub(crate) async fn stop(desk: State<'_, Desk>) -> Answer<()> {
    desk.run(|recorder| recorder.stop()).await
}

#[tauri::command]
pub(crate) async fn mark(desk: State<'_, Desk>) -> Answer<()> {
    desk.run(|recorder| recorder.mark()).await
}

#[tauri::command]
pub(crate) async fn set_patient(
    desk: State<'_, Desk>,
    recording: RecordingId,
    patient: Patient,
) -> Answer<()> {
    desk.run(move |recorder| recorder.set_patient(recording, patient)).await
}

#[tauri::command]
pub(crate) async fn retry(desk: State<'_, Desk>, recording: RecordingId) -> Answer<()> {
    desk.run(move |recorder| recorder.retry(recording)).await
}

#[tauri::command]
pub(crate) async fn discard(desk: State<'_, Desk>, recording: RecordingId) -> Answer<()> {
    desk.run(move |recorder| recorder.discard(recording)).await
}

#[tauri::command]
pub(crate) async fn restore(desk: State<'_, Desk>, recording: RecordingId) -> Answer<()> {
    desk.run(move |recorder| recorder.restore(recording)).await
}

#[tauri::command]
pub(crate) async fn trash(desk: State<'_, Desk>) -> Answer<Vec<TrashedRecording>> {
    desk.run(|recorder| recorder.trash()).await
}

/// Writes the diagnostics where people look for files, and shows them there.
#[tauri::command]
pub(crate) async fn save_diagnostics(app: AppHandle, desk: State<'_, Desk>) -> Answer<()> {
    let now = Utc::now();
    let text = desk.run(move |recorder| recorder.diagnostics(now)).await?;
    let not_saved = |error: &dyn std::fmt::Display| CommandError {
        code: "not_saved".to_owned(),
        message: format!("The file could not be written: {error}. Nothing else is affected."),
    };
    let folder = app.path().download_dir().map_err(|error| not_saved(&error))?;
    let file = folder.join(format!("medrecord-{}.txt", now.format("%Y-%m-%d-%H%M%S")));
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&file, text))
        .map_err(|error| not_saved(&error))?;
    app.opener().reveal_item_in_dir(&file).map_err(|error| {
        tracing::warn!(%error, "no file manager");
        CommandError {
            code: "no_file_manager".to_owned(),
            message: format!("It was written to {}.", file.display()),
        }
    })
}

/// Answers only when it is refused or fails: else this program ends, and the next version starts.
#[tauri::command]
pub(crate) async fn install_update(app: AppHandle) -> Answer<()> {
    update::install(&app).await
}

#[tauri::command]
pub(crate) async fn open_note(app: AppHandle, desk: State<'_, Desk>, note: NoteId) -> Answer<()> {
    open(&app, &desk, &format!("/notes/{note}"))
}

#[tauri::command]
pub(crate) async fn open_review(app: AppHandle, desk: State<'_, Desk>) -> Answer<()> {
    open(&app, &desk, "/")
}

/// Opens a page of the account's own server, and of no other, in the browser.
fn open(app: &AppHandle, desk: &Desk, path: &str) -> Answer<()> {
    let account = desk.workstation().account.ok_or_else(|| CommandError {
        code: "not_enrolled".to_owned(),
        message: "This computer has no account yet. Sign in first.".to_owned(),
    })?;
    let page = format!("{}{path}", account.server.trim_end_matches('/'));
    app.opener().open_url(&page, None::<&str>).map_err(|error| {
        tracing::warn!(%error, "no browser");
        CommandError {
            code: "no_browser".to_owned(),
            message: format!("No browser could be started. Open {page} in one."),
        }
    })
}
