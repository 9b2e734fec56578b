// After how long a forgotten recording ends by itself.
import { words } from '@medrecord/core';
import styles from './CapSelect.module.css';
import { useRecorder } from './recorder-context';

const HOURS = [1, 2, 4, 8, 12];

export function CapSelect({ minutes }: { minutes: number | null }) {
  const { backend, run } = useRecorder();
  const isOther = minutes !== null && !HOURS.includes(minutes / 60);
  return (
    <label className={styles['cap']}>
      {words.cap.label}
      <select
        value={minutes ?? 0}
        onChange={(event) => {
          const chosen = Number(event.target.value);
          void run(() => backend.setCap(chosen === 0 ? null : chosen));
        }}
        data-testid="cap"
      >
        {isOther && <option value={minutes}>{words.cap.minutes(minutes)}</option>}
        {HOURS.map((hours) => (
          <option key={hours} value={hours * 60}>
            {words.cap.hours(hours)}
          </option>
        ))}
        <option value={0}>{words.cap.never}</option>
      </select>
    </label>
  );
}
