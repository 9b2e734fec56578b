//! The recorder as the window and the headless program use it: one façade over capture, outbox and sync.
//!
//! Methods that are not `async` block (disk, sound system): keep them off the async and the UI thread.

mod bundle;
mod check;
mod clock;
mod controls;
mod damage;
mod diagnostics;
mod earlier;
mod error;
mod export;
mod history;
mod import;
mod microphone;
mod opening;
mod pin;
mod second_key;
mod side;
mod space;
mod state;
mod take;
mod trash;
mod update;
mod verify;
mod waiting;

use std::fs::{self, File, TryLockError};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use chrono::Utc;
use medrecord_common::ids::RecordingId;
use medrecord_common::patient::Patient;
use medrecord_common::recording::ChangeKind;
use medrecord_common::workstation::{LocalRecording, Microphone, Workstation};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub(crate) use self::controls::ShownControls;
pub use self::earlier::Earlier;
pub use self::error::RecorderError;
use self::opening::Vault;
use self::second_key::SecondKey;
use self::space::Space;
use self::state::Stored;
use self::take::Running;
pub use self::update::{UpdateError, UpdateHold};
pub use self::verify::{AudioChain, ReceiptChain, Verified};
pub use self::waiting::UPDATE_REQUIRED;
use crate::audio::{self, WarmMicrophone};
use crate::outbox::{Account, Check, Outbox, RecordingState, Report};
use crate::sync::{Authority, Sync, Trust};
use crate::vault::SecretStore;

/// Stable id of the chosen microphone.
const MICROPHONE: &str = "microphone";

/// The outbox's file in the data folder.
pub(crate) const DATABASE: &str = "outbox.db";

/// What a recorder is opened with.
#[derive(Clone)]
pub struct RecorderConfig {
    /// Folder of the outbox; made when it is not there.
    pub data_dir: PathBuf,
    pub secrets: Arc<dyn SecretStore>,
    /// Whether `secrets` is a key file instead of a keyring: the screen says so.
    pub key_file: bool,
}

/// Clones share everything. One process at a time has a data folder open.
#[derive(Clone)]
pub struct Recorder {
    inner: Arc<Inner>,
}

struct Inner {
    outbox: Outbox,
    vault: Mutex<Vault>,
    secrets: Arc<dyn SecretStore>,
    /// One merge at a time.
    leaving: Mutex<()>,
    /// Side outboxes of earlier starts.
    left_behind: usize,
    data_dir: PathBuf,
    second_key: Mutex<SecondKey>,
    space: Arc<Space>,
    sync: Sync,
    key_file: bool,
    /// Closed at this start because the program ended while they ran.
    recovered: Mutex<Vec<RecordingId>>,
    /// The check of earlier recordings under way, and what the last one found.
    check: Mutex<Option<Check>>,
    checked: Mutex<Report>,
    microphones: Mutex<Vec<Microphone>>,
    running: Mutex<Option<Running>>,
    warm: Mutex<Option<WarmMicrophone>>,
    controls: Mutex<ShownControls>,
    /// Whether the microphone is to be warm while nothing is recorded.
    warm_wanted: AtomicBool,
    /// Whether the window hides what it knows, until a PIN opens it.
    locked: AtomicBool,
    /// Whether an update is being installed. Read-locked while a recording comes into being or an export begins.
    updating: RwLock<bool>,
    /// Files that are being written.
    exports: AtomicUsize,
    /// Counts what neither outbox nor sync announces: takes and microphones.
    touched: watch::Sender<u64>,
    state: watch::Sender<Workstation>,
    /// What the outbox held when the state was built.
    stored: Mutex<Option<Arc<Stored>>>,
    /// Held as long as the recorder lives; the system gives it up when the process dies.
    _lock: File,
}

impl Recorder {
    /// Opens the outbox (with a new key at the very first start, beside it when the keyring is locked) and
    /// closes what nobody stopped.
    ///
    /// # Errors
    /// [`RecorderError::InUse`] when another process has it open; vault and outbox errors.
    pub fn open(config: RecorderConfig) -> Result<Self, RecorderError> {
        match Self::open_once(config.clone()) {
            // Damage that was met on the way is repaired when all is opened again.
            Ok(recorder) if recorder.outbox().needs_salvage() => {
                drop(recorder);
                Self::open_once(config)
            }
            Err(RecorderError::Outbox(error)) if error.is_corruption() => Self::open_once(config),
            opened => opened,
        }
    }

    fn open_once(config: RecorderConfig) -> Result<Self, RecorderError> {
        let RecorderConfig { data_dir, secrets, key_file } = config;
        fs::create_dir_all(&data_dir).map_err(RecorderError::Folder)?;
        let lock = lock(&data_dir)?;
        let (outbox, vault) = opening::open(&data_dir, &*secrets)?;
        let space = Arc::new(Space::new(data_dir.clone()));
        let reserve = Arc::clone(&space);
        outbox.when_full(move || reserve.release_reserve());
        let recovered = Mutex::new(opening::recover(&outbox)?);
        let side = match &vault {
            Vault::Main(_) => None,
            Vault::Side(side) => Some(side.database.as_path()),
        };
        let left_behind = opening::left_behind(&data_dir, side);
        let locked = pin::locks(&outbox)?;
        let sync = Sync::new(outbox.clone(), Arc::clone(&secrets));
        let recorder = Self {
            inner: Arc::new(Inner {
                outbox,
                vault: Mutex::new(vault),
                secrets,
                leaving: Mutex::default(),
                left_behind,
                data_dir,
                second_key: Mutex::default(),
                space,
                sync,
                key_file,
                recovered,
                check: Mutex::default(),
                checked: Mutex::default(),
                microphones: Mutex::default(),
                running: Mutex::default(),
                warm: Mutex::default(),
                controls: Mutex::default(),
                warm_wanted: AtomicBool::new(false),
                locked: AtomicBool::new(locked),
                updating: RwLock::new(false),
                exports: AtomicUsize::new(0),
                touched: watch::Sender::new(0),
                state: watch::Sender::new(state::empty(key_file)),
                stored: Mutex::default(),
                _lock: lock,
            }),
        };
        recorder.keep_second_key();
        recorder.publish();
        Ok(recorder)
    }

    /// Everything the window shows, as it is now.
    #[must_use]
    pub fn state(&self) -> Workstation {
        state::build(self)
    }

    /// The state, kept current by [`Self::run_sync`], at most ten times a second.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Workstation> {
        self.inner.state.subscribe()
    }

    /// All recordings of the current clinician, newest first.
    ///
    /// # Errors
    /// [`RecorderError::Locked`]; when the outbox cannot be read.
    pub fn recordings(&self) -> Result<Vec<LocalRecording>, RecorderError> {
        self.require_unlocked()?;
        let owner = self.inner.outbox.current_account()?.map(|account| account.clinician);
        Ok(state::recordings(&self.inner.outbox, owner, chrono::DateTime::UNIX_EPOCH)?)
    }

    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.inner.outbox
    }

    #[must_use]
    pub fn sync(&self) -> &Sync {
        &self.inner.sync
    }

    /// Recordings that were closed at this start because the program had ended while they ran.
    #[must_use]
    pub fn recovered(&self) -> Vec<RecordingId> {
        locked(&self.inner.recovered).clone()
    }

    /// Enrols this workstation for a clinician, or signs them in again; they are the current one then.
    ///
    /// # Errors
    /// [`RecorderError::Sync`] with what the server said.
    pub async fn enrol(
        &self,
        server: &str,
        email: &str,
        password: SecretString,
        device_name: &str,
    ) -> Result<Account, RecorderError> {
        self.require_main()?;
        let mine = if self.is_locked() { None } else { self.inner.outbox.current_account()? };
        let mine = mine.map(|account| account.clinician);
        let password = password.expose_secret();
        let account = self.inner.sync.enrol(server, email, password, device_name, mine).await?;
        let recorder = self.clone();
        let kept = tokio::task::spawn_blocking(move || recorder.keep_second_key()).await;
        kept.expect("invariant: sealing a key does not panic");
        // Whoever has the password needs no PIN; a forgotten one is replaced so.
        self.inner.outbox.set_pin(account.clinician, None)?;
        self.set_locked(false);
        Ok(account)
    }

    /// From now on believes this authority alone about the certificate of the server at `address`; none: those that the
    /// system knows. What was recorded is untouched.
    ///
    /// # Errors
    /// [`RecorderError::Locked`]; [`RecorderError::Sync`] when the address is none, or others send there and the current
    /// clinician does not.
    pub async fn trust(
        &self,
        address: &str,
        authority: Option<&Authority>,
    ) -> Result<(), RecorderError> {
        self.require_main()?;
        self.require_unlocked()?;
        let mine = self.inner.outbox.current_account()?.map(|account| account.clinician);
        Ok(self.inner.sync.trust(address, authority, mine).await?)
    }

    /// Whom a client of the server of this origin believes.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub fn trust_in(&self, server: &str) -> Result<Trust, RecorderError> {
        Ok(Trust::from_pem(self.inner.outbox.authority(server)?.as_deref())?)
    }

    /// Chooses the microphone of the next recording by its stable id; none: the system's default.
    ///
    /// # Errors
    /// When the outbox cannot be written.
    pub fn choose_microphone(&self, id: Option<String>) -> Result<(), RecorderError> {
        self.inner.outbox.set_setting(MICROPHONE, id.as_deref())?;
        self.refresh_microphones();
        self.warm_again()
    }

    /// Asks the system for its microphones (this may take a second).
    pub fn refresh_microphones(&self) {
        let found = audio::microphones();
        let mut microphones = locked(&self.inner.microphones);
        if *microphones != found {
            *microphones = found;
            drop(microphones);
            self.touch();
        }
    }

    /// Says who a recording is about: while it runs, or at any time after.
    ///
    /// # Errors
    /// [`RecorderError::UnknownRecording`] when it is not this clinician's.
    pub fn set_patient(&self, id: RecordingId, patient: Patient) -> Result<(), RecorderError> {
        self.require_own(id)?;
        self.inner.outbox.add_change(id, Utc::now(), ChangeKind::Patient { patient })?;
        Ok(())
    }

    /// Tries a recording again that was refused, and everything that waits.
    ///
    /// # Errors
    /// [`RecorderError::UnknownRecording`] when it is not this clinician's.
    pub fn retry(&self, id: RecordingId) -> Result<(), RecorderError> {
        self.require_own(id)?;
        self.inner.outbox.set_wedged(id, None)?;
        self.inner.sync.nudge();
        Ok(())
    }

    /// Keeps outbox and server in step, and [`Self::watch`] current, and checks earlier recordings, until
    /// cancelled.
    pub async fn run_sync(&self, cancel: CancellationToken) {
        tokio::join!(
            self.inner.sync.run(cancel.clone()),
            self.wait_for_keyring(cancel.clone()),
            self.check_earlier(cancel.clone()),
            state::keep_current(self, cancel),
        );
    }

    /// Each clinician sees and changes only their own.
    fn require_own(&self, id: RecordingId) -> Result<(), RecorderError> {
        self.require_unlocked()?;
        let owner = self.inner.outbox.current_account()?.map(|account| account.clinician);
        if self.inner.outbox.recording(id)?.owner == owner {
            Ok(())
        } else {
            Err(RecorderError::UnknownRecording(id))
        }
    }

    fn require_over(&self, id: RecordingId) -> Result<(), RecorderError> {
        match self.inner.outbox.recording(id)?.state {
            RecordingState::Recording => Err(RecorderError::StillRecording),
            _ => Ok(()),
        }
    }

    fn publish(&self) {
        if self.progress().is_none() {
            self.inner.space.keep_reserve();
        }
        let state = self.state();
        self.inner.state.send_if_modified(|published| {
            let changed = *published != state;
            *published = state;
            changed
        });
    }

    fn touch(&self) {
        self.inner.touched.send_modify(|count| *count += 1);
    }
}

fn lock(data_dir: &std::path::Path) -> Result<File, RecorderError> {
    let file = File::create(data_dir.join("lock")).map_err(RecorderError::Folder)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RecorderError::InUse),
        Err(TryLockError::Error(error)) => Err(RecorderError::Folder(error)),
    }
}

/// A panic elsewhere leaves nothing half-done behind these locks.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub(crate) mod tests;
