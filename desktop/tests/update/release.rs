//! A release as the workflow makes it: the program, its signature, and the list that names both.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign::KeyPair;
use serde_json::json;

use crate::bench::{built, run};

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
        let name = format!("medrecord-{announced}.AppImage");
        fs::write(folder.join(&name), &self.bytes).unwrap();
        let comment = format!("timestamp:1795000000\tfile:{name}\tversion:{}", self.version);
        let KeyPair { pk, sk } = &maker.0;
        let signed = minisign::sign(Some(pk), sk, &self.bytes[..], Some(&comment), None).unwrap();
        let system = tauri_plugin_updater::target().unwrap();
        let list = json!({
            "version": announced,
            "platforms": { format!("{system}-appimage"): {
                "url": format!("https://releases.example/v{announced}/{name}"),
                "signature": STANDARD.encode(signed.into_string()),
            } },
        });
        fs::write(folder.join("latest.json"), list.to_string()).unwrap();
    }
}
