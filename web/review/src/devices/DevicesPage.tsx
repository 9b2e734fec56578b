// Workstations: what waits on each, and who may no longer send. An admin sees all, a clinician their own.
import { Button, EmptyState, ErrorState, KeyList, Skeleton, words, type wire } from '@medrecord/core';
import { MonitorOff, Search } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { useDevices } from '../queries';
import { moveFocus, useKeys } from '../use-keys';
import { DeviceRows } from './DeviceRows';
import styles from './DevicesPage.module.css';
import { keyHelp } from './key-help';
import { RenameSheet } from './RenameSheet';
import { RevokeSheet } from './RevokeSheet';
import { ordered, standing } from './standing';

/** Rows at first, and with each "show more". */
const ROWS = 100;
const RENAME = '[data-testid="device-rename"]';

export function DevicesPage({ role }: { role: wire.Role }) {
  const [isHeld, setHeld] = useState(false);
  const [renaming, setRenaming] = useState<wire.Device | null>(null);
  const [revoking, setRevoking] = useState<wire.Device | null>(null);
  const list = useDevices(isHeld || renaming !== null || revoking !== null);
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState(ROWS);
  const [showsKeys, setShowsKeys] = useState(false);
  const searchField = useRef<HTMLInputElement>(null);
  useKeys({
    ArrowDown: () => moveFocus(RENAME, 1),
    ArrowUp: () => moveFocus(RENAME, -1),
    '/': () => searchField.current?.focus(),
    '?': () => setShowsKeys(true),
  });

  const [now, devices] = useMemo(() => {
    const at = new Date(list.dataUpdatedAt);
    return [at, ordered(list.data ?? [], at)];
  }, [list.data, list.dataUpdatedAt]);
  const wanted = search.trim().toLocaleLowerCase();
  const found = devices.filter((device) =>
    [device.name, device.version, ...device.clinicians].some((text) =>
      text.toLocaleLowerCase().includes(wanted),
    ),
  );
  const toLookAt = devices.filter((device) => standing(device, now).needsLook).length;

  return (
    <main className={styles['page']}>
      <div className={styles['head']}>
        <div>
          <h1 className={styles['title']}>{words.devices.title}</h1>
          <p className={styles['counts']} data-testid="device-counts">
            {list.data && devices.length > 0 && words.devices.counts(devices.length, toLookAt)}
          </p>
        </div>
        <label className={styles['search']}>
          <Search aria-hidden />
          <span className="visually-hidden">{words.devices.search}</span>
          <input
            ref={searchField}
            type="search"
            value={search}
            placeholder={words.devices.search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </label>
      </div>
      {list.isPending && <Skeleton label={words.devices.loading} lines={6} look="rows" />}
      {list.error && !list.data && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && found.length === 0 && <Nothing isSearch={wanted !== ''} />}
      <DeviceRows
        devices={found.slice(0, shown)}
        now={now}
        onHold={setHeld}
        onRename={setRenaming}
        onRevoke={setRevoking}
      />
      {found.length > shown && (
        <div className={styles['more']}>
          <Button onPress={() => setShown(shown + ROWS)}>{words.devices.more(found.length - shown)}</Button>
        </div>
      )}
      <p className={styles['hint']}>
        <kbd>?</kbd> {words.keys.hint}
      </p>
      <RenameSheet device={renaming} onClose={() => setRenaming(null)} />
      <RevokeSheet device={revoking} role={role} onClose={() => setRevoking(null)} />
      <KeyList keys={keyHelp} isOpen={showsKeys} onClose={() => setShowsKeys(false)} />
    </main>
  );
}

function Nothing({ isSearch }: { isSearch: boolean }) {
  return (
    <EmptyState
      icon={isSearch ? <Search /> : <MonitorOff />}
      title={isSearch ? words.devices.emptySearch : words.devices.empty}
    >
      <p>{isSearch ? words.devices.emptySearchLead : words.devices.emptyLead}</p>
    </EmptyState>
  );
}
