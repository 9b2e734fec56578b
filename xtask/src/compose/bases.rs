//! The images that ours are built from, made here where no registry is reachable: Debian by debootstrap, the others from
//! Debian's packages or this machine's own toolchain, under the names that the Dockerfiles use.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::engine::Engine;
use crate::step::step;
use crate::{digest, paths, run};

/// A base, its recipe in xtask/bases, and the folders that it copies from.
struct Base {
    image: &'static str,
    recipe: &'static str,
}

/// Of no Dockerfile of ours: it stands for what is elsewhere.
const POOLER: Base = Base { image: "localhost/medrecord-test-pooler:latest", recipe: "pooler" };

const BASES: [Base; 5] = [
    Base { image: "docker.io/library/postgres:15-bookworm", recipe: "postgres" },
    Base { image: "docker.io/library/nginx:1.30-trixie", recipe: "nginx" },
    Base { image: "docker.io/library/node:20-bookworm-slim", recipe: "node" },
    Base { image: "docker.io/library/python:3.11-slim-bookworm", recipe: "python" },
    Base { image: "docker.io/library/rust:1.95-bookworm", recipe: "rust" },
];

/// Makes those that are not there, or whose recipe changed.
pub(crate) fn make(engine: &Engine) -> Result<()> {
    for suite in ["bookworm", "trixie"] {
        debian(engine, suite)?;
    }
    for base in BASES {
        build(engine, &base)?;
    }
    Ok(())
}

/// Makes the pooler's unless it is there.
pub(crate) fn pooler(engine: &Engine) -> Result<()> {
    build(engine, &POOLER)
}

fn debian(engine: &Engine, suite: &str) -> Result<()> {
    let image = format!("docker.io/library/debian:{suite}-slim");
    if engine.podman().args(["image", "exists", &image]).status()?.success() {
        return Ok(());
    }
    step(&format!("{image} by debootstrap"), || {
        let work = paths::cache()?.join(format!("debootstrap-{suite}"));
        let _ = fs::remove_dir_all(&work);
        let root = work.join("root");
        fs::create_dir_all(&work)?;
        let mut debootstrap = run::command("debootstrap");
        debootstrap.args(["--variant=minbase", suite]).arg(&root);
        run::quiet(debootstrap.arg("http://deb.debian.org/debian"))?;
        let sources = fs::read_to_string(recipes().join("debian.sources"))?;
        let _ = fs::remove_file(root.join("etc/apt/sources.list"));
        let list = root.join("etc/apt/sources.list.d/debian.sources");
        fs::write(list, sources.replace("@SUITE@", suite))?;
        let archive = work.join("root.tar");
        let mut tar = run::command("tar");
        tar.arg("-C").arg(&root).arg("-cf").arg(&archive);
        run::quiet(tar.args([
            "--exclude=./var/cache/apt/archives/*.deb",
            "--exclude=./var/lib/apt/lists/*",
            ".",
        ]))?;
        let mut import = engine.podman();
        import.args(["import", "--quiet", "--change", "CMD [\"bash\"]"]);
        import.args([
            "--change",
            "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]);
        run::quiet(import.arg(&archive).arg(&image))?;
        Ok(fs::remove_dir_all(&work)?)
    })
}

fn build(engine: &Engine, base: &Base) -> Result<()> {
    let recipe = recipes().join(format!("{}.Dockerfile", base.recipe));
    let made_by = digest::of_file(&recipe)?;
    let label = "{{index .Labels \"medrecord.recipe\"}}";
    let there =
        run::stdout(engine.podman().args(["image", "inspect", "--format", label, base.image]));
    if there.is_ok_and(|label| label == made_by) {
        return Ok(());
    }
    step(base.image, || {
        let mut podman = engine.podman();
        podman.args(["build", "--quiet", "--pull=never", "--network=host", "--tag", base.image]);
        podman.arg("--label").arg(format!("medrecord.recipe={made_by}"));
        podman.arg("--file").arg(&recipe);
        // Builds reach the registries as this machine does: with its certificates.
        podman.args(["--build-context", "certificates=/etc/ssl/certs"]);
        podman.arg("--build-context").arg(format!("node={}", node()?.display()));
        run::quiet(podman.arg(context(base)?)).map(drop)
    })
}

fn context(base: &Base) -> Result<PathBuf> {
    match base.recipe {
        "rust" => Ok(run::stdout(run::command("rustc").args(["--print", "sysroot"]))?.into()),
        _ => Ok(recipes()),
    }
}

/// The folder that holds `bin/node` and `lib/node_modules/npm`.
fn node() -> Result<PathBuf> {
    let program = run::stdout(run::command("node").args(["--print", "process.execPath"]))?;
    let prefix = Path::new(&program).ancestors().nth(2).context("where Node lies")?;
    Ok(prefix.to_path_buf())
}

fn recipes() -> PathBuf {
    paths::root().join("xtask/bases")
}
