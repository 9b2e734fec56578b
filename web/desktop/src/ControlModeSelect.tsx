// The foot pedals and dictation microphones that are connected, and how their Record works.
import { words, type wire } from '@medrecord/core';
import styles from './CapSelect.module.css';
import { useRecorder } from './recorder-context';

export interface ControlModeSelectProps {
  names: string[];
  mode: wire.ControlMode;
}

export function ControlModeSelect({ names, mode }: ControlModeSelectProps) {
  const { backend, run } = useRecorder();
  return (
    <label className={styles['cap']}>
      {words.controls.mode(names.join(', '))}
      <select
        value={mode}
        onChange={(event) => {
          const chosen = event.target.value === 'hold' ? 'hold' : 'toggle';
          void run(() => backend.setControlMode(chosen));
        }}
        data-testid="control-mode"
      >
        <option value="toggle">{words.controls.toggle}</option>
        <option value="hold">{words.controls.hold}</option>
      </select>
    </label>
  );
}
