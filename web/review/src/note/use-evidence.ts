// Which sentence is current, what it rests on, and the sound of that.
import { segmentKey, stretches, type Transcripts, type wire } from '@medrecord/core';
import { useState } from 'react';
import { useBackend } from '../backend-context';
import { usePlayer, type Player } from './use-player';

export interface EvidenceState {
  player: Player;
  transcripts: Transcripts;
  /** Key of the current sentence or segment. */
  current: string | null;
  /** Keys of the segments that light up. */
  marked: ReadonlySet<string>;
  select: (evidence: readonly wire.Evidence[], key: string) => void;
  playEvidence: (evidence: readonly wire.Evidence[], key: string) => void;
}

export function useEvidence(note: wire.Note, transcripts: Transcripts): EvidenceState {
  const backend = useBackend();
  const player = usePlayer(note.recordings[0] ?? '', (id) => backend.audioUrl(id));
  const [chosen, setChosen] = useState<{ key: string; marked: ReadonlySet<string> } | null>(null);
  const select = (evidence: readonly wire.Evidence[], key: string) =>
    setChosen({ key, marked: new Set(evidence.map(segmentKey)) });
  return {
    player,
    transcripts,
    current: chosen?.key ?? null,
    marked: chosen?.marked ?? new Set(),
    select,
    playEvidence: (evidence, key) => {
      select(evidence, key);
      player.play(stretches(evidence, transcripts));
    },
  };
}

/** Key of the segment under the playhead, while it plays. */
export function heardSegment(player: Player, transcripts: Transcripts): string | null {
  if (!player.isPlaying) return null;
  const { recording, positionMs } = player;
  const heard = transcripts
    .get(recording)
    ?.segments.find(
      (segment) => positionMs >= segment.start_ms && positionMs < segment.start_ms + segment.duration_ms,
    );
  return heard ? segmentKey({ recording, seq: heard.seq }) : null;
}
