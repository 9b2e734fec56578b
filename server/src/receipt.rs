//! Signs receipts: Ed25519, as compact JWS. The workstation pins the public half at enrolment; an old key signs its
//! successor, so that the pin can move on.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::errors::Error;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use medrecord_common::receipt::{Receipt, ReceiptKey, ReceiptKeys, SUCCESSION_TYPE};
use medrecord_common::segment::Digest;
use serde::Serialize;

/// `typ` of a receipt.
const RECEIPT_TYPE: &str = "receipt+jwt";

/// The keys that sign receipts, oldest first, at least one: the last signs, all verify.
#[derive(Clone)]
pub struct ReceiptSigner(Vec<Key>);

#[derive(Clone)]
struct Key {
    private: EncodingKey,
    public: ReceiptKey,
}

impl ReceiptSigner {
    /// Reads a key file: PKCS#8 in base64, a key a line, oldest first; empty lines and `#` are passed over.
    ///
    /// # Errors
    /// What is wrong with it, without its content.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keys: Vec<Key> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = Key::parse(line).map_err(|fault| format!("line {}: {fault}", index + 1))?;
            if keys.iter().any(|known| known.public.kid == key.public.kid) {
                return Err(format!("line {}: the key is there twice", index + 1));
            }
            keys.push(key);
        }
        if keys.is_empty() { Err("holds no key".to_owned()) } else { Ok(Self(keys)) }
    }

    /// A line of a key file, with a new key.
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn generate_text() -> String {
        let random = aws_lc_rs::rand::SystemRandom::new();
        let der = Ed25519KeyPair::generate_pkcs8(&random).expect("the system has randomness");
        STANDARD.encode(der) + "\n"
    }

    /// A new key.
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self::parse(&Self::generate_text()).expect("a key just made can be read")
    }

    /// The key that signs.
    #[must_use]
    pub fn public(&self) -> &ReceiptKey {
        &self.newest().public
    }

    /// How each key follows from the one before it.
    ///
    /// # Errors
    /// When signing fails (it does not with a key that was parsed).
    pub fn chain(&self) -> Result<ReceiptKeys, Error> {
        let pairs = self.0.iter().zip(&self.0[1..]);
        let links = pairs.map(|(old, new)| old.sign(SUCCESSION_TYPE, &new.public));
        Ok(ReceiptKeys { successions: links.collect::<Result<_, _>>()? })
    }

    /// The compact JWS of a receipt.
    ///
    /// # Errors
    /// When signing fails (it does not with a key that was parsed).
    pub fn sign(&self, receipt: &Receipt) -> Result<String, Error> {
        self.newest().sign(RECEIPT_TYPE, receipt)
    }

    /// What a receipt says, if one of these keys signed it.
    #[must_use]
    pub fn verify(&self, jws: &str) -> Option<Receipt> {
        let kid = jsonwebtoken::decode_header(jws).ok()?.kid?;
        let key = self.0.iter().find(|key| key.public.kid == kid)?;
        let key = DecodingKey::from_ed_components(&key.public.x).ok()?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        // A receipt does not expire.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        Some(jsonwebtoken::decode(jws, &key, &validation).ok()?.claims)
    }

    fn newest(&self) -> &Key {
        self.0.last().expect("invariant: there is a key")
    }
}

impl Key {
    fn parse(line: &str) -> Result<Self, &'static str> {
        let der = STANDARD.decode(line).map_err(|_| "is not base64")?;
        let pair = Ed25519KeyPair::from_pkcs8(&der)
            .map_err(|_| "holds no Ed25519 key (see `medrecord-server keys new`)")?;
        let public = pair.public_key().as_ref();
        let kid = Digest::of(public).to_string()[..16].to_owned();
        let public = ReceiptKey { kid, x: URL_SAFE_NO_PAD.encode(public) };
        Ok(Self { private: EncodingKey::from_ed_der(&der), public })
    }

    fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.public.kid.clone());
        header.typ = Some(typ.to_owned());
        jsonwebtoken::encode(&header, claims, &self.private)
    }
}

impl std::fmt::Debug for ReceiptSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kids: Vec<_> = self.0.iter().map(|key| &*key.public.kid).collect();
        write!(f, "ReceiptSigner({})", kids.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use medrecord_common::ids::RecordingId;
    use medrecord_common::receipt::Receipt;

    use super::ReceiptSigner;

    fn receipt() -> Receipt {
        let recording = RecordingId::new();
        Receipt { recording, manifest: "ab".repeat(32), segments: 1, gaps: 0, samples: 9, iat: 0 }
    }

    #[test]
    fn the_last_key_signs_and_all_verify() {
        let line = ReceiptSigner::generate_text;
        let (first, second) = (line(), line());
        let old = ReceiptSigner::parse(&first).unwrap();
        let both = ReceiptSigner::parse(&format!("# ours\n{first}\n{second}")).unwrap();
        let receipt = receipt();
        let (before, after) = (old.sign(&receipt).unwrap(), both.sign(&receipt).unwrap());
        assert_eq!(both.verify(&before).as_ref(), Some(&receipt));
        assert_eq!(both.verify(&after).as_ref(), Some(&receipt));
        assert_eq!(old.verify(&after), None);
        assert_ne!(old.public(), both.public());
        assert!(old.chain().unwrap().successions.is_empty());
        let link = both.chain().unwrap().successions.remove(0);
        assert_eq!(both.verify(&link), None, "a succession is no receipt");
    }

    #[test]
    fn a_broken_file_names_the_line_and_no_content() {
        let line = ReceiptSigner::generate_text();
        let fault = |text: &str| ReceiptSigner::parse(text).unwrap_err();
        assert_eq!(fault(&format!("{line}secret!")), "line 2: is not base64");
        assert_eq!(fault(&format!("{line}\n{line}")), "line 3: the key is there twice");
        assert!(fault("YWJj").starts_with("line 1: holds no Ed25519 key"));
        assert_eq!(fault("\n"), "holds no key");
    }
}
