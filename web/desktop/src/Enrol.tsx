// Once for a workstation and a clinician; again when the credential no longer holds.
import { ApiProblem, Button, Field, Mark, Notice, words, type wire } from '@medrecord/core';
import { useState } from 'react';
import { Form } from 'react-aria-components';
import styles from './Enrol.module.css';
import { useRecorder } from './recorder-context';
import { ServerTrust } from './ServerTrust';

/** What may be done about what the recorder says, at this one moment. */
const hints: Record<string, string> = {
  offline: words.enrol.checkAddress,
  server_busy: words.enrol.tryLater,
  server_failed: words.enrol.tryLater,
};

export interface EnrolProps {
  account: wire.Account | null;
  /** What others on this computer use. */
  knownServer?: string | undefined;
  ownAuthorities: string[];
  onDone: () => void;
  onLater: () => void;
}

export function Enrol({ account, knownServer, ownAuthorities, onDone, onLater }: EnrolProps) {
  const { backend } = useRecorder();
  const [server, setServer] = useState(account?.server ?? knownServer ?? '');
  const [email, setEmail] = useState(account?.email ?? '');
  const [password, setPassword] = useState('');
  const [deviceName, setDeviceName] = useState<string>(account?.device_name ?? words.enrol.deviceNameDefault);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isUnknown, setUnknown] = useState(false);
  const [isBusy, setBusy] = useState(false);

  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await backend.enrol({
        server: server.trim(),
        email: email.trim(),
        password,
        deviceName: deviceName.trim(),
      });
      onDone();
    } catch (thrown) {
      const refused = ApiProblem.from(thrown);
      setProblem(refused);
      setUnknown(refused.code === 'certificate_unknown');
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className={styles['enrol']}>
      <header>
        <Mark size={36} />
        <h1>{account ? words.enrol.again : words.enrol.title}</h1>
        <p>{words.enrol.lead}</p>
      </header>
      <Form
        className={styles['form'] ?? ''}
        validationBehavior="aria"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void submit();
        }}
      >
        <Field
          label={words.enrol.server}
          hint={words.enrol.serverHint}
          value={server}
          onChange={setServer}
          testId="enrol-server"
          autoFocus={!account}
        />
        <Field
          label={words.enrol.email}
          value={email}
          onChange={setEmail}
          autoComplete="username"
          testId="enrol-email"
        />
        <Field
          label={words.enrol.password}
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
          testId="enrol-password"
          autoFocus={account !== null}
        />
        <Field
          label={words.enrol.deviceName}
          value={deviceName}
          onChange={setDeviceName}
          testId="enrol-device"
        />
        {problem && (
          <Notice tone="warning" code={problem.code}>
            {[problem.message, hints[problem.code]].filter(Boolean).join(' ')}
          </Notice>
        )}
        {isUnknown && <ServerTrust server={server.trim()} ownAuthorities={ownAuthorities} />}
        <Button type="submit" look="primary" size="touch" isDisabled={isBusy} data-testid="enrol-submit">
          {isBusy ? words.enrol.busy : words.enrol.submit}
        </Button>
        <Button look="quiet" size="touch" onPress={onLater} data-testid="enrol-later">
          {words.enrol.later}
        </Button>
      </Form>
    </main>
  );
}
