// Three numbers that must agree: recorded, on disk, on server.
import { timer, words, type wire } from '@medrecord/core';
import styles from './Numbers.module.css';

export function Numbers({ take }: { take: wire.Take }) {
  const numbers = [
    { key: 'recorded', label: words.recorder.recorded, ms: take.recorded_ms },
    { key: 'disk', label: words.recorder.onDisk, ms: take.on_disk_ms },
    { key: 'server', label: words.recorder.onServer, ms: take.on_server_ms },
  ];
  return (
    <dl className={styles['numbers']}>
      {numbers.map(({ key, label, ms }) => (
        <div key={key} data-number={key}>
          <dt>{label}</dt>
          <dd>{timer(ms)}</dd>
        </div>
      ))}
    </dl>
  );
}
