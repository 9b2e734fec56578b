// The rows, under the day they were recorded on.
import { clock, day, duration, PatientLine, Status, templateName, words, type wire } from '@medrecord/core';
import { Fragment } from 'react';
import { Link } from 'wouter';
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
  return (
    <li>
      <Link
        href={item.note === null ? `/recordings/${item.recording}` : `/notes/${item.note}`}
        className={styles['row']}
        data-testid="worklist-row"
        data-recording={item.recording}
        data-standing={standing(item)}
      >
        <time dateTime={item.recorded_at}>{clock(item.recorded_at)}</time>
        <span className={styles['who']}>
          <PatientLine patient={item.patient} />
          {standing(item) === 'needs_you' && item.reason !== null && (
            <span className={styles['reason']}>{item.reason}</span>
          )}
        </span>
        <span className={styles['kind']}>
          {item.template === null ? words.worklist.recording : templateName(item.template)}
        </span>
        <span className={styles['length']}>{duration(item.duration_ms)}</span>
        <Status kind={status.kind}>{status.text}</Status>
      </Link>
    </li>
  );
}
