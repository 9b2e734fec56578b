// Another name for a workstation.
import { Button, Field, ProblemNotice, Sheet, SheetActions, words, type wire } from '@medrecord/core';
import { useState } from 'react';
import { Form } from 'react-aria-components';
import { useBackend } from '../backend-context';
import { keys } from '../queries';
import { useChange } from '../use-change';
import styles from './Sheets.module.css';

export interface RenameSheetProps {
  device: wire.Device | null;
  onClose: () => void;
}

export function RenameSheet({ device, onClose }: RenameSheetProps) {
  return (
    <Sheet title={words.devices.rename} isOpen={device !== null} onClose={onClose}>
      {device && <RenameForm device={device} onClose={onClose} />}
    </Sheet>
  );
}

function RenameForm({ device, onClose }: { device: wire.Device; onClose: () => void }) {
  const backend = useBackend();
  const [name, setName] = useState(device.name);
  const { change, problem, isBusy } = useChange([keys.devices], onClose);
  const isReady = !isBusy && name.trim() !== '';
  return (
    <Form
      className={styles['sheet'] ?? ''}
      validationBehavior="aria"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) void change(() => backend.renameDevice(device.id, name.trim()));
      }}
    >
      <Field
        label={words.devices.name}
        large
        autoFocus
        maxLength={100}
        value={name}
        onChange={setName}
        testId="device-name"
      />
      {problem && <ProblemNotice problem={problem} />}
      <SheetActions>
        <Button onPress={onClose}>{words.devices.cancel}</Button>
        <Button type="submit" look="primary" isDisabled={!isReady}>
          {words.devices.save}
        </Button>
      </SheetActions>
    </Form>
  );
}
