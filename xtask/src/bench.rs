//! `bench`: what is measured, and how: the targets live in server/benches.

use anyhow::Result;
use clap::ValueEnum;

use crate::postgres::{Cluster, Durability};
use crate::{paths, run, setup};

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Which {
    /// Word errors of the built-in engine on recordings of people and on spoken notes.
    Speech,
    /// Time from Stop to transcript, beside "upload whole, then transcribe".
    StopToTranscript,
}

/// Runs one benchmark, or all.
pub(crate) fn run(which: Option<Which>) -> Result<()> {
    setup::run(setup::Scope::Everything)?;
    let cluster = Cluster::start(&paths::target().join("xtask/postgres"), Durability::Kept)?;
    for which in which.map_or_else(|| Which::value_variants().to_vec(), |one| vec![one]) {
        let name = match which {
            Which::Speech => "speech",
            Which::StopToTranscript => "stop_to_transcript",
        };
        let mut cargo = run::cargo(&[
            "bench",
            "--quiet",
            "--profile",
            "dev",
            "-p",
            "medrecord-server",
            "--bench",
            name,
        ]);
        environment(&mut cargo, &cluster)?;
        run::shown(&mut cargo)?;
    }
    Ok(())
}

/// Where the benchmark finds database, model and recordings.
fn environment(cargo: &mut std::process::Command, cluster: &Cluster) -> Result<()> {
    cargo
        .env("DATABASE_URL", cluster.url("postgres"))
        .env("SPEECH_MODEL_DIR", paths::speech_model()?)
        .env("MEDRECORD_SPEECH", setup::speech_recordings()?);
    Ok(())
}
