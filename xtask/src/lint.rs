//! `lint`: formatting, clippy, TypeScript, dependencies, shell scripts, file sizes.

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
    if run::exists("shellcheck") {
        steps.check("shell scripts", || {
            let scripts = digest::files(&paths::root().join("ops"), &[])?;
            let scripts =
                scripts.into_iter().filter(|path| path.extension().is_some_and(|end| end == "sh"));
            run::quiet(run::command("shellcheck").args(["deploy.sh", ".ci/run"]).args(scripts))
                .map(drop)
        });
    }
    steps.check("tests that documents name", named_tests::run);
    steps.check("file sizes", sizes::run);
}
