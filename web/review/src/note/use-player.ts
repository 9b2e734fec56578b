// One audio element: plays stretches and stops at their end, or a recording from where it stands.
import type { Stretch, wire } from '@medrecord/core';
import { useEffect, useRef, useState, type RefObject } from 'react';

export interface Player {
  /** What the element holds. */
  recording: wire.RecordingId;
  positionMs: number;
  isPlaying: boolean;
  rate: number;
  hasFailed: boolean;
  /** Plays the stretches one after the other, then stops. */
  play: (stretches: readonly Stretch[]) => void;
  toggle: () => void;
  stop: () => void;
  seek: (ms: number, recording?: wire.RecordingId) => void;
  setRate: (rate: number) => void;
}

export interface PlayerWithAudio {
  /** To be put on the element. */
  audio: RefObject<HTMLAudioElement | null>;
  player: Player;
}

/** The element reports late; stopping a little early is not heard, a word of the next segment is. */
const EARLY_MS = 15;
/** `readyState` from which one can seek (HTML standard). */
const HAVE_METADATA = 1;

export function usePlayer(
  first: wire.RecordingId,
  audioUrl: (id: wire.RecordingId) => string,
): PlayerWithAudio {
  const audio = useRef<HTMLAudioElement>(null);
  const queue = useRef<Stretch[]>([]);
  const [recording, setRecording] = useState(first);
  const [positionMs, setPosition] = useState(0);
  const [isPlaying, setPlaying] = useState(false);
  const [rate, setRateState] = useState(1);
  const [hasFailed, setFailed] = useState(false);

  const begin = (at: Stretch, plays: boolean) => {
    const element = audio.current;
    if (!element) return;
    const url = new URL(audioUrl(at.recording), location.href).href;
    if (element.src !== url) {
      element.src = url;
      setRecording(at.recording);
    }
    const go = () => {
      element.currentTime = at.startMs / 1000;
      setPosition(at.startMs);
      if (plays) void element.play().catch(() => setPlaying(false));
    };
    if (element.readyState >= HAVE_METADATA) go();
    else {
      element.addEventListener('loadedmetadata', go, { once: true });
      element.load();
    }
  };

  const tick = () => {
    const element = audio.current;
    if (!element) return;
    const now = element.currentTime * 1000;
    setPosition(now);
    const [current, ...rest] = queue.current;
    if (!current || element.paused || now < current.endMs - EARLY_MS) return;
    queue.current = rest;
    if (rest[0]) begin(rest[0], true);
    else element.pause();
  };

  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    if (element.src === '') element.src = audioUrl(first);
    let frame = 0;
    const follow = () => {
      tick();
      frame = requestAnimationFrame(follow);
    };
    const onPlay = () => {
      setPlaying(true);
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(follow);
    };
    const onPause = () => {
      setPlaying(false);
      cancelAnimationFrame(frame);
    };
    const onError = () => setFailed(true);
    const onLoaded = () => setFailed(false);
    const heard = {
      play: onPlay,
      pause: onPause,
      timeupdate: tick,
      error: onError,
      loadedmetadata: onLoaded,
    };
    for (const [name, listener] of Object.entries(heard)) element.addEventListener(name, listener);
    return () => {
      cancelAnimationFrame(frame);
      for (const [name, listener] of Object.entries(heard)) element.removeEventListener(name, listener);
    };
    // The listeners read refs only: they stand as long as the element.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  const player: Player = {
    recording,
    positionMs,
    isPlaying,
    rate,
    hasFailed,
    play: (stretches) => {
      const [start] = stretches;
      if (!start) {
        player.stop();
        return;
      }
      queue.current = [...stretches];
      begin(start, true);
    },
    toggle: () => {
      const element = audio.current;
      if (!element) return;
      queue.current = [];
      if (!element.paused) {
        element.pause();
        return;
      }
      void element.play().catch(() => setPlaying(false));
    },
    stop: () => {
      queue.current = [];
      audio.current?.pause();
    },
    seek: (ms, other = recording) => {
      queue.current = [];
      begin({ recording: other, startMs: Math.max(0, ms), endMs: Infinity }, audio.current?.paused === false);
    },
    setRate: (next) => {
      setRateState(next);
      if (audio.current) audio.current.playbackRate = next;
    },
  };
  return { audio, player };
}
