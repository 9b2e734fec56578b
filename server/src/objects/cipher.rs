//! The format of an object: `MR1 | key id 16 | nonce 12 | AES-256-GCM`, bound to its place and its digest.

use anyhow::{anyhow, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use uuid::Uuid;

use super::SegmentName;

const MAGIC: &[u8] = b"MR1";
const HEADER_LEN: usize = MAGIC.len() + 16 + NONCE_LEN;

pub(super) fn random_key() -> anyhow::Result<[u8; 32]> {
    let mut key = [0; 32];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| anyhow!("the system has no randomness"))?;
    Ok(key)
}

pub(super) fn seal(
    data_key: &[u8; 32],
    key_id: Uuid,
    name: SegmentName,
    plain: &[u8],
) -> anyhow::Result<Vec<u8>> {
    let mut object = Vec::with_capacity(HEADER_LEN + plain.len() + AES_256_GCM.tag_len());
    object.extend_from_slice(MAGIC);
    object.extend_from_slice(key_id.as_bytes());
    append(&mut object, data_key, &associated_data(name), plain)?;
    Ok(object)
}

pub(super) fn open(
    data_key: &[u8; 32],
    key_id: Uuid,
    name: SegmentName,
    object: &[u8],
) -> anyhow::Result<Vec<u8>> {
    let rest = object.strip_prefix(MAGIC).ok_or_else(|| anyhow!("the object is no MR1 object"))?;
    let rest = rest
        .strip_prefix(key_id.as_bytes())
        .ok_or_else(|| anyhow!("the object names another key"))?;
    decrypt(data_key, &associated_data(name), rest)
}

/// `nonce | ciphertext | tag`. Random nonces: far under 2^32 messages a key (SP 800-38D §8.3).
pub(super) fn encrypt(key: &[u8; 32], aad: &[u8], plain: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
    append(&mut sealed, key, aad, plain)?;
    Ok(sealed)
}

/// As [`encrypt`], behind what is there: a segment is copied once.
fn append(to: &mut Vec<u8>, key: &[u8; 32], aad: &[u8], plain: &[u8]) -> anyhow::Result<()> {
    let mut nonce = [0; NONCE_LEN];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| anyhow!("the system has no randomness"))?;
    to.extend_from_slice(&nonce);
    let start = to.len();
    to.extend_from_slice(plain);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = cipher(key)?
        .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut to[start..])
        .map_err(|_| anyhow!("encryption failed"))?;
    to.extend_from_slice(tag.as_ref());
    Ok(())
}

pub(super) fn decrypt(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
    ensure!(sealed.len() >= NONCE_LEN, "the object is cut short");
    let (nonce, sealed) = sealed.split_at(NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| anyhow!("nonce"))?;
    let mut buffer = sealed.to_vec();
    let len = cipher(key)?
        .open_in_place(nonce, Aad::from(aad), &mut buffer)
        .map_err(|_| anyhow!("the object was changed, or its key is another"))?
        .len();
    buffer.truncate(len);
    Ok(buffer)
}

fn cipher(key: &[u8; 32]) -> anyhow::Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| anyhow!("key"))?;
    Ok(LessSafeKey::new(key))
}

fn associated_data(name: SegmentName) -> Vec<u8> {
    let seq = name.seq.to_be_bytes();
    [name.recording.0.as_bytes().as_slice(), &seq, &name.digest.0].concat()
}

#[cfg(test)]
mod tests {
    use medrecord_common::ids::RecordingId;
    use medrecord_common::segment::Digest;
    use uuid::Uuid;

    use super::{SegmentName, open, random_key, seal};

    #[test]
    fn a_changed_or_exchanged_object_does_not_open() {
        let (key, id) = (random_key().unwrap(), Uuid::now_v7());
        let plain = b"fLaC and so on";
        let name = SegmentName { recording: RecordingId::new(), seq: 3, digest: Digest::of(plain) };
        let object = seal(&key, id, name, plain).unwrap();
        assert_eq!(open(&key, id, name, &object).unwrap(), plain);
        for position in 0..object.len() {
            let mut changed = object.clone();
            changed[position] ^= 1;
            assert!(open(&key, id, name, &changed).is_err(), "byte {position} is not vouched for");
        }
        assert!(open(&key, id, SegmentName { seq: 4, ..name }, &object).is_err());
        let other = SegmentName { recording: RecordingId::new(), ..name };
        assert!(open(&key, id, other, &object).is_err());
        assert!(open(&random_key().unwrap(), id, name, &object).is_err());
        assert!(open(&key, id, name, &object[..20]).is_err());
    }
}
