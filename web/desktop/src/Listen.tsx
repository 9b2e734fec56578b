// Plays a recording that is on this computer, and says the rest again from where it stands.
import { Button, duration, Notice, timer, words, type wire } from '@medrecord/core';
import { Mic, Pause, Play } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import styles from './Listen.module.css';
import { useRecorder } from './recorder-context';

/** So much is fetched at a time: 4 MB. */
const PIECE_MS = 120_000;

export function Listen({ recording }: { recording: wire.LocalRecording }) {
  const { backend, run } = useRecorder();
  const audio = useRef<HTMLAudioElement>(null);
  const piece = useRef<{ startMs: number; url: string } | null>(null);
  const [atMs, setAt] = useState(0);
  const [isPlaying, setPlaying] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const lengthMs = recording.duration_ms;

  const release = () => {
    if (piece.current) URL.revokeObjectURL(piece.current.url);
    piece.current = null;
  };
  useEffect(() => release, []);

  const play = async (fromMs: number) => {
    const element = audio.current;
    if (!element) return;
    try {
      const held = piece.current;
      if (!held || fromMs < held.startMs || fromMs >= held.startMs + PIECE_MS) {
        const wav = await backend.audio(recording.id, fromMs, PIECE_MS);
        release();
        const url = URL.createObjectURL(new Blob([wav], { type: 'audio/wav' }));
        piece.current = { startMs: fromMs, url };
        element.src = url;
      } else {
        element.currentTime = (fromMs - held.startMs) / 1000;
      }
      setAt(fromMs);
      setFailed(false);
      await element.play();
    } catch {
      setFailed(true);
      setPlaying(false);
    }
  };
  const seek = (ms: number) => {
    if (isPlaying) void play(ms);
    else setAt(ms);
  };
  const ended = () => {
    const next = (piece.current?.startMs ?? 0) + PIECE_MS;
    if (next < lengthMs) void play(next);
    else setPlaying(false);
  };

  return (
    <div className={styles['listen']}>
      <audio
        ref={audio}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={ended}
        onTimeUpdate={(event) =>
          piece.current && setAt(piece.current.startMs + event.currentTarget.currentTime * 1000)
        }
      />
      <div className={styles['line']}>
        <Button
          size="touch"
          icon={isPlaying ? <Pause aria-hidden /> : <Play aria-hidden />}
          aria-label={isPlaying ? words.listen.pause : words.listen.play}
          onPress={() => (isPlaying ? audio.current?.pause() : void play(atMs >= lengthMs ? 0 : atMs))}
          data-testid="listen-play"
        />
        <input
          type="range"
          min={0}
          max={lengthMs}
          step={500}
          value={Math.min(atMs, lengthMs)}
          aria-label={words.listen.position}
          aria-valuetext={duration(atMs)}
          onChange={(event) => seek(Number(event.target.value))}
        />
        <span className="tabular">
          {timer(atMs)} / {timer(lengthMs)}
        </span>
      </div>
      {hasFailed && <Notice tone="warning">{words.listen.failed}</Notice>}
      <Button
        size="small"
        icon={<Mic aria-hidden />}
        isDisabled={atMs >= lengthMs}
        onPress={() => {
          audio.current?.pause();
          void run(() => backend.startReplacing(recording.id, Math.floor(atMs)));
        }}
        data-testid="say-again"
      >
        {words.listen.sayAgain(timer(atMs))}
      </Button>
    </div>
  );
}
