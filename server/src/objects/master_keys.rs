//! The numbered keys that wrap data keys. A new number at the end of the file begins a rotation;
//! the older ones stay until everything is wrapped anew.

use std::collections::BTreeMap;

use anyhow::{Context as _, anyhow};
use uuid::Uuid;

use super::cipher;

const MAGIC: &[u8] = b"MK1";

/// At least one key, each with its number; the highest wraps, all unwrap.
#[derive(Clone)]
pub struct MasterKeys(BTreeMap<u32, [u8; 32]>);

impl MasterKeys {
    /// Reads a key file: `NUMBER HEX` a line; empty lines and `#` are passed over.
    ///
    /// # Errors
    /// What is wrong with it, without its content.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keys = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let fault = || format!("line {}: a number and 64 hexadecimal digits", index + 1);
            let (number, key) = line.split_once(' ').ok_or_else(fault)?;
            let mut bytes = [0; 32];
            hex::decode_to_slice(key.trim(), &mut bytes).map_err(|_| fault())?;
            if keys.insert(number.parse().map_err(|_| fault())?, bytes).is_some() {
                return Err(format!("line {}: the number is there twice", index + 1));
            }
        }
        if keys.is_empty() { Err("holds no key".to_owned()) } else { Ok(Self(keys)) }
    }

    /// Contents of a new key file.
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn generate_text() -> String {
        line(1)
    }

    /// A line of a key file with a new key, whose number is above all that are here.
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn next_line(&self) -> String {
        line(self.newest().saturating_add(1))
    }

    /// One new key.
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self::parse(&Self::generate_text()).expect("a key just made can be read")
    }

    /// The number that wraps.
    #[must_use]
    pub fn newest(&self) -> u32 {
        *self.0.last_key_value().expect("invariant: there is a master key").0
    }

    /// All numbers, the newest last.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.0.keys().copied()
    }

    /// Which one wraps a data key.
    pub(super) fn number_of(wrapped: &[u8]) -> anyhow::Result<u32> {
        Ok(split(wrapped)?.0)
    }

    /// `MK1 | number 4 | nonce 12 | AES-256-GCM`, bound to the data key's id.
    pub(super) fn wrap(&self, id: Uuid, data_key: &[u8; 32]) -> anyhow::Result<Vec<u8>> {
        let (number, key) = self.0.last_key_value().context("there is a master key")?;
        let sealed = cipher::encrypt(key, id.as_bytes(), data_key)?;
        Ok([MAGIC, &number.to_be_bytes(), &sealed].concat())
    }

    pub(super) fn unwrap(&self, id: Uuid, wrapped: &[u8]) -> anyhow::Result<[u8; 32]> {
        let (number, sealed) = split(wrapped)?;
        let key = self.0.get(&number).with_context(|| format!("master key {number} is missing"))?;
        let plain = cipher::decrypt(key, id.as_bytes(), sealed)?;
        plain.try_into().map_err(|_| anyhow!("the data key has another length"))
    }
}

fn line(number: u32) -> String {
    let key = cipher::random_key().expect("the system has randomness");
    format!("{number} {}\n", hex::encode(key))
}

/// The master key's number, and what it sealed.
fn split(wrapped: &[u8]) -> anyhow::Result<(u32, &[u8])> {
    let rest = wrapped.strip_prefix(MAGIC).context("the data key is not wrapped")?;
    let (number, sealed) = rest.split_first_chunk::<4>().context("the data key is cut short")?;
    Ok((u32::from_be_bytes(*number), sealed))
}

impl std::fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKeys({:?})", self.0.keys())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::MasterKeys;

    #[test]
    fn a_new_number_wraps_and_the_old_one_still_unwraps() {
        let (old, id, data_key) = (MasterKeys::generate_text(), Uuid::now_v7(), [7; 32]);
        let wrapped = MasterKeys::parse(&old).unwrap().wrap(id, &data_key).unwrap();
        let next = MasterKeys::parse(&old).unwrap().next_line();
        let both = MasterKeys::parse(&format!("{old}{next}")).unwrap();
        assert_eq!((both.newest(), both.numbers().collect()), (2, vec![1, 2]));
        assert_eq!(both.unwrap(id, &wrapped).unwrap(), data_key);
        let anew = both.wrap(id, &data_key).unwrap();
        assert!(MasterKeys::parse(&old).unwrap().unwrap(id, &anew).is_err());
        assert_eq!([&wrapped, &anew].map(|it| MasterKeys::number_of(it).unwrap()), [1, 2]);
        assert!(both.unwrap(Uuid::now_v7(), &anew).is_err(), "bound to its id");
    }

    #[test]
    fn a_broken_file_names_the_line_and_no_content() {
        let fault = MasterKeys::parse("# mine\n1 abcd\n").unwrap_err();
        assert_eq!(fault, "line 2: a number and 64 hexadecimal digits");
        assert_eq!(MasterKeys::parse("\n").unwrap_err(), "holds no key");
    }
}
