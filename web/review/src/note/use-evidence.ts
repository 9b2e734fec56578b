// Which sentence is current, what it rests on, and the sound of that.
import { segmentKey, stretches, type Transcripts, type wire } from '@medrecord/core';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { useBackend } from '../backend-context';
import { usePlayer, type Player } from './use-player';

export interface EvidenceState {
  audio: RefObject<HTMLAudioElement | null>;
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
  const { audio, player } = usePlayer(note.recordings[0] ?? '', (id) => backend.audioUrl(id));
  const [chosen, setChosen] = useState<{ key: string; marked: ReadonlySet<string> } | null>(null);
  // Asked for before its transcript had come: played as soon as it is there.
  const waiting = useRef<readonly wire.Evidence[]>([]);
  useEffect(() => {
    const found = stretches(waiting.current, transcripts);
    if (found.length === 0) return;
    waiting.current = [];
    player.play(found);
  });
  const select = (evidence: readonly wire.Evidence[], key: string) =>
    setChosen({ key, marked: new Set(evidence.map(segmentKey)) });
  return {
    audio,
    player,
    transcripts,
    current: chosen?.key ?? null,
    marked: chosen?.marked ?? new Set(),
    select,
    playEvidence: (evidence, key) => {
      select(evidence, key);
      const found = stretches(evidence, transcripts);
      waiting.current = found.length === 0 ? evidence : [];
      player.play(found);
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
