//! The next version of this program: looked for on the clinic's own server, shown in the window, installed when the
//! clinician says so and the recorder lets it. What comes is checked against the key that releases are signed with,
//! which no clinic's server has.

mod refusal;

use std::time::Duration;

use medrecord_common::workstation::{CommandError, Connection, Update, Workstation};
use medrecord_recorder::recorder::UPDATE_REQUIRED;
use medrecord_recorder::sync::Trust;
use tauri::{AppHandle, Manager, Url};
use tauri_plugin_updater::{Error, UpdaterExt as _};
use tokio::sync::{Mutex, watch};

use crate::desk::Desk;
use crate::platform;

/// The list of what the server offers: static, made by the release (`ops/release/updates.sh`).
const LIST: &str = "/updates/latest.json";

/// How bundles of this system are called in it, after system and processor.
const BUNDLE: &str = if cfg!(windows) {
    "msi"
} else if cfg!(target_os = "macos") {
    "app"
} else {
    "appimage"
};

const LOOK_AGAIN: Duration = Duration::from_hours(4);
const CONNECT: Duration = Duration::from_secs(10);
/// Without a byte, in the middle of a download.
const SILENCE: Duration = Duration::from_secs(60);

/// Managed by Tauri.
pub(crate) struct Updates {
    key: Option<String>,
    whom: watch::Sender<Whom>,
    /// One look or installation at a time.
    one: Mutex<()>,
}

/// Who is asked, and what makes it worth asking again.
#[derive(Clone, PartialEq, Eq, Default)]
struct Whom {
    server: Option<String>,
    is_online: bool,
    is_required: bool,
}

impl Updates {
    pub(crate) fn new() -> Self {
        Self { key: key(), whom: watch::Sender::default(), one: Mutex::default() }
    }

    /// Told of every change of the workstation.
    pub(crate) fn follow(&self, workstation: &Workstation) {
        let whom = Whom {
            server: workstation.account.as_ref().map(|account| account.server.clone()),
            is_online: workstation.connection == Connection::Online,
            is_required: workstation.warnings.iter().any(|one| one.code == UPDATE_REQUIRED),
        };
        self.whom.send_if_modified(|before| {
            let changed = *before != whom;
            *before = whom;
            changed
        });
    }

    async fn find(&self, app: &AppHandle) -> Result<Option<tauri_plugin_updater::Update>, Error> {
        let server = self.whom.borrow().server.clone();
        let (Some(server), Some(key)) = (server, &self.key) else { return Ok(None) };
        let list = server.parse::<Url>()?.join(LIST)?;
        let system = tauri_plugin_updater::target().ok_or(Error::UnsupportedArch)?;
        let trust = trust_in(app, server).await.map_err(|error| Error::Network(error.message))?;
        let updater = app
            .updater_builder()
            .pubkey(key)
            .target(format!("{system}-{BUNDLE}"))
            .endpoints(vec![list.clone()])?
            .configure_client(move |builder| {
                trust.apply_to(builder.connect_timeout(CONNECT).read_timeout(SILENCE))
            })
            .build()?;
        let mut found = updater.check().await?;
        if let Some(update) = &mut found {
            // The file lies beside its list, wherever the release named it.
            let name = update.download_url.path_segments().and_then(|mut parts| parts.next_back());
            update.download_url = list.join(name.unwrap_or_default())?;
        }
        Ok(found)
    }
}

/// Whom the recorder believes about this server; asked for beside the commands, whose success takes notices away.
async fn trust_in(app: &AppHandle, server: String) -> Result<Trust, CommandError> {
    let recorder = app.state::<Desk>().recorder()?;
    let asked = tauri::async_runtime::spawn_blocking(move || recorder.trust_in(&server)).await;
    Ok(asked.map_err(|_panicked| crate::desk::broken())??)
}

/// The public half of the key of the releases (minisign), named when a release is built. Without it nothing is looked
/// for. A development build has none of its own and takes one from the environment; a release never does.
fn key() -> Option<String> {
    const KEY: &str = "MEDRECORD_UPDATE_KEY";
    if cfg!(debug_assertions)
        && let Ok(key) = std::env::var(KEY)
    {
        return Some(key);
    }
    option_env!("MEDRECORD_UPDATE_KEY").filter(|key| !key.is_empty()).map(str::to_owned)
}

/// Looks now and then for as long as the program runs, and whenever the server is another one or is there again.
pub(crate) fn spawn(app: &AppHandle) {
    let updates = app.state::<Updates>();
    if updates.key.is_none() {
        return tracing::info!("this build knows no key of releases: it looks for no updates");
    }
    let (app, mut whom) = (app.clone(), updates.whom.subscribe());
    tauri::async_runtime::spawn(async move {
        loop {
            let is_enrolled = whom.borrow_and_update().server.is_some();
            // Nothing of it is worth anything to a recording.
            if is_enrolled && !app.state::<Desk>().is_recording() {
                look(&app).await;
            }
            tokio::select! {
                _ = whom.changed() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    });
}

async fn look(app: &AppHandle) {
    let updates = app.state::<Updates>();
    let _one = updates.one.lock().await;
    match updates.find(app).await {
        Ok(found) => app.state::<Desk>().show_update(offer(app, found.map(|found| found.version))),
        // What was found earlier stays: whether it is still there is asked again before it is installed.
        Err(error) => tracing::info!(%error, "no word of updates"),
    }
}

fn offer(app: &AppHandle, version: Option<String>) -> Update {
    match version {
        None => Update::UpToDate,
        Some(version) if platform::installs_updates(app) => Update::Ready { version },
        Some(version) => Update::Managed { version },
    }
}

/// Fetches what the server offers now, and installs it when it is genuine and nothing is being recorded or exported;
/// then this program ends and the next version starts.
pub(crate) async fn install(app: &AppHandle) -> Result<(), CommandError> {
    let (desk, updates) = (app.state::<Desk>(), app.state::<Updates>());
    let _one = updates.one.lock().await;
    // Before megabytes are fetched in vain.
    desk.run(|recorder| recorder.require_updatable()).await?;
    let found = updates.find(app).await.map_err(|error| refusal::of(&error, "the new version"))?;
    let Some(update) = found.filter(|_| platform::installs_updates(app)) else {
        desk.show_update(offer(app, None));
        return Err(refusal::nothing_there());
    };
    let version = update.version.clone();
    let result = replace(app, update).await;
    if result.is_err() {
        desk.show_update(offer(app, Some(version)));
    }
    result
}

async fn replace(
    app: &AppHandle,
    update: tauri_plugin_updater::Update,
) -> Result<(), CommandError> {
    let desk = app.state::<Desk>();
    let version = update.version.clone();
    let refuse = |error: &Error| refusal::of(error, &format!("version {version}"));
    let mut fetched = 0;
    let show = |length: usize, of: Option<u64>| {
        fetched += length as u64;
        let percent = of.map(|of| (fetched * 100 / of.max(1)).min(100) as u8);
        desk.show_update(Update::Loading { version: version.clone(), percent });
    };
    let bytes = update.download(show, || {}).await.map_err(|error| refuse(&error))?;
    // A recording or an export may have begun meanwhile; from here on none does.
    let hold = desk.run(|recorder| recorder.hold_for_update()).await?;
    desk.show_update(Update::Installing { version: version.clone() });
    let installed = tauri::async_runtime::spawn_blocking(move || update.install(bytes)).await;
    match installed {
        Ok(Ok(())) => {
            tracing::info!(version, "installed: starting it");
            app.request_restart();
            // Until this program has ended.
            std::future::pending::<()>().await;
            drop(hold);
            Ok(())
        }
        Ok(Err(error)) => Err(refuse(&error)),
        Err(_panicked) => Err(refusal::broken(&version)),
    }
}
