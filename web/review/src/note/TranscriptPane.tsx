// What was said, part by part; a click plays the part.
import { duration, segmentKey, Skeleton, words, type wire } from '@medrecord/core';
import { useEffect, useRef } from 'react';
import styles from './TranscriptPane.module.css';

export interface TranscriptPaneProps {
  recordings: readonly wire.RecordingId[];
  transcripts: ReadonlyMap<wire.RecordingId, wire.Transcript>;
  isPending: boolean;
  marked: ReadonlySet<string>;
  /** The part under the playhead. */
  heard: string | null;
  onPlay: (evidence: wire.Evidence) => void;
}

export function TranscriptPane({
  recordings,
  transcripts,
  isPending,
  marked,
  heard,
  onPlay,
}: TranscriptPaneProps) {
  const pane = useRef<HTMLElement>(null);
  const markedNow = [...marked].join(' ');
  useEffect(() => {
    if (markedNow === '') return;
    const first = pane.current?.querySelector('[data-active="true"]');
    first?.scrollIntoView({ block: 'nearest' });
  }, [markedNow]);

  return (
    <section ref={pane} className={styles['pane']} aria-labelledby="transcript-heading">
      <h2 id="transcript-heading">{words.note.transcript}</h2>
      {isPending && <Skeleton label={words.transcript.loading} lines={9} look="text" />}
      {recordings.map((recording, index) => {
        const transcript = transcripts.get(recording);
        return (
          <div key={recording}>
            {recordings.length > 1 && <h3>{words.note.several(index + 1)}</h3>}
            {transcript?.segments.length === 0 && <p className={styles['quiet']}>{words.transcript.empty}</p>}
            <ol>
              {transcript?.segments.map((segment) => {
                const evidence = { recording, seq: segment.seq };
                const key = segmentKey(evidence);
                return (
                  <li key={key}>
                    <button
                      type="button"
                      className={styles['segment']}
                      data-testid="transcript-segment"
                      data-seq={segment.seq}
                      data-active={marked.has(key) || undefined}
                      data-heard={heard === key || undefined}
                      onClick={() => onPlay(evidence)}
                    >
                      <time>{duration(segment.start_ms)}</time>
                      {segment.state === 'done' ? (
                        <span>{segment.text}</span>
                      ) : (
                        <span className={styles['quiet']}>{words.transcript[segment.state]}</span>
                      )}
                    </button>
                  </li>
                );
              })}
            </ol>
          </div>
        );
      })}
    </section>
  );
}
