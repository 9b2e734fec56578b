//! What runs beside the programs: nginx and Compose, checked by the programs that read their files.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::step::Steps;
use crate::{paths, run};

/// nginx reads its configuration; Docker Compose reads both of its files, where it is installed.
pub(crate) fn run(steps: &mut Steps) {
    steps.check("nginx configuration", nginx);
    let compose = run::command("docker").args(["compose", "version"]).output();
    if compose.is_ok_and(|output| output.status.success()) {
        steps.check("compose files", || {
            for file in ["docker-compose.yml", "docker-compose.prod.yml"] {
                let mut docker = run::command("docker");
                run::quiet(docker.args([
                    "compose",
                    "--env-file",
                    ".env.example",
                    "-f",
                    file,
                    "config",
                    "--quiet",
                ]))?;
            }
            Ok(())
        });
    }
}

/// The image fills the template from the environment; here it is filled by hand, with a certificate made for it.
fn nginx() -> Result<()> {
    let folder = paths::target().join("xtask/nginx");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("logs"))?;
    let mut openssl = run::command("openssl");
    openssl.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "1",
    ]);
    openssl.args(["-subj", "/CN=localhost", "-keyout", "privkey.pem", "-out", "fullchain.pem"]);
    run::quiet(openssl.current_dir(&folder))?;
    let template = fs::read_to_string(paths::root().join("nginx/medrecord.conf.template"))?;
    let site = template
        .replace("${SERVER_NAME}", "localhost")
        .replace("${UPSTREAM}", "127.0.0.1:3001")
        .replace("${CERTIFICATES}", &folder.to_string_lossy());
    if site.contains("${") {
        bail!(
            "nginx/medrecord.conf.template uses a variable that docker-compose.prod.yml does not set"
        );
    }
    fs::write(folder.join("site.conf"), site)?;
    fs::write(folder.join("nginx.conf"), main_configuration(&folder))?;
    let mut nginx = run::command("nginx");
    run::quiet(nginx.arg("-t").arg("-c").arg(folder.join("nginx.conf")).arg("-p").arg(&folder))
        .map(drop)
}

/// What the official image's own nginx.conf does around a site.
fn main_configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "pid {folder}/nginx.pid;\nerror_log {folder}/logs/error.log;\nevents {{}}\nhttp {{\n  \
         include /etc/nginx/mime.types;\n  access_log {folder}/logs/access.log;\n  include {folder}/site.conf;\n}}\n"
    )
}
