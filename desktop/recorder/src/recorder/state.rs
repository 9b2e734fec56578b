//! Builds what the window sees, and keeps it current.

use std::future;
use std::time::Duration;

use chrono::{DateTime, Local, Utc};
use medrecord_common::audio::samples_to_ms;
use medrecord_common::ids::{ClinicianId, RecordingId};
use medrecord_common::recording::Stage;
use medrecord_common::workstation::{
    self, Connection, LocalRecording, LocalState, Severity, Warning, Workstation,
};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{MICROPHONE, Recorder, clock, damage, locked, second_key, side};
use crate::outbox::{Account, OutboxError, RecordingState, StoredRecording};

/// Ten times a second is what an eye follows; more only costs.
const SHORTEST: Duration = Duration::from_millis(100);

/// A microphone that is plugged in shows up within this time. Not while recording: asking disturbs
/// some sound systems.
const MICROPHONES_EVERY: Duration = Duration::from_secs(5);

pub(super) fn empty(key_file: bool) -> Workstation {
    Workstation {
        account: None,
        accounts: Vec::new(),
        locked: false,
        connection: Connection::NotEnrolled,
        microphones: Vec::new(),
        microphone: None,
        take: None,
        today: Vec::new(),
        trashed: 0,
        cap_minutes: None,
        space_ms: None,
        warnings: Vec::new(),
        key_file,
        shortcut: None,
    }
}

/// The state now. When the outbox cannot be read, that is what it says.
pub(super) fn build(recorder: &Recorder) -> Workstation {
    try_build(recorder).unwrap_or_else(|error| Workstation {
        warnings: vec![Warning {
            severity: Severity::Alarm,
            code: error.code().to_owned(),
            text: error.to_string(),
        }],
        ..empty(recorder.inner.key_file)
    })
}

fn try_build(recorder: &Recorder) -> Result<Workstation, OutboxError> {
    let outbox = recorder.outbox();
    let account = outbox.current_account()?;
    let owner = account.as_ref().map(|account| account.clinician);
    let connection = owner.map_or(Connection::NotEnrolled, |clinician| {
        let connections = recorder.sync().connections();
        let known = connections.borrow().get(&clinician).copied();
        known.unwrap_or(Connection::Offline)
    });
    let is_locked = recorder.is_locked();
    let today = if is_locked { Vec::new() } else { recordings(recorder, midnight())? };
    let (take, mut warnings) = take(recorder, owner, &today)?;
    warnings.extend(all_warnings(recorder, connection, &today));
    let space = recorder.inner.space.left();
    warnings.extend(recorder.inner.space.warning(space));
    warnings.extend(side::warnings(&recorder.inner));
    warnings.extend(clock::warnings(recorder.sync().skew()));
    warnings.extend(damage::warnings(outbox.salvaged(), outbox.needs_salvage()));
    warnings.extend(second_key::warnings(
        *locked(&recorder.inner.second_key),
        &outbox.recovery_keys()?,
        account.is_some(),
    ));
    warnings.sort_by_key(|warning| std::cmp::Reverse(warning.severity));
    Ok(Workstation {
        account: account.map(|account| shown(recorder, account)).transpose()?,
        accounts: outbox
            .accounts()?
            .into_iter()
            .map(|account| shown(recorder, account))
            .collect::<Result<_, _>>()?,
        locked: is_locked,
        connection,
        microphones: locked(&recorder.inner.microphones).clone(),
        microphone: outbox.setting(MICROPHONE)?,
        take,
        today,
        trashed: if is_locked { 0 } else { outbox.trashed(owner)? },
        cap_minutes: outbox.cap_minutes()?,
        space_ms: space.map(|left| left.as_millis() as u64),
        warnings,
        key_file: recorder.inner.key_file,
        shortcut: None,
    })
}

/// The current clinician's recordings since then, and older ones that still wait; newest first.
pub(super) fn recordings(
    recorder: &Recorder,
    since: DateTime<Utc>,
) -> Result<Vec<LocalRecording>, OutboxError> {
    let owner = recorder.outbox().current_account()?.map(|account| account.clinician);
    let stored = recorder.outbox().recordings(owner, since)?;
    stored.into_iter().map(|stored| local_recording(recorder, stored)).collect()
}

fn shown(recorder: &Recorder, account: Account) -> Result<workstation::Account, OutboxError> {
    let Account { clinician, name, email, server, device_name, .. } = account;
    let pin = recorder.outbox().pin(clinician)?.is_some_and(|pin| pin.hash.is_some());
    Ok(workstation::Account { clinician, name, email, server, device_name, pin })
}

/// When the day began where this computer is; the start of time when its clock cannot say.
fn midnight() -> DateTime<Utc> {
    let today = Local::now().date_naive().and_time(chrono::NaiveTime::MIN);
    today.and_local_timezone(Local).earliest().map_or(DateTime::UNIX_EPOCH, |at| at.to_utc())
}

fn local_recording(
    recorder: &Recorder,
    stored: StoredRecording,
) -> Result<LocalRecording, OutboxError> {
    let outbox = recorder.outbox();
    let segments = outbox.segments(stored.id)?;
    let sent = segments.iter().filter(|segment| segment.sent).count();
    let heard = segments.iter().rfind(|segment| segment.header.speech > 0);
    let last_speech = heard.map_or(0, |segment| segment.header.end());
    Ok(LocalRecording {
        id: stored.id,
        started_at: stored.create.started_at,
        duration_ms: samples_to_ms(outbox.samples(stored.id)?),
        state: local_state(&stored),
        patient: stored.patient,
        recovered: stored.recovered,
        segments: u32::try_from(segments.len()).unwrap_or(u32::MAX),
        segments_sent: u32::try_from(sent).unwrap_or(u32::MAX),
        note: stored.note,
        note_text: stored.note_text,
        reason: stored.wedged.or(stored.reason),
        consent: stored.consent,
        continues: stored.create.continues,
        replaces: stored.create.replaces,
        trimmed_ms: stored.trimmed_to.map(samples_to_ms),
        last_speech_ms: samples_to_ms(last_speech),
        has_audio: stored.state != RecordingState::Released,
        original: outbox.original_name(stored.id)?,
    })
}

fn local_state(stored: &StoredRecording) -> LocalState {
    if stored.wedged.is_some() {
        return LocalState::Wedged;
    }
    match (stored.state, stored.stage) {
        (RecordingState::Recording, _) => LocalState::Recording,
        (RecordingState::Finished, _) => LocalState::Waiting,
        (_, Some(Stage::NoSpeech)) => LocalState::NoSpeech,
        (_, Some(Stage::Ready)) if stored.note_text.is_some() => LocalState::NoteReady,
        _ => LocalState::Sent,
    }
}

/// The recording under way with what its capture warns of.
fn take(
    recorder: &Recorder,
    user: Option<ClinicianId>,
    today: &[LocalRecording],
) -> Result<(Option<workstation::Take>, Vec<Warning>), OutboxError> {
    let Some((id, progress)) = recorder.progress() else { return Ok((None, vec![])) };
    let progress = progress.borrow().clone();
    if progress.ended {
        return Ok((
            None,
            progress.capped.then(|| capped(progress.recorded_samples)).into_iter().collect(),
        ));
    }
    let row = today.iter().find(|row| row.id == id);
    let stored = recorder.outbox().recording(id)?;
    let is_own = stored.owner == user;
    let owner = stored.owner.filter(|_| !is_own);
    let owner = owner.map(|owner| recorder.outbox().account(owner)).transpose()?.flatten();
    let take = workstation::Take {
        recording: id,
        whose: owner.map(|account| account.name),
        patient: stored.patient.filter(|_| is_own && !recorder.is_locked()),
        state: progress.state,
        microphone: progress.source,
        recorded_ms: samples_to_ms(progress.recorded_samples),
        on_disk_ms: samples_to_ms(progress.on_disk_samples),
        on_server_ms: samples_to_ms(samples_on_server(recorder, id)?),
        level: progress.level,
        consent: row.and_then(|row| row.consent.clone()),
        continues: row.and_then(|row| row.continues),
        replaces: row.and_then(|row| row.replaces),
    };
    let mut warnings = progress.warnings;
    if recorder.may_sleep() {
        warnings.push(warning(
            Severity::Notice,
            "may_sleep",
            "This computer cannot be kept awake. Keep its lid open and do not let it sleep while you \
             record: what is said while it sleeps is not recorded.",
        ));
    }
    Ok((Some(take), warnings))
}

/// Up to where the server has everything.
fn samples_on_server(recorder: &Recorder, id: RecordingId) -> Result<u64, OutboxError> {
    let segments = recorder.outbox().segments(id)?;
    let last = segments.iter().take_while(|segment| segment.sent).last();
    Ok(last.map_or(0, |segment| segment.header.end()))
}

fn all_warnings(
    recorder: &Recorder,
    connection: Connection,
    today: &[LocalRecording],
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let waiting = today.iter().filter(|row| row.state == LocalState::Waiting).count();
    match connection {
        Connection::Offline => warnings.push(offline(waiting)),
        Connection::SignInNeeded => warnings.push(warning(
            Severity::Warning,
            "sign_in_needed",
            "Your recordings are kept on this computer and recording goes on. \
             Sign in again to send them.",
        )),
        Connection::NotEnrolled | Connection::Online => {}
    }
    for row in today {
        if let (LocalState::Wedged, Some(reason)) = (row.state, &row.reason) {
            warnings.push(warning(Severity::Warning, "recording_wedged", reason));
        }
        if recorder.recovered().contains(&row.id) {
            let (minutes, seconds) = (row.duration_ms / 60_000, row.duration_ms / 1_000 % 60);
            let text = format!(
                "The computer stopped during this recording. \
                 Everything up to {minutes:02}:{seconds:02} was kept."
            );
            warnings.push(warning(Severity::Notice, "recovered", &text));
        }
    }
    warnings
}

fn capped(samples: u64) -> Warning {
    let (hours, minutes) =
        (samples_to_ms(samples) / 3_600_000, samples_to_ms(samples) / 60_000 % 60);
    let text = format!(
        "The recording is safe. It stopped by itself after {hours}:{minutes:02} hours, in case it was \
         forgotten. You can trim its end under More, or go on with it."
    );
    warning(Severity::Warning, "stopped_at_cap", &text)
}

fn offline(waiting: usize) -> Warning {
    let text = match waiting {
        0 => "Offline. Your recordings are kept on this computer and will be sent when the \
              network is back."
            .to_owned(),
        1 => "Offline. Everything is kept on this computer; 1 recording waits.".to_owned(),
        n => format!("Offline. Everything is kept on this computer; {n} recordings wait."),
    };
    warning(Severity::Notice, "offline", &text)
}

pub(super) fn warning(severity: Severity, code: &str, text: &str) -> Warning {
    Warning { severity, code: code.to_owned(), text: text.to_owned() }
}

/// Publishes the state whenever something changed, until cancelled.
pub(super) async fn keep_current(recorder: &Recorder, cancel: CancellationToken) {
    let mut outbox = recorder.outbox().changes();
    let mut connections = recorder.sync().connections();
    let mut touched = recorder.inner.touched.subscribe();
    let mut asked = ask_for_microphones(recorder);
    let mut microphones = interval(MICROPHONES_EVERY);
    microphones.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let next = Instant::now() + SHORTEST;
        publish(recorder).await;
        let progress = async {
            if let Some((_, mut progress)) = recorder.progress()
                && !progress.borrow_and_update().ended
            {
                let _ = progress.changed().await;
            } else {
                // Over, or none: `touched` tells of the next.
                future::pending().await
            }
        };
        tokio::select! {
            () = cancel.cancelled() => return,
            _ = outbox.changed() => {}
            _ = connections.changed() => {}
            _ = touched.changed() => {}
            () = progress => {}
            _ = microphones.tick() => if recorder.progress().is_none() && asked.is_finished() {
                asked = ask_for_microphones(recorder);
            },
        }
        sleep_until(next).await;
    }
}

/// Nobody waits for it: a sound server that hangs must not hold up the state.
fn ask_for_microphones(recorder: &Recorder) -> tokio::task::JoinHandle<()> {
    let recorder = recorder.clone();
    tokio::task::spawn_blocking(move || recorder.refresh_microphones())
}

async fn publish(recorder: &Recorder) {
    blocking(recorder, Recorder::publish).await;
}

async fn blocking(recorder: &Recorder, act: impl FnOnce(&Recorder) + Send + 'static) {
    let recorder = recorder.clone();
    let done = tokio::task::spawn_blocking(move || act(&recorder)).await;
    done.expect("invariant: building the state does not panic");
}
