// The recording under way: patient, timer, level, Pause and Stop, and the three numbers.
import { Button, PatientLine, timer, words, type wire } from '@medrecord/core';
import { Bookmark, Pause, PencilLine, Play, Square } from 'lucide-react';
import { useState } from 'react';
import { Consent } from './Consent';
import { LevelMeter } from './LevelMeter';
import { Numbers } from './Numbers';
import { PatientForm } from './PatientForm';
import { useRecorder } from './recorder-context';
import styles from './TakePanel.module.css';

/** Of the wire's 16 kHz. */
const SAMPLES_PER_MS = 16;

const states: Record<wire.TakeState, string> = {
  starting: words.recorder.starting,
  recording: words.recorder.recording,
  paused: words.recorder.paused,
};

export interface TakePanelProps {
  take: wire.Take;
  isLocked: boolean;
}

export function TakePanel({ take, isLocked }: TakePanelProps) {
  const { backend, run } = useRecorder();
  const [isBusy, setBusy] = useState(false);
  const [isNaming, setNaming] = useState(false);
  const isPaused = take.state === 'paused';

  // Not by disabled buttons: they would lose the keyboard's place for the blink of an eye.
  const command = async (act: () => Promise<void>) => {
    if (isBusy) return;
    setBusy(true);
    await run(act);
    setBusy(false);
  };

  return (
    // The keyboard comes here first, not to a button: Enter pressed twice must not pause what it has begun.
    <section className={styles['take']} aria-label={words.recorder.recording} tabIndex={-1} data-first>
      {isLocked || take.whose !== null ? (
        <p className={styles['hidden']}>
          {take.whose === null ? words.lock.hidden : words.lock.whose(take.whose)}
        </p>
      ) : isNaming ? (
        <PatientForm recording={take.recording} patient={take.patient} onDone={() => setNaming(false)} />
      ) : (
        <div className={styles['patient']}>
          <PatientLine patient={take.patient} large />
          <Button
            look="quiet"
            size="touch"
            icon={<PencilLine aria-hidden />}
            aria-label={take.patient ? words.patient.change : words.patient.add}
            onPress={() => setNaming(true)}
          />
        </div>
      )}
      {!isLocked && take.whose === null && (
        <>
          {take.continues !== null && <p className={styles['related']}>{words.related.continues}</p>}
          {take.replaces !== null && (
            <p className={styles['related']}>
              {words.related.replaces(timer(take.replaces.start / SAMPLES_PER_MS))}
            </p>
          )}
          <Consent take={take} />
        </>
      )}
      <div className={styles['clock']} data-state={take.state}>
        <span className={styles['state']}>
          <span className={styles['dot']} aria-hidden />
          {states[take.state]}
        </span>
        <span className={styles['timer']} role="timer" data-testid="timer">
          {timer(take.recorded_ms)}
        </span>
      </div>
      <LevelMeter level={take.level} at={take.recorded_ms} isPaused={isPaused} />
      <div className={styles['buttons']}>
        <Button
          size="touch"
          icon={isPaused ? <Play aria-hidden /> : <Pause aria-hidden />}
          isDisabled={take.state === 'starting'}
          onPress={() => void command(() => (isPaused ? backend.resume() : backend.pause()))}
          data-testid="pause"
        >
          {isPaused ? words.recorder.resume : words.recorder.pause}
        </Button>
        <Button
          size="touch"
          look="danger"
          icon={<Square aria-hidden fill="currentColor" />}
          onPress={() => void command(() => backend.stop())}
          data-testid="stop"
        >
          {words.recorder.stop}
        </Button>
        <Button
          size="touch"
          look="quiet"
          icon={<Bookmark aria-hidden />}
          aria-label={words.recorder.mark}
          isDisabled={isPaused}
          onPress={() => void run(() => backend.mark())}
        />
      </div>
      <Numbers take={take} />
    </section>
  );
}
