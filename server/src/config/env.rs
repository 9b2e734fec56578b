//! Reads variables and gathers what is wrong with them, so that one start names every fault.

use std::collections::HashMap;
use std::str::FromStr;

use secrecy::{ExposeSecret as _, SecretString};

/// All that is wrong with the configuration, one fault a line. Never holds a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The configuration is wrong:\n  {}", faults.join("\n  "))]
pub struct ConfigError {
    pub faults: Vec<String>,
}

/// Variables, and the faults found so far.
pub struct Environment {
    variables: HashMap<String, String>,
    faults: Vec<String>,
}

impl Environment {
    /// The variables of this process; empty ones count as absent.
    #[must_use]
    pub fn of_process() -> Self {
        Self::of(std::env::vars())
    }

    /// Given variables; empty ones count as absent.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Self { variables, faults: Vec::new() }
    }

    /// `DATABASE_URL` alone, for commands that need nothing else.
    ///
    /// # Errors
    /// When it is missing.
    pub fn database_url(mut self) -> Result<SecretString, ConfigError> {
        let url = self.secret("DATABASE_URL");
        self.finish(url)
    }

    /// The configuration, if it is there and nothing is wrong.
    pub(super) fn finish<T>(mut self, config: Option<T>) -> Result<T, ConfigError> {
        // The two OpenAI settings share a key: one fault, not two.
        let mut seen = std::collections::HashSet::new();
        self.faults.retain(|fault| seen.insert(fault.clone()));
        match config {
            Some(config) if self.faults.is_empty() => Ok(config),
            _ => Err(ConfigError { faults: self.faults }),
        }
    }

    pub(super) fn required(&mut self, name: &str) -> Option<String> {
        let value = self.variables.get(name).cloned();
        if value.is_none() {
            self.fault(name, "is missing");
        }
        value
    }

    pub(super) fn optional(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    pub(super) fn or(&self, name: &str, default: &str) -> String {
        self.variables.get(name).map_or(default, String::as_str).to_owned()
    }

    pub(super) fn parsed<T: FromStr>(&mut self, name: &str, default: T) -> T {
        match self.variables.get(name).map(|value| value.parse()) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                self.fault(name, "cannot be read");
                default
            }
        }
    }

    pub(super) fn checked<T>(
        &mut self,
        name: &str,
        check: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.required(name)?;
        check(&value).map_err(|fault| self.fault(name, &fault)).ok()
    }

    /// One of a few words; the first is the default.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> T {
        let value = self.variables.get(name).map_or(choices[0].0, String::as_str);
        if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == value) {
            return *choice;
        }
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        self.fault(name, &format!("must be {}", words.join(" or ")));
        choices[0].1
    }

    /// The contents of the file that a variable names, read by `parse`.
    pub(super) fn file<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let path = self.required(name)?;
        let contents = match std::fs::read_to_string(&path) {
            Ok(contents) => SecretString::from(contents),
            Err(error) => {
                self.fault(name, &format!("cannot be read ({})", error.kind()));
                return None;
            }
        };
        parse(contents.expose_secret()).map_err(|fault| self.fault(name, &fault)).ok()
    }

    pub(super) fn secret(&mut self, name: &str) -> Option<SecretString> {
        let before = self.faults.len();
        let secret = self.optional_secret(name);
        if secret.is_none() && self.faults.len() == before {
            let file = format!("{name}_FILE");
            if self.variables.contains_key(&file) {
                self.fault(&file, "is empty");
            } else {
                self.fault(name, &format!("is missing (or {file})"));
            }
        }
        secret
    }

    /// `NAME`, or the contents of the file `NAME_FILE` without the line's end; not both. An empty file counts as absent:
    /// Compose wants every secret's file to be there, used or not.
    pub(super) fn optional_secret(&mut self, name: &str) -> Option<SecretString> {
        let file = format!("{name}_FILE");
        match (self.variables.get(name), self.variables.contains_key(&file)) {
            (Some(_), true) => {
                self.fault(name, &format!("is given twice: set it or {file}, not both"));
                None
            }
            (Some(value), false) => Some(value.clone().into()),
            (None, true) => self
                .file(&file, |contents| Ok(contents.trim_end().to_owned()))
                .filter(|contents| !contents.is_empty())
                .map(SecretString::from),
            (None, false) => None,
        }
    }

    pub(super) fn check(
        &mut self,
        name: &str,
        secret: &Option<SecretString>,
        check: impl FnOnce(&str) -> Result<(), String>,
    ) {
        if let Some(secret) = secret
            && let Err(fault) = check(secret.expose_secret())
        {
            self.fault(name, &fault);
        }
    }

    pub(super) fn fault(&mut self, name: &str, what: &str) {
        self.faults.push(format!("{name} {what}"));
    }
}
