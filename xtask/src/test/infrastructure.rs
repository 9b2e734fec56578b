//! What runs beside the programs: nginx, Compose and the images, checked by the programs that read their files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::step::Steps;
use crate::{digest, paths, run, setup};

/// Every check runs always: `setup` installs what it needs.
pub(crate) fn run(steps: &mut Steps) {
    steps.check("nginx configuration", nginx);
    steps.check("security headers of nginx and of the server are the same", headers);
    steps.check("compose files", compose_files);
    steps.check("a plain `docker compose` is production's", projects);
    steps.check("every variable of Compose is in .env.example", variables);
    steps.check("Dockerfiles", dockerfiles);
    steps.check("workflows", workflows);
}

/// The entry point puts the configuration together; nginx and gixy read it.
fn nginx() -> Result<()> {
    let folder = paths::target().join("xtask/nginx");
    let _ = fs::remove_dir_all(&folder);
    for part in ["tls", "logs", "acme", "pages/plain"] {
        fs::create_dir_all(folder.join(part))?;
    }
    certificate(&folder.join("tls"))?;
    run::quiet(entrypoint(&folder).arg("-t"))?;
    // As ops/kubernetes/nginx.yaml sets it up.
    let mut in_cluster = entrypoint(&folder);
    in_cluster.env("SERVER_HOST", "server.medrecord.svc.cluster.local");
    in_cluster.env("ACCESS_LOG", "/dev/stdout").env("CERTIFICATE_CHECK_SECONDS", "60");
    run::quiet(in_cluster.arg("-t"))?;
    let mut gixy = setup::GIXY.command()?;
    run::quiet(gixy.arg(folder.join("run/nginx.conf"))).map(drop)
}

fn entrypoint(folder: &Path) -> Command {
    let mut entrypoint = run::command(paths::root().join("nginx/entrypoint.sh"));
    entrypoint
        .env("SERVER_NAME", "localhost")
        .env("FRONTEND_URL", "https://localhost")
        .env("TRUSTED_PROXIES", "192.0.2.0/24 2001:db8::/32")
        .env("NGINX_RUN", folder.join("run"));
    for (variable, part) in
        [("TLS_DIR", "tls"), ("LOG_DIR", "logs"), ("ACME_DIR", "acme"), ("PAGES_DIR", "pages")]
    {
        entrypoint.env(variable, folder.join(part));
    }
    entrypoint
}

fn certificate(folder: &Path) -> Result<()> {
    let mut openssl = run::command("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    openssl.args(["-nodes", "-days", "1", "-subj", "/CN=localhost"]);
    openssl.args(["-keyout", "privkey.pem", "-out", "fullchain.pem"]);
    run::quiet(openssl.current_dir(folder)).map(drop)
}

/// nginx answers with the pages, the server with the rest: a browser is held to the same by both.
fn headers() -> Result<()> {
    let read = |path: &str| fs::read_to_string(paths::root().join(path)).context(path.to_owned());
    let server = read("server/src/http/layers.rs")?.replace("\\\n", "");
    let server = server.split_whitespace().collect::<Vec<_>>().join(" ");
    for file in ["nginx/headers.conf", "nginx/transport.conf"] {
        for line in read(file)?.lines().filter_map(|line| line.strip_prefix("add_header ")) {
            let value = line.trim_end_matches(" always;").split_once(' ').context("a value")?.1;
            let value = value.trim_matches('"');
            ensure!(
                server.contains(&format!("\"{value}\"")),
                "{file} says \"{value}\", which server/src/http/layers.rs does not"
            );
        }
    }
    Ok(())
}

fn compose_files() -> Result<()> {
    let files = compose_file_names()?;
    ensure!(
        files.iter().any(|file| file == "docker-compose.prod.yml"),
        "the production file is gone"
    );
    for file in files {
        let mut compose = run::command(setup::COMPOSE.path()?);
        // The scale file and its like stand on the production file.
        if !["docker-compose.yml", "docker-compose.prod.yml"].contains(&file.as_str()) {
            compose.args(["--file", "docker-compose.prod.yml"]);
        }
        compose.args(["--env-file", ".env.example", "--file", &file, "config", "--quiet"]);
        run::quiet(&mut compose)?;
    }
    Ok(())
}

/// In /opt/medrecord the developers' file lies beside production's. With .env nobody reads it by mistake; and who does
/// starts a project of its own, whatever the folder is called, and replaces nothing.
fn projects() -> Result<()> {
    let project = |file: &[&str]| -> Result<String> {
        let mut compose = run::command(setup::COMPOSE.path()?);
        compose.env_remove("COMPOSE_FILE").env_remove("COMPOSE_PROJECT_NAME");
        compose.args(["--env-file", ".env.example"]).args(file);
        let said = run::stdout(compose.arg("config"))?;
        Ok(said.lines().next().unwrap_or_default().to_owned())
    };
    let (production, plain) = (project(&["--file", "docker-compose.prod.yml"])?, project(&[])?);
    ensure!(plain == production, "with .env.example a plain docker compose reads {plain}");
    let development = project(&["--file", "docker-compose.yml"])?;
    ensure!(
        development.starts_with("name: ") && development != production,
        "docker-compose.yml would start as {development} in the place of production"
    );
    Ok(())
}

/// Set or shown with its default.
fn variables() -> Result<()> {
    let example = fs::read_to_string(paths::root().join(".env.example"))?;
    for file in compose_file_names()? {
        let compose = fs::read_to_string(paths::root().join(&file))?;
        for rest in compose.split("${").skip(1) {
            let is_word =
                |letter: char| letter.is_ascii_uppercase() || "_0123456789".contains(letter);
            let name = &rest[..rest.find(|letter| !is_word(letter)).unwrap_or(rest.len())];
            let told = example.lines().any(|line| {
                line.trim_start_matches('#').split_once('=').is_some_and(|(told, _)| told == name)
            });
            ensure!(told, "{file} reads {name}, of which .env.example says nothing");
        }
    }
    Ok(())
}

fn compose_file_names() -> Result<Vec<String>> {
    let names = fs::read_dir(paths::root())?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("docker-compose") && name.ends_with(".yml"));
    Ok(names.collect())
}

fn dockerfiles() -> Result<()> {
    let mut found = Vec::new();
    for folder in ["server", "nginx", "ops", "xtask"] {
        let files = digest::files(&paths::root().join(folder), &["target"])?;
        found.extend(files.into_iter().filter(|path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("Dockerfile"))
        }));
    }
    ensure!(found.len() >= 3, "the three images' Dockerfiles are not where they were");
    run::quiet(run::command(setup::HADOLINT.path()?).args(found)).map(drop)
}

/// Without the network: whether a pinned action is what its comment says is GitHub's to answer.
fn workflows() -> Result<()> {
    // Named, for a tree without its history has no project that actionlint would find.
    let files = digest::files(&paths::root().join(".github/workflows"), &[])?;
    run::quiet(run::command(setup::ACTIONLINT.path()?).args(files))?;
    let mut zizmor = run::command(setup::ZIZMOR.path()?);
    run::quiet(zizmor.args(["--offline", ".github/workflows"])).map(drop)
}
