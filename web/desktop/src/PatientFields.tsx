// Name, number and birth date of the patient, as typed; all may stay empty and be added later.
import { Field, newId, words, type wire } from '@medrecord/core';
import styles from './PatientFields.module.css';

/** What stands in the fields. */
export interface TypedPatient {
  /** Kept while the same patient is corrected. */
  known: wire.Patient | null;
  name: string;
  mrn: string;
  /** As typed: year-month-day, or not yet. */
  birthDate: string;
}

export const emptyPatient: TypedPatient = { known: null, name: '', mrn: '', birthDate: '' };

export function typedPatient(patient: wire.Patient | null): TypedPatient {
  const { name, mrn, birth_date: birthDate } = patient ?? { name: '', mrn: null, birth_date: null };
  return { known: patient, name, mrn: mrn ?? '', birthDate: birthDate ?? '' };
}

/** Whether the birth date is empty or a day that was. */
export function isBirthDateRight({ birthDate }: TypedPatient): boolean {
  const typed = birthDate.trim();
  if (typed === '') return true;
  const day = new Date(`${typed}T12:00:00Z`);
  // A day that is none, like 30 February, comes back as another one.
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(typed) &&
    !Number.isNaN(day.getTime()) &&
    day.toISOString().startsWith(typed) &&
    day.getTime() < Date.now()
  );
}

/** None without name and number. A changed name, number or birth date is another patient, with another id. */
export function toPatient({ known, name, mrn, birthDate }: TypedPatient): wire.Patient | null {
  const typed = { name: name.trim(), mrn: mrn.trim() || null, birth_date: birthDate.trim() || null };
  if (typed.name === '' && typed.mrn === null) return null;
  const isKnown =
    known?.name === typed.name && known.mrn === typed.mrn && known.birth_date === typed.birth_date;
  return isKnown ? known : { id: newId(), ...typed, sex: null };
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
      <Field
        label={words.patient.birthDate}
        large
        maxLength={10}
        placeholder={words.patient.birthDateHint}
        value={value.birthDate}
        onChange={(birthDate) => onChange({ ...value, birthDate })}
        error={
          value.birthDate.length >= 10 && !isBirthDateRight(value) ? words.patient.birthDateWrong : undefined
        }
        autoComplete="off"
        testId="patient-birth-date"
      />
    </div>
  );
}
