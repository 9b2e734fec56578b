// Who · microphone · network.
import { Status, words, type StatusKind, type wire } from '@medrecord/core';
import { MicrophoneSelect } from './MicrophoneSelect';
import styles from './TopBar.module.css';

const connectionKinds: Record<wire.Connection, StatusKind> = {
  online: 'done',
  offline: 'offline',
  not_enrolled: 'attention',
  sign_in_needed: 'attention',
};

export function TopBar({ state }: { state: wire.Workstation }) {
  return (
    <header className={styles['bar']}>
      <span className={styles['who']} title={state.account?.email}>
        {state.account?.name ?? words.product}
      </span>
      <MicrophoneSelect
        microphones={state.microphones}
        chosen={state.microphone}
        isDisabled={state.take !== null}
      />
      <Status kind={connectionKinds[state.connection]}>{words.connection[state.connection]}</Status>
    </header>
  );
}
