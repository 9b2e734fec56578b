//! `setup`: finds what is missing on this machine and installs it. Twice is harmless and quick.

mod apt;
mod deny;
mod docker;
mod moto;
mod node;
mod pip;
mod prebuilt;
mod python;
mod speech;

use anyhow::Result;

pub(crate) use deny::program as cargo_deny;
pub(crate) use docker::folder as docker_command;
pub(crate) use moto::{packages as moto_packages, program as moto};
pub(crate) use prebuilt::{COMPOSE, HADOLINT};
pub(crate) use python::{GIXY, SSLYZE};
pub(crate) use speech::recordings as speech_recordings;

/// How much of it a command needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// To build and run the server and the recorder.
    Run,
    /// The desktop window as well.
    Window,
    /// What the tests drive: displays, sound servers, browsers; recordings of people; an S3 store; cargo-deny.
    Everything,
}

/// Installs what the scope needs and is not there.
pub(crate) fn run(scope: Scope) -> Result<()> {
    apt::install(scope)?;
    node::install()?;
    speech::install_model()?;
    if scope == Scope::Everything {
        speech::install_recordings()?;
        deny::install()?;
        COMPOSE.install()?;
        HADOLINT.install()?;
        GIXY.install()?;
        moto::install()?;
    }
    Ok(())
}

/// For `compose-test`: everything, an engine that runs containers, and what probes TLS.
pub(crate) fn for_containers() -> Result<()> {
    run(Scope::Everything)?;
    apt::install_containers()?;
    docker::install()?;
    SSLYZE.install()
}

/// For `lint`, which builds everything and runs nothing.
pub(crate) fn for_lint() -> Result<()> {
    apt::install(Scope::Window)?;
    apt::install_linters()?;
    node::install()?;
    deny::install()
}
