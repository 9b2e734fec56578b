//! Signs receipts: Ed25519, as compact JWS. The workstation pins the public half at enrolment.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use medrecord_common::receipt::{Receipt, ReceiptKey};
use medrecord_common::segment::Digest;

/// The key that signs receipts.
#[derive(Clone)]
pub struct ReceiptSigner {
    key: EncodingKey,
    public: ReceiptKey,
}

impl ReceiptSigner {
    /// Reads a key file: PKCS#8 in base64, one line.
    ///
    /// # Errors
    /// What is wrong with it, without its content.
    pub fn parse(text: &str) -> Result<Self, String> {
        let der = STANDARD.decode(text.trim()).map_err(|_| "is not base64".to_owned())?;
        let pair = Ed25519KeyPair::from_pkcs8(&der)
            .map_err(|_| "holds no Ed25519 key (see `medrecord-server keys new`)".to_owned())?;
        let public = pair.public_key().as_ref();
        let kid = Digest::of(public).to_string()[..16].to_owned();
        let public = ReceiptKey { kid, x: URL_SAFE_NO_PAD.encode(public) };
        Ok(Self { key: EncodingKey::from_ed_der(&der), public })
    }

    /// Contents of a new key file.
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

    #[must_use]
    pub const fn public(&self) -> &ReceiptKey {
        &self.public
    }

    /// The compact JWS of a receipt.
    ///
    /// # Errors
    /// When signing fails (it does not with a key that was parsed).
    pub fn sign(&self, receipt: &Receipt) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.public.kid.clone());
        header.typ = Some("receipt+jwt".to_owned());
        jsonwebtoken::encode(&header, receipt, &self.key)
    }

    /// What a receipt says, if this key signed it.
    #[must_use]
    pub fn verify(&self, jws: &str) -> Option<Receipt> {
        let key = DecodingKey::from_ed_components(&self.public.x).ok()?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        // A receipt does not expire.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        Some(jsonwebtoken::decode(jws, &key, &validation).ok()?.claims)
    }
}

impl std::fmt::Debug for ReceiptSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReceiptSigner({})", self.public.kid)
    }
}
