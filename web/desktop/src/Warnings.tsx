// What is wrong now, in the recorder's own words. Each line stays until it ends.
import { Button, Notice, words, type NoticeTone, type wire } from '@medrecord/core';
import type { ReactNode } from 'react';
import { isOpen } from './is-open';
import { InstallUpdate } from './UpdateLine';
import styles from './Warnings.module.css';

const tones: Record<wire.Severity, NoticeTone> = { notice: 'notice', warning: 'warning', alarm: 'alarm' };

export interface WarningsProps {
  state: wire.Workstation;
  onSignIn: () => void;
}

export function Warnings({ state, onSignIn }: WarningsProps) {
  const { connection, update, warnings } = state;
  const mayAct = isOpen(state) && state.take === null;
  const signIn = mayAct && (
    <Button size="small" onPress={onSignIn}>
      {words.banner.signIn}
    </Button>
  );
  const actions: Record<string, ReactNode> = {
    sign_in_needed: signIn,
    update_required: mayAct && !state.locked && update.state === 'ready' && <InstallUpdate />,
  };
  return (
    // It may have to be scrolled, also by keyboard.
    <div
      className={styles['warnings']}
      role="region"
      aria-label={words.banner.label}
      tabIndex={warnings.length > 0 ? 0 : undefined}
    >
      {warnings.map(({ code, severity, text }, index) => (
        // Two recordings may have the same to say.
        <Notice
          key={`${code} ${index}`}
          tone={code === 'offline' && severity === 'notice' ? 'calm' : tones[severity]}
          code={code}
          actions={actions[code]}
        >
          {text}
        </Notice>
      ))}
      {isOpen(state) && connection === 'not_enrolled' && (
        <Notice tone="notice" code="not_enrolled" actions={signIn}>
          {words.banner.not_enrolled}
        </Notice>
      )}
    </div>
  );
}
