// What was discarded, when it goes for good, and the way back.
import {
  Button,
  date,
  dateAndClock,
  duration,
  patientName,
  Sheet,
  SheetActions,
  words,
  type wire,
} from '@medrecord/core';
import { RotateCcw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useRecorder } from './recorder-context';
import styles from './Trash.module.css';

export interface TrashProps {
  /** Changes whenever the list may be another one. */
  count: number;
  onClose: () => void;
}

export function Trash({ count, onClose }: TrashProps) {
  const { backend, run } = useRecorder();
  const [rows, setRows] = useState<wire.TrashedRecording[]>([]);

  useEffect(() => {
    let ended = false;
    void run(async () => {
      const found = await backend.trash();
      if (!ended) setRows(found);
    });
    return () => {
      ended = true;
    };
  }, [backend, run, count]);

  return (
    <Sheet title={words.trash.title} isOpen onClose={onClose}>
      <p>{rows.length === 0 ? words.trash.empty : words.trash.lead}</p>
      <ul className={styles['list']}>
        {rows.map((row) => (
          <li key={row.id} data-testid="trash-row" data-recording={row.id}>
            <span className={styles['text']}>
              <strong>{row.patient ? patientName(row.patient) : words.recorder.noName}</strong>
              <span>
                {dateAndClock(row.started_at)} · {duration(row.duration_ms)} ·{' '}
                {words.trash.goes(date(row.goes_at))}
              </span>
            </span>
            <Button
              size="small"
              icon={<RotateCcw aria-hidden />}
              aria-label={words.trash.restoreNamed(patientName(row.patient))}
              onPress={() => void run(() => backend.restore(row.id))}
            >
              {words.trash.restore}
            </Button>
          </li>
        ))}
      </ul>
      <SheetActions>
        <Button size="touch" onPress={onClose}>
          {words.trash.close}
        </Button>
      </SheetActions>
    </Sheet>
  );
}
