// One row a workstation: who, what, when last seen, how it stands, and what can be done.
import { age, Button, dateAndClock, Status, words, type wire } from '@medrecord/core';
import { Pencil } from 'lucide-react';
import styles from './DeviceRows.module.css';
import { standing } from './standing';

export interface DeviceRowsProps {
  devices: readonly wire.Device[];
  now: Date;
  /** Somebody is on the list: it stays as it is. */
  onHold: (isHeld: boolean) => void;
  onRename: (device: wire.Device) => void;
  onRevoke: (device: wire.Device) => void;
}

export function DeviceRows({ devices, now, onHold, onRename, onRevoke }: DeviceRowsProps) {
  return (
    <ul
      className={styles['rows']}
      onPointerEnter={() => onHold(true)}
      onPointerLeave={() => onHold(false)}
      onFocus={() => onHold(true)}
      onBlur={(event) => onHold(event.currentTarget.contains(event.relatedTarget))}
    >
      {devices.map((device) => (
        <Row
          key={device.id}
          device={device}
          now={now}
          onRename={() => onRename(device)}
          onRevoke={() => onRevoke(device)}
        />
      ))}
    </ul>
  );
}

interface RowProps {
  device: wire.Device;
  now: Date;
  onRename: () => void;
  onRevoke: () => void;
}

function Row({ device, now, onRename, onRevoke }: RowProps) {
  const { kind, text, hint, needsLook } = standing(device, now);
  const isRevoked = device.revoked_at !== null;
  return (
    <li className={styles['row']} data-testid="device-row" data-look={needsLook} data-revoked={isRevoked}>
      <span className={styles['name']}>
        <strong>{device.name}</strong>
        <span className={styles['meta']}>{device.clinicians.join(', ')}</span>
      </span>
      <span className={styles['meta']}>{words.devices.release(device.platform, device.version)}</span>
      <time
        className={styles['meta']}
        dateTime={device.last_seen_at}
        title={dateAndClock(device.last_seen_at)}
      >
        {words.devices.seen(age(device.last_seen_at, now))}
      </time>
      <span className={styles['standing']}>
        <Status kind={kind}>{text}</Status>
        {hint !== null && <span className={styles['meta']}>{hint}</span>}
      </span>
      <span className={styles['actions']}>
        <Button
          look="quiet"
          icon={<Pencil aria-hidden />}
          aria-label={words.devices.renameNamed(device.name)}
          onPress={onRename}
          data-testid="device-rename"
        />
        {!isRevoked && (
          <Button
            size="small"
            aria-label={words.devices.revokeNamed(device.name)}
            onPress={onRevoke}
            data-testid="device-revoke"
          >
            {words.devices.revoke}
          </Button>
        )}
      </span>
    </li>
  );
}
