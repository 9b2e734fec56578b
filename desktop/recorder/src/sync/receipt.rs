//! Receipts: believed only when a pinned key signed them, for exactly the bytes that are here.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use medrecord_common::ids::RecordingId;
use medrecord_common::receipt::{Receipt, ReceiptKey};
use medrecord_common::segment::Digest;
use serde::de::DeserializeOwned;

/// A receipt that [`verify`] has believed; there is no other way to have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedReceipt {
    recording: RecordingId,
    manifest: Digest,
    jws: String,
}

impl VerifiedReceipt {
    #[must_use]
    pub const fn recording(&self) -> RecordingId {
        self.recording
    }

    /// Digest of the manifest that was acknowledged.
    #[must_use]
    pub const fn manifest(&self) -> Digest {
        self.manifest
    }

    /// As the server sent it.
    #[must_use]
    pub fn jws(&self) -> &str {
        &self.jws
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    #[error("another server signed it than the one this computer knows")]
    OtherKey,
    #[error("the key that signed it is not rightly vouched for")]
    ForgedKey,
    #[error("its signature is not right")]
    Forged,
    #[error("it is for another recording")]
    OtherRecording,
    #[error("it is for other sound than is on this computer")]
    OtherBytes,
}

/// Checks signature, recording, and every number against the manifest of the recording as it is here.
///
/// # Errors
/// What does not fit; the audio must then not be deleted.
pub fn verify(
    jws: &str,
    keys: &[ReceiptKey],
    recording: RecordingId,
    manifest_text: &str,
) -> Result<VerifiedReceipt, ReceiptError> {
    let header = decode_header(jws).map_err(|_| ReceiptError::Forged)?;
    let key = keys.iter().find(|key| header.kid.as_ref() == Some(&key.kid));
    let key = key.ok_or(ReceiptError::OtherKey)?;
    let receipt: Receipt = signed_by(key, jws).ok_or(ReceiptError::Forged)?;
    if receipt.recording != recording {
        return Err(ReceiptError::OtherRecording);
    }
    let manifest = Digest::of(manifest_text.as_bytes());
    let count = |prefix: &str| manifest_text.lines().filter(|l| l.starts_with(prefix)).count();
    let same = receipt.manifest == manifest.to_string()
        && receipt.segments as usize == count("segment ")
        && receipt.gaps as usize == count("gap ")
        && receipt.samples == samples(manifest_text);
    if !same {
        return Err(ReceiptError::OtherBytes);
    }
    Ok(VerifiedReceipt { recording, manifest, jws: jws.to_owned() })
}

/// What the JWS says, if this key signed it. Neither receipts nor successions expire.
pub(super) fn signed_by<T: DeserializeOwned>(key: &ReceiptKey, jws: &str) -> Option<T> {
    let decoding = DecodingKey::from_ed_components(&key.x).ok()?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    Some(decode(jws, &decoding, &validation).ok()?.claims)
}

/// Length of the recording in samples: the end of its last segment or gap.
fn samples(manifest_text: &str) -> u64 {
    let end = |line: &str| {
        let (kind, rest) = line.split_once(' ')?;
        let mut fields = rest.split(' ').skip(usize::from(kind == "segment"));
        let start: u64 = fields.next()?.parse().ok()?;
        let samples: u64 = fields.next()?.parse().ok()?;
        start.checked_add(samples)
    };
    manifest_text.lines().filter_map(end).max().unwrap_or(0)
}

#[cfg(test)]
pub(crate) mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    use medrecord_common::ids::RecordingId;
    use medrecord_common::receipt::{Receipt, ReceiptKey};
    use medrecord_common::segment::Digest;
    use serde::Serialize;

    use super::{ReceiptError, verify};

    /// A server's receipt key.
    pub(crate) struct Signer {
        encoding: EncodingKey,
        pub(crate) public: ReceiptKey,
    }

    impl Signer {
        pub(crate) fn new(kid: &str) -> Self {
            let random = aws_lc_rs::rand::SystemRandom::new();
            let document = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
            let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
            let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
            Self {
                encoding: EncodingKey::from_ed_der(document.as_ref()),
                public: ReceiptKey { kid: kid.to_owned(), x },
            }
        }

        pub(crate) fn sign(&self, receipt: &Receipt) -> String {
            self.sign_as("receipt+jwt", receipt)
        }

        pub(crate) fn sign_as(&self, typ: &str, claims: &impl Serialize) -> String {
            let mut header = Header::new(Algorithm::EdDSA);
            header.kid = Some(self.public.kid.clone());
            header.typ = Some(typ.to_owned());
            encode(&header, claims, &self.encoding).unwrap()
        }
    }

    const MANIFEST: &str = "segment 0 0 16000 8000 \
        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n\
        gap 16000 800 sleep\n";

    fn receipt(recording: RecordingId) -> Receipt {
        let manifest = Digest::of(MANIFEST.as_bytes()).to_string();
        Receipt { recording, manifest, segments: 1, gaps: 1, samples: 16_800, iat: 1_800_000_000 }
    }

    #[test]
    fn a_receipt_for_what_is_here_is_believed() {
        let (signer, id) = (Signer::new("k1"), RecordingId::new());
        let jws = signer.sign(&receipt(id));
        let verified = verify(&jws, &[signer.public], id, MANIFEST).unwrap();
        assert_eq!(verified.recording(), id);
        assert_eq!(verified.manifest(), Digest::of(MANIFEST.as_bytes()));
        assert_eq!(verified.jws(), jws);
    }

    #[test]
    fn another_key_is_not_believed_even_under_the_same_name() {
        let (pinned, other, id) = (Signer::new("k1"), Signer::new("k1"), RecordingId::new());
        let keys = &[pinned.public];
        let jws = other.sign(&receipt(id));
        assert_eq!(verify(&jws, keys, id, MANIFEST), Err(ReceiptError::Forged));
        let named = Signer::new("k2").sign(&receipt(id));
        assert_eq!(verify(&named, keys, id, MANIFEST), Err(ReceiptError::OtherKey));
    }

    #[test]
    fn a_receipt_of_an_old_key_stays_true_when_others_are_pinned_beside_it() {
        let (old, new, id) = (Signer::new("k1"), Signer::new("k2"), RecordingId::new());
        let keys = [old.public.clone(), new.public.clone()];
        for signer in [&old, &new, &old] {
            assert!(verify(&signer.sign(&receipt(id)), &keys, id, MANIFEST).is_ok());
        }
        let under_the_other_name = Signer { public: old.public, ..new };
        let jws = under_the_other_name.sign(&receipt(id));
        assert_eq!(verify(&jws, &keys, id, MANIFEST), Err(ReceiptError::Forged));
    }

    #[test]
    fn a_receipt_for_anything_else_is_not_believed() {
        let (signer, id) = (Signer::new("k1"), RecordingId::new());
        let check = |receipt: &Receipt, manifest: &str| {
            verify(&signer.sign(receipt), std::slice::from_ref(&signer.public), id, manifest)
                .unwrap_err()
        };
        let good = receipt(id);
        assert_eq!(check(&receipt(RecordingId::new()), MANIFEST), ReceiptError::OtherRecording);
        let shorter = MANIFEST.replace("16000 8000", "15999 8000");
        assert_eq!(check(&good, &shorter), ReceiptError::OtherBytes);
        for wrong in [
            Receipt { segments: 2, ..good.clone() },
            Receipt { gaps: 0, ..good.clone() },
            Receipt { samples: 16_799, ..good },
        ] {
            assert_eq!(check(&wrong, MANIFEST), ReceiptError::OtherBytes);
        }
    }

    #[test]
    fn an_unsigned_or_cut_receipt_is_not_believed() {
        let (signer, id) = (Signer::new("k1"), RecordingId::new());
        let jws = signer.sign(&receipt(id));
        let (unsigned, keys) = (&jws[..=jws.rfind('.').unwrap()], [signer.public]);
        for bad in ["", "a.b.c", unsigned, &jws[..jws.len() - 4]] {
            assert_eq!(verify(bad, &keys, id, MANIFEST), Err(ReceiptError::Forged));
        }
    }
}
