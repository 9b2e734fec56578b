// From evidence to what is played: neighbouring segments become one stretch.
import type { Evidence, RecordingId, Transcript } from './generated/wire';

/** A part of a recording, in milliseconds of its own clock. */
export interface Stretch {
  recording: RecordingId;
  startMs: number;
  endMs: number;
}

export type Transcripts = ReadonlyMap<RecordingId, Transcript>;

/** Names a segment across recordings. */
export function segmentKey(evidence: Evidence): string {
  return `${evidence.recording}:${evidence.seq}`;
}

/** In the order of the recording; evidence whose segment is not known (yet) is left out. */
export function stretches(evidence: readonly Evidence[], transcripts: Transcripts): Stretch[] {
  const recordings = [...new Set(evidence.map((item) => item.recording))];
  return recordings.flatMap((recording) => {
    const cited = new Set(evidence.filter((item) => item.recording === recording).map((item) => item.seq));
    const segments = transcripts.get(recording)?.segments.filter((segment) => cited.has(segment.seq)) ?? [];
    const joined: Stretch[] = [];
    for (const segment of [...segments].sort((a, b) => a.start_ms - b.start_ms)) {
      const last = joined.at(-1);
      const endMs = segment.start_ms + segment.duration_ms;
      // Lengths are whole milliseconds of samples: neighbours may be one apart.
      if (last && segment.start_ms - last.endMs <= 1) last.endMs = endMs;
      else joined.push({ recording, startMs: segment.start_ms, endMs });
    }
    return joined;
  });
}
