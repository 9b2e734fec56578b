//! The two drivers: WebKitWebDriver for the real window, chromedriver for the review pages.

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::display::Display;
use super::folders::Folders;
use super::page::Page;
use super::process::{Process, built, wait_until};

/// Where the key of the recordings is kept.
#[derive(Clone, Copy)]
pub(crate) enum Key {
    File,
    /// On the bench's session bus there is none.
    Keyring,
}

/// Starts the window with its data in the test's folder, and gives the page in it.
pub(crate) async fn open_window(
    folders: &Folders,
    display: &Display,
    key: Key,
    environment: &[(&str, OsString)],
) -> (Process, Page) {
    let port = free_port();
    let mut command = folders.command("WebKitWebDriver");
    command
        .arg(format!("--port={port}"))
        .env("DISPLAY", &display.name)
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .envs(environment.iter().map(|(name, value)| (name, value)));
    let mut driver = Process::start("window", &mut command, &folders.root);
    wait_until("WebKitWebDriver answers", Duration::from_secs(20), || {
        driver.assert_runs();
        std::net::TcpStream::connect(("127.0.0.1", port)).ok()
    });
    // The window ends with its driver, and that with the test.
    let mut arguments = arguments(folders, key);
    let bound = ["--pdeathsig".into(), "KILL".into(), "--".into(), built("medrecord-desktop")];
    arguments.splice(0..0, bound);
    let window = json!({ "binary": "/usr/bin/setpriv", "args": arguments });
    let client = connect(port, json!({ "webkitgtk:browserOptions": window })).await;
    (driver, Page::new(client))
}

/// Starts Chromium at an address, with further arguments.
pub(crate) async fn open_browser(
    folders: &Folders,
    address: &str,
    more: &[&str],
) -> (Process, Page) {
    let mut command = folders.command("chromedriver");
    let (driver, port) =
        Process::start_until("chromium", command.arg("--port=0"), &folders.root, |line| {
            line.split("started successfully on port ").nth(1)?.trim_end_matches('.').parse().ok()
        });
    let profile = tempfile::tempdir_in(&folders.root).unwrap().keep();
    let mut arguments = vec![
        "--headless".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--no-first-run".to_owned(),
        "--mute-audio".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--window-size=1360,900".to_owned(),
        format!("--user-data-dir={}", profile.display()),
    ];
    // The last one of a name counts.
    arguments.extend(more.iter().map(|&argument| argument.to_owned()));
    let chrome = json!({ "binary": chromium(), "args": arguments });
    let client =
        connect(port, json!({ "browserName": "chrome", "goog:chromeOptions": chrome })).await;
    client.goto(address).await.unwrap();
    (driver, Page::new(client))
}

/// The window's program, to be started without a driver.
pub(crate) fn window_program(folders: &Folders, display: &Display) -> Command {
    let mut command = folders.command(built("medrecord-desktop"));
    command.args(arguments(folders, Key::File)).env("DISPLAY", &display.name);
    command
}

/// The window's data folder.
pub(crate) fn data(folders: &Folders) -> PathBuf {
    folders.root.join("workstation")
}

/// With [`Key::File`].
pub(crate) fn key_file(folders: &Folders) -> PathBuf {
    folders.root.join("key")
}

fn arguments(folders: &Folders, key: Key) -> Vec<PathBuf> {
    let data = ["--data".into(), data(folders)];
    match key {
        Key::File => data.into_iter().chain(["--key-file".into(), key_file(folders)]).collect(),
        Key::Keyring => data.into(),
    }
}

async fn connect(port: u16, capabilities: Value) -> Client {
    let capabilities: Capabilities = serde_json::from_value(capabilities).unwrap();
    let mut builder = ClientBuilder::new(HttpConnector::new());
    let address = format!("http://127.0.0.1:{port}");
    let session = builder.capabilities(capabilities).connect(&address);
    tokio::time::timeout(Duration::from_secs(60), session)
        .await
        .expect("the driver opens its session within a minute")
        .unwrap()
}

fn chromium() -> &'static Path {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .into_iter()
        .map(Path::new)
        .find(|path| path.exists())
        .expect("Chromium is missing: `cargo xtask setup` installs it")
}

/// WebKitWebDriver does not tell which port it took, so it is given one.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
