// Adds or changes the patient of a recording that exists already.
import { Button, words, type wire } from '@medrecord/core';
import { useState } from 'react';
import { Form } from 'react-aria-components';
import { isBirthDateRight, PatientFields, toPatient, typedPatient } from './PatientFields';
import styles from './PatientForm.module.css';
import { useRecorder } from './recorder-context';

export interface PatientFormProps {
  recording: wire.RecordingId;
  patient: wire.Patient | null;
  onDone: () => void;
}

export function PatientForm({ recording, patient, onDone }: PatientFormProps) {
  const { backend, run } = useRecorder();
  const [typed, setTyped] = useState(() => typedPatient(patient));
  const next = isBirthDateRight(typed) ? toPatient(typed) : null;
  const save = async () => {
    if (next && (await run(() => backend.setPatient(recording, next)))) onDone();
  };
  return (
    <Form
      className={styles['form'] ?? ''}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <PatientFields value={typed} onChange={setTyped} autoFocus />
      <div className={styles['actions']}>
        <Button size="touch" look="quiet" onPress={onDone}>
          {words.patient.cancel}
        </Button>
        <Button size="touch" look="primary" type="submit" isDisabled={next === null}>
          {words.patient.save}
        </Button>
      </div>
    </Form>
  );
}
