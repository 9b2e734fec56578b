//! `ops/kubernetes/`, rendered as kubectl applies it: right by Kubernetes' own schemas, hardened, and of one mind with the
//! server, nginx and the images. No cluster is needed, and none has run it here.

mod agreement;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::step::Steps;
use crate::{paths, run, setup};

/// The oldest release that docs/operations/kubernetes.md names, and the newest whose schemas there are.
const RELEASES: [&str; 2] = ["1.34", "1.37"];
/// Kinds that Kubernetes does not know by itself, each with our schema of what we use of it.
const CUSTOM: [&str; 2] = ["ScaledObject", "PodMonitor"];
/// What the linter asks and we do not do, each for a reason.
const ALLOWED: [&str; 2] = [
    // An image by its digest: the release's, which whoever deploys it puts into kustomization.yaml.
    "CKV_K8S_43",
    // An image fetched at every start: a release's tag never moves, and a registry that is away must keep no pod down.
    "CKV_K8S_15",
];

pub(super) fn run(steps: &mut Steps) {
    steps.check("Kubernetes: schemas", schemas);
    steps.check("Kubernetes: schemas of custom resources", custom);
    steps.check("Kubernetes: hardening", hardening);
    steps.check("Kubernetes: of one mind with server, nginx and images", agreement::run);
}

/// Everything as one file of YAML.
fn rendered() -> Result<PathBuf> {
    let mut kubectl = run::command(setup::kubectl()?);
    let manifests = run::stdout(kubectl.args(["kustomize", "ops/kubernetes"]))?;
    let file = paths::target().join("xtask/kubernetes.yaml");
    fs::write(&file, manifests)?;
    Ok(file)
}

/// The same as values.
fn objects() -> Result<Vec<Value>> {
    let mut python = setup::KUBERNETES_VALIDATE.python()?;
    let program =
        "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    let json = run::stdout(python.args(["-c", program]).arg(rendered()?))?;
    serde_json::from_str(&json).context("what kubectl rendered")
}

/// A fault, or a field that Kubernetes does not know, fails it; a kind without a schema is told apart.
fn schemas() -> Result<()> {
    let file = rendered()?;
    for release in RELEASES {
        let mut validate = setup::KUBERNETES_VALIDATE.command()?;
        validate.args(["--strict", "--kubernetes-version", release]).arg(&file);
        let said = run::quiet(&mut validate)?;
        let unknown = said.lines().filter(|line| line.starts_with("WARN"));
        for line in unknown {
            let is_ours = CUSTOM.iter().any(|kind| line.contains(&format!("for kind {kind} ")));
            ensure!(is_ours, "{line}");
        }
        let passed = said.lines().filter(|line| line.contains(" passed for resource ")).count();
        ensure!(passed + CUSTOM.len() == objects()?.len(), "not everything was looked at:\n{said}");
    }
    Ok(())
}

/// The linter has no schema of them, so ours hold the fields that we use, and no others.
fn custom() -> Result<()> {
    let objects = objects()?;
    for kind in CUSTOM {
        let object = objects.iter().find(|object| object["kind"] == kind).context(kind)?;
        let instance = paths::target().join(format!("xtask/{kind}.json"));
        fs::write(&instance, object.to_string())?;
        let mut validate = setup::KUBERNETES_VALIDATE.python()?;
        validate.args(["-W", "ignore", "-m", "jsonschema", "--instance"]).arg(&instance);
        run::quiet(validate.arg(format!("xtask/src/test/kubernetes/{kind}.schema.json")))?;
    }
    Ok(())
}

fn hardening() -> Result<()> {
    let file = rendered()?;
    let mut checkov = setup::CHECKOV.command()?;
    checkov.args(["--framework", "kubernetes", "--skip-download", "--output", "json"]);
    checkov.args(["--skip-check", &ALLOWED.join(","), "--file"]).arg(&file);
    // It fails when a check does; what it says then is shown in its own words.
    let Ok(json) = run::stdout(&mut checkov) else {
        let mut shown = setup::CHECKOV.command()?;
        shown.args(["--framework", "kubernetes", "--skip-download", "--quiet", "--compact"]);
        shown.args(["--skip-check", &ALLOWED.join(","), "--file"]);
        return run::quiet(shown.arg(&file)).map(drop);
    };
    let report: Value = serde_json::from_str(&json).context("checkov's report")?;
    let passed = report["results"]["passed_checks"].as_array().map_or(&[][..], Vec::as_slice);
    // A file that it cannot read has no faults either.
    for object in objects()?.iter().filter(|object| agreement::pod(object).is_some()) {
        let of = &object["metadata"];
        let (kind, namespace) = (text(&object["kind"]), text(&of["namespace"]));
        let name = format!("{kind}.{namespace}.{}", text(&of["name"]));
        let of_it = passed.iter().filter(|check| check["resource"] == name.as_str()).count();
        ensure!(of_it >= 20, "{name} was held against {of_it} checks only");
    }
    println!("  {} checks passed", passed.len());
    Ok(())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
