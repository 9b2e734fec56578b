// Ready to record: the patient's fields and one large button.
import { Notice, PatientLine, words, type wire } from '@medrecord/core';
import { Mic } from 'lucide-react';
import { useState } from 'react';
import { Form } from 'react-aria-components';
import { CapSelect } from './CapSelect';
import { ControlModeSelect } from './ControlModeSelect';
import styles from './Idle.module.css';
import { MicrophoneTest } from './MicrophoneTest';
import { emptyPatient, isBirthDateRight, PatientFields, toPatient } from './PatientFields';
import { useRecorder } from './recorder-context';
import { UpdateLine } from './UpdateLine';
import { UploadLimitSelect } from './UploadLimitSelect';

export interface IdleProps {
  microphones: wire.Microphone[];
  shortcut: string | null;
  capMinutes: number | null;
  uploadLimit: number | null;
  controls: string[];
  controlMode: wire.ControlMode;
  version: string;
  update: wire.Update;
}

export function Idle(props: IdleProps) {
  const { microphones, shortcut, capMinutes, uploadLimit, controls, controlMode, version, update } = props;
  const { backend, run } = useRecorder();
  const [patient, setPatient] = useState(emptyPatient);
  const [isBusy, setBusy] = useState(false);
  const typed = toPatient(patient);
  const isRight = isBirthDateRight(patient);

  const record = async () => {
    setBusy(true);
    const started = await run(() => backend.start(typed));
    setBusy(false);
    if (started) setPatient(emptyPatient);
  };

  return (
    <Form
      className={styles['idle'] ?? ''}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy && isRight) void record();
      }}
    >
      <PatientFields value={patient} onChange={setPatient} autoFocus />
      {/* What will stand over the recording: the wrong patient must jump out before the first word. */}
      {typed && isRight && <PatientLine patient={typed} large />}
      <button
        className={styles['record']}
        type="submit"
        disabled={isBusy || !isRight}
        data-testid="record"
        data-patient={typed !== null}
      >
        <Mic aria-hidden />
        <span>
          {isBusy ? words.recorder.starting : typed ? words.recorder.record : words.recorder.recordNoPatient}
        </span>
      </button>
      <p className={styles['hint']}>{shortcut === null ? '' : words.recorder.shortcut(shortcut)}</p>
      {controls.length > 0 && <ControlModeSelect names={controls} mode={controlMode} />}
      {microphones.length === 0 && <Notice tone="warning">{words.recorder.noMicrophoneHint}</Notice>}
      <div className={styles['settings']}>
        <CapSelect minutes={capMinutes} />
        <UploadLimitSelect bytes={uploadLimit} />
        {microphones.length > 0 && <MicrophoneTest />}
      </div>
      <UpdateLine version={version} update={update} />
    </Form>
  );
}
