// How much of the clinic's line sync may take.
import { words } from '@medrecord/core';
import styles from './CapSelect.module.css';
import { useRecorder } from './recorder-context';

const BYTES_PER_KILOBIT = 125;

/** A recording under way needs about 110: it goes up as it is spoken at each of them. */
const KILOBITS = [4000, 1000, 256];

export function UploadLimitSelect({ bytes }: { bytes: number | null }) {
  const { backend, run } = useRecorder();
  const kilobits = Math.round((bytes ?? 0) / BYTES_PER_KILOBIT);
  const isOther = bytes !== null && !KILOBITS.includes(kilobits);
  return (
    <label className={styles['cap']}>
      {words.upload.label}
      <select
        value={kilobits}
        onChange={(event) => {
          const chosen = Number(event.target.value);
          void run(() => backend.setUploadLimit(chosen === 0 ? null : chosen * BYTES_PER_KILOBIT));
        }}
        data-testid="upload-limit"
      >
        <option value={0}>{words.upload.unlimited}</option>
        {isOther && <option value={kilobits}>{words.upload.kilobits(kilobits)}</option>}
        {KILOBITS.map((each) => (
          <option key={each} value={each}>
            {words.upload.kilobits(each)}
          </option>
        ))}
      </select>
    </label>
  );
}
