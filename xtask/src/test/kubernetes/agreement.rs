//! What the manifests say of other files must be what those say: settings, metric, names, routes, users.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{objects, text};
use crate::{digest, paths};

pub(super) fn run() -> Result<()> {
    let objects = objects()?;
    settings(&objects)?;
    server_name(&objects)?;
    metric(&objects)?;
    for object in &objects {
        if let Some(pod) = pod(object) {
            let name = text(&object["metadata"]["name"]);
            user(pod).with_context(|| name.to_owned())?;
            probes(pod).with_context(|| name.to_owned())?;
            secrets(pod).with_context(|| name.to_owned())?;
        }
    }
    Ok(())
}

/// The pod that a Deployment or a Job makes.
pub(super) fn pod(object: &Value) -> Option<&Value> {
    Some(&object["spec"]["template"]["spec"]).filter(|pod| pod["containers"].is_array())
}

/// Every setting is read by the server's configuration or by nginx.
fn settings(objects: &[Value]) -> Result<()> {
    let mut readers = read("nginx/entrypoint.sh")?;
    for file in digest::files(&paths::root().join("server/src/config"), &[])? {
        readers.push_str(&fs::read_to_string(file)?);
    }
    for name in config_map(objects)?.keys() {
        let stem = name.trim_end_matches("_FILE");
        let store = stem.strip_suffix("_URL").filter(|store| ["AUDIO", "KEYS"].contains(store));
        let stem = store.unwrap_or(stem);
        let is_read = [format!("\"{name}\""), format!("\"{stem}\""), format!("${{{stem}:")];
        ensure!(
            is_read.iter().any(|word| readers.contains(word)),
            "nobody reads the setting {name}"
        );
    }
    Ok(())
}

/// nginx asks for the servers by a name that leads to all of them.
fn server_name(objects: &[Value]) -> Result<()> {
    let service = find(objects, "Service", "server")?;
    let namespace = text(&service["metadata"]["namespace"]);
    let wanted = format!("server.{namespace}.svc.cluster.local");
    let said = config_map(objects)?.get("SERVER_HOST").cloned().unwrap_or_default();
    ensure!(said == wanted, "nginx would ask for {said}; the servers are {wanted}");
    ensure!(service["spec"]["clusterIP"] == "None", "nginx must see every server's own address");
    ensure!(service["spec"]["ports"][0]["port"] == 3001, "nginx asks at port 3001");
    Ok(())
}

/// Workers are scaled by a number that the server really tells.
fn metric(objects: &[Value]) -> Result<()> {
    let scaled = find(objects, "ScaledObject", "worker")?;
    let query = text(&scaled["spec"]["triggers"][0]["metadata"]["query"]);
    let word = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '_');
    let name = query.split(word).find_map(|word| word.strip_prefix("medrecord_"));
    let name = name.with_context(|| format!("no metric of ours: {query}"))?;
    let told = read("server/src/metrics/mod.rs")?;
    ensure!(told.contains(&format!("\"{name}\"")), "the server tells no medrecord_{name}");
    let target = text(&scaled["spec"]["scaleTargetRef"]["name"]);
    let worker = find(objects, "Deployment", target)?;
    ensure!(worker["spec"]["replicas"].is_null(), "two would decide how many workers there are");
    Ok(())
}

/// The image's own user.
fn user(pod: &Value) -> Result<()> {
    let image = text(&pod["containers"][0]["image"]);
    let dockerfile = if image.contains("nginx") { "nginx/Dockerfile" } else { "server/Dockerfile" };
    let user = &pod["securityContext"]["runAsUser"];
    ensure!(
        read(dockerfile)?.contains(&format!("\nUSER {user}:{user}\n")),
        "it runs as {user}, which {dockerfile} does not say"
    );
    Ok(())
}

/// Asked for is what is answered, also by a worker.
fn probes(pod: &Value) -> Result<()> {
    let router = read("server/src/http/router.rs")?;
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        if let Some(path) = pod["containers"][0][probe]["httpGet"]["path"].as_str() {
            ensure!(router.contains(&format!("\"{path}\"")), "{probe}: no route {path}");
        }
    }
    Ok(())
}

/// Every file that the settings name lies where the Secret is.
fn secrets(pod: &Value) -> Result<()> {
    let container = &pod["containers"][0];
    let mounts = container["volumeMounts"].as_array().context("no files at all")?;
    let folder = mounts.iter().find(|mount| mount["name"] == "secrets");
    let folder = folder.map(|mount| text(&mount["mountPath"]));
    let all = objects()?;
    let settings = config_map(&all)?;
    let takes_all = container["envFrom"].is_array();
    let files = settings.iter().filter(|(name, _)| takes_all && name.ends_with("_FILE"));
    for (name, path) in files {
        let parent = path.rsplit_once('/').map(|(parent, _)| parent);
        ensure!(parent == folder, "{name} is {path}; secrets are in {folder:?}");
    }
    Ok(())
}

fn config_map(objects: &[Value]) -> Result<BTreeMap<String, String>> {
    let map = objects.iter().find(|object| object["kind"] == "ConfigMap").context("no settings")?;
    Ok(serde_json::from_value(map["data"].clone())?)
}

fn find<'a>(objects: &'a [Value], kind: &str, name: &str) -> Result<&'a Value> {
    let is_it = |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == name;
    objects.iter().find(is_it).with_context(|| format!("no {kind} {name}"))
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(paths::root().join(path)).with_context(|| path.to_owned())
}
