// Who it is about, large enough that the wrong patient jumps out.
import { patientDetails, patientName } from '../format';
import type { Patient } from '../generated/wire';
import styles from './PatientLine.module.css';

export function PatientLine({ patient, large = false }: { patient: Patient | null; large?: boolean }) {
  const details = patientDetails(patient);
  return (
    <span className={`${styles['patient']} ${large ? styles['large'] : ''}`}>
      <span className={styles['name']} data-none={patient === null || undefined}>
        {patientName(patient)}
      </span>
      {details.length > 0 && <span className={styles['details']}>{details.join(' · ')}</span>}
    </span>
  );
}
