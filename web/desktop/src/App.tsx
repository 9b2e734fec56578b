// The recorder's window: enrol once, then idle or recording, with the day's list below.
import {
  ApiProblem,
  Button,
  ErrorState,
  Notice,
  Skeleton,
  words,
  type RecorderBackend,
  type wire,
} from '@medrecord/core';
import { useCallback, useMemo, useState } from 'react';
import styles from './App.module.css';
import { Enrol } from './Enrol';
import { Idle } from './Idle';
import { isOpen } from './is-open';
import { LockScreen } from './LockScreen';
import { RecorderContext } from './recorder-context';
import { TakePanel } from './TakePanel';
import { Today } from './Today';
import { TopBar } from './TopBar';
import { useAutoLock } from './use-auto-lock';
import { useKeptFocus } from './use-kept-focus';
import { useWorkstation } from './use-workstation';
import { Warnings } from './Warnings';

export function App({ backend }: { backend: RecorderBackend }) {
  const { state, problem, reload } = useWorkstation(backend);
  const [failed, setFailed] = useState<ApiProblem | null>(null);
  const [enrolling, setEnrolling] = useState<boolean | null>(null);
  const [signingIn, setSigningIn] = useState<wire.Account | null>(null);
  const [isSwitching, setSwitching] = useState(false);
  const run = useCallback(async (command: () => Promise<void>) => {
    try {
      await command();
      setFailed(null);
      return true;
    } catch (thrown) {
      setFailed(ApiProblem.from(thrown));
      return false;
    }
  }, []);
  const context = useMemo(() => ({ backend, run }), [backend, run]);
  useAutoLock(backend, state);
  useKeptFocus();

  if (problem && !state) return <ErrorState error={problem} onRetry={reload} />;
  if (!state) {
    return (
      <main className={styles['loading']}>
        <Skeleton label={words.recorder.loading} lines={6} look="rows" />
      </main>
    );
  }
  // Asked for, or nobody is enrolled and nobody said "later". Never in the way of a recording.
  const mustEnrol = state.take === null && (enrolling ?? (isOpen(state) && state.account === null));
  const signIn = (account: wire.Account | null) => {
    setSigningIn(account);
    setEnrolling(true);
  };
  const isWho = state.locked || isSwitching;
  if (mustEnrol) {
    return (
      <RecorderContext value={context}>
        <Enrol
          account={signingIn}
          knownServer={state.account?.server}
          ownAuthorities={state.own_authorities}
          onDone={() => {
            setEnrolling(null);
            setSwitching(false);
          }}
          onLater={() => setEnrolling(false)}
        />
      </RecorderContext>
    );
  }
  return (
    <RecorderContext value={context}>
      <div className={styles['window']} data-idle={state.take === null}>
        <TopBar state={state} onSwitch={() => setSwitching(true)} />
        <main className={styles['main']}>
          <Warnings state={state} onSignIn={() => signIn(state.account)} />
          {failed && (
            <Notice
              tone="warning"
              code={failed.code}
              actions={
                <Button size="small" onPress={() => setFailed(null)}>
                  {words.recorder.dismiss}
                </Button>
              }
            >
              {failed.message}
            </Notice>
          )}
          {state.take ? (
            <TakePanel key={state.take.recording} take={state.take} isLocked={state.locked} />
          ) : isWho ? null : (
            <Idle
              microphones={state.microphones}
              shortcut={state.shortcut}
              capMinutes={state.cap_minutes}
              uploadLimit={state.upload_limit}
              controls={state.controls}
              controlMode={state.control_mode}
              version={state.version}
              update={state.update}
            />
          )}
        </main>
        {isWho ? (
          <LockScreen
            state={state}
            onSignIn={signIn}
            onCancel={state.locked ? undefined : () => setSwitching(false)}
            onOpened={() => setSwitching(false)}
          />
        ) : (
          <Today recordings={state.today} trashed={state.trashed} isOnline={state.connection === 'online'} />
        )}
      </div>
    </RecorderContext>
  );
}
