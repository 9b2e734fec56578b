// An alarm is also heard: two short tones when one begins, because nobody looks at the window while dictating.
import type { wire } from '@medrecord/core';
import { useEffect } from 'react';

const TONES_HZ = [880, 660];
const TONE_S = 0.18;
const VOLUME = 0.2;

function sound(): void {
  try {
    const audio = new AudioContext();
    const gain = audio.createGain();
    gain.gain.value = VOLUME;
    gain.connect(audio.destination);
    TONES_HZ.forEach((frequency, index) => {
      const tone = audio.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(gain);
      tone.start(audio.currentTime + index * TONE_S);
      tone.stop(audio.currentTime + (index + 1) * TONE_S);
      if (index === TONES_HZ.length - 1) tone.onended = () => void audio.close();
    });
  } catch {
    // No sound device: the alarm stands on the screen all the same.
  }
}

export function useAlarmSound(warnings: readonly wire.Warning[]): void {
  const alarms = warnings
    .filter((warning) => warning.severity === 'alarm')
    .map((warning) => warning.code)
    .join(' ');
  useEffect(() => {
    if (alarms !== '') sound();
  }, [alarms]);
}
