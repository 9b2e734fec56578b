//! Bundles: the recordings of one computer in an encrypted file, for another computer.
//!
//! A bundle is an age file. Inside are a line that says so, the key of a database made for it, and that
//! database, which therefore is never plain on a disk, neither here nor there. Credentials are not in it.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write};
use std::iter;
use std::path::{Path, PathBuf};

use age::{Decryptor, Encryptor};
use medrecord_common::ids::RecordingId;
use secrecy::{ExposeSecret as _, SecretString};

use crate::outbox::{DatabaseKey, Outbox, OutboxError};
use crate::vault::{RecoveryIdentity, RecoveryKey, durable};

/// First line inside.
const MAGIC: &str = "medrecord-bundle 1";
/// The bundle's database, in a folder of its own while it is written or read.
const SCRATCH: &str = "bundle";
/// Shorter passphrases are guessed: a bundle may be tried as often as one likes.
const SHORTEST: usize = 12;
/// scrypt's exponent: 4 GiB. More is taken for an attack on this computer.
const LARGEST_WORK: u8 = 22;

/// What opens the bundle.
pub enum Seal {
    Passphrase(SecretString),
    Recovery(RecoveryKey),
}

/// What a bundle is opened with.
pub enum Unseal {
    Passphrase(SecretString),
    Recovery(RecoveryIdentity),
}

#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("The passphrase is too short: at least {SHORTEST} characters.")]
    ShortPassphrase,
    #[error(
        "The bundle cannot be opened: the passphrase or recovery key does not fit, or it is damaged. Nothing was taken."
    )]
    Closed,
    #[error("{path} failed: {error}.")]
    File { path: PathBuf, error: io::Error },
    #[error("This computer gave no random numbers for a key.")]
    NoRandomness,
    #[error(transparent)]
    Outbox(#[from] OutboxError),
}

impl BundleError {
    /// A stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ShortPassphrase => "short_passphrase",
            Self::Closed => "bundle_closed",
            Self::File { .. } => "bundle_file",
            Self::NoRandomness => "no_randomness",
            Self::Outbox(error) => error.code(),
        }
    }
}

/// Writes all recordings that were stopped into the new file `to`, durably; returns how many.
///
/// # Errors
/// When the file is there already or cannot be written: then nothing of it stays.
pub fn write(
    outbox: &Outbox,
    data_dir: &Path,
    to: &Path,
    seal: Seal,
) -> Result<usize, BundleError> {
    let encryptor = encryptor(seal)?;
    let scratch = Scratch::new(data_dir)?;
    let key = DatabaseKey::generate().map_err(|_| BundleError::NoRandomness)?;
    let copy = Outbox::open(&scratch.database(), &key)?;
    let recordings = copy.merge(outbox)?.len();
    // Closing moves the log into the database.
    drop(copy);
    let error = |error| BundleError::File { path: to.to_owned(), error };
    let file = durable::create(to).map_err(error)?;
    let written = fill(&file, encryptor, &key, &scratch.database());
    if let Err(failed) = written.and_then(|()| durable::sync_folder(durable::folder_of(to))) {
        let _ = durable::remove(to);
        return Err(error(failed));
    }
    Ok(recordings)
}

/// Adds the recordings of a bundle that are not in `outbox`; returns which.
///
/// # Errors
/// [`BundleError::Closed`] when it does not open to its very end: nothing was taken then.
pub fn read(
    outbox: &Outbox,
    data_dir: &Path,
    from: &Path,
    unseal: &Unseal,
) -> Result<Vec<RecordingId>, BundleError> {
    let error = |error| BundleError::File { path: from.to_owned(), error };
    let file = BufReader::new(File::open(from).map_err(error)?);
    let decryptor = Decryptor::new_buffered(file).map_err(|_| BundleError::Closed)?;
    let opened = match unseal {
        Unseal::Passphrase(passphrase) => {
            let mut identity = age::scrypt::Identity::new(passphrase.clone());
            identity.set_max_work_factor(LARGEST_WORK);
            decryptor.decrypt(iter::once(&identity as _))
        }
        Unseal::Recovery(identity) => decryptor.decrypt(iter::once(identity.identity())),
    };
    let mut inside = BufReader::new(opened.map_err(|_| BundleError::Closed)?);
    if line(&mut inside)?.expose_secret() != MAGIC {
        return Err(BundleError::Closed);
    }
    let key = DatabaseKey::from_hex(&line(&mut inside)?).ok_or(BundleError::Closed)?;
    let scratch = Scratch::new(data_dir)?;
    let path = scratch.database();
    let mut database = durable::create(&path).map_err(|error| BundleError::File { path, error })?;
    // Every block is authenticated, the last one as the last.
    io::copy(&mut inside, &mut database).map_err(|_| BundleError::Closed)?;
    drop(database);
    let bundle = Outbox::open(&scratch.database(), &key)?;
    Ok(outbox.merge(&bundle)?)
}

fn encryptor(seal: Seal) -> Result<Encryptor, BundleError> {
    match seal {
        Seal::Passphrase(passphrase) => {
            if passphrase.expose_secret().chars().count() < SHORTEST {
                return Err(BundleError::ShortPassphrase);
            }
            Ok(Encryptor::with_user_passphrase(passphrase))
        }
        Seal::Recovery(key) => Ok(Encryptor::with_recipients(iter::once(key.recipient() as _))
            .expect("invariant: one recipient agrees with itself")),
    }
}

fn fill(file: &File, encryptor: Encryptor, key: &DatabaseKey, database: &Path) -> io::Result<()> {
    let mut inside = encryptor.wrap_output(BufWriter::new(file))?;
    writeln!(inside, "{MAGIC}")?;
    writeln!(inside, "{}", key.to_hex().expose_secret())?;
    io::copy(&mut File::open(database)?, &mut inside)?;
    inside.finish()?.flush()?;
    file.sync_all()
}

/// A short line: what is longer is no bundle.
fn line(inside: &mut impl io::BufRead) -> Result<SecretString, BundleError> {
    let mut text = String::new();
    inside.take(100).read_line(&mut text).map_err(|_| BundleError::Closed)?;
    Ok(text.trim_end().to_owned().into())
}

/// A folder for the bundle's database, gone when dropped; what a crash left of it goes first.
struct Scratch(PathBuf);

impl Scratch {
    fn new(data_dir: &Path) -> Result<Self, BundleError> {
        let path = data_dir.join(SCRATCH);
        let error = |error| BundleError::File { path: path.clone(), error };
        if path.exists() {
            fs::remove_dir_all(&path).map_err(error)?;
        }
        durable::create_private_folder(&path).map_err(error)?;
        Ok(Self(path))
    }

    fn database(&self) -> PathBuf {
        self.0.join("bundle.db")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests;
