// Who · microphone · network.
import { Status, words, type StatusKind, type wire } from '@medrecord/core';
import { MicrophoneSelect } from './MicrophoneSelect';
import styles from './TopBar.module.css';
import { WhoMenu } from './WhoMenu';

const connectionKinds: Record<wire.Connection, StatusKind> = {
  online: 'done',
  offline: 'offline',
  not_enrolled: 'attention',
  sign_in_needed: 'attention',
};

export interface TopBarProps {
  state: wire.Workstation;
  onSwitch: () => void;
}

export function TopBar({ state, onSwitch }: TopBarProps) {
  return (
    <header className={styles['bar']}>
      <h1 className="visually-hidden">{words.product}</h1>
      {state.locked ? (
        <span className={styles['who']}>{words.product}</span>
      ) : (
        <WhoMenu account={state.account} ownAuthorities={state.own_authorities} onSwitch={onSwitch} />
      )}
      <MicrophoneSelect
        microphones={state.microphones}
        chosen={state.microphone}
        recording={state.take?.microphone ?? null}
      />
      <Status kind={connectionKinds[state.connection]}>{words.connection[state.connection]}</Status>
    </header>
  );
}
