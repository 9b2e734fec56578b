//! Debian and Ubuntu packages.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run;
use crate::setup::Scope;
use crate::step::step;

/// To build server and recorder (CTranslate2, SQLCipher, ALSA, D-Bus), and to run them.
const RUN: &[&str] = &[
    "build-essential",
    "cmake",
    "pkg-config",
    "libssl-dev",
    "libasound2-dev",
    "libdbus-1-dev",
    "libudev-dev",
    "postgresql",
    "flac",
    "util-linux",
    "procps",
];

/// To build the Tauri window.
const WINDOW: &[&str] = &[
    "libwebkit2gtk-4.1-dev",
    "libgtk-3-dev",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
    "libxdo-dev",
];

/// What the tests drive.
const TEST_BENCH: &[&str] = &[
    "webkit2gtk-driver",
    "xvfb",
    "xauth",
    "xdotool",
    "x11-utils",
    "imagemagick",
    "dbus",
    "dbus-x11",
    "fonts-dejavu-core",
    "pulseaudio",
    "pulseaudio-utils",
    "libasound2-plugins",
    "alsa-utils",
    "espeak-ng",
    "flite",
    "sox",
    "ffmpeg",
    "gnome-keyring",
    "libsecret-tools",
    "chromium",
    "chromium-driver",
    "fuse3",
    "nginx",
    "openssl",
    "iproute2",
    "shellcheck",
    "curl",
    "jq",
];

/// To run containers without Docker, and to make their base images without a registry.
const CONTAINERS: &[&str] = &[
    "podman",
    "runc",
    "netavark",
    "aardvark-dns",
    "iptables",
    "debootstrap",
    // What backs up and restores.
    "restic",
    "age",
    "rsync",
    // Load.
    "wrk",
];

/// Installs what `lint` runs.
pub(crate) fn install_linters() -> Result<()> {
    install_all(&["shellcheck"])
}

/// Installs what runs containers.
pub(crate) fn install_containers() -> Result<()> {
    install_all(CONTAINERS)
}

/// Installs the packages of the scope that are missing.
pub(crate) fn install(scope: Scope) -> Result<()> {
    let mut wanted: Vec<&str> = RUN.to_vec();
    if scope >= Scope::Window {
        wanted.extend(WINDOW);
    }
    if scope == Scope::Everything {
        wanted.extend(TEST_BENCH);
    }
    install_all(&wanted)
}

fn install_all(wanted: &[&'static str]) -> Result<()> {
    if !run::exists("dpkg-query") || !run::exists("apt-get") {
        return explain(wanted);
    }
    let mut missing = missing(wanted)?;
    // Python may come from elsewhere (pyenv); what counts is that pip answers.
    if !run::command("python3")
        .args(["-m", "pip", "--version"])
        .output()
        .is_ok_and(|out| out.status.success())
    {
        missing.push("python3-pip");
    }
    if missing.is_empty() {
        return Ok(());
    }
    step(&format!("install {} packages: {}", missing.len(), missing.join(" ")), || {
        update()?;
        run::quiet(apt()?.args(["install", "--yes", "--no-install-recommends"]).args(&missing))?;
        Ok(())
    })
}

fn missing(wanted: &[&'static str]) -> Result<Vec<&'static str>> {
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Package} ${db:Status-Status}\n"])
        .args(wanted)
        .output()
        .context("cannot start dpkg-query")?;
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let there: BTreeSet<_> =
        output.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    Ok(wanted.iter().filter(|name| !there.contains(*name)).copied().collect())
}

/// Asks what packages there are today.
pub(crate) fn update() -> Result<()> {
    run::quiet(apt()?.arg("update")).map(drop)
}

/// `apt-get`, with sudo when we are not root.
fn apt() -> Result<Command> {
    let root = fs::metadata("/proc/self").is_ok_and(|us| us.uid() == 0);
    let mut command = if root {
        run::command("env")
    } else if run::exists("sudo") {
        let mut sudo = Command::new("sudo"); // Keeps standard input: it may ask for the password.
        sudo.arg("env");
        sudo
    } else {
        bail!("packages are missing and there is no sudo: run `cargo xtask setup` as root once");
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]);
    Ok(command)
}

/// On other systems: say what is needed, go on, and let the build find what is still missing.
fn explain(wanted: &[&str]) -> Result<()> {
    if std::env::var_os("MEDRECORD_SETUP_DONE").is_some() {
        return Ok(());
    }
    bail!(
        "this is not Debian or Ubuntu, so packages are not installed for you. Needed, by their Debian names:\n  {}\n\
         Install them with your system's package manager, then set MEDRECORD_SETUP_DONE=1 and run this again.",
        wanted.join(" ")
    )
}
