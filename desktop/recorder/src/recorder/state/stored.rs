//! What the state needs of the outbox: read anew only when something was written there.

use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, Local, Utc};
use medrecord_common::audio::samples_to_ms;
use medrecord_common::ids::{ClinicianId, RecordingId};
use medrecord_common::recording::Stage;
use medrecord_common::workstation::{self, ControlMode, LocalRecording, LocalState};

use crate::outbox::{
    Account, Outbox, OutboxError, Overview, RecordingState, RecoveryKeys, StoredRecording,
};
use crate::recorder::{MICROPHONE, Recorder, locked};
use crate::sync::may_choose_authority;

/// Everything of the outbox that the window shows.
pub(in crate::recorder) struct Stored {
    of: Of,
    pub(super) owner: Option<ClinicianId>,
    pub(super) account: Option<workstation::Account>,
    pub(super) accounts: Vec<workstation::Account>,
    pub(super) own_authorities: Vec<String>,
    pub(super) today: Vec<LocalRecording>,
    pub(super) trashed: u32,
    pub(super) microphone: Option<String>,
    pub(super) cap_minutes: Option<u32>,
    pub(super) upload_limit: Option<NonZeroU32>,
    pub(super) control_mode: ControlMode,
    pub(super) recovery_keys: RecoveryKeys,
    pub(super) taken: Option<Taken>,
}

/// What it was read for: of another moment, day or recording under way it says nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Of {
    written: u64,
    midnight: DateTime<Utc>,
    running: Option<RecordingId>,
}

/// The recording under way.
pub(super) struct Taken {
    pub(super) recording: StoredRecording,
    /// Whose it is, when another clinician uses the workstation now.
    pub(super) whose: Option<String>,
    /// Up to where the server has everything, in samples.
    pub(super) on_server: u64,
}

impl Stored {
    /// As it is now, with the recording under way.
    pub(super) fn now(
        recorder: &Recorder,
        running: Option<RecordingId>,
    ) -> Result<Arc<Self>, OutboxError> {
        let outbox = recorder.outbox();
        let mut kept = locked(&recorder.inner.stored);
        // Counted before it is read: what is written meanwhile has it read once more.
        let of = Of { written: outbox.written(), midnight: midnight(), running };
        if let Some(stored) = kept.as_ref().filter(|stored| stored.of == of) {
            return Ok(Arc::clone(stored));
        }
        let stored = Arc::new(Self::read(outbox, of)?);
        *kept = Some(Arc::clone(&stored));
        Ok(stored)
    }

    fn read(outbox: &Outbox, of: Of) -> Result<Self, OutboxError> {
        let account = outbox.current_account()?;
        let owner = account.as_ref().map(|account| account.clinician);
        let accounts = outbox.accounts()?;
        let mut own_authorities = outbox.servers_with_authority()?;
        own_authorities.retain(|server| may_choose_authority(owner, server, &accounts));
        Ok(Self {
            of,
            owner,
            account: account.map(|account| shown(outbox, account)).transpose()?,
            accounts: accounts
                .into_iter()
                .map(|account| shown(outbox, account))
                .collect::<Result<_, _>>()?,
            own_authorities,
            today: recordings(outbox, owner, of.midnight)?,
            trashed: outbox.trashed(owner)?,
            microphone: outbox.setting(MICROPHONE)?,
            cap_minutes: outbox.cap_minutes()?,
            upload_limit: outbox.upload_limit()?,
            control_mode: outbox.control_mode()?,
            recovery_keys: outbox.recovery_keys()?,
            taken: of.running.map(|id| Taken::read(outbox, id, owner)).transpose()?,
        })
    }

    /// Whether a new day has begun since.
    pub(super) fn is_of_yesterday(&self) -> bool {
        self.of.midnight != midnight()
    }
}

impl Taken {
    fn read(
        outbox: &Outbox,
        id: RecordingId,
        user: Option<ClinicianId>,
    ) -> Result<Self, OutboxError> {
        let recording = outbox.recording(id)?;
        let other = recording.owner.filter(|owner| Some(*owner) != user);
        let whose = other.map(|owner| outbox.account(owner)).transpose()?.flatten();
        let segments = outbox.segments(id)?;
        let last = segments.iter().take_while(|segment| segment.sent).last();
        Ok(Self {
            recording,
            whose: whose.map(|account| account.name),
            on_server: last.map_or(0, |segment| segment.header.end()),
        })
    }
}

/// A clinician's recordings since then, and older ones that still wait; newest first.
pub(in crate::recorder) fn recordings(
    outbox: &Outbox,
    owner: Option<ClinicianId>,
    since: DateTime<Utc>,
) -> Result<Vec<LocalRecording>, OutboxError> {
    Ok(outbox.overview(owner, since)?.into_iter().map(local_recording).collect())
}

fn shown(outbox: &Outbox, account: Account) -> Result<workstation::Account, OutboxError> {
    let Account { clinician, name, email, server, device_name, .. } = account;
    let pin = outbox.pin(clinician)?.is_some_and(|pin| pin.hash.is_some());
    Ok(workstation::Account { clinician, name, email, server, device_name, pin })
}

/// When the day began where this computer is; the start of time when its clock cannot say.
fn midnight() -> DateTime<Utc> {
    let today = Local::now().date_naive().and_time(chrono::NaiveTime::MIN);
    today.and_local_timezone(Local).earliest().map_or(DateTime::UNIX_EPOCH, |at| at.to_utc())
}

fn local_recording(overview: Overview) -> LocalRecording {
    let Overview { recording: stored, samples, segments, segments_sent, spoken_to, original } =
        overview;
    LocalRecording {
        id: stored.id,
        started_at: stored.create.started_at,
        duration_ms: samples_to_ms(samples),
        state: local_state(&stored),
        patient: stored.patient,
        recovered: stored.recovered,
        segments,
        segments_sent,
        note: stored.note,
        note_text: stored.note_text,
        reason: stored.wedged.or(stored.reason),
        consent: stored.consent,
        continues: stored.create.continues,
        replaces: stored.create.replaces,
        trimmed_ms: stored.trimmed_to.map(samples_to_ms),
        last_speech_ms: samples_to_ms(spoken_to),
        has_audio: stored.state != RecordingState::Released,
        original,
    }
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
