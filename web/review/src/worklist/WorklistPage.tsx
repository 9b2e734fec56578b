// All recordings on their way to a signed note, newest first; live, but never under somebody's hand.
import { Button, EmptyState, ErrorState, KeyList, Skeleton, words } from '@medrecord/core';
import { FileCheck, Inbox, Search } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { useWorklist } from '../queries';
import { moveFocus, useKeys } from '../use-keys';
import { keyHelp } from './key-help';
import { Rows } from './Rows';
import { useSettled } from './settled';
import { standing } from './stage';
import { Summary } from './Summary';
import styles from './WorklistPage.module.css';

const ROW = '[data-testid="worklist-row"]';

export function WorklistPage({ shows }: { shows: 'open' | 'signed' }) {
  const list = useWorklist();
  const [search, setSearch] = useState('');
  const [isHeld, setHeld] = useState({ pointer: false, focus: false });
  const [showsKeys, setShowsKeys] = useState(false);
  const searchField = useRef<HTMLInputElement>(null);
  useKeys({
    ArrowDown: () => moveFocus(ROW, 1),
    ArrowUp: () => moveFocus(ROW, -1),
    j: () => moveFocus(ROW, 1),
    k: () => moveFocus(ROW, -1),
    '/': () => searchField.current?.focus(),
    '?': () => setShowsKeys(true),
  });

  const items = useMemo(() => {
    const wanted = search.trim().toLocaleLowerCase();
    return (list.data?.pages ?? [])
      .flatMap((page) => page.items)
      .filter((item) => item.stage !== 'discarded' && (standing(item) === 'signed') === (shows === 'signed'))
      .filter((item) =>
        [item.patient?.name, item.patient?.mrn].some((text) =>
          (text ?? '').toLocaleLowerCase().includes(wanted),
        ),
      );
  }, [list.data, search, shows]);
  const { rows, waiting, release } = useSettled(items, isHeld.pointer || isHeld.focus);

  return (
    <main className={styles['page']}>
      <div className={styles['head']}>
        <Summary items={items} hasMore={list.hasNextPage} isLoading={list.isPending} shows={shows} />
        <label className={styles['search']}>
          <Search aria-hidden />
          <span className="visually-hidden">{words.worklist.search}</span>
          <input
            ref={searchField}
            type="search"
            value={search}
            placeholder={words.worklist.search}
            onChange={(event) => setSearch(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'ArrowDown') moveFocus(ROW, 1);
            }}
          />
        </label>
      </div>
      <div className={styles['news']} aria-live="polite">
        {waiting > 0 && (
          <Button size="small" onPress={release}>
            {words.worklist.news(waiting)}
          </Button>
        )}
      </div>
      {list.isPending && <Skeleton label={words.worklist.loading} lines={8} look="rows" />}
      {list.error && !list.data && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Nothing shows={shows} isSearch={search.trim() !== ''} />}
      <Rows
        rows={rows}
        onPointer={(pointer) => setHeld((held) => ({ ...held, pointer }))}
        onFocus={(focus) => setHeld((held) => ({ ...held, focus }))}
      />
      {list.hasNextPage && (
        <div className={styles['more']}>
          <Button isDisabled={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
            {list.isFetchingNextPage ? words.worklist.loadingOlder : words.worklist.older}
          </Button>
        </div>
      )}
      <p className={styles['hint']}>
        <kbd>?</kbd> {words.keys.hint}
      </p>
      <KeyList keys={keyHelp} isOpen={showsKeys} onClose={() => setShowsKeys(false)} />
    </main>
  );
}

function Nothing({ shows, isSearch }: { shows: 'open' | 'signed'; isSearch: boolean }) {
  if (isSearch) {
    return (
      <EmptyState icon={<Search />} title={words.worklist.emptySearch}>
        <p>{words.worklist.emptySearchLead}</p>
      </EmptyState>
    );
  }
  const isSigned = shows === 'signed';
  return (
    <EmptyState
      icon={isSigned ? <FileCheck /> : <Inbox />}
      title={isSigned ? words.worklist.emptySigned : words.worklist.empty}
    >
      <p>{isSigned ? words.worklist.emptySignedLead : words.worklist.emptyLead}</p>
    </EmptyState>
  );
}
