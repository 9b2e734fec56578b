//! `keys`: makes the secrets of a new installation, and rotates them (docs/operations/keys.md).

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::{Subcommand, ValueEnum};

use super::serve;
use crate::config::Config;
use crate::objects::{self, MasterKeys, Objects, Rewrapped};
use crate::receipt::ReceiptSigner;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make jwt_secret, master_keys and receipt_key in a folder; existing files are not touched.
    New { dir: PathBuf },
    /// Add a new key at the end of a file. It is in use when server and worker have been started again.
    Add { kind: Kind, file: PathBuf },
    /// Wrap every data key anew with the newest master key, while the server runs. May be repeated.
    Rewrap,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Kind {
    /// Signs receipts from now on; the older ones sign for it (RECEIPT_KEY_FILE).
    Receipt,
    /// Wraps data keys from now on; the older ones still open theirs (MASTER_KEYS_FILE).
    Master,
}

impl Command {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::New { dir } => new(&dir),
            Self::Add { kind, file } => add(kind, &file),
            Self::Rewrap => rewrap().await,
        }
    }
}

/// All three or none: a key that is overwritten is audio that is lost.
fn new(dir: &Path) -> anyhow::Result<()> {
    let mut secret = [0; 32];
    aws_lc_rs::rand::fill(&mut secret).context("the system has no randomness")?;
    let files = [
        ("jwt_secret", hex::encode(secret) + "\n"),
        ("master_keys", MasterKeys::generate_text()),
        ("receipt_key", ReceiptSigner::generate_text()),
    ];
    fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    for (name, _) in &files {
        let path = dir.join(name);
        if path.exists() {
            bail!("{} exists already; nothing was written.", path.display());
        }
    }
    for (name, contents) in &files {
        write(&dir.join(name), contents)?;
    }
    Ok(())
}

/// A new file for its owner only, synced.
pub(super) fn write(path: &Path, contents: &str) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| path.display().to_string())?;
    file.write_all(contents.as_bytes())?;
    file.sync_all()?;
    Ok(())
}

/// The file with one key more takes the old one's place; whatever fails, the old one is still there.
#[expect(clippy::print_stdout, reason = "the answer of a command goes to the terminal")]
fn add(kind: Kind, path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let old = fs::read_to_string(path).with_context(|| shown.to_string())?;
    let is_as_it_was = |fault| anyhow!("{shown}: {fault}. The file is as it was.");
    let (line, added) = next(kind, &old).map_err(is_as_it_was)?;
    let break_line = if old.ends_with('\n') { "" } else { "\n" };
    let all = format!("{old}{break_line}{line}");
    next(kind, &all).map_err(is_as_it_was)?;
    let beside = beside(path);
    if beside.exists() {
        bail!(
            "{shown} is as it was: {} is there, so another `keys add` runs or was interrupted. Remove that file if none \
             runs, and try again.",
            beside.display()
        );
    }
    if let Err(error) = write(&beside, &all).and_then(|()| replace(&beside, path)) {
        let _ = fs::remove_file(&beside);
        return Err(error.context(format!("{shown} is as it was")));
    }
    sync_folder(path)?;
    println!(
        "{added} was added. Copy the file to where its copy is kept, then start server and worker again."
    );
    Ok(())
}

/// A line with a key for the end of the file, and what that key is called.
fn next(kind: Kind, text: &str) -> Result<(String, String), String> {
    match kind {
        Kind::Receipt => {
            ReceiptSigner::parse(text)?;
            let line = ReceiptSigner::generate_text();
            let kid = ReceiptSigner::parse(&line)?.public().kid.clone();
            Ok((line, format!("Receipt key {kid}")))
        }
        Kind::Master => {
            let keys = MasterKeys::parse(text)?;
            let added = format!("Master key {}", keys.newest().saturating_add(1));
            Ok((keys.next_line(), added))
        }
    }
}

/// Whoever could read the old file can read the new one, and nobody else.
fn replace(new: &Path, old: &Path) -> anyhow::Result<()> {
    let metadata = fs::metadata(old)?;
    fs::set_permissions(new, metadata.permissions())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let (user, group) = (metadata.uid(), metadata.gid());
        let made = fs::metadata(new)?;
        if (made.uid(), made.gid()) != (user, group) {
            let why = || format!("a new file cannot be given to its owner ({user}:{group})");
            chown(new, Some(user), Some(group)).with_context(why)?;
        }
    }
    Ok(fs::rename(new, old)?)
}

/// A new name is durable only with its folder.
pub(super) fn sync_folder(path: &Path) -> anyhow::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.map_or_else(|| PathBuf::from("."), Path::to_owned);
    File::open(&folder)?.sync_all().with_context(|| folder.display().to_string())
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

#[expect(clippy::print_stdout, reason = "the answer of a command goes to the terminal")]
async fn rewrap() -> anyhow::Result<()> {
    let config = Config::from_env()?;
    let pool = serve::connect(&config.database_url).await?;
    let done = objects::rewrap(&pool, &Objects::open(&config)?).await?;
    println!("{}", said(&config.master_keys, &done));
    for (id, fault) in &done.faults {
        println!("data key {id}: {fault}");
    }
    if !done.faults.is_empty() {
        bail!(
            "{} data keys could not be opened, and are as they were. Do not remove any master key.",
            done.faults.len()
        );
    }
    Ok(())
}

fn said(keys: &MasterKeys, done: &Rewrapped) -> String {
    let Rewrapped { anew, before, destroyed, faults } = done;
    let newest = keys.newest();
    let old: Vec<_> = keys.numbers().filter(|number| *number != newest).collect();
    let counts = format!(
        "{anew} data keys were wrapped anew with master key {newest}, {before} were so before, {destroyed} were destroyed."
    );
    if old.is_empty() || !faults.is_empty() {
        return counts;
    }
    let old: Vec<_> = old.iter().map(u32::to_string).collect();
    format!(
        "{counts}\nNo longer needed here: master key {}. Remove the line once the mirror of the keys has been made anew \
         (docs/operations/keys.md).",
        old.join(", ")
    )
}
