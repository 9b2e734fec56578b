//! A release as the workflow makes it: the program, its signature, and by the same script the list that names both.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign::KeyPair;

use crate::bench::{built, project, run};

/// Who signs: a key pair of minisign, as `cargo tauri signer generate` makes one.
pub(crate) struct Maker(KeyPair);

impl Maker {
    pub(crate) fn new() -> Self {
        Self(KeyPair::generate_unencrypted_keypair().unwrap())
    }

    /// The public half, as a build is told it.
    pub(crate) fn key(&self) -> String {
        STANDARD.encode(self.0.pk.to_box().unwrap().to_string())
    }
}

pub(crate) struct Release {
    version: &'static str,
    pub(crate) bytes: Vec<u8>,
}

impl Release {
    /// The window's program once more, without what debuggers need.
    pub(crate) fn of_this_program(version: &'static str) -> Self {
        let stripped = tempfile::NamedTempFile::new().unwrap();
        run(Command::new("strip").arg("-o").arg(stripped.path()).arg(built("medrecord-desktop")));
        Self { version, bytes: fs::read(stripped.path()).unwrap() }
    }

    /// Lays it out as `announced`. The signature says which version it really is.
    pub(crate) fn offer(&self, folder: &Path, announced: &str, maker: &Maker) {
        let processor = if cfg!(target_arch = "aarch64") { "aarch64" } else { "amd64" };
        let name = format!("MedRecord-AI_{announced}_{processor}.AppImage");
        let bundles = tempfile::tempdir().unwrap();
        fs::write(bundles.path().join(&name), &self.bytes).unwrap();
        let comment = format!("timestamp:1795000000\tfile:{name}\tversion:{}", self.version);
        let KeyPair { pk, sk } = &maker.0;
        let signed = minisign::sign(Some(pk), sk, &self.bytes[..], Some(&comment), None).unwrap();
        let signature = STANDARD.encode(signed.into_string());
        fs::write(bundles.path().join(format!("{name}.sig")), signature).unwrap();
        let mut list = Command::new(project().join("ops/release/updates.sh"));
        let url = format!("https://releases.example/v{announced}");
        run(list.args([announced, &url]).args([bundles.path(), folder]));
    }
}
