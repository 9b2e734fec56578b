// The day's recordings, each with its state.
import { Button, EmptyState, words, type wire } from '@medrecord/core';
import { ExternalLink, Mic } from 'lucide-react';
import { useRecorder } from './recorder-context';
import { RecordingRow } from './RecordingRow';
import styles from './Today.module.css';

export interface TodayProps {
  recordings: wire.LocalRecording[];
  isOnline: boolean;
}

export function Today({ recordings, isOnline }: TodayProps) {
  const { backend, run } = useRecorder();
  return (
    <section className={styles['today']} aria-labelledby="today">
      <header>
        <h2 id="today">{words.recorder.today}</h2>
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
      </header>
      {recordings.length === 0 ? (
        <EmptyState icon={<Mic />} title={words.recorder.todayEmpty}>
          <p>{words.recorder.todayEmptyLead}</p>
        </EmptyState>
      ) : (
        <ul>
          {recordings.map((recording, index) => (
            <RecordingRow key={recording.id} recording={recording} isNewest={index === 0} />
          ))}
        </ul>
      )}
    </section>
  );
}
