// What is wrong now. Each line stays until it ends; the calm ones say what is safe first.
import { Button, Notice, words, type NoticeTone, type wire } from '@medrecord/core';
import { isOpen } from './is-open';
import styles from './Warnings.module.css';

const tones: Record<wire.Severity, NoticeTone> = { notice: 'notice', warning: 'warning', alarm: 'alarm' };

export interface WarningsProps {
  state: wire.Workstation;
  onSignIn: () => void;
}

export function Warnings({ state, onSignIn }: WarningsProps) {
  const { connection, warnings } = state;
  const signIn = state.take === null && (
    <Button size="small" onPress={onSignIn}>
      {words.banner.signIn}
    </Button>
  );
  // The recorder may say the same in its own words: then it is said once.
  const saysConnection = warnings.some((warning) => warning.code === connection);
  return (
    // It may have to be scrolled, also by keyboard.
    <div
      className={styles['warnings']}
      role="region"
      aria-label={words.banner.label}
      tabIndex={warnings.length > 0 ? 0 : undefined}
    >
      {warnings.map((warning) => (
        <Notice key={warning.code} tone={tones[warning.severity]} code={warning.code}>
          {warning.text}
        </Notice>
      ))}
      {connection === 'offline' && !saysConnection && (
        <Notice tone="calm" code="offline">
          {words.banner.offline}
        </Notice>
      )}
      {isOpen(state) && (connection === 'not_enrolled' || connection === 'sign_in_needed') && (
        <Notice
          tone={connection === 'not_enrolled' ? 'notice' : 'warning'}
          code={connection}
          actions={signIn}
        >
          {words.banner[connection]}
        </Notice>
      )}
    </div>
  );
}
