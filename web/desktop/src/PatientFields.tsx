// Name and number of the patient, as typed; both may stay empty and be added later.
import { Field, newId, words, type wire } from '@medrecord/core';
import styles from './PatientFields.module.css';

/** What stands in the fields. */
export interface TypedPatient {
  /** Kept while the same patient is corrected. */
  known: wire.Patient | null;
  name: string;
  mrn: string;
}

export const emptyPatient: TypedPatient = { known: null, name: '', mrn: '' };

export function typedPatient(patient: wire.Patient | null): TypedPatient {
  return { known: patient, name: patient?.name ?? '', mrn: patient?.mrn ?? '' };
}

/** None when both fields are empty. A changed name or number is another patient, with another id. */
export function toPatient({ known, name, mrn }: TypedPatient): wire.Patient | null {
  const typed = { name: name.trim(), mrn: mrn.trim() || null };
  if (typed.name === '' && typed.mrn === null) return null;
  if (known && known.name === typed.name && known.mrn === typed.mrn) return known;
  return { id: newId(), ...typed, birth_date: null, sex: null };
}

export interface PatientFieldsProps {
  value: TypedPatient;
  onChange: (value: TypedPatient) => void;
  autoFocus?: boolean;
}

export function PatientFields({ value, onChange, autoFocus = false }: PatientFieldsProps) {
  return (
    <div className={styles['fields']}>
      <Field
        label={words.patient.name}
        large
        maxLength={200}
        value={value.name}
        onChange={(name) => onChange({ ...value, name })}
        autoFocus={autoFocus}
        autoComplete="off"
        testId="patient-name"
      />
      <Field
        label={words.patient.mrn}
        large
        maxLength={64}
        value={value.mrn}
        onChange={(mrn) => onChange({ ...value, mrn })}
        autoComplete="off"
        testId="patient-mrn"
      />
    </div>
  );
}
