// Before a workstation is stopped: what is safe, what happens, how it comes back.
import { Button, ProblemNotice, Sheet, SheetActions, words, type wire } from '@medrecord/core';
import { useBackend } from '../backend-context';
import { keys } from '../queries';
import { useChange } from '../use-change';
import styles from './Sheets.module.css';

export interface RevokeSheetProps {
  device: wire.Device | null;
  role: wire.Role;
  onClose: () => void;
}

export function RevokeSheet({ device, role, onClose }: RevokeSheetProps) {
  return (
    <Sheet title={words.devices.revokeTitle(device?.name ?? '')} isOpen={device !== null} onClose={onClose}>
      {device && <Revoke device={device} role={role} onClose={onClose} />}
    </Sheet>
  );
}

function Revoke({ device, role, onClose }: RevokeSheetProps & { device: wire.Device }) {
  const backend = useBackend();
  const { change, problem, isBusy } = useChange([keys.devices], onClose);
  const waiting = (device.report?.waiting ?? 0) + (device.report?.wedged ?? 0);
  return (
    <div className={styles['sheet']}>
      <p>{words.devices.revokeSafe}</p>
      {waiting > 0 && <p data-testid="device-unsent">{words.devices.revokeUnsent(waiting)}</p>}
      <p>{role === 'admin' ? words.devices.revokeAll : words.devices.revokeOwn}</p>
      {problem && <ProblemNotice problem={problem} />}
      <SheetActions>
        <Button onPress={onClose}>{words.devices.cancel}</Button>
        <Button
          look="danger"
          isDisabled={isBusy}
          onPress={() => void change(() => backend.revokeDevice(device.id))}
          data-testid="device-revoke-confirm"
        >
          {words.devices.revoke}
        </Button>
      </SheetActions>
    </div>
  );
}
