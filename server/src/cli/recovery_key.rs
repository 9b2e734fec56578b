//! Makes the organisation's recovery key: an age pair (X25519), away from the server.

use std::io::Write as _;
use std::path::Path;

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use anyhow::{Context as _, bail};

use super::keys;

/// The name inside a folder.
const NAME: &str = "recovery_key";

/// Writes the private half to `target` (or into it, when it is a folder) for its owner only, and prints the
/// public half. A file that is there is never touched: with it every sealed key would be lost.
pub(super) fn new(target: &Path) -> anyhow::Result<()> {
    let path = if target.is_dir() { target.join(NAME) } else { target.to_owned() };
    if path.exists() {
        bail!("{} exists already; nothing was written.", path.display());
    }
    let identity = Identity::generate();
    keys::write(&path, &text(&identity))?;
    keys::sync_folder(&path)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", identity.to_public()).context("the public half cannot be printed")
}

/// An age identity file: `age --decrypt --identity FILE` reads it too.
fn text(identity: &Identity) -> String {
    format!(
        "# MedRecord AI: the recovery key of this organisation. It opens every workstation's recordings.\n\
         # Keep it, and a copy, away from the server and from all workstations.\n\
         # public key: {}\n{}\n",
        identity.to_public(),
        identity.to_string().expose_secret()
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::{Identity, NAME, new, text};

    #[test]
    fn the_private_half_is_for_its_owner_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        new(folder.path()).unwrap();
        let path = folder.path().join(NAME);
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(new(folder.path()).is_err() && new(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), written);
        let private = written.lines().last().unwrap().parse::<Identity>().unwrap();
        assert_eq!(text(&private), written);
    }
}
