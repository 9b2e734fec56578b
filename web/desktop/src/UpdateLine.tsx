// Which version this is, and whether there is a newer one. Nothing is installed without being asked for.
import { Button, words, type wire } from '@medrecord/core';
import { useState } from 'react';
import { useRecorder } from './recorder-context';
import styles from './UpdateLine.module.css';

export function UpdateLine({ version, update }: { version: string; update: wire.Update }) {
  return (
    <p className={styles['line']}>
      <span data-testid="version">{line(version, update)}</span>
      {update.state === 'ready' && <InstallUpdate />}
    </p>
  );
}

export function InstallUpdate() {
  const { backend, run } = useRecorder();
  const [isBusy, setBusy] = useState(false);
  const install = async () => {
    setBusy(true);
    await run(() => backend.installUpdate());
    setBusy(false);
  };
  return (
    <Button size="small" isDisabled={isBusy} onPress={() => void install()} data-testid="install-update">
      {words.update.install}
    </Button>
  );
}

function line(version: string, update: wire.Update): string {
  switch (update.state) {
    case 'unknown':
      return words.update.version(version);
    case 'up_to_date':
      return words.update.upToDate(version);
    case 'loading':
      return words.update.loading(update.version, update.percent);
    default:
      return words.update[update.state](update.version);
  }
}
