//! `lint`: formatting, clippy, TypeScript, dependencies, shell scripts, file sizes.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::step::Steps;
use crate::{build, digest, named_tests, paths, run, setup, sizes};

/// Everything that reads the code without running it.
pub(crate) fn run() -> Result<()> {
    setup::for_lint()?;
    let mut steps = Steps::default();
    steps.run("build the pages", build::pages)?;
    formatting(&mut steps);
    steps.check("clippy", || {
        let clippy = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
        run::quiet(&mut run::cargo(&clippy)).map(drop)
    });
    others(&mut steps);
    steps.result()
}

/// rustfmt, eslint, prettier, TypeScript.
pub(crate) fn formatting(steps: &mut Steps) {
    let web = paths::root().join("web");
    steps.check("rustfmt", || run::quiet(&mut run::cargo(&["fmt", "--all", "--check"])).map(drop));
    for (name, script) in [("eslint and prettier", "lint"), ("TypeScript", "types")] {
        steps.check(name, || {
            run::quiet(run::command("npm").args(["run", script]).current_dir(&web)).map(drop)
        });
    }
}

/// Makes a cargo command compile the workspace's crates by clippy, which lints what it compiles; warnings are errors.
///
/// `cargo clippy` does the same around `cargo check`, and so would read every dependency a second time.
pub(crate) fn with_clippy(cargo: &mut Command) -> &mut Command {
    cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    cargo.env("CLIPPY_ARGS", "--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__")
}

/// Dependencies, shell scripts, file sizes.
pub(crate) fn others(steps: &mut Steps) {
    steps.check("bans, licences and sources of dependencies", || {
        // Without advisories: their database is on the network, so GitHub Actions asks it.
        let mut deny = run::command(setup::cargo_deny()?);
        deny.args(["--log-level", "error", "--workspace", "check", "--hide-inclusion-graph"]);
        run::quiet(deny.args(["bans", "licenses", "sources"])).map(drop)
    });
    steps.check("shell scripts", || {
        let mut scripts = Vec::new();
        for folder in ["ops", "nginx", "xtask"] {
            scripts.extend(digest::files(&paths::root().join(folder), &[])?);
        }
        let scripts = scripts.into_iter().filter(|path| is_shell(path));
        run::quiet(run::command("shellcheck").args(["deploy.sh", ".ci/run"]).args(scripts))
            .map(drop)
    });
    steps.check("tests that documents name", named_tests::run);
    steps.check("file sizes", sizes::run);
}

/// By its first line: not every script has an ending.
fn is_shell(path: &Path) -> bool {
    let first =
        fs::read(path).ok().and_then(|bytes| Some(bytes.split(|&b| b == b'\n').next()?.to_vec()));
    first.is_some_and(|line| line.starts_with(b"#!") && line.ends_with(b"bash"))
}
