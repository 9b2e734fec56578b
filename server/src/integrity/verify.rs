//! Walks the chain of every recording: objects, digests, manifest, receipt; and from the notes back to the segments.

use std::fmt;

use medrecord_common::ids::{NoteId, RecordingId};
use medrecord_common::manifest;
use medrecord_common::receipt::Receipt;
use medrecord_common::segment::Digest;
use sqlx::PgPool;

use crate::db;
use crate::db::recording::ChainRow;
use crate::db::segment::SegmentRow;
use crate::objects::{Objects, SegmentName};
use crate::receipt::ReceiptSigner;
use crate::state::App;

/// Recordings that are read from the database at once.
const PAGE: i64 = 500;

/// What a walk over everything came to.
#[derive(Debug, Default)]
pub struct Verification {
    /// Purged ones are left out: nothing of them is there.
    pub recordings: u64,
    pub segments: u64,
    pub receipts: u64,
    pub findings: Vec<Finding>,
}

/// Where the chain is broken. Ids only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Recording(RecordingId, Fault),
    /// A sentence of the note rests on a segment that is not there.
    NoteWithoutSegment(NoteId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The key that opens its audio is not there.
    KeyMissing,
    /// The row is there, the object is not.
    ObjectMissing(u32),
    /// The object does not open, or its bytes do not have the row's digest.
    ObjectDamaged(u32),
    /// The rows do not make the manifest that the workstation completed it with.
    OtherManifest,
    /// Not signed by one of this server's keys, or for other bytes than the manifest names.
    WrongReceipt,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recording(id, fault) => match fault {
                Fault::KeyMissing => write!(f, "recording {id}: the key of its audio is missing"),
                Fault::ObjectMissing(seq) => {
                    write!(f, "recording {id}: segment {seq} has no object")
                }
                Fault::ObjectDamaged(seq) => {
                    write!(f, "recording {id}: segment {seq} is not what was received")
                }
                Fault::OtherManifest => write!(f, "recording {id}: rows and manifest differ"),
                Fault::WrongReceipt => write!(f, "recording {id}: the receipt does not fit"),
            },
            Self::NoteWithoutSegment(id) => {
                write!(f, "note {id}: rests on a segment that is not there")
            }
        }
    }
}

/// Reads every object that a row names; nothing is changed.
///
/// # Errors
/// When database or object store do not answer. What is missing or damaged is a finding.
pub(crate) async fn verify(
    pool: &PgPool,
    objects: &Objects,
    signer: &ReceiptSigner,
) -> anyhow::Result<Verification> {
    let mut found = Verification::default();
    let mut after = None;
    loop {
        let page = db::recording::chain(pool, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for row in page {
            found.recordings += 1;
            let id = row.id;
            let faults = walk(pool, objects, signer, row, &mut found).await?;
            found.findings.extend(faults.into_iter().map(|fault| Finding::Recording(id, fault)));
        }
    }
    let notes = db::note::without_segment(pool).await?;
    found.findings.extend(notes.into_iter().map(Finding::NoteWithoutSegment));
    Ok(found)
}

impl App {
    /// As `audit verify` does.
    ///
    /// # Errors
    /// When database or object store do not answer.
    pub async fn verify(&self) -> anyhow::Result<Verification> {
        verify(&self.pool, &self.objects, &self.config.receipt_key).await
    }
}

async fn walk(
    pool: &PgPool,
    objects: &Objects,
    signer: &ReceiptSigner,
    row: ChainRow,
    found: &mut Verification,
) -> anyhow::Result<Vec<Fault>> {
    let segments = db::segment::list(pool, row.id).await?;
    found.segments += segments.len() as u64;
    let mut faults = Vec::new();
    match db::recording_key::find(pool, row.id).await? {
        Some(key) if objects.has_key(key).await? => {
            for segment in &segments {
                let name =
                    SegmentName { recording: row.id, seq: segment.seq, digest: segment.digest };
                if !objects.has(name).await? {
                    faults.push(Fault::ObjectMissing(segment.seq));
                } else if !objects
                    .get(name, key)
                    .await
                    .is_ok_and(|it| Digest::of(&it) == segment.digest)
                {
                    faults.push(Fault::ObjectDamaged(segment.seq));
                }
            }
        }
        _ => faults.push(Fault::KeyMissing),
    }
    if let (Some(manifest), Some(receipt)) = (row.manifest, row.receipt) {
        found.receipts += 1;
        let gaps = db::change::gaps(pool, row.id).await?;
        let pairs: Vec<_> = segments.iter().map(|one| (one.header, one.digest)).collect();
        if manifest::text(&pairs, &gaps) != manifest {
            faults.push(Fault::OtherManifest);
        }
        let signed = signer.verify(&receipt);
        if !signed.is_some_and(|signed| fits(&signed, row.id, &manifest, &segments, gaps.len())) {
            faults.push(Fault::WrongReceipt);
        }
    }
    Ok(faults)
}

fn fits(
    receipt: &Receipt,
    id: RecordingId,
    manifest: &str,
    segments: &[SegmentRow],
    gaps: usize,
) -> bool {
    receipt.recording == id
        && receipt.manifest == Digest::of(manifest.as_bytes()).to_string()
        && receipt.segments as usize == segments.len()
        && receipt.gaps as usize == gaps
}
