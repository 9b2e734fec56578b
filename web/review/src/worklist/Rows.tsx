// The rows, under the day they were recorded on.
import {
  Button,
  clock,
  day,
  duration,
  PatientLine,
  Status,
  templateName,
  words,
  type wire,
} from '@medrecord/core';
import { Fragment, useRef } from 'react';
import { Link } from 'wouter';
import { useRetry } from '../recording/use-retry';
import styles from './Rows.module.css';
import { stageStatus, standing } from './stage';

export interface RowsProps {
  rows: wire.WorklistItem[];
  onPointer: (isOver: boolean) => void;
  onFocus: (isIn: boolean) => void;
}

export function Rows({ rows, onPointer, onFocus }: RowsProps) {
  const now = new Date();
  return (
    <ol
      className={styles['rows']}
      onPointerEnter={() => onPointer(true)}
      onPointerLeave={() => onPointer(false)}
      onFocus={() => onFocus(true)}
      onBlur={(event) => onFocus(event.currentTarget.contains(event.relatedTarget))}
    >
      {rows.map((item, index) => {
        const heading = day(item.recorded_at, now);
        const before = rows[index - 1];
        return (
          <Fragment key={item.recording}>
            {(!before || day(before.recorded_at, now) !== heading) && (
              <li className={styles['day']}>{heading}</li>
            )}
            <Row item={item} />
          </Fragment>
        );
      })}
    </ol>
  );
}

function Row({ item }: { item: wire.WorklistItem }) {
  const status = stageStatus(item);
  const row = useRef<HTMLAnchorElement>(null);
  const { retry, problem, isBusy } = useRetry(item.recording);
  const isStuck = standing(item) === 'needs_you';
  const reason = problem?.message ?? item.reason;
  return (
    <li className={isStuck ? styles['stuck'] : undefined}>
      <Link
        ref={row}
        href={item.note === null ? `/recordings/${item.recording}` : `/notes/${item.note}`}
        className={styles['row']}
        data-testid="worklist-row"
        data-recording={item.recording}
        data-standing={standing(item)}
      >
        <time dateTime={item.recorded_at}>{clock(item.recorded_at)}</time>
        <span className={styles['who']}>
          <PatientLine patient={item.patient} />
          {isStuck && reason !== null && <span className={styles['reason']}>{reason}</span>}
        </span>
        <span className={styles['kind']}>
          {item.template === null ? words.worklist.recording : templateName(item.template)}
        </span>
        <span className={styles['length']}>{duration(item.duration_ms)}</span>
        <Status kind={status.kind}>{status.text}</Status>
      </Link>
      {isStuck && (
        <Button
          size="small"
          isDisabled={isBusy}
          onPress={() => {
            // The button goes when it has done its work; who works by the keyboard stays in the row.
            row.current?.focus();
            retry();
          }}
          data-testid="retry"
        >
          {words.errors.tryAgain}
        </Button>
      )}
    </li>
  );
}
