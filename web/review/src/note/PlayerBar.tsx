// The recording as a line of its parts: play, go back, seek, speed.
import { Button, duration, Notice, segmentKey, words, type wire } from '@medrecord/core';
import { Pause, Play, RotateCcw } from 'lucide-react';
import type { RefObject } from 'react';
import styles from './PlayerBar.module.css';
import type { Player } from './use-player';

const BACK_MS = 3000;
const RATES = [0.75, 1, 1.25, 1.5, 2];
const WIDTH = 1000;

export interface PlayerBarProps {
  audio: RefObject<HTMLAudioElement | null>;
  player: Player;
  transcript: wire.Transcript | undefined;
  /** Keys of the segments that are marked. */
  marked: ReadonlySet<string>;
}

export function PlayerBar({ audio, player, transcript, marked }: PlayerBarProps) {
  const segments = transcript?.segments ?? [];
  const last = segments.at(-1);
  const lengthMs = last ? last.start_ms + last.duration_ms : 0;
  const x = (ms: number) => (lengthMs === 0 ? 0 : (ms / lengthMs) * WIDTH);
  return (
    <div className={styles['bar']}>
      <audio ref={audio} preload="metadata" data-testid="player" />
      <Button
        look="primary"
        icon={player.isPlaying ? <Pause aria-hidden /> : <Play aria-hidden />}
        aria-label={player.isPlaying ? words.player.pause : words.player.play}
        onPress={player.toggle}
        data-testid="play"
      />
      <Button
        look="quiet"
        icon={<RotateCcw aria-hidden />}
        aria-label={words.player.back}
        onPress={() => player.seek(player.positionMs - BACK_MS)}
      />
      <span className={styles['time']}>{duration(player.positionMs)}</span>
      <div className={styles['track']}>
        <svg viewBox={`0 0 ${WIDTH} 28`} preserveAspectRatio="none" aria-hidden>
          {segments.map((segment) => (
            <rect
              key={segment.seq}
              className={styles['part']}
              data-speech={segment.speech_ms > 0}
              data-active={
                marked.has(segmentKey({ recording: player.recording, seq: segment.seq })) || undefined
              }
              x={x(segment.start_ms) + 1}
              width={Math.max(1, x(segment.duration_ms) - 2)}
              y={segment.speech_ms > 0 ? 6 : 12}
              height={segment.speech_ms > 0 ? 16 : 4}
              rx={3}
            />
          ))}
          <rect className={styles['head']} x={x(player.positionMs) - 1.5} y={0} width={3} height={28} />
        </svg>
        <input
          type="range"
          min={0}
          max={lengthMs}
          step={100}
          value={Math.min(player.positionMs, lengthMs)}
          aria-label={words.player.seek}
          aria-valuetext={duration(player.positionMs)}
          onChange={(event) => player.seek(Number(event.target.value))}
        />
      </div>
      <span className={styles['time']}>{duration(lengthMs)}</span>
      <label className={styles['rate']}>
        <span className="visually-hidden">{words.player.rate}</span>
        <select value={player.rate} onChange={(event) => player.setRate(Number(event.target.value))}>
          {RATES.map((rate) => (
            <option key={rate} value={rate}>{`${rate}×`}</option>
          ))}
        </select>
      </label>
      {player.hasFailed && (
        <div className={styles['failed']}>
          <Notice tone="warning">{words.player.failed}</Notice>
        </div>
      )}
    </div>
  );
}
