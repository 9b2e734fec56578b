//! What is elsewhere in life when there are several machines: PostgreSQL behind a pooler, both with TLS, and S3.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::certificate::Authority;
use super::engine::Engine;
use super::secrets::{self, POSTGRES, SERVER};
use super::stack::{SEVERAL, Stack};
use super::wait::wait_until;
use crate::{paths, setup};

/// A stack that is told where everything is. The servers are led through the pooler, the migration past it.
pub(super) fn prepare(engine: &Engine) -> Result<Stack<'_>> {
    let mut stack = Stack::new(engine, &SEVERAL)?;
    let (folder, vault) = (stack.path("elsewhere"), stack.secrets());
    stack.set("ELSEWHERE", folder.to_string_lossy());
    stack.set("MOTO_PACKAGES", setup::MOTO.folder()?.to_string_lossy());
    stack.set("AUDIO_URL", "s3://audio/clinic");
    stack.set("KEYS_URL", "s3://keys/clinic");
    stack.set("S3_ENDPOINT", "http://s3:5000");
    stack.set("DATABASE_CA_FILE", stack.authority().to_string_lossy());
    stack.set("DIRECT_DATABASE_URL_FILE", vault.join("database_url_direct").to_string_lossy());
    stack.prepare()?;
    let password = fs::read_to_string(vault.join("postgres_password"))?;
    certificates(&stack)?;
    let pooler = folder.join("pooler");
    fs::copy(paths::root().join("xtask/bases/pgbouncer.ini"), pooler.join("pgbouncer.ini"))?;
    let users = format!("\"medrecord\" \"{}\"\n", password.trim());
    secrets::put(&pooler.join("users.txt"), &users, POSTGRES)?;
    let url = |host: &str| {
        let checked = "sslmode=verify-full&sslrootcert=/run/secrets/database_ca";
        format!("postgres://medrecord:{}@{host}/medrecord?{checked}\n", password.trim())
    };
    for (name, contents) in [
        ("database_url", url("pooler:6432")),
        ("database_url_direct", url("database:5432")),
        ("s3_access_key_id", secrets::random()?),
        ("s3_secret_access_key", secrets::random()?),
    ] {
        secrets::put(&vault.join(name), &contents, SERVER)?;
    }
    Ok(stack)
}

fn certificates(stack: &Stack<'_>) -> Result<()> {
    let authority = Authority::of(&stack.path("ca"));
    for name in ["database", "pooler"] {
        let folder = stack.path("elsewhere").join(name);
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        authority.issue(name, &folder, POSTGRES)?;
        secrets::give_to(&folder, POSTGRES)?;
    }
    let ca = stack.path("elsewhere/pooler/ca.pem");
    fs::copy(stack.authority(), &ca)?;
    secrets::give_to(&ca, POSTGRES)
}

/// Up, with two buckets.
pub(super) fn up(stack: &Stack<'_>) -> Result<()> {
    stack.up_with(&["database", "pooler", "s3"])?;
    let make = "import urllib.request as web\n\
        for name in ('audio', 'keys'):\n \
        web.urlopen(web.Request(f'http://127.0.0.1:5000/{name}', method='PUT'))";
    wait_until("moto makes two buckets", Duration::from_secs(60), || {
        Ok(stack.exec("s3", &["python3", "-c", make]).is_ok())
    })
    .map(drop)
}

/// Nobody speaks to PostgreSQL in the clear, and the servers share the pooler's sessions.
pub(super) fn sessions(stack: &Stack<'_>) -> Result<()> {
    let of_clients =
        "from pg_stat_activity join pg_stat_ssl using (pid) where client_addr is not null";
    let all = stack.query(&format!("select count(*) {of_clients}"))?;
    let clear = stack.query(&format!("select count(*) {of_clients} and not ssl"))?;
    println!(
        "  {all} sessions of PostgreSQL for two servers and two workers, {clear} of them without TLS"
    );
    ensure!(clear == "0" && all != "0", "a session is not encrypted");
    ensure!(all.parse::<u32>()? <= 10, "the pooler does not pool");
    Ok(())
}
