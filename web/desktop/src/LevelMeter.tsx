// The level of what was written, over the last seconds, with a word for it.
import { words, type wire } from '@medrecord/core';
import { useState } from 'react';
import styles from './LevelMeter.module.css';

const BARS = 56;
const HEIGHT = 36;
const FLOOR_DB = -60;

/** 0 at −60 dBFS and below, 1 at full scale. */
function loudness(db: number): number {
  return Math.min(1, Math.max(0, (db - FLOOR_DB) / -FLOOR_DB));
}

interface History {
  at: number;
  bars: number[];
}

export interface LevelMeterProps {
  level: wire.Level;
  /** The recorded length the level belongs to, in milliseconds: a new one is a new bar. */
  at: number;
  isPaused: boolean;
}

export function LevelMeter({ level, at, isPaused }: LevelMeterProps) {
  const [history, setHistory] = useState<History>({ at: -1, bars: [] });
  if (history.at !== at) {
    setHistory({ at, bars: [...history.bars, loudness(level.rms_db)].slice(-BARS) });
  }
  const word = isPaused ? words.level.paused : words.level[level.verdict];
  const first = BARS - history.bars.length;
  return (
    <div className={styles['level']} data-verdict={isPaused ? 'paused' : level.verdict} data-testid="level">
      <svg
        viewBox={`0 0 ${BARS * 6} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="meter"
        aria-label={words.level.label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(loudness(level.rms_db) * 100)}
        aria-valuetext={word}
      >
        <line x1="0" x2={BARS * 6} y1={HEIGHT / 2} y2={HEIGHT / 2} className={styles['rest']} />
        {history.bars.map((bar, index) => {
          const height = Math.max(2, bar * HEIGHT);
          return (
            <rect
              key={first + index}
              x={(first + index) * 6 + 1}
              y={(HEIGHT - height) / 2}
              width={4}
              height={height}
              rx={2}
            />
          );
        })}
      </svg>
      <span className={styles['word']}>{word}</span>
    </div>
  );
}
