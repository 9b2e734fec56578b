//! The outbox on a disk that is cut off, fills up and fails.

mod failing;
mod power_cut;

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::{ChangeKind, Gap, GapReason};
use medrecord_common::segment::{Digest, SegmentHeader};
use medrecord_fault_disk::Random;

use super::{NewRecording, Outbox, OutboxError, RETENTION, RecordingState, chunk};
use crate::sync::receipt::tests::Signer;
use crate::sync::receipt::verify;
use crate::testing::new_recording;

/// All that an outbox holds of recordings: what was acknowledged must be in it, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Held(Vec<One>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct One {
    id: RecordingId,
    state: RecordingState,
    chunks: Vec<(u64, Vec<i16>)>,
    /// Without bytes when the audio was released.
    segments: Vec<(SegmentHeader, Option<Vec<u8>>)>,
    changes: Vec<ChangeKind>,
}

/// One call of the outbox.
#[derive(Debug, Clone)]
enum Act {
    Begin(RecordingId),
    Chunk { start: u64, pcm: Vec<i16> },
    Segment { header: SegmentHeader, flac: Vec<u8>, rest: Vec<i16> },
    Change(DateTime<Utc>, ChangeKind),
    Finish,
    Acknowledge,
    Release,
    Checkpoint,
}

impl One {
    fn end(&self) -> u64 {
        let chunks = self.chunks.last().map_or(0, |(start, pcm)| start + pcm.len() as u64);
        let segments = self.segments.last().map_or(0, |(header, _)| end_of(header));
        let gaps = self.changes.iter().filter_map(|change| match change {
            ChangeKind::Gap(gap) => Some(gap.start + gap.samples),
            _ => None,
        });
        chunks.max(segments).max(gaps.max().unwrap_or(0))
    }
}

fn end_of(header: &SegmentHeader) -> u64 {
    header.start + u64::from(header.samples)
}

impl Held {
    fn read(outbox: &Outbox) -> Result<Self, OutboxError> {
        let all = outbox.overview(None, DateTime::UNIX_EPOCH)?;
        all.into_iter()
            .rev()
            .map(|found| found.recording)
            .map(|stored| {
                let id = stored.id;
                let segments = outbox.segments(id)?.into_iter().map(|entry| {
                    match outbox.segment(id, entry.seq) {
                        Ok(segment) => {
                            assert_eq!(Digest::of(&segment.flac), segment.digest);
                            Ok((entry.header, Some(segment.flac)))
                        }
                        Err(OutboxError::AudioReleased(_)) => Ok((entry.header, None)),
                        Err(error) => Err(error),
                    }
                });
                let changes = outbox.change_list(id)?.into_iter();
                Ok(One {
                    id,
                    state: stored.state,
                    chunks: outbox.read(|connection| chunk::list(connection, id))?,
                    segments: segments.collect::<Result<_, _>>()?,
                    changes: changes.map(|stored| stored.change.what).collect(),
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// What follows `self` when `act` succeeds.
    fn after(&self, act: &Act) -> Self {
        let mut held = self.clone();
        if let Act::Begin(id) = act {
            held.0.push(One {
                id: *id,
                state: RecordingState::Recording,
                chunks: vec![],
                segments: vec![],
                changes: vec![],
            });
        }
        let Some(one) = held.0.last_mut() else { return held };
        match act.clone() {
            Act::Begin(_) | Act::Checkpoint => {}
            Act::Chunk { start, pcm } => one.chunks.push((start, pcm)),
            Act::Segment { header, flac, rest } => {
                one.segments.push((header, Some(flac)));
                one.chunks.clear();
                if !rest.is_empty() {
                    one.chunks.push((end_of(&header), rest));
                }
            }
            Act::Change(_, what) => one.changes.push(what),
            Act::Finish => one.state = RecordingState::Finished,
            Act::Acknowledge => one.state = RecordingState::Acknowledged,
            Act::Release => {
                one.state = RecordingState::Released;
                one.segments.iter_mut().for_each(|(_, flac)| *flac = None);
            }
        }
        held
    }

    /// A day at a workstation: what may be done next.
    fn next(&self, random: &mut Random) -> Act {
        let open = self.0.last().filter(|one| one.state != RecordingState::Released);
        let Some(one) = open else { return Act::Begin(RecordingId::new()) };
        let end = one.end();
        match one.state {
            RecordingState::Finished => Act::Acknowledge,
            RecordingState::Acknowledged => Act::Release,
            _ if !one.chunks.is_empty() && random.below(6) == 0 => self.cut(one, random),
            _ => match random.below(24) {
                0 => Act::Checkpoint,
                1 => Act::Change(now(random), ChangeKind::Marker { sample: end }),
                2 | 3 if !one.chunks.is_empty() => self.cut(one, random),
                2 if one.segments.len() > 2 => Act::Finish,
                3 => {
                    let gap = Gap { start: end, samples: 700, reason: GapReason::Sleep };
                    Act::Change(now(random), ChangeKind::Gap(gap))
                }
                _ => Act::Chunk { start: end, pcm: noise(random, 1_600) },
            },
        }
    }

    fn cut(&self, one: &One, random: &mut Random) -> Act {
        let pcm: Vec<i16> = one.chunks.iter().flat_map(|(_, pcm)| pcm).copied().collect();
        let samples = pcm.len() as u64 - random.below(pcm.len() as u64 / 2);
        let start = one.chunks[0].0;
        let header = SegmentHeader { start, samples: samples as u32, speech: 0, peak: 0 };
        // The outbox never looks into the audio: half of its bytes stand for FLAC.
        let flac = noise(random, samples / 4).iter().flat_map(|s| s.to_le_bytes()).collect();
        Act::Segment { header, flac, rest: pcm[samples as usize..].to_vec() }
    }
}

fn now(random: &mut Random) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::microseconds(random.below(1 << 50) as i64)
}

fn noise(random: &mut Random, samples: u64) -> Vec<i16> {
    (0..samples).map(|_| random.next() as i16).collect()
}

fn perform(outbox: &Outbox, id: RecordingId, act: &Act) -> Result<(), OutboxError> {
    match act.clone() {
        Act::Begin(id) => outbox.begin(&NewRecording { id, ..new_recording() }),
        Act::Chunk { start, pcm } => outbox.append_chunk(id, start, &pcm),
        Act::Segment { header, flac, rest } => {
            outbox.cut_segment(id, header, &flac, Digest::of(&flac), &rest).map(drop)
        }
        Act::Change(at, what) => outbox.add_change(id, at, what).map(drop),
        Act::Finish => outbox.finish(id, false),
        Act::Acknowledge => {
            let receipt = receipt(outbox, id)?;
            outbox.acknowledge(id, &receipt, None, Utc::now())
        }
        Act::Release => {
            outbox.release(None, None, Utc::now() + RETENTION + TimeDelta::days(1)).map(drop)
        }
        Act::Checkpoint => outbox.read(|connection| {
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            Ok(connection.query_row(checkpoint, [], |_| Ok(()))?)
        }),
    }
}

fn receipt(
    outbox: &Outbox,
    id: RecordingId,
) -> Result<crate::sync::receipt::VerifiedReceipt, OutboxError> {
    let signer = Signer::new("k1");
    let text = outbox.manifest(id)?;
    let list: Vec<_> =
        outbox.segments(id)?.iter().map(|entry| (entry.header, entry.digest)).collect();
    let gaps = outbox.read(|connection| super::change::gaps(connection, id))?;
    let receipt = medrecord_common::receipt::Receipt {
        recording: id,
        manifest: Digest::of(text.as_bytes()).to_string(),
        segments: list.len() as u32,
        gaps: gaps.len() as u32,
        samples: medrecord_common::manifest::samples(&list, &gaps),
        iat: 0,
    };
    Ok(verify(&signer.sign(&receipt), &[signer.public], id, &text).unwrap())
}

/// Every page can be read (its HMAC fits) and the trees are whole.
pub(super) fn check(outbox: &Outbox) {
    let verdict: String = outbox
        .read(|db| Ok(db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?))
        .unwrap();
    assert_eq!(verdict, "ok");
}
