//! The recorder as the shell holds it: being opened, open, or not to be opened; and what only the shell knows.

use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use medrecord_common::workstation::{
    CommandError, Connection, ControlMode, Severity, Update, Warning, Workstation,
};
use medrecord_recorder::controls::Controls;
use medrecord_recorder::recorder::{Recorder, RecorderConfig, RecorderError};
use medrecord_recorder::vault::{KeyFile, Keyring, SecretStore};
use tauri::{AppHandle, Manager};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::arguments::Arguments;
use crate::window;

/// After an update, the version before may take so long to end and to give up the recordings.
const ENDING: Duration = Duration::from_secs(5);

/// Managed by Tauri; every command goes through it.
pub(crate) struct Desk {
    arguments: Arguments,
    opening: watch::Sender<Opening>,
    shell: watch::Sender<Shell>,
    /// Listened to once the recorder is open, for as long as the program runs.
    controls: OnceLock<Controls>,
}

/// Opening may wait for the keyring, so it has a thread of its own and the window shows how far it is.
#[derive(Clone)]
enum Opening {
    UnderWay,
    Open(Recorder),
    Failed(CommandError),
}

#[derive(Clone, Default)]
struct Shell {
    shortcut: Option<String>,
    /// What the tray or the shortcut could not do; until the next command that succeeds.
    notice: Option<Warning>,
    update: Update,
}

impl Desk {
    pub(crate) fn new(arguments: Arguments) -> Self {
        Self {
            arguments,
            opening: watch::Sender::new(Opening::UnderWay),
            shell: watch::Sender::default(),
            controls: OnceLock::new(),
        }
    }

    /// The recorder, or why there is none yet.
    pub(crate) fn recorder(&self) -> Result<Recorder, CommandError> {
        match &*self.opening.borrow() {
            Opening::Open(recorder) => Ok(recorder.clone()),
            Opening::Failed(error) => Err(error.clone()),
            Opening::UnderWay => Err(CommandError {
                code: "opening".to_owned(),
                message: "Your recordings are being opened. Try again in a moment.".to_owned(),
            }),
        }
    }

    /// The whole state: the recorder's, with what the shell adds.
    pub(crate) fn workstation(&self) -> Workstation {
        let mut workstation = match &*self.opening.borrow() {
            Opening::Open(recorder) => recorder.state(),
            Opening::UnderWay => closed(Warning {
                severity: Severity::Notice,
                code: "opening".to_owned(),
                text: "Opening the recordings on this computer. If the keyring asks for its password, unlock it.".to_owned(),
            }),
            Opening::Failed(error) => closed(Warning {
                severity: Severity::Alarm,
                code: error.code.clone(),
                text: error.message.clone(),
            }),
        };
        let shell = self.shell.borrow();
        workstation.shortcut.clone_from(&shell.shortcut);
        workstation.update.clone_from(&shell.update);
        workstation.warnings.extend(shell.notice.clone());
        workstation.warnings.sort_by_key(|warning| std::cmp::Reverse(warning.severity));
        workstation
    }

    pub(crate) fn is_recording(&self) -> bool {
        self.workstation().take.is_some()
    }

    pub(crate) fn set_shortcut(&self, shortcut: Option<String>) {
        self.shell.send_modify(|shell| shell.shortcut = shortcut);
    }

    pub(crate) fn show_update(&self, update: Update) {
        self.shell.send_if_modified(|shell| {
            let changed = shell.update != update;
            shell.update = update;
            changed
        });
    }

    pub(crate) fn show_notice(&self, notice: Warning) {
        self.shell.send_modify(|shell| shell.notice = Some(notice));
    }

    /// Runs `action` off the main thread: the database and the sound system may make it wait.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        action: impl FnOnce(&Recorder) -> Result<T, RecorderError> + Send + 'static,
    ) -> Result<T, CommandError> {
        let recorder = self.recorder()?;
        let result = tauri::async_runtime::spawn_blocking(move || action(&recorder)).await;
        let value = result.map_err(|_panicked| broken())?.map_err(CommandError::from)?;
        self.drop_notice();
        Ok(value)
    }

    fn drop_notice(&self) {
        self.shell.send_if_modified(|shell| shell.notice.take().is_some());
    }

    /// For the tray and the shortcut, which nobody answers to: a failure is shown in the window, brought to the front.
    pub(crate) fn act(
        app: &AppHandle,
        action: impl FnOnce(&Recorder) -> Result<(), RecorderError> + Send + 'static,
    ) {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            let desk = app.state::<Self>();
            if let Err(error) = desk.run(action).await {
                refuse(&app, error);
            }
        });
    }

    pub(crate) fn changes(&self) -> Changes {
        Changes { opening: self.opening.subscribe(), shell: self.shell.subscribe(), recorder: None }
    }
}

/// Wakes its holder when [`Desk::workstation`] may have changed.
pub(crate) struct Changes {
    opening: watch::Receiver<Opening>,
    shell: watch::Receiver<Shell>,
    recorder: Option<watch::Receiver<Workstation>>,
}

impl Changes {
    pub(crate) async fn next(&mut self) {
        let recorder = async {
            let ended = match &mut self.recorder {
                Some(changes) => changes.changed().await.is_err(),
                None => true,
            };
            // Not open yet; once open it lives as long as the program, and its sender with it.
            if ended {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            _ = self.opening.changed() => {
                if let Opening::Open(recorder) = &*self.opening.borrow_and_update() {
                    self.recorder = Some(recorder.watch());
                }
            }
            _ = self.shell.changed() => {}
            () = recorder => {}
        }
    }
}

/// Opens the recorder on a thread of its own, then sends for as long as the program runs.
pub(crate) fn open(app: &AppHandle) {
    let app = app.clone();
    thread::spawn(move || {
        let desk = app.state::<Desk>();
        match open_recorder(&desk.arguments) {
            Ok(recorder) => {
                let sync = recorder.clone();
                tauri::async_runtime::spawn(async move {
                    sync.run_sync(CancellationToken::new()).await
                });
                let tell = app.clone();
                desk.controls.get_or_init(|| {
                    Controls::listen(recorder.clone(), move |done| match done {
                        Ok(()) => tell.state::<Desk>().drop_notice(),
                        Err(error) => refuse(&tell, error.into()),
                    })
                });
                desk.opening.send_replace(Opening::Open(recorder));
                let main = app.get_webview_window("main");
                window::warm_up(&app, main.is_some_and(|main| main.is_focused().unwrap_or(false)));
            }
            Err(error) => {
                tracing::error!(code = error.code, "the recordings could not be opened");
                desk.opening.send_replace(Opening::Failed(error));
            }
        }
    });
}

/// Starting the program once more is what people are told to do when the keyring was locked: so it tries again.
pub(crate) fn open_again_if_failed(app: &AppHandle) {
    let failed = app.state::<Desk>().opening.send_if_modified(|opening| {
        let failed = matches!(opening, Opening::Failed(_));
        if failed {
            *opening = Opening::UnderWay;
        }
        failed
    });
    if failed {
        open(app);
    }
}

fn open_recorder(arguments: &Arguments) -> Result<Recorder, CommandError> {
    let secrets: Arc<dyn SecretStore> = match &arguments.key_file {
        Some(path) => Arc::new(KeyFile::new(path.clone())),
        None => Arc::new(Keyring),
    };
    let data_dir = arguments.data_dir()?;
    let key_file = arguments.key_file.is_some();
    let config = RecorderConfig { data_dir, secrets, key_file };
    let started = Instant::now();
    loop {
        match Recorder::open(config.clone()) {
            Err(RecorderError::InUse) if started.elapsed() < ENDING => {
                thread::park_timeout(Duration::from_millis(100));
            }
            opened => return Ok(opened?),
        }
    }
}

/// To whoever pressed a key that nobody answers to.
fn refuse(app: &AppHandle, error: CommandError) {
    app.state::<Desk>().show_notice(Warning {
        severity: Severity::Warning,
        code: error.code,
        text: error.message,
    });
    window::show(app);
}

fn closed(warning: Warning) -> Workstation {
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
        warnings: vec![warning],
        key_file: false,
        shortcut: None,
        controls: Vec::new(),
        control_mode: ControlMode::default(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        update: Update::default(),
    }
}

pub(crate) fn broken() -> CommandError {
    CommandError {
        code: "internal".to_owned(),
        message: "What is recorded is kept. Something in this program broke: start it again."
            .to_owned(),
    }
}
