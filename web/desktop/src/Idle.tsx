// Ready to record: the patient's fields and one large button.
import { Notice, words, type wire } from '@medrecord/core';
import { Mic } from 'lucide-react';
import { useState } from 'react';
import { Form } from 'react-aria-components';
import styles from './Idle.module.css';
import { emptyPatient, PatientFields, toPatient } from './PatientFields';
import { useRecorder } from './recorder-context';

export interface IdleProps {
  microphones: wire.Microphone[];
  shortcut: string | null;
}

export function Idle({ microphones, shortcut }: IdleProps) {
  const { backend, run } = useRecorder();
  const [patient, setPatient] = useState(emptyPatient);
  const [isBusy, setBusy] = useState(false);

  const record = async () => {
    setBusy(true);
    const started = await run(() => backend.start(toPatient(patient)));
    setBusy(false);
    if (started) setPatient(emptyPatient);
  };

  return (
    <Form
      className={styles['idle'] ?? ''}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void record();
      }}
    >
      <PatientFields value={patient} onChange={setPatient} autoFocus />
      <button className={styles['record']} type="submit" disabled={isBusy} data-testid="record">
        <Mic aria-hidden />
        <span>{isBusy ? words.recorder.starting : words.recorder.record}</span>
      </button>
      <p className={styles['hint']}>{shortcut === null ? '' : words.recorder.shortcut(shortcut)}</p>
      {microphones.length === 0 && <Notice tone="warning">{words.recorder.noMicrophoneHint}</Notice>}
    </Form>
  );
}
