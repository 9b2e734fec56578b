//! An authority of our own and the certificates that it issues, as a clinic without a public name has them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::secrets;
use crate::run;

/// Its folder holds `ca.pem`, which the others are known by.
pub(super) struct Authority {
    folder: PathBuf,
}

const KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

impl Authority {
    pub(super) fn make(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let authority = Self::of(folder);
        authority.openssl(|openssl| {
            openssl.arg("req").args(KEY).args(["-x509", "-days", "2"]);
            openssl.args(["-subj", "/CN=compose-test authority"]);
            openssl.args(["-addext", "basicConstraints=critical,CA:TRUE"]);
            openssl.args(["-addext", "keyUsage=critical,keyCertSign,cRLSign"]);
            openssl.args(["-keyout", "ca.key", "-out", "ca.pem"]);
        })?;
        Ok(authority)
    }

    /// One that was made before.
    pub(super) fn of(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// A certificate for a name, as `fullchain.pem` and `privkey.pem` in a folder, for one user.
    pub(super) fn issue(&self, name: &str, to: &Path, owner: u32) -> Result<()> {
        let extensions = format!(
            "subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n"
        );
        fs::write(self.folder.join("leaf.cnf"), extensions)?;
        self.openssl(|openssl| {
            openssl.arg("req").args(KEY).args(["-subj", &format!("/CN={name}")]);
            openssl.args(["-keyout", "privkey.pem", "-out", "leaf.csr"]);
        })?;
        self.openssl(|openssl| {
            openssl.args(["x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key"]);
            openssl.args(["-CAcreateserial", "-days", "2", "-extfile", "leaf.cnf"]);
            openssl.args(["-out", "fullchain.pem"]);
        })?;
        for file in ["fullchain.pem", "privkey.pem"] {
            fs::copy(self.folder.join(file), to.join(file))?;
            secrets::give_to(&to.join(file), owner)?;
        }
        Ok(())
    }

    fn openssl(&self, arguments: impl FnOnce(&mut Command)) -> Result<()> {
        let mut openssl = run::command("openssl");
        openssl.current_dir(&self.folder);
        arguments(&mut openssl);
        run::quiet(&mut openssl).map(drop)
    }
}
