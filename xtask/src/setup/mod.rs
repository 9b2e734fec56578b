//! `setup`: finds what is missing on this machine and installs it. Twice is harmless and quick.

mod apt;
mod deny;
mod kubectl;
mod node;
mod packaged;
mod pip;
mod prebuilt;
mod python;
mod speech;

use anyhow::Result;

pub(crate) use deny::program as cargo_deny;
pub(crate) use kubectl::program as kubectl;
pub(crate) use packaged::{DOCKER, PROMTOOL};
pub(crate) use prebuilt::{ACTIONLINT, COMPOSE, HADOLINT, ZIZMOR};
pub(crate) use python::{CHECKOV, GIXY, KUBERNETES_VALIDATE, MOTO, SSLYZE};
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
        install_readers()?;
        MOTO.install()?;
    }
    Ok(())
}

/// For `compose-test`: everything, an engine that runs containers, and what probes TLS.
pub(crate) fn for_containers() -> Result<()> {
    run(Scope::Everything)?;
    apt::install_containers()?;
    DOCKER.install()?;
    SSLYZE.install()
}

/// For `test infrastructure`, which reads much and builds nothing.
pub(crate) fn for_infrastructure() -> Result<()> {
    apt::install(Scope::Everything)?;
    install_readers()
}

/// What reads the files of nginx, Compose, Kubernetes, Prometheus, the images and the workflows.
fn install_readers() -> Result<()> {
    for program in [COMPOSE, HADOLINT, ZIZMOR, ACTIONLINT] {
        program.install()?;
    }
    for module in [GIXY, KUBERNETES_VALIDATE, CHECKOV] {
        module.install()?;
    }
    PROMTOOL.install()?;
    kubectl::install()
}

/// For `lint`, which builds everything and runs nothing.
pub(crate) fn for_lint() -> Result<()> {
    apt::install(Scope::Window)?;
    apt::install_linters()?;
    node::install()?;
    deny::install()
}
