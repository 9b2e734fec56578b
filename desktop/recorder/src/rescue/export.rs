//! One recording as files: WAV with silence where nothing is, JSON with everything else.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use medrecord_common::audio::{SAMPLE_RATE, flac};
use medrecord_common::ids::RecordingId;
use serde_json::{Value, json};

use super::database::{Database, StoredChange};
use super::{RescueError, Rescued};
use crate::vault::durable;

pub(super) fn recording(
    database: &Database,
    file: &str,
    id: RecordingId,
    out: &Path,
) -> Result<Rescued, RescueError> {
    let head = database.head(id);
    let state = head.as_ref().map(|head| head.state.clone()).unwrap_or_default();
    let (changes, changes_whole) = database.changes(id);
    let released = state == "released";
    let stem = free_stem(out, id);
    let mut wav = Wav::create(out.join(format!("{stem}.wav")))?;
    if !released {
        segments(database, id, &mut wav)?;
        chunks(database, id, &mut wav)?;
        wav.silence_to(gaps_end(&changes))?;
    }
    if head.is_none() {
        wav.damage.push("the recording's own row");
    }
    if !changes_whole {
        wav.damage.push("its history of changes");
    }
    let (samples, damage, lost) = wav.finish(released)?;
    let original = original(database, id, &stem, out)?;
    let gaps: Vec<&Value> =
        changes.iter().map(|change| &change.body).filter(|body| body["change"] == "gap").collect();
    let text = json!({
        "id": id,
        "database": file,
        "started_at": head.as_ref().map(|head| &head.started_at),
        "owner": head.as_ref().and_then(|head| head.owner),
        "state": state,
        "recovered": head.as_ref().map(|head| head.recovered),
        "patient": head.as_ref().map(|head| &head.patient),
        "create": head.as_ref().map(|head| &head.create),
        "note_text": head.as_ref().and_then(|head| head.note_text.as_ref()),
        "receipt": head.as_ref().and_then(|head| head.receipt.as_ref()),
        "wedged": head.as_ref().and_then(|head| head.wedged.as_ref()),
        "sample_rate": SAMPLE_RATE,
        "samples": samples,
        "gaps": gaps,
        "changes": changes.iter().map(change).collect::<Vec<_>>(),
        "original": original,
        "lost": lost.iter().map(|(start, end)| json!({ "start": start, "end": end })).collect::<Vec<_>>(),
        "damage": damage,
    });
    let mut file = durable::create(&out.join(format!("{stem}.json")))?;
    file.write_all(format!("{text:#}").as_bytes())?;
    file.sync_all()?;
    Ok(match (damage.is_empty() && lost.is_empty(), released) {
        (false, _) => Rescued::Damaged { id, samples },
        (true, true) => Rescued::Released { id },
        (true, false) => Rescued::Whole { id, samples, unfinished: state == "recording" },
    })
}

/// The id; with a number behind it when a damaged version of the recording is there already.
fn free_stem(out: &Path, id: RecordingId) -> String {
    let taken = |stem: &String| out.join(format!("{stem}.json")).exists();
    let numbered = (2..).map(|n| format!("{id}-{n}"));
    std::iter::once(id.to_string()).chain(numbered).find(|stem| !taken(stem)).unwrap_or_default()
}

fn segments(database: &Database, id: RecordingId, wav: &mut Wav) -> Result<(), RescueError> {
    for seq in 0..database.segments(id) {
        let place = database.place(id, seq);
        let pcm = database.flac(id, seq).and_then(|bytes| flac::decode(&bytes).ok());
        match (place, pcm) {
            (Some(place), Some(pcm)) => {
                wav.silence_to(place.start)?;
                wav.write(&pcm)?;
            }
            (Some(place), None) => {
                wav.silence_to(place.start)?;
                wav.lose_to(place.start + place.samples)?;
            }
            // It follows the one before, or a gap of unknown length does.
            (None, Some(pcm)) => {
                wav.damage.push("a segment's place");
                wav.write(&pcm)?;
            }
            (None, None) => wav.damage.push("a segment"),
        }
    }
    Ok(())
}

fn chunks(database: &Database, id: RecordingId, wav: &mut Wav) -> Result<(), RescueError> {
    let (starts, all_listed) = database.chunks(id);
    if !all_listed {
        wav.damage.push("chunks");
    }
    let mut lost = false;
    for start in starts {
        match database.chunk(id, start) {
            Some(pcm) => {
                if lost {
                    wav.lose_to(start)?;
                } else {
                    wav.silence_to(start)?;
                }
                wav.write(&pcm)?;
                lost = false;
            }
            None => {
                lost = true;
                wav.damage.push("a chunk");
            }
        }
    }
    Ok(())
}

fn gaps_end(changes: &[StoredChange]) -> u64 {
    let gaps = changes.iter().filter(|change| change.body["change"] == "gap");
    let ends =
        gaps.filter_map(|gap| Some(gap.body["start"].as_u64()? + gap.body["samples"].as_u64()?));
    ends.max().unwrap_or(0)
}

fn change(stored: &StoredChange) -> Value {
    json!({ "number": stored.number, "at": stored.at, "what": stored.body })
}

/// The imported file as it came; its name, which may be a patient's, is for the JSON only.
fn original(
    database: &Database,
    id: RecordingId,
    stem: &str,
    out: &Path,
) -> Result<Option<String>, RescueError> {
    let Some(original) = database.original(id) else { return Ok(None) };
    let mut file = durable::create(&out.join(format!("{stem}.original")))?;
    file.write_all(&original.bytes)?;
    file.sync_all()?;
    Ok(Some(original.name))
}

/// A WAV file that knows where on the recording's clock it is.
struct Wav {
    writer: hound::WavWriter<BufWriter<File>>,
    path: PathBuf,
    at: u64,
    /// What could not be read, in words.
    damage: Vec<&'static str>,
    /// Stretches of samples that could not be read; they are silence.
    lost: Vec<(u64, u64)>,
}

impl Wav {
    fn create(path: PathBuf) -> Result<Self, RescueError> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: SAMPLE_RATE,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let file = durable::create(&path)
            .map_err(|error| RescueError::File { path: path.clone(), error })?;
        let writer = hound::WavWriter::new(BufWriter::new(file), spec)?;
        Ok(Self { writer, path, at: 0, damage: Vec::new(), lost: Vec::new() })
    }

    fn write(&mut self, pcm: &[i16]) -> Result<(), RescueError> {
        for sample in pcm {
            self.writer.write_sample(*sample)?;
        }
        self.at += pcm.len() as u64;
        Ok(())
    }

    /// A gap, or nothing when the clock is there already.
    fn silence_to(&mut self, sample: u64) -> Result<(), RescueError> {
        while self.at < sample {
            self.writer.write_sample(0_i16)?;
            self.at += 1;
        }
        Ok(())
    }

    fn lose_to(&mut self, sample: u64) -> Result<(), RescueError> {
        if self.at < sample {
            self.lost.push((self.at, sample));
        }
        self.silence_to(sample)
    }

    /// Samples, damage and lost stretches; no file stays when there is no audio to keep.
    #[expect(clippy::type_complexity, reason = "taken apart at the one call")]
    fn finish(
        self,
        released: bool,
    ) -> Result<(u64, Vec<&'static str>, Vec<(u64, u64)>), RescueError> {
        self.writer.finalize()?;
        if released {
            durable::remove(&self.path)?;
        } else {
            File::open(&self.path)?.sync_all()?;
        }
        Ok((self.at, self.damage, self.lost))
    }
}
