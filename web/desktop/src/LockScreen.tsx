// Who is it? Locked, or about to be handed over: each clinician opens the window with a PIN of their own.
import { ApiProblem, Button, Field, words, type wire } from '@medrecord/core';
import { Lock, Mic } from 'lucide-react';
import { useState } from 'react';
import { Form, Label, RadioButton, RadioField, RadioGroup } from 'react-aria-components';
import styles from './LockScreen.module.css';
import { useRecorder } from './recorder-context';

export interface LockScreenProps {
  state: wire.Workstation;
  /** With a password instead: as this clinician, or as someone new. */
  onSignIn: (account: wire.Account | null) => void;
  /** Given when the window is only being handed over. */
  onCancel?: (() => void) | undefined;
  onOpened: () => void;
}

export function LockScreen({ state, onSignIn, onCancel, onOpened }: LockScreenProps) {
  const { backend, run } = useRecorder();
  const [chosen, setChosen] = useState(state.account?.clinician ?? '');
  const [pin, setPin] = useState('');
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  // The form for it would hide the recording.
  const maySignIn = state.take === null;
  const account = state.accounts.find((one) => one.clinician === chosen) ?? null;

  const open = async () => {
    try {
      await backend.unlock(chosen, pin);
      onOpened();
    } catch (thrown) {
      setProblem(ApiProblem.from(thrown));
    }
    setPin('');
  };

  return (
    <section className={styles['lock']} aria-labelledby="lock" data-testid="lock-screen">
      <header>
        <h2 id="lock">
          <Lock aria-hidden /> {words.lock.title}
        </h2>
        <p>{state.locked ? words.lock.lead : words.lock.switchLead}</p>
      </header>
      <Form
        className={styles['form'] ?? ''}
        onSubmit={(event) => {
          event.preventDefault();
          if (account?.pin) void open();
          else onSignIn(account);
        }}
      >
        <RadioGroup
          className={styles['people'] ?? ''}
          value={chosen}
          onChange={(value) => {
            setChosen(value);
            setProblem(null);
          }}
        >
          <Label className={styles['label'] ?? ''}>{words.lock.clinician}</Label>
          {state.accounts.map((one) => (
            <RadioField key={one.clinician} value={one.clinician}>
              <RadioButton className={styles['person'] ?? ''}>{one.name}</RadioButton>
            </RadioField>
          ))}
        </RadioGroup>
        {account?.pin && (
          <Field
            label={words.lock.pin}
            error={problem?.message}
            type="password"
            autoComplete="off"
            autoFocus
            value={pin}
            onChange={setPin}
            testId="pin"
          />
        )}
        {account && !account.pin && <p>{words.lock.noPin(account.name, maySignIn)}</p>}
        <div className={styles['actions']}>
          <Button
            size="touch"
            look="primary"
            type="submit"
            isDisabled={account?.pin ? pin === '' : !maySignIn}
          >
            {account?.pin ? words.lock.unlock : words.banner.signIn}
          </Button>
          {maySignIn && account?.pin && (
            <Button size="touch" look="quiet" onPress={() => onSignIn(account)}>
              {words.lock.forgotten}
            </Button>
          )}
          {maySignIn && (
            <Button size="touch" look="quiet" onPress={() => onSignIn(null)}>
              {words.lock.someoneElse}
            </Button>
          )}
          {onCancel && (
            <Button size="touch" look="quiet" onPress={onCancel}>
              {words.lock.cancel}
            </Button>
          )}
        </div>
      </Form>
      {state.locked && state.take === null && state.account && (
        <Button
          size="touch"
          icon={<Mic aria-hidden />}
          onPress={() => void run(() => backend.start(null))}
          data-testid="record"
        >
          {words.lock.recordFor(state.account.name)}
        </Button>
      )}
    </section>
  );
}
