//! Recordings that are there: hear, export, import, go on, say again, consent, trim.

use std::num::NonZeroU32;

use medrecord_common::audio::SAMPLE_RATE;
use medrecord_common::ids::RecordingId;
use medrecord_common::patient::Patient;
use medrecord_common::workstation::{AudioFormat, CommandError, ControlMode, ImportedRecording};
use tauri::ipc::{InvokeBody, Request, Response};
use tauri::{AppHandle, Manager, State};

use super::Answer;
use crate::desk::Desk;

const SAMPLES_PER_MS: u64 = SAMPLE_RATE as u64 / 1_000;

/// A stretch of one's own recording as a WAV file in memory; nothing is written to disk.
#[tauri::command]
pub(crate) async fn audio(
    desk: State<'_, Desk>,
    recording: RecordingId,
    start_ms: u64,
    length_ms: u64,
) -> Answer<Response> {
    let start = start_ms.saturating_mul(SAMPLES_PER_MS);
    let end = start.saturating_add(length_ms.saturating_mul(SAMPLES_PER_MS));
    let wav = desk.run(move |recorder| recorder.wav(recording, start..end)).await?;
    Ok(Response::new(wav))
}

/// Into the folder for downloads; answers with the file's path.
#[tauri::command]
pub(crate) async fn export_audio(
    app: AppHandle,
    desk: State<'_, Desk>,
    recording: RecordingId,
    format: AudioFormat,
) -> Answer<String> {
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir());
    let folder = folder.map_err(|_| CommandError {
        code: "no_folder".to_owned(),
        message: "This computer names no folder for downloads. The recording is safe.".to_owned(),
    })?;
    let path = desk.run(move |recorder| recorder.export_into(recording, &folder, format)).await?;
    Ok(path.display().to_string())
}

/// The file's bytes are the request's body; its name and the patient come as percent-encoded headers.
#[tauri::command]
pub(crate) async fn import_file(
    desk: State<'_, Desk>,
    request: Request<'_>,
) -> Answer<ImportedRecording> {
    let header = |name: &str| {
        let value = request.headers().get(name)?.to_str().ok()?;
        percent_decode(value)
    };
    let name = header("name").ok_or_else(unreadable)?;
    let patient: Option<Patient> = match header("patient") {
        Some(patient) => serde_json::from_str(&patient).map_err(|_| unreadable())?,
        None => None,
    };
    let InvokeBody::Raw(bytes) = request.body() else { return Err(unreadable()) };
    let bytes = bytes.clone();
    desk.run(move |recorder| recorder.import_bytes(&name, bytes, patient)).await
}

#[tauri::command]
pub(crate) async fn start_continuing(
    desk: State<'_, Desk>,
    recording: RecordingId,
) -> Answer<RecordingId> {
    desk.run(move |recorder| recorder.start_continuing(recording)).await
}

/// Says again what comes from this moment on.
#[tauri::command]
pub(crate) async fn start_replacing(
    desk: State<'_, Desk>,
    recording: RecordingId,
    from_ms: u64,
) -> Answer<RecordingId> {
    let start = from_ms.saturating_mul(SAMPLES_PER_MS);
    desk.run(move |recorder| recorder.start_replacing(recording, start)).await
}

#[tauri::command]
pub(crate) async fn set_consent(
    desk: State<'_, Desk>,
    recording: RecordingId,
    given: Option<bool>,
    by: String,
) -> Answer<()> {
    desk.run(move |recorder| recorder.set_consent(recording, given, by.into())).await
}

/// To 2 s after the last word, or (untrimmed) to the whole again.
#[tauri::command]
pub(crate) async fn trim(
    desk: State<'_, Desk>,
    recording: RecordingId,
    to_speech: bool,
) -> Answer<()> {
    desk.run(move |recorder| {
        if to_speech { recorder.trim_to_speech(recording) } else { recorder.trim(recording, None) }
    })
    .await
}

#[tauri::command]
pub(crate) async fn set_cap(desk: State<'_, Desk>, minutes: Option<u32>) -> Answer<()> {
    desk.run(move |recorder| recorder.set_cap_minutes(minutes)).await
}

/// Bytes a second; none, or 0: as fast as the line.
#[tauri::command]
pub(crate) async fn set_upload_limit(desk: State<'_, Desk>, bytes: Option<u32>) -> Answer<()> {
    let bytes = bytes.and_then(NonZeroU32::new);
    desk.run(move |recorder| recorder.set_upload_limit(bytes)).await
}

#[tauri::command]
pub(crate) async fn set_control_mode(desk: State<'_, Desk>, mode: ControlMode) -> Answer<()> {
    desk.run(move |recorder| recorder.set_control_mode(mode)).await
}

/// As `encodeURIComponent` encodes: headers hold no other letters than ASCII.
fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn unreadable() -> CommandError {
    CommandError {
        code: "file_unreadable".to_owned(),
        message: "The file could not be read. Nothing was imported.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::percent_decode;

    #[test]
    fn names_come_as_the_window_encodes_them() {
        let decoded = percent_decode("M%C3%BCller%20%E2%80%93%20note.m4a");
        assert_eq!(decoded.as_deref(), Some("Müller – note.m4a"));
        for wrong in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(percent_decode(wrong), None, "{wrong}");
        }
    }
}
