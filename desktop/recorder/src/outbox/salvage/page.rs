//! SQLCipher's pages by hand: whether a key belongs to a database whose first page is damaged (a wrong key
//! is no damage), and how the copy of a first page is brought up to date.
//!
//! SQLCipher 4: 4,096 bytes, AES-256 in CBC, then an initialisation vector of 16 bytes and an HMAC-SHA512
//! over both and the page's number. The first page begins with 16 bytes of salt.

use std::fs::File;
use std::io::Read as _;
use std::num::NonZeroU32;
use std::path::Path;

use aws_lc_rs::cipher::{
    AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, pbkdf2};
use secrecy::{ExposeSecret as _, SecretString};

pub(super) const PAGE: usize = 4_096;
const MAC: usize = 64;
const VECTOR: usize = 16;
const SALT: usize = 16;

/// The MAC's key comes from the key, with the database's salt masked, in two rounds.
const MASK: u8 = 0x3a;
const ROUNDS: NonZeroU32 = NonZeroU32::new(2).expect("invariant: not zero");

/// So many pages after the first are looked at.
const LOOKED_AT: u32 = 64;

/// Of SQLite's header: the change counter for which its number of pages is valid.
const VALID_FOR: std::ops::Range<usize> = 92..96;

struct Keys {
    cipher: [u8; 32],
    mac: hmac::Key,
}

impl Keys {
    /// None when the text is no key, or the page too short for a salt.
    fn new(key: &SecretString, first_page: &[u8]) -> Option<Self> {
        let mut cipher = [0; 32];
        hex::decode_to_slice(key.expose_secret(), &mut cipher).ok()?;
        let salt: Vec<u8> = first_page.get(..SALT)?.iter().map(|byte| byte ^ MASK).collect();
        let mut mac = [0; 32];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, ROUNDS, &salt, &cipher, &mut mac);
        Some(Self { cipher, mac: hmac::Key::new(hmac::HMAC_SHA512, &mac) })
    }

    /// `content` is what the page holds before its MAC, without the salt.
    fn fits(&self, number: u32, content: &[u8], mac: &[u8]) -> bool {
        hmac::verify(&self.mac, &[content, &number.to_le_bytes()].concat(), mac).is_ok()
    }
}

/// Whether any of the pages after the first has the MAC that this key gives with the salt of one of
/// `first_pages`.
pub(super) fn key_fits(path: &Path, key: &SecretString, first_pages: &[Vec<u8>]) -> bool {
    let keys: Vec<Keys> = first_pages.iter().filter_map(|page| Keys::new(key, page)).collect();
    let Ok(mut file) = File::open(path) else { return false };
    let mut page = [0; PAGE];
    if file.read_exact(&mut page).is_err() {
        return false;
    }
    (2..=LOOKED_AT).any(|number| {
        file.read_exact(&mut page).is_ok() && {
            let (content, mac) = page.split_at(PAGE - MAC);
            keys.iter().any(|keys| keys.fits(number, content, mac))
        }
    })
}

/// An earlier first page made to say nothing of how many pages there are: SQLite then goes by the length of
/// the file. None when the page is not whole.
pub(super) fn without_page_count(page: &[u8], key: &SecretString) -> Option<Vec<u8>> {
    let keys = Keys::new(key, page)?;
    let (salt, content) = page.split_at(SALT);
    let (content, mac) = content.split_at_checked(PAGE - SALT - MAC)?;
    if !keys.fits(1, content, mac) {
        return None;
    }
    let (text, vector) = content.split_at(content.len() - VECTOR);
    let vector: [u8; VECTOR] = vector.try_into().ok()?;
    let text = change(&keys.cipher, text, vector).ok()?;
    let content = [text.as_slice(), &vector].concat();
    let mac = hmac::sign(&keys.mac, &[content.as_slice(), &1_u32.to_le_bytes()].concat());
    Some([salt, &content, mac.as_ref()].concat())
}

fn change(key: &[u8], text: &[u8], vector: [u8; VECTOR]) -> Result<Vec<u8>, Unspecified> {
    let mut text = text.to_vec();
    let context = DecryptionContext::Iv128(FixedLength::from(vector));
    DecryptingKey::cbc(UnboundCipherKey::new(&AES_256, key)?)?.decrypt(&mut text, context)?;
    text[VALID_FOR.start - SALT..VALID_FOR.end - SALT].iter_mut().for_each(|byte| *byte ^= 0xff);
    let context = EncryptionContext::Iv128(FixedLength::from(vector));
    EncryptingKey::cbc(UnboundCipherKey::new(&AES_256, key)?)?
        .less_safe_encrypt(&mut text, context)?;
    Ok(text)
}
