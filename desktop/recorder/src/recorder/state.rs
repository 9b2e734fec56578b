//! Builds what the window sees, and keeps it current.

mod stored;

use std::future;
use std::time::Duration;

use chrono::Utc;
use medrecord_common::audio::samples_to_ms;
use medrecord_common::ids::{ClinicianId, RecordingId};
use medrecord_common::workstation::{
    self, Connection, ControlMode, LocalRecording, Severity, Update, Warning, Workstation,
};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use self::stored::Taken;
pub(super) use self::stored::{Stored, recordings};
use super::{Recorder, clock, controls, damage, locked, second_key, side, waiting};
use crate::capture::Progress;
use crate::outbox::OutboxError;
use crate::sync::Trouble;

/// Ten times a second is what an eye follows; more only costs.
const SHORTEST: Duration = Duration::from_millis(100);

/// A microphone that is plugged in and a disk that fills show up within this time. Not while recording:
/// then the state is built anyway, and asking for microphones disturbs some sound systems.
const LOOK_EVERY: Duration = Duration::from_secs(5);

pub(super) fn empty(key_file: bool) -> Workstation {
    Workstation {
        account: None,
        accounts: Vec::new(),
        locked: false,
        connection: Connection::NotEnrolled,
        own_authorities: Vec::new(),
        microphones: Vec::new(),
        microphone: None,
        take: None,
        today: Vec::new(),
        trashed: 0,
        cap_minutes: None,
        upload_limit: None,
        space_ms: None,
        warnings: Vec::new(),
        key_file,
        shortcut: None,
        controls: Vec::new(),
        control_mode: ControlMode::default(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        update: Update::default(),
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
    let running = recorder.progress().map(|(id, progress)| (id, progress.borrow().clone()));
    let stored = Stored::now(recorder, running.as_ref().map(|(id, _)| *id))?;
    let standing = stored
        .owner
        .and_then(|clinician| recorder.sync().standings().borrow().get(&clinician).cloned());
    let connection = match (&standing, stored.owner) {
        (_, None) => Connection::NotEnrolled,
        (None, Some(_)) => Connection::Offline,
        (Some(standing), Some(_)) => standing.connection,
    };
    let trouble = standing.and_then(|standing| standing.trouble);
    let is_locked = recorder.is_locked();
    let mut today = if is_locked { Vec::new() } else { stored.today.clone() };
    if let Some((id, progress)) = running.as_ref().filter(|(_, progress)| !progress.ended)
        && let Some(row) = today.iter_mut().find(|row| row.id == *id)
    {
        row.duration_ms = samples_to_ms(progress.on_disk_samples);
    }
    let (take, mut warnings) = match (running, &stored.taken) {
        (Some((id, progress)), Some(taken)) => {
            take(recorder, id, progress, taken, stored.owner, &today)
        }
        _ => (None, Vec::new()),
    };
    warnings.extend(all_warnings(recorder, connection, trouble.as_ref(), &today));
    let space = recorder.inner.space.left();
    warnings.extend(recorder.inner.space.warning(space));
    warnings.extend(side::warnings(&recorder.inner));
    let controls = locked(&recorder.inner.controls).clone();
    warnings.extend(controls::warnings(&controls, take.as_ref()));
    warnings.extend(clock::warnings(recorder.sync().skew()));
    warnings.extend(damage::warnings(
        outbox.salvaged(),
        outbox.needs_salvage(),
        &recorder.checked(),
    ));
    warnings.extend(second_key::warnings(
        *locked(&recorder.inner.second_key),
        &stored.recovery_keys,
        stored.owner.is_some(),
    ));
    warnings.sort_by_key(|warning| std::cmp::Reverse(warning.severity));
    Ok(Workstation {
        account: stored.account.clone(),
        accounts: stored.accounts.clone(),
        locked: is_locked,
        connection,
        own_authorities: if is_locked { Vec::new() } else { stored.own_authorities.clone() },
        microphones: locked(&recorder.inner.microphones).clone(),
        microphone: stored.microphone.clone(),
        take,
        today,
        trashed: if is_locked { 0 } else { stored.trashed },
        cap_minutes: stored.cap_minutes,
        upload_limit: stored.upload_limit,
        space_ms: space.map(|left| left.as_millis() as u64),
        warnings,
        controls: controls.connected,
        control_mode: stored.control_mode,
        ..empty(recorder.inner.key_file)
    })
}

/// The recording under way with what its capture warns of.
fn take(
    recorder: &Recorder,
    id: RecordingId,
    progress: Progress,
    taken: &Taken,
    user: Option<ClinicianId>,
    today: &[LocalRecording],
) -> (Option<workstation::Take>, Vec<Warning>) {
    if progress.ended {
        let capped = progress.capped.then(|| capped(progress.recorded_samples));
        return (None, capped.into_iter().collect());
    }
    let row = today.iter().find(|row| row.id == id);
    let is_own = taken.recording.owner == user;
    let patient = taken.recording.patient.as_ref();
    let take = workstation::Take {
        recording: id,
        whose: taken.whose.clone(),
        patient: patient.filter(|_| is_own && !recorder.is_locked()).cloned(),
        state: progress.state,
        microphone: progress.source,
        recorded_ms: samples_to_ms(progress.recorded_samples),
        on_disk_ms: samples_to_ms(progress.on_disk_samples),
        on_server_ms: samples_to_ms(taken.on_server),
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
    (Some(take), warnings)
}

fn all_warnings(
    recorder: &Recorder,
    connection: Connection,
    trouble: Option<&Trouble>,
    today: &[LocalRecording],
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let now = Utc::now();
    match connection {
        Connection::Offline => warnings.push(waiting::offline(trouble, today, now)),
        Connection::SignInNeeded => warnings.push(warning(
            Severity::Warning,
            "sign_in_needed",
            "Your recordings are kept on this computer and recording goes on. Your sign-in here has ended: \
             sign in again to send them.",
        )),
        Connection::Online => warnings.extend(waiting::server_trouble(trouble, today, now)),
        Connection::NotEnrolled => {}
    }
    warnings.extend(waiting::set_aside(today));
    for row in today {
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

pub(super) fn warning(severity: Severity, code: &str, text: &str) -> Warning {
    Warning { severity, code: code.to_owned(), text: text.to_owned() }
}

/// Publishes the state whenever something changed, until cancelled.
pub(super) async fn keep_current(recorder: &Recorder, cancel: CancellationToken) {
    let mut outbox = recorder.outbox().changes();
    let mut connections = recorder.sync().standings();
    let mut touched = recorder.inner.touched.subscribe();
    let mut looked = look_around(recorder);
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
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
        let look = async {
            loop {
                looks.tick().await;
                if recorder.progress().is_none() && looked.is_finished() {
                    looked = look_around(recorder);
                }
            }
        };
        tokio::select! {
            () = cancel.cancelled() => return,
            _ = outbox.changed() => {}
            _ = connections.changed() => {}
            _ = touched.changed() => {}
            () = progress => {}
            () = look => {}
        }
        sleep_until(next).await;
    }
}

/// Nobody waits for it: a sound server that hangs must not hold up the state.
fn look_around(recorder: &Recorder) -> tokio::task::JoinHandle<()> {
    let recorder = recorder.clone();
    tokio::task::spawn_blocking(move || {
        recorder.refresh_microphones();
        if is_out_of_date(&recorder) {
            recorder.touch();
        }
    })
}

/// Whether the day or the disk changed, of which nobody tells.
fn is_out_of_date(recorder: &Recorder) -> bool {
    let space = recorder.inner.space.left().map(|left| left.as_millis() as u64);
    let stored = locked(&recorder.inner.stored);
    space != recorder.inner.state.borrow().space_ms
        || stored.as_ref().is_some_and(|stored| stored.is_of_yesterday())
}

async fn publish(recorder: &Recorder) {
    blocking(recorder, Recorder::publish).await;
}

async fn blocking(recorder: &Recorder, act: impl FnOnce(&Recorder) + Send + 'static) {
    let recorder = recorder.clone();
    let done = tokio::task::spawn_blocking(move || act(&recorder)).await;
    done.expect("invariant: building the state does not panic");
}

#[cfg(test)]
mod tests;
