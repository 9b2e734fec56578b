// Received, transcribed, written: the three steps to a note.
import { words, type wire } from '@medrecord/core';
import { Check, CircleDashed, CircleDot } from 'lucide-react';
import styles from './RecordingPage.module.css';

type Progress = 'done' | 'now' | 'later';

function steps(recording: wire.Recording): { name: string; detail: string; progress: Progress }[] {
  const { stage, segments, transcribed, note } = recording;
  const isReceived = stage !== 'receiving';
  const isTranscribed = isReceived && stage !== 'transcribing' && transcribed === segments;
  const isWaiting = stage === 'transcribing' || stage === 'receiving';
  return [
    {
      name: isReceived ? words.recording.received : words.recording.receiving,
      detail: words.recording.parts(segments, segments),
      progress: isReceived ? 'done' : 'now',
    },
    {
      name: words.recording.transcribed,
      detail: words.recording.parts(transcribed, segments),
      progress: isTranscribed ? 'done' : isWaiting ? 'now' : 'later',
    },
    {
      name: words.recording.note,
      detail: '',
      progress: note !== null ? 'done' : stage === 'drafting' ? 'now' : 'later',
    },
  ];
}

const icons = { done: Check, now: CircleDot, later: CircleDashed };

export function Steps({ recording }: { recording: wire.Recording }) {
  return (
    <ol className={styles['steps']} data-testid="steps">
      {steps(recording).map(({ name, detail, progress }) => {
        const Icon = icons[progress];
        return (
          <li key={name} data-progress={progress} aria-current={progress === 'now' ? 'step' : undefined}>
            <Icon aria-hidden />
            <span>{name}</span>
            <span className={styles['detail']}>{detail}</span>
          </li>
        );
      })}
    </ol>
  );
}
