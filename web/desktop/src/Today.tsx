// The day's recordings, each with its state.
import { Button, EmptyState, Notice, patientName, words, type wire } from '@medrecord/core';
import { ExternalLink, Mic, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useFileImport } from './ImportFile';
import { useRecorder } from './recorder-context';
import { RecordingRow } from './RecordingRow';
import styles from './Today.module.css';
import { Trash } from './Trash';

export interface TodayProps {
  recordings: wire.LocalRecording[];
  trashed: number;
  isOnline: boolean;
}

export function Today({ recordings, trashed, isOnline }: TodayProps) {
  const { backend, run } = useRecorder();
  const [discarded, setDiscarded] = useState<wire.LocalRecording | null>(null);
  const fileImport = useFileImport();
  const [isTrashOpen, setTrashOpen] = useState(false);
  const undo = async (recording: wire.LocalRecording) => {
    if (await run(() => backend.restore(recording.id))) setDiscarded(null);
  };
  return (
    <section className={styles['today']} aria-labelledby="today" {...fileImport.dropTarget}>
      <header>
        <h2 id="today">{words.recorder.today}</h2>
        {fileImport.button}
        <Button
          look="quiet"
          size="small"
          icon={<ExternalLink aria-hidden />}
          isDisabled={!isOnline}
          onPress={() => void run(() => backend.openReview())}
          data-testid="open-review"
        >
          {words.recorder.openReview}
        </Button>
        {trashed > 0 && (
          <Button
            look="quiet"
            size="small"
            icon={<Trash2 aria-hidden />}
            onPress={() => setTrashOpen(true)}
            data-testid="open-trash"
          >
            {words.trash.open(trashed)}
          </Button>
        )}
      </header>
      {fileImport.notice && <div className={styles['notice']}>{fileImport.notice}</div>}
      {discarded && !recordings.some(({ id }) => id === discarded.id) && (
        <div className={styles['notice']}>
          <Notice
            tone="notice"
            code="discarded"
            actions={
              <Button size="small" autoFocus onPress={() => void undo(discarded)} data-testid="undo-discard">
                {words.trash.undo}
              </Button>
            }
          >
            {words.trash.discarded(
              discarded.patient ? patientName(discarded.patient) : words.recorder.noName,
            )}
          </Notice>
        </div>
      )}
      {isTrashOpen && <Trash count={trashed} onClose={() => setTrashOpen(false)} />}
      {recordings.length === 0 ? (
        <EmptyState icon={<Mic />} title={words.recorder.todayEmpty}>
          <p>{words.recorder.todayEmptyLead}</p>
        </EmptyState>
      ) : (
        <ul>
          {recordings.map((recording, index) => (
            <RecordingRow
              key={recording.id}
              recording={recording}
              isNewest={index === 0}
              onDiscarded={() => setDiscarded(recording)}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
