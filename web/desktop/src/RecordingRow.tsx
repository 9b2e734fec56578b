// One recording of the day: its state in words, and what can be done with it.
import {
  Button,
  clock,
  CopyButton,
  dayUnlessToday,
  draftText,
  duration,
  patientName,
  Status,
  words,
  type wire,
} from '@medrecord/core';
import { ChevronDown, ChevronUp, Download, Ellipsis, ExternalLink, RotateCcw, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { consentText } from './Consent';
import { localStatus } from './local-status';
import { PatientForm } from './PatientForm';
import { useRecorder } from './recorder-context';
import { RowActions } from './RowActions';
import styles from './RecordingRow.module.css';
import { useExport } from './use-export';

/** Of the wire's 16 kHz. */
const SAMPLES_PER_MS = 16;

export interface RecordingRowProps {
  recording: wire.LocalRecording;
  /** The note of the newest one is what is waited for: it is open by itself. */
  isNewest: boolean;
  onDiscarded: () => void;
}

export function RecordingRow({ recording, isNewest, onDiscarded }: RecordingRowProps) {
  const { backend, run } = useRecorder();
  const [opened, setOpened] = useState<boolean | null>(null);
  const isOpen = opened ?? isNewest;
  const [isNaming, setNaming] = useState(false);
  const [hasMore, setMore] = useState(false);
  const { id, note, note_text: text, patient, state } = recording;
  const status = localStatus(recording);
  const { save, notice } = useExport(id);

  return (
    <li className={styles['row']} data-testid="recording-row" data-state={state} data-recording={id}>
      <div className={styles['line']}>
        <time className="tabular" dateTime={recording.started_at}>
          {clock(recording.started_at)}
        </time>
        <span className={styles['who']} data-none={patient === null || undefined}>
          {patient ? patientName(patient) : words.recorder.noName}
        </span>
        <span className={styles['length']}>
          {state === 'recording' ? '' : duration(recording.duration_ms)}
        </span>
      </div>
      <div className={styles['line']}>
        <time className={styles['day']} dateTime={recording.started_at}>
          {dayUnlessToday(recording.started_at, new Date())}
        </time>
        <Status kind={status.kind}>{status.text}</Status>
      </div>
      {recording.continues !== null && <p className={styles['reason']}>{words.related.continues}</p>}
      {recording.replaces !== null && (
        <p className={styles['reason']}>
          {words.related.replaces(duration(recording.replaces.start / SAMPLES_PER_MS))}
        </p>
      )}
      {recording.trimmed_ms !== null && (
        <p className={styles['reason']}>{words.trim.trimmed(duration(recording.trimmed_ms))}</p>
      )}
      {recording.consent !== null && <p className={styles['reason']}>{consentText(recording.consent)}</p>}
      {recording.recovered && <p className={styles['reason']}>{words.local.recovered}</p>}
      {recording.reason !== null && <p className={styles['reason']}>{recording.reason}</p>}
      <div className={styles['actions']}>
        {text !== null && (
          <Button
            size="small"
            look="quiet"
            icon={isOpen ? <ChevronUp aria-hidden /> : <ChevronDown aria-hidden />}
            aria-expanded={isOpen}
            onPress={() => setOpened(!isOpen)}
            data-testid="show-note"
          >
            {isOpen ? words.recorder.hideNote : words.recorder.showNote}
          </Button>
        )}
        {text !== null && <CopyButton text={() => draftText(text)} />}
        {note !== null && (
          <Button
            size="small"
            look="quiet"
            icon={<ExternalLink aria-hidden />}
            onPress={() => void run(() => backend.openNote(note))}
            data-testid="open-note"
          >
            {words.recorder.openNote}
          </Button>
        )}
        {state === 'wedged' && (
          <Button
            size="small"
            icon={<RotateCcw aria-hidden />}
            onPress={() => void run(() => backend.retry(id))}
          >
            {recording.has_audio ? words.recorder.retry : words.recorder.lookAgain}
          </Button>
        )}
        {state === 'wedged' && recording.has_audio && !hasMore && (
          <Button
            size="small"
            look="quiet"
            icon={<Download aria-hidden />}
            onPress={() => void save('wav')}
            data-testid="export-refused"
          >
            {words.exported.wav}
          </Button>
        )}
        {patient === null && state !== 'recording' && !isNaming && (
          <Button size="small" icon={<UserPlus aria-hidden />} onPress={() => setNaming(true)}>
            {words.patient.add}
          </Button>
        )}
        {state !== 'recording' && (
          <Button
            size="small"
            look="quiet"
            icon={<Ellipsis aria-hidden />}
            aria-expanded={hasMore}
            onPress={() => setMore(!hasMore)}
            data-testid="more"
          >
            {hasMore ? words.recorder.less : words.recorder.more}
          </Button>
        )}
      </div>
      {!hasMore && notice}
      {hasMore && state !== 'recording' && <RowActions recording={recording} onDiscarded={onDiscarded} />}
      {isNaming && <PatientForm recording={id} patient={patient} onDone={() => setNaming(false)} />}
      {text !== null && (
        <div className={styles['note']} hidden={!isOpen} data-testid="note-text">
          {text}
        </div>
      )}
    </li>
  );
}
