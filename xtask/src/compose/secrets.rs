//! The files of SECRETS_DIR, each readable by the one user that needs it.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use anyhow::{Context, Result};

use crate::{paths, run};

/// Users inside the images.
pub(super) const SERVER: u32 = 10_001;
pub(super) const NGINX: u32 = 10_002;
pub(super) const POSTGRES: u32 = 999;

/// Makes all of them.
pub(super) fn make(folder: &Path) -> Result<()> {
    let mut keys = run::command(paths::program("medrecord-server"));
    run::stdout(keys.args(["keys", "new"]).arg(folder))?;
    let password = random()?;
    let url = format!("postgres://medrecord:{password}@postgres:5432/medrecord\n");
    for (name, contents) in [
        ("postgres_password", password),
        ("database_url", url),
        ("metrics_token", random()?),
        ("backup_passphrase", random()?),
        // Compose wants the file; without a provider there is no key.
        ("openai_api_key", String::new()),
        ("jwt_secret_previous", String::new()),
    ] {
        fs::write(folder.join(name), contents).with_context(|| format!("write {name}"))?;
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let of_postgres =
            ["postgres_password", "backup_passphrase"].iter().any(|name| path.ends_with(name));
        close(&path, if of_postgres { POSTGRES } else { SERVER })?;
    }
    Ok(fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?)
}

/// One more, or another in its place.
pub(super) fn put(path: &Path, contents: &str, user: u32) -> Result<()> {
    fs::write(path, contents).with_context(|| format!("write {}", path.display()))?;
    close(path, user)
}

fn close(path: &Path, user: u32) -> Result<()> {
    give_to(path, user)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o400))?)
}

/// Makes a user the owner, and nobody else a reader.
pub(super) fn give_to(path: &Path, user: u32) -> Result<()> {
    chown(path, Some(user), Some(user)).with_context(|| format!("give away {}", path.display()))?;
    if path.is_dir() {
        fs::set_permissions(
            path,
            fs::Permissions::from_mode(if user == 0 { 0o711 } else { 0o700 }),
        )?;
    }
    Ok(())
}

/// 32 random bytes, hexadecimal.
pub(super) fn random() -> Result<String> {
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(hex::encode(bytes))
}
