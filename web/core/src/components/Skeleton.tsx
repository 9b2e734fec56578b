// The place of what is being loaded: as large as what comes, so that nothing shifts.
import styles from './Skeleton.module.css';

export interface SkeletonProps {
  label: string;
  lines: number;
  /** `rows` are as high as rows of a list, `text` as lines of a note. */
  look: 'rows' | 'text';
}

export function Skeleton({ label, lines, look }: SkeletonProps) {
  return (
    <div role="status" aria-label={label} className={styles[look]}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} className={styles['line']} />
      ))}
    </div>
  );
}
